//! What is done with a socket once it is open.

use bytes::Bytes;
use hyperserve_ws::{CloseCode, Error, Message, WebSocket};
use serde::{Deserialize, Serialize};

use crate::app::mutation::Mutation;

/// Every message comes back, unless the suite wants it wrong.
pub(super) async fn echo(mut socket: WebSocket, mutation: Option<Mutation>) -> Result<(), Error> {
    while let Some(message) = socket.recv().await {
        socket.send(spoil(message?, mutation)).await?;
    }
    Ok(())
}

fn spoil(message: Message, mutation: Option<Mutation>) -> Message {
    match mutation {
        Some(Mutation::WrongMessage) => Message::from("?".repeat(message.len())),
        Some(Mutation::WrongKind) if message.is_text() => Message::Binary(message.into_bytes()),
        _ => message,
    }
}

/// Words first, then an echo.
pub(super) async fn greet(mut socket: WebSocket, words: String) -> Result<(), Error> {
    socket.send(words).await?;
    echo(socket, None).await
}

pub(super) async fn close(mut socket: WebSocket, code: u16, reason: String) {
    socket.close(CloseCode(code), reason).await;
}

/// Messages and the close are handed over at once, from another hand than the one that drives the socket.
pub(super) async fn last_words(mut socket: WebSocket) -> Result<(), Error> {
    let sender = socket.sender();
    sender.send("one").await?;
    sender.send("two").await?;
    sender.close(CloseCode(4002), "that was all");
    while let Some(message) = socket.recv().await {
        message?;
    }
    Ok(())
}

#[expect(clippy::panic, reason = "the suite asks what becomes of a panic")]
pub(super) async fn panic(mut socket: WebSocket) {
    let _message = socket.recv().await;
    panic!("the conformance suite asked for a panic");
}

pub(super) async fn fail(mut socket: WebSocket) -> Result<(), &'static str> {
    let _message = socket.recv().await;
    Err("the conformance suite asked for a failure")
}

/// One half sends what the other has received.
pub(super) async fn split(socket: WebSocket) -> Result<(), Error> {
    let (mut to, mut from) = socket.split();
    let (queue, mut messages) = tokio::sync::mpsc::channel(16);
    let writer = tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            to.send(message).await?;
        }
        Ok::<_, Error>(())
    });
    while let Some(message) = from.recv().await {
        // The writer has gone where the socket has.
        let _gone = queue.send(message?).await;
    }
    drop(queue);
    writer.await.unwrap_or(Ok(()))
}

/// An echo through the queue for other tasks.
pub(super) async fn sender(mut socket: WebSocket) -> Result<(), Error> {
    let sender = socket.sender();
    while let Some(message) = socket.recv().await {
        sender.send(message?).await?;
    }
    Ok(())
}

/// More than any buffer holds, from another task.
pub(super) async fn burst(mut socket: WebSocket) -> Result<(), Error> {
    let sender = socket.sender();
    tokio::spawn(async move {
        for digit in b'0'..=b'9' {
            if sender.send(vec![digit; 100_000]).await.is_err() {
                break;
            }
        }
    });
    while let Some(message) = socket.recv().await {
        message?;
    }
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct Count {
    n: u64,
}

/// One more than what came. What is no number closes with 1007.
pub(super) async fn json(socket: WebSocket) -> Result<(), Error> {
    let mut counts = socket.typed::<Count, Count>();
    while let Some(count) = counts.recv().await {
        match count {
            Ok(Count { n }) => counts.send(&Count { n: n + 1 }).await?,
            Err(error) => {
                let code = error.close_code().unwrap_or(CloseCode::INTERNAL_ERROR);
                counts.socket().close(code, "a number is wanted").await;
            }
        }
    }
    Ok(())
}

/// A ping of the app's own, then an echo.
pub(super) async fn ping(mut socket: WebSocket) -> Result<(), Error> {
    socket.ping(Bytes::from_static(b"are you there")).await?;
    echo(socket, None).await
}
