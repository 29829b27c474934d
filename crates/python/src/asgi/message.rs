//! What an application hands to `send`, read and checked.

use super::bridge::Settings;
use bytes::Bytes;
use http::header::LINK;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hyperserve::files::File;
use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyList, PyMemoryView, PyString, PyTuple};
use std::path::PathBuf;

/// Bytes that are copied; more are held by reference until they have been sent.
const COPIED: usize = 4096;

/// A message of the HTTP protocol.
#[derive(Debug)]
pub(super) enum Message {
    Start(Head),
    Body {
        bytes: Bytes,
        more: bool,
    },
    Trailers {
        fields: HeaderMap,
        more: bool,
    },
    /// `http.response.early_hint`
    EarlyHint {
        fields: HeaderMap,
    },
    /// `http.response.pathsend`
    File(Box<File>),
}

/// `http.response.start`
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) fields: HeaderMap,
    /// `http.response.trailers` will come.
    pub(super) trailers: bool,
}

impl Message {
    /// Reads a message. `spare` is a map to fill with fields.
    pub(super) fn read(
        message: &Bound<'_, PyAny>,
        settings: &Settings,
        spare: impl FnOnce() -> HeaderMap,
    ) -> PyResult<Self> {
        let py = message.py();
        let message = message.cast::<PyDict>().map_err(|_| not_a_dict(message))?;
        let kind = message
            .get_item(intern!(py, "type"))?
            .ok_or_else(|| PyKeyError::new_err("an ASGI message needs a \"type\""))?;
        let kind = kind.cast::<PyString>()?.to_str()?;
        match kind {
            "http.response.body" => body(message),
            "http.response.start" => start(message, settings, spare()),
            "http.response.trailers" => Ok(Self::Trailers {
                fields: read_fields(message, HeaderMap::new())?,
                more: flag(message, intern!(py, "more_trailers"))?,
            }),
            "http.response.early_hint" => early_hint(message),
            "http.response.pathsend" => path_send(message),
            other => Err(PyRuntimeError::new_err(format!(
                "unexpected ASGI message '{other}': expected 'http.response.start', 'http.response.body', \
                 'http.response.pathsend' or 'http.response.trailers'"
            ))),
        }
    }
}

fn not_a_dict(message: &Bound<'_, PyAny>) -> PyErr {
    let name = message.get_type().qualname().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("an ASGI message must be a dict, got {name}"))
}

fn start(message: &Bound<'_, PyDict>, settings: &Settings, spare: HeaderMap) -> PyResult<Message> {
    let py = message.py();
    let status = message
        .get_item(intern!(py, "status"))?
        .ok_or_else(|| PyKeyError::new_err("'http.response.start' needs a \"status\""))?;
    let code: u16 = status
        .extract()
        .map_err(|_| PyValueError::new_err(format!("the status must be a number, got {status}")))?;
    // An interim status is no response (RFC 9110 §15.2); early hints have a message of their own.
    let status = StatusCode::from_u16(code)
        .ok()
        .filter(|status| !status.is_informational())
        .ok_or_else(|| PyValueError::new_err(format!("the status must be from 200 to 999, got {code}")))?;
    let mut fields = read_fields(message, spare)?;
    for (name, value) in &settings.fields {
        fields.entry(name).or_insert_with(|| value.clone());
    }
    Ok(Message::Start(Head { status, fields, trailers: flag(message, intern!(py, "trailers"))? }))
}

/// Each entry of `links` is the value of a `Link` field.
fn early_hint(message: &Bound<'_, PyDict>) -> PyResult<Message> {
    let mut fields = HeaderMap::new();
    if let Some(links) = message.get_item(intern!(message.py(), "links"))? {
        for link in links.try_iter()? {
            let link = link?;
            let link = link.cast::<PyBytes>().map_err(|_| PyTypeError::new_err("a link must be bytes"))?;
            let value = HeaderValue::from_bytes(link.as_bytes())
                .map_err(|_| PyValueError::new_err(format!("{link:?} is no value for the header 'link'")))?;
            fields.append(LINK, value);
        }
    }
    Ok(Message::EarlyHint { fields })
}

