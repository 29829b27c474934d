//! fastwebsockets on hyper's connection with a runtime per core: the echo of its examples, as they run it.
//!
//! That is, outside tokio's co-operative budget, frames collected to messages, vectored writes and SIMD as by default.

use std::process::ExitCode;

use bytes::Bytes;
use fastwebsockets::upgrade::{UpgradeFut, is_upgrade_request, upgrade};
use fastwebsockets::{FragmentCollector, OpCode, WebSocketError};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyperserve_bench_peers::{Options, TEXT, serve_upgrades_per_core};

/// The bound of HyperServe's messages, for every peer the same. fastwebsockets refuses one of just this size too.
const MAX_MESSAGE: usize = (1 << 20) + 1;

fn main() -> ExitCode {
    let options = Options::from_env();
    let service = service_fn(answer);
    match options
        .and_then(|options| serve_upgrades_per_core(&options, service).map_err(|error| error.to_string()))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("fastwebsockets: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn answer(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, WebSocketError> {
    if !is_upgrade_request(&request) {
        let mut response = Response::new(Full::new(Bytes::from_static(TEXT.as_bytes())));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        return Ok(response);
    }
    let (response, upgraded) = upgrade(&mut request)?;
    tokio::spawn(tokio::task::unconstrained(async { drop(echo(upgraded).await) }));
    Ok(response.map(|_| Full::default()))
}

async fn echo(upgraded: UpgradeFut) -> Result<(), WebSocketError> {
    let mut socket = upgraded.await?;
    socket.set_max_message_size(MAX_MESSAGE);
    let mut socket = FragmentCollector::new(socket);
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            _ => {}
        }
    }
}
