//! The WebSocket that a connection has become: its messages are read one after the other, each when a step awaits it.

use tokio::time::Instant;

use super::{PATIENCE, answers::Answers, link::Link};
use crate::{
    Awaited, Fault, escape,
    socket::{self, Extension, Message, Messages},
};

/// A masked ping that any WebSocket answers, and the pong that it is answered with (RFC 6455 §5.5.3).
const PING: &[u8] = b"\x89\x85\0\0\0\0probe";
const PONG: &[u8] = b"\x8a\x05probe";

/// Nothing before the handshake is done.
#[derive(Default)]
pub(super) struct Socket {
    messages: Option<Messages>,
}

impl Socket {
    /// Whether the last answer has made the connection a WebSocket.
    pub(super) fn is_open(answers: &Answers, link: &Link) -> Result<bool, Fault> {
        answers.last().map_or(Ok(false), |(_, answer)| socket::accepts(answer, &link.sent))
    }

    /// Reads the next message and holds it against what is awaited.
    pub(super) async fn expect(
        &mut self,
        awaited: &Awaited,
        link: &mut Link,
        answers: &mut Answers,
    ) -> Result<(), Fault> {
        let deadline = awaited.within.map_or(link.opened, |within| link.opened + within);
        let deadline = deadline.max(Instant::now() + PATIENCE);
        self.begin(link, answers, deadline).await?;
        let Some(message) = self.next(link, answers, deadline).await? else {
            return Err(Fault::new(format!("no {} came", awaited.op)));
        };
        socket::judge(awaited, &message, link.arrival(answers.taken))
    }

    /// The first message is read once all answers are there, and are what they should be.
    async fn begin(&mut self, link: &mut Link, answers: &mut Answers, by: Instant) -> Result<(), Fault> {
        if self.messages.is_some() {
            return Ok(());
        }
        answers.finish(link, by).await?;
        answers.judge(link)?;
        if !Self::is_open(answers, link)? {
            return Err(Fault::new("the connection has not become a WebSocket"));
        }
        let agreed = answers.last().map_or(Ok(None), |(_, answer)| Extension::of(answer))?;
        self.messages = Some(Messages::new(agreed));
        Ok(())
    }

    async fn next(
        &mut self,
        link: &mut Link,
        answers: &mut Answers,
        by: Instant,
    ) -> Result<Option<Message>, Fault> {
        let Some(messages) = &mut self.messages else { return Ok(None) };
        loop {
            if let Some(message) = messages.next(&link.got, &mut answers.taken)? {
                return Ok(Some(message));
            }
            if !link.read(by).await {
                return Ok(None);
            }
        }
    }
}

/// Sends a ping: exactly its pong must come, with nothing before and nothing behind it.
pub(super) async fn probe(link: &mut Link, from: usize) -> Result<(), Fault> {
    link.write(PING, false).await;
    let deadline = Instant::now() + PATIENCE;
    while link.got.len() < from + PONG.len() && link.read(deadline).await {}
    match link.got.get(from..).unwrap_or_default() {
        PONG => Ok(()),
        [] => Err(Fault::new("a last ping on the WebSocket is not answered")),
        other => {
            Err(Fault::new(format!("unexpected bytes `{}` instead of a pong", escape::show(other, 200))))
        }
    }
}