/// The file is opened now, so that the application learns if it cannot be.
fn path_send(message: &Bound<'_, PyDict>) -> PyResult<Message> {
    let py = message.py();
    let path = message
        .get_item(intern!(py, "path"))?
        .ok_or_else(|| PyKeyError::new_err("'http.response.pathsend' needs a \"path\""))?;
    let named: PathBuf = path.extract()?;
    if !named.is_absolute() {
        return Err(PyValueError::new_err(format!("the path must be absolute, got {path}")));
    }
    let file = py.detach(|| File::open_blocking(&named))?;
    Ok(Message::File(Box::new(file)))
}

fn body(message: &Bound<'_, PyDict>) -> PyResult<Message> {
    let py = message.py();
    let bytes = match message.get_item(intern!(py, "body"))? {
        Some(body) => read_bytes(&body)?,
        None => Bytes::new(),
    };
    Ok(Message::Body { bytes, more: flag(message, intern!(py, "more_body"))? })
}

/// False unless it is there and true.
fn flag(message: &Bound<'_, PyDict>, name: &Bound<'_, PyString>) -> PyResult<bool> {
    match message.get_item(name)? {
        None => Ok(false),
        Some(flag) => match flag.cast::<PyBool>() {
            Ok(flag) => Ok(flag.is_true()),
            Err(_) => flag.is_truthy(),
        },
    }
}

fn read_bytes(body: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    if let Ok(bytes) = body.cast::<PyBytes>() {
        let slice = bytes.as_bytes();
        if slice.len() <= COPIED {
            return Ok(Bytes::copy_from_slice(slice));
        }
        return Ok(Bytes::from_owner(PyBackedBytes::from(bytes.clone())));
    }
    if let Ok(array) = body.cast::<PyByteArray>() {
        return Ok(array.to_vec().into());
    }
    if body.is_instance_of::<PyMemoryView>() {
        let bytes = body.call_method0(intern!(body.py(), "tobytes"))?;
        return read_bytes(&bytes);
    }
    let name = body.get_type().qualname()?;
    Err(PyTypeError::new_err(format!("the body must be bytes, got {name}")))
}

fn read_fields(message: &Bound<'_, PyDict>, mut fields: HeaderMap) -> PyResult<HeaderMap> {
    let Some(listed) = message.get_item(intern!(message.py(), "headers"))? else { return Ok(fields) };
    match listed.cast_exact::<PyList>() {
        Ok(list) => {
            for pair in list.iter() {
                read_field(&pair, &mut fields)?;
            }
        }
        Err(_) => {
            for pair in listed.try_iter()? {
                read_field(&pair?, &mut fields)?;
            }
        }
    }
    Ok(fields)
}

/// The two items of any other iterable.
fn two_of<'py>(pair: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let items = pair.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    let two: Result<[_; 2], _> = items.try_into();
    two.map(|[name, value]| (name, value))
        .map_err(|items| PyValueError::new_err(format!("a header must be a pair, got {} items", items.len())))
}

fn read_field(pair: &Bound<'_, PyAny>, fields: &mut HeaderMap) -> PyResult<()> {
    let (name, value) = match pair.cast_exact::<PyTuple>() {
        Ok(pair) if pair.len() == 2 => (pair.get_item(0)?, pair.get_item(1)?),
        _ => two_of(pair)?,
    };
    let (Ok(name), Ok(value)) = (name.cast::<PyBytes>(), value.cast::<PyBytes>()) else {
        return Err(PyTypeError::new_err(format!(
            "a header must be a pair of bytes, got ({}, {})",
            name.repr()?,
            value.repr()?
        )));
    };
    // Both refuse what would end the line: CR, LF and NUL.
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| PyValueError::new_err(format!("{name:?} is no header name")))?;
    let value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| PyValueError::new_err(format!("{value:?} is no value for the header '{name}'")))?;
    fields.append(name, value);
    Ok(())
}
