//! Connections on threads of their own, which never take the interpreter (`io_threads`).
//!
//! A request crosses to Python's thread and its answer crosses back; the application is called there as it is without
//! offload, by the same code. What crosses is batched: of many messages that wait the first alone wakes the other side.

use crate::asgi::{Answer, Application};
use http::StatusCode;
use hyperserve_core::IntoResponse;
use hyperserve_core::{Body, Problem, Request, Response};
use std::cell::OnceCell;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tower_service::Service;

/// A request on its way to Python.
#[derive(Debug)]
struct Job {
    application: Application,
    request: Request<Body>,
    reply: oneshot::Sender<Response<Body>>,
    /// To the thread of the request's connection.
    back: UnboundedSender<Delivery>,
}

/// An answer on its way to its connection.
#[derive(Debug)]
struct Delivery {
    reply: oneshot::Sender<Response<Body>>,
    response: Response<Body>,
}

/// The application, for threads that are not Python's.
#[derive(Debug)]
pub(super) struct Remote {
    application: Application,
    jobs: UnboundedSender<Job>,
}

impl Remote {
    /// Requests are answered on `python`, the runtime of Python's thread.
    pub(super) fn new(application: Application, python: &Handle) -> Self {
        let (jobs, waiting) = unbounded_channel();
        drop(python.spawn(answer_all(waiting)));
        Self { application, jobs }
    }
}

impl Clone for Remote {
    fn clone(&self) -> Self {
        Self { application: self.application.clone(), jobs: self.jobs.clone() }
    }
}

impl Service<Request<Body>> for Remote {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Reply;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Reply {
        let (reply, answer) = oneshot::channel();
        let job = Job { application: self.application.share(), request, reply, back: deliveries() };
        // Python's runtime is gone only when the process ends; the answer then tells.
        drop(self.jobs.send(job));
        Reply { answer }
    }
}

/// The answer of Python's thread.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(super) struct Reply {
    answer: oneshot::Receiver<Response<Body>>,
}

impl Future for Reply {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(cx));
        Poll::Ready(Ok(answer.unwrap_or_else(|_| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE)
                .with_detail("the server is shutting down")
                .into_response()
        })))
    }
}

/// On Python's thread.
async fn answer_all(mut waiting: UnboundedReceiver<Job>) {
    while let Some(job) = waiting.recv().await {
        let Job { mut application, request, reply, back } = job;
        let answer = application.call(request);
        drop(tokio::spawn(answer_one(answer, reply, back)));
    }
}

async fn answer_one(
    answer: Answer,
    mut reply: oneshot::Sender<Response<Body>>,
    back: UnboundedSender<Delivery>,
) {
    let response = tokio::select! {
        biased;
        Ok(response) = answer => response,
        // The client has gone, and the request's future with it.
        () = reply.closed() => return,
    };
    // A thread that has ended has no connections.
    drop(back.send(Delivery { reply, response }));
}

/// The way back to this thread, for all its connections.
fn deliveries() -> UnboundedSender<Delivery> {
    thread_local! {
        static BACK: OnceCell<UnboundedSender<Delivery>> = const { OnceCell::new() };
    }
    BACK.with(|back| {
        back.get_or_init(|| {
            let (sender, waiting) = unbounded_channel();
            drop(tokio::spawn(deliver(waiting)));
            sender
        })
        .clone()
    })
}

async fn deliver(mut waiting: UnboundedReceiver<Delivery>) {
    while let Some(Delivery { reply, response }) = waiting.recv().await {
        // A connection that has closed meanwhile does not want it.
        drop(reply.send(response));
    }
}
