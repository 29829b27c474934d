//! hyper's HTTP/1 connection as cheap as it can be had.
//!
//! One thread a core, each with a current-thread runtime and an SO_REUSEPORT listener of its own; HTTP/1.1 only,
//! `pipeline_flush`, TCP_NODELAY, a backlog of 4096, and no timer, so no deadline of any kind (the set-up of the
//! hyper entry in the TechEmpower benchmarks).

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::thread;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime;

use crate::Options;

const BACKLOG: u32 = 4096;

/// Serves a clone of `service` on each connection until a listener fails.
///
/// # Errors
/// The listener's or the runtime's own.
pub fn serve_per_core<S, B>(options: &Options, service: S) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let start = |service| {
        let address = options.listen;
        thread::spawn(move || worker(address, service))
    };
    let workers: Vec<_> = (0..options.workers).map(|_| start(service.clone())).collect();
    workers
        .into_iter()
        .try_for_each(|worker| worker.join().map_err(|_| io::Error::other("a worker panicked"))?)
}

fn worker<S, B>(address: SocketAddr, service: S) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let listener = listen(address)?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(serve(stream, service.clone()));
        }
    })
}

/// Options that a connection inherits from its listener on Linux are set here, once.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.set_nodelay(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A connection that ends badly is the client's affair: nothing is logged.
async fn serve<S, B>(stream: TcpStream, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut http = http1::Builder::new();
    let connection = http.pipeline_flush(true).serve_connection(TokioIo::new(stream), service);
    let _ = connection.await;
}
