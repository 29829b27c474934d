//! The handshake over HTTP/1.1: a GET that asks for an upgrade (RFC 6455 §4.1).

use super::ConnectError;
use super::deadline::Deadline;
use super::offer::{Agreement, Ask, Offer, check_switch, key};
use super::prefixed::Prefixed;
use super::refusal;
use crate::connection::Transport;
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, Parts, SendRequest};
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use tokio::io::{AsyncRead, AsyncWrite};

/// The bytes that the head of the answer may have, and its fields: what the server allows requests.
const MAX_HEAD: usize = 64 * 1024;
const MAX_FIELDS: usize = 100;

/// Asks over `io`, and gives back what carries the frames from now on.
pub(super) async fn open<T>(
    io: T,
    offer: Offer<'_>,
    deadline: Deadline,
) -> Result<(Transport, Agreement, Response<()>), ConnectError>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let key = key()?;
    let mut exchange = Exchange::begin(io).await?;
    let answer = deadline.bound(exchange.ask(offer.http1(&key)?)).await?;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(exchange.drive(refusal::read(answer, deadline)).await);
    }
    check_switch(answer.headers(), &key)?;
    let agreement = offer.confirm(answer.headers())?;
    let transport = deadline.bound(exchange.finish()).await?;
    Ok((transport, agreement, answer.map(drop)))
}

/// One request on a connection that no task of its own drives: it is gone when this is dropped.
struct Exchange<T: AsyncRead + AsyncWrite + Unpin> {
    sender: SendRequest<Empty<Bytes>>,
    connection: Connection<TokioIo<T>, Empty<Bytes>>,
    is_over: bool,
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Exchange<T> {
    async fn begin(io: T) -> Result<Self, ConnectError> {
        let mut builder = Builder::new();
        builder.max_buf_size(MAX_HEAD).max_headers(MAX_FIELDS);
        let (sender, connection) = builder.handshake(TokioIo::new(io)).await?;
        Ok(Self { sender, connection, is_over: false })
    }

    async fn ask(&mut self, ask: Ask) -> Result<Response<Incoming>, ConnectError> {
        let answer = self.sender.send_request(ask);
        Ok(self.drive(answer).await?)
    }

    /// Does `work`, and moves the connection along meanwhile.
    async fn drive<F: Future>(&mut self, work: F) -> F::Output {
        let mut work = pin!(work);
        poll_fn(|cx| {
            // What goes wrong here is told to whoever waits for the answer or its body.
            self.is_over = self.is_over || self.connection.poll_without_shutdown(cx).is_ready();
            work.as_mut().poll(cx)
        })
        .await
    }

    /// The stream, once the connection has let go of it, with the bytes that came after the answer.
    async fn finish(mut self) -> Result<Transport, ConnectError> {
        poll_fn(
            |cx| if self.is_over { Poll::Ready(Ok(())) } else { self.connection.poll_without_shutdown(cx) },
        )
        .await?;
        let Parts { io, read_buf, .. } = self.connection.into_parts();
        let io = io.into_inner();
        Ok(if read_buf.is_empty() {
            Transport::Other(Box::new(io))
        } else {
            Transport::Other(Box::new(Prefixed::new(read_buf, io)))
        })
    }
}
