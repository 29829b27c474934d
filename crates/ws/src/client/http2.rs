//! The handshake over HTTP/2: an extended CONNECT (RFC 8441), on a connection of its own.

use super::ConnectError;
use super::deadline::Deadline;
use super::offer::{Agreement, Offer};
use super::refusal;
use crate::connection::Transport;
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Empty;
use hyper::client::conn::http2::{Builder, Connection};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::io;
use std::mem::take;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// The bytes that may be under way to a client that does not read.
const WINDOW: u32 = 1024 * 1024;
/// The bytes that may wait in hyper for the server to read; the socket's own buffer comes before it.
const SEND_BUFFER: usize = 64 * 1024;

/// Asks over `io`, and gives back what carries the frames from now on.
pub(super) async fn open<T>(
    io: T,
    offer: Offer<'_>,
    deadline: Deadline,
) -> Result<(Transport, Agreement, Response<()>), ConnectError>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let tasks = Unfinished(Tasks::default());
    let mut builder = Builder::new(tasks.0.clone());
    builder.initial_stream_window_size(WINDOW).initial_connection_window_size(WINDOW);
    // With none before the server's settings, a number shows that these have come.
    builder.max_send_buf_size(SEND_BUFFER).initial_max_send_streams(0);
    let (mut sender, connection) =
        deadline.bound(async { Ok(builder.handshake(TokioIo::new(io)).await?) }).await?;
    deadline.bound(tasks.0.settings(&connection)).await?;
    tasks.0.execute(async { drop(connection.await) });

    let answer = sender.send_request(offer.http2()?);
    let mut answer = deadline.bound(async { Ok(answer.await?) }).await?;
    if answer.status() != StatusCode::OK {
        return Err(refusal::read(answer, deadline).await);
    }
    let agreement = offer.confirm(answer.headers())?;
    let stream = hyper::upgrade::on(&mut answer).await?;
    tasks.finish();
    Ok((Transport::Upgraded(TokioIo::new(stream)), agreement, answer.map(drop)))
}

/// The tasks of one connection.
#[derive(Clone, Debug, Default)]
struct Tasks(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Told whenever a task has run.
    ran: Notify,
    /// A task has ended.
    ended: AtomicBool,
    handles: Mutex<Vec<AbortHandle>>,
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, work: F) {
        let shared = Arc::clone(&self.0);
        let task = tokio::spawn(async move {
            let mut work = pin!(work);
            poll_fn(|cx| {
                let polled = work.as_mut().poll(cx);
                shared.ended.fetch_or(polled.is_ready(), SeqCst);
                shared.ran.notify_one();
                polled
            })
            .await;
        });
        self.0.handles.lock().unwrap_or_else(PoisonError::into_inner).push(task.abort_handle());
    }
}

impl Tasks {
    /// Waits for the server's settings, before which no protocol may be named (RFC 8441 §3).
    async fn settings<T>(
        &self,
        connection: &Connection<TokioIo<T>, Empty<Bytes>, Self>,
    ) -> Result<(), ConnectError>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        loop {
            // In this order: what the settings say is known once they are seen to be there.
            let has_ended = self.0.ended.load(SeqCst);
            let have_come = connection.current_max_send_streams() > 0;
            if connection.is_extended_connect_protocol_enabled() {
                return Ok(());
            }
            if have_come {
                return Err(ConnectError::Handshake("the server does not take WebSockets over HTTP/2"));
            }
            if has_ended {
                let error =
                    io::Error::new(io::ErrorKind::UnexpectedEof, "closed before the server spoke HTTP/2");
                return Err(ConnectError::Io(error));
            }
            self.0.ran.notified().await;
        }
    }
}

/// Ends the connection at once, unless the handshake succeeds. Then its tasks end by themselves, after the socket.
struct Unfinished(Tasks);

impl Unfinished {
    fn finish(&self) {
        self.handles().clear();
    }

    fn handles(&self) -> std::sync::MutexGuard<'_, Vec<AbortHandle>> {
        self.0.0.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        for task in take(&mut *self.handles()) {
            task.abort();
        }
    }
}
