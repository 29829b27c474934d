//! The listener that answers `GET /metrics`.

use std::future::{Future, pending};
use std::io;

use http::{Method, StatusCode, header};
use hyperserve_core::{IntoResponse, Request, Response};
use hyperserve_server::listen::{Inherited, ListenOptions, Socket};
use hyperserve_server::{AnyListener, Bind, Limits, app_fn};
use tokio::net::{TcpListener, UnixListener};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Opens the sockets of an address, and says their URLs.
///
/// # Errors
///
/// One sentence with the address.
pub(crate) fn open(address: &str) -> io::Result<Vec<(Socket, String)>> {
    let bind: Bind = address
        .parse()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, format!("metrics: {error}")))?;
    let bound = bind.open(&ListenOptions::new(), &mut Inherited::none())?;
    let sockets = bound.into_iter().flat_map(|bound| bound.into_parts().0);
    Ok(sockets
        .map(|socket| {
            let url = url(&socket);
            (socket, url)
        })
        .collect())
}

fn url(socket: &Socket) -> String {
    match socket {
        Socket::Tcp(_) => format!("http://{socket}/metrics"),
        _ => socket.to_string(),
    }
}

/// Answers with the text that `source` makes, on the runtime this is called on, until the runtime ends.
///
/// # Errors
///
/// When the runtime cannot take the sockets.
pub(crate) fn serve<S, F>(sockets: Vec<Socket>, source: S) -> io::Result<()>
where
    S: Fn() -> F + Clone + Send + 'static,
    F: Future<Output = String> + Send + 'static,
{
    for socket in sockets {
        let app = app_fn({
            let source = source.clone();
            move |request: Request| answer(request, source.clone())
        });
        drop(tokio::spawn(hyperserve_server::serve(listener(socket)?, app, Limits::default(), pending())));
    }
    Ok(())
}

async fn answer<F: Future<Output = String>>(request: Request, source: impl Fn() -> F) -> Response {
    match (request.uri().path(), request.method()) {
        ("/metrics", &Method::GET | &Method::HEAD) => {
            ([(header::CONTENT_TYPE, TEXT)], source().await).into_response()
        }
        ("/metrics", _) => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn listener(socket: Socket) -> io::Result<AnyListener> {
    Ok(match socket {
        Socket::Tcp(listener) => TcpListener::from_std(listener)?.into(),
        Socket::Unix(listener) => UnixListener::from_std(listener)?.into(),
        _ => return Err(io::ErrorKind::Unsupported.into()),
    })
}
