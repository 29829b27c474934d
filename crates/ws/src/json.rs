//! Messages as JSON text.

use crate::{Error, Message, WebSocket};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

impl Message {
    /// A value as JSON text, for what is sent to many.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] when the value cannot be written as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, Error> {
        serde_json::to_string(value).map(Self::from).map_err(Error::Json)
    }
}

fn decode<T: DeserializeOwned>(message: &Message) -> Result<T, Error> {
    serde_json::from_slice(message.as_bytes()).map_err(Error::Json)
}

impl WebSocket {
    /// Sends a value as JSON text.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] when the value cannot be written as JSON; else as [`send`](Self::send).
    pub async fn send_json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        self.send(Message::json(value)?).await
    }

    /// The next message, text or binary, read as JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] when it is something else: the connection goes on. Else as [`recv`](Self::recv).
    pub async fn recv_json<T: DeserializeOwned>(&mut self) -> Option<Result<T, Error>> {
        Some(self.recv().await?.and_then(|message| decode(&message)))
    }

    /// The socket as one of values, `In` received and `Out` sent, each as JSON text.
    #[must_use]
    pub const fn typed<In, Out>(self) -> TypedWebSocket<In, Out> {
        TypedWebSocket { socket: self, kinds: PhantomData }
    }
}

/// A [`WebSocket`] of values: `In` is received and `Out` sent, each as JSON text.
///
/// ```
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize)]
/// struct Move { x: u8, y: u8 }
///
/// #[derive(Serialize)]
/// enum Answer { Moved, Refused(String) }
///
/// async fn play(socket: hyperserve_ws::WebSocket) -> Result<(), hyperserve_ws::Error> {
///     let mut game = socket.typed::<Move, Answer>();
///     while let Some(step) = game.recv().await {
///         let answer = match step {
///             Ok(step) if step.x < 8 && step.y < 8 => Answer::Moved,
///             Ok(_) => Answer::Refused("that is beyond the board".to_owned()),
///             Err(hyperserve_ws::Error::Json(error)) => Answer::Refused(error.to_string()),
///             Err(error) => return Err(error),
///         };
///         game.send(&answer).await?;
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct TypedWebSocket<In, Out> {
    socket: WebSocket,
    kinds: PhantomData<fn(Out) -> In>,
}

impl<In: DeserializeOwned, Out: Serialize> TypedWebSocket<In, Out> {
    /// As [`WebSocket::recv_json`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn recv(&mut self) -> Option<Result<In, Error>> {
        self.socket.recv_json().await
    }

    /// As [`WebSocket::send_json`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn send(&mut self, value: &Out) -> Result<(), Error> {
        self.socket.send_json(value).await
    }

    /// The socket, for all that is not about values.
    pub const fn socket(&mut self) -> &mut WebSocket {
        &mut self.socket
    }

    /// The socket, of messages again.
    pub fn into_inner(self) -> WebSocket {
        self.socket
    }
}
