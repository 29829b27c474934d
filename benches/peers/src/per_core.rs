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

/// Connections that may wait to be accepted.
pub const BACKLOG: u32 = 4096;

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
    accept_per_core(options, move |stream| {
        let mut http = http1::Builder::new();
        let connection = http.pipeline_flush(true).serve_connection(TokioIo::new(stream), service.clone());
        // One that ends badly is the client's affair: nothing is logged.
        tokio::spawn(async { drop(connection.await) });
    })
}

/// As [`serve_per_core`], for a service that may take a connection over (RFC 9110 §7.8).
///
/// # Errors
/// The listener's or the runtime's own.
pub fn serve_upgrades_per_core<S, B>(options: &Options, service: S) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    accept_per_core(options, move |stream| {
        let http = http1::Builder::new();
        let connection = http.serve_connection(TokioIo::new(stream), service.clone()).with_upgrades();
        tokio::spawn(async { drop(connection.await) });
    })
}

fn accept_per_core(options: &Options, serve: impl Fn(TcpStream) + Clone + Send + 'static) -> io::Result<()> {
    let start = |serve| {
        let address = options.listen;
        thread::spawn(move || worker(address, serve))
    };
    let workers: Vec<_> = (0..options.workers).map(|_| start(serve.clone())).collect();
    workers
        .into_iter()
        .try_for_each(|worker| worker.join().map_err(|_| io::Error::other("a worker panicked"))?)
}

fn worker(address: SocketAddr, serve: impl Fn(TcpStream)) -> io::Result<()> {
    runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let listener = listen(address)?;
        loop {
            serve(listener.accept().await?.0);
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
