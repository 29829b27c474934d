//! What an application receives of a WebSocket.

use super::departure::Departure;
use hyperserve_ws::Message;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

type Event = PyResult<Py<PyAny>>;

pub(super) fn connect(py: Python<'_>) -> Event {
    let event = PyDict::new(py);
    event.set_item(intern!(py, "type"), intern!(py, "websocket.connect"))?;
    Ok(event.into_any().unbind())
}

/// Either `text` or `bytes`; the other key is not there.
pub(super) fn receive(py: Python<'_>, message: &Message) -> Event {
    let event = PyDict::new(py);
    event.set_item(intern!(py, "type"), intern!(py, "websocket.receive"))?;
    match message {
        Message::Text(text) => event.set_item(intern!(py, "text"), PyString::new(py, text))?,
        Message::Binary(bytes) => event.set_item(intern!(py, "bytes"), PyBytes::new(py, bytes))?,
    }
    Ok(event.into_any().unbind())
}

pub(super) fn disconnect(py: Python<'_>, departure: &Departure) -> Event {
    let event = PyDict::new(py);
    event.set_item(intern!(py, "type"), intern!(py, "websocket.disconnect"))?;
    event.set_item(intern!(py, "code"), departure.code.0)?;
    event.set_item(intern!(py, "reason"), PyString::new(py, &departure.reason))?;
    Ok(event.into_any().unbind())
}
