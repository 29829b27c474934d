//! Plain hyper at its best: the floor that HyperServe's cost per request is read against.
//!
//! One thread a core, each with a current-thread runtime and an SO_REUSEPORT listener of its own; HTTP/1.1 only,
//! `pipeline_flush`, TCP_NODELAY, a backlog of 4096, and no timer, so no deadline of any kind (the set-up of the
//! hyper entry in the TechEmpower benchmarks).

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyperserve_bench_peers::Options;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime;

const BACKLOG: u32 = 4096;

fn main() -> ExitCode {
    match Options::from_env().and_then(|options| run(&options).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("hyper-plain: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    let address = options.listen;
    let workers: Vec<_> = (0..options.workers).map(|_| thread::spawn(move || worker(address))).collect();
    workers
        .into_iter()
        .try_for_each(|worker| worker.join().map_err(|_| io::Error::other("a worker panicked"))?)
}

fn worker(address: SocketAddr) -> io::Result<()> {
    runtime::Builder::new_current_thread().enable_io().build()?.block_on(accept(address))
}

async fn accept(address: SocketAddr) -> io::Result<()> {
    let listener = listen(address)?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream));
    }
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
async fn serve(stream: TcpStream) {
    let mut http = http1::Builder::new();
    let connection = http.pipeline_flush(true).serve_connection(TokioIo::new(stream), service_fn(answer));
    let _ = connection.await;
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(if request.method() == Method::GET && request.uri().path() == "/" { hello() } else { not_found() })
}

fn hello() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, World!")));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn not_found() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
