//! What an application hands to `send` of a WebSocket, read and checked.

use crate::asgi::Bridge;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{
    CONNECTION, CONTENT_LENGTH, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL,
    TRANSFER_ENCODING, UPGRADE,
};
use hyperserve_ws::{CloseCode, CloseFrame, Message, Utf8Bytes};
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyMemoryView, PyString};

/// Bytes that are copied; more are held by reference until they have been sent.
const COPIED: usize = 4096;

/// What the handshake itself says.
const RESERVED: [http::HeaderName; 7] = [
    CONNECTION,
    CONTENT_LENGTH,
    SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_PROTOCOL,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// `websocket.accept`
#[derive(Debug)]
pub(super) struct Acceptance {
    pub(super) subprotocol: Option<String>,
    pub(super) fields: HeaderMap,
}

/// The message as a dictionary.
pub(super) fn dictionary<'a, 'py>(message: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyDict>> {
    message.cast::<PyDict>().map_err(|_| mistyped("an ASGI message must be a dict", message))
}

/// Its `type`.
pub(super) fn kind<'py>(message: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyString>> {
    let kind = message.get_item(intern!(message.py(), "type"))?;
    let kind = kind.ok_or_else(|| PyKeyError::new_err("an ASGI message needs a \"type\""))?;
    kind.cast_into::<PyString>().map_err(Into::into)
}

/// `websocket.accept`, with the fields that every response has.
pub(super) fn acceptance(message: &Bound<'_, PyDict>, bridge: &Bridge) -> PyResult<Acceptance> {
    let fields = bridge.response_fields(message)?;
    if let Some(name) = RESERVED.iter().find(|name| fields.contains_key(*name)) {
        let hint = if *name == SEC_WEBSOCKET_PROTOCOL { ": give the `subprotocol` instead" } else { "" };
        return Err(PyValueError::new_err(format!("'{name}' is the server's to send{hint}")));
    }
    let subprotocol = given(message, intern!(message.py(), "subprotocol"))?;
    let subprotocol = match subprotocol {
        Some(name) => Some(text(&name, "the subprotocol must be a string")?.to_str()?.to_owned()),
        None => None,
    };
    Ok(Acceptance { subprotocol, fields })
}

/// `websocket.send`: either text or bytes.
pub(super) fn content(message: &Bound<'_, PyDict>) -> PyResult<Message> {
    let py = message.py();
    let said = given(message, intern!(py, "text"))?;
    let octets = given(message, intern!(py, "bytes"))?;
    match (said, octets) {
        (Some(said), None) => {
            let said = text(&said, "the text of a message must be a string")?.to_str()?;
            Ok(Message::Text(Utf8Bytes::from(said)))
        }
        (None, Some(octets)) => read_bytes(&octets).map(Message::Binary),
        (Some(_), Some(_)) => {
            Err(PyValueError::new_err("'websocket.send' takes \"text\" or \"bytes\", not both"))
        }
        (None, None) => Err(PyValueError::new_err("'websocket.send' needs \"text\" or \"bytes\"")),
    }
}

/// `websocket.close`; 1000 and no reason unless it says so. A reason that is too long for a Close frame is cut.
pub(super) fn close(message: &Bound<'_, PyDict>) -> PyResult<CloseFrame> {
    let py = message.py();
    let code = match given(message, intern!(py, "code"))? {
        None => CloseCode::NORMAL,
        Some(code) => close_code(&code)?,
    };
    let reason = match given(message, intern!(py, "reason"))? {
        None => Utf8Bytes::new(),
        Some(reason) => Utf8Bytes::from(text(&reason, "the reason must be a string")?.to_str()?),
    };
    Ok(CloseFrame::new(code, reason))
}

/// RFC 6455 §7.4: those that say why there was no Close frame are not for the wire.
fn close_code(given: &Bound<'_, PyAny>) -> PyResult<CloseCode> {
    let code = given.extract().ok().map(CloseCode).filter(|code| code.is_sendable());
    code.ok_or_else(|| {
        PyValueError::new_err(format!(
            "{given} is no code to close a WebSocket with: 1000 to 1003, 1007 to 1014 and 3000 to 4999 are"
        ))
    })
}

/// `None` is as good as absent.
fn given<'py>(
    message: &Bound<'py, PyDict>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(message.get_item(name)?.filter(|value| !value.is_none()))
}

fn text<'a, 'py>(value: &'a Bound<'py, PyAny>, wanted: &str) -> PyResult<&'a Bound<'py, PyString>> {
    value.cast::<PyString>().map_err(|_| mistyped(wanted, value))
}

fn read_bytes(value: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        let slice = bytes.as_bytes();
        if slice.len() <= COPIED {
            return Ok(Bytes::copy_from_slice(slice));
        }
        return Ok(Bytes::from_owner(PyBackedBytes::from(bytes.clone())));
    }
    if let Ok(array) = value.cast::<PyByteArray>() {
        return Ok(array.to_vec().into());
    }
    if value.is_instance_of::<PyMemoryView>() {
        return read_bytes(&value.call_method0(intern!(value.py(), "tobytes"))?);
    }
    Err(mistyped("the bytes of a message must be bytes", value))
}

fn mistyped(wanted: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let name = value.get_type().qualname().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("{wanted}, got {name}"))
}
