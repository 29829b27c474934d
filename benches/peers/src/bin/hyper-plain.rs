//! Plain hyper at its best: the floor that HyperServe's cost per request is read against. Routes are a `match`.

use std::convert::Infallible;
use std::process::ExitCode;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyperserve_bench_peers::{Message, Options, TEXT, serve_per_core};

fn main() -> ExitCode {
    let options = Options::from_env();
    match options
        .and_then(|options| serve_per_core(&options, service_fn(by_match)).map_err(|error| error.to_string()))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("hyper-plain: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn by_match(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let found = if request.method() == Method::GET { answer(request.uri().path()) } else { None };
    Ok(found.unwrap_or_else(not_found))
}

fn answer(path: &str) -> Option<Response<Full<Bytes>>> {
    Some(match path {
        "/" | "/plaintext" => text(Bytes::from_static(TEXT.as_bytes())),
        "/json" => typed("application/json", serde_json::to_vec(&Message { message: TEXT }).ok()?.into()),
        _ => text(path.strip_prefix("/users/")?.parse::<u64>().ok()?.to_string().into()),
    })
}

fn text(content: Bytes) -> Response<Full<Bytes>> {
    typed("text/plain; charset=utf-8", content)
}

fn typed(content_type: &'static str, content: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(content));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn not_found() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
