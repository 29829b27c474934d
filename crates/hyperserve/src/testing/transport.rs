//! How a request reaches the application: a call, or a connection.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, IntoFuture as _};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use http::header::HOST;
use http::{HeaderValue, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use hyperserve_core::{BoxError, IntoResponse, Request, Response};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tower_service::Service;

use crate::Serve;

pub(super) type Answer = Pin<Box<dyn Future<Output = Result<Response, BoxError>> + Send>>;

pub(super) trait Transport: fmt::Debug + Send + Sync {
    fn ask(&self, request: Request) -> Answer;
}

/// Calls a service.
pub(super) struct InProcess<T> {
    /// Clones of it are called; a service need not be `Sync`.
    service: Mutex<T>,
}

impl<T> InProcess<T> {
    pub(super) const fn new(service: T) -> Self {
        Self { service: Mutex::new(service) }
    }
}

impl<T> Transport for InProcess<T>
where
    T: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static>
        + Clone
        + Send
        + 'static,
{
    fn ask(&self, request: Request) -> Answer {
        let mut service = self.service.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move {
            let Ok(()) = std::future::poll_fn(|cx| service.poll_ready(cx)).await;
            let Ok(response) = service.call(request).await;
            Ok(response)
        })
    }
}

impl<T> fmt::Debug for InProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

/// Connects anew for each request.
#[derive(Debug)]
pub(super) struct Connected {
    address: SocketAddr,
    /// Its end is what stops the server.
    _stop: oneshot::Sender<Infallible>,
}

impl Connected {
    pub(super) fn new(address: SocketAddr, serve: Serve) -> Self {
        let (stop, stopped) = oneshot::channel();
        let until = async { drop(stopped.await) };
        drop(tokio::spawn(serve.until(until).into_future()));
        Self { address, _stop: stop }
    }
}

impl Transport for Connected {
    fn ask(&self, request: Request) -> Answer {
        Box::pin(exchange(self.address, request))
    }
}

async fn exchange(address: SocketAddr, mut request: Request) -> Result<Response, BoxError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
    // It ends with its last answer; what goes wrong on it, the answer tells.
    drop(tokio::spawn(connection));
    if !request.headers().contains_key(HOST) {
        request.headers_mut().insert(HOST, HeaderValue::try_from(address.to_string())?);
    }
    if let Some(target) = request.uri().path_and_query().cloned() {
        *request.uri_mut() = Uri::from(target);
    }
    Ok(sender.send_request(request).await?.into_response())
}
