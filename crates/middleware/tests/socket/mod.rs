//! A server on a socket of this machine, and a client that says and hears bytes.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use hyperserve_server::{App, Limits, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Serves `app` for the time of `client`, on this thread.
pub(crate) fn served<A: App, F: Future>(app: A, client: impl FnOnce(SocketAddr) -> F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let both = async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = serve(listener, app, Limits::default(), async { drop(stopped.await) });
        let client = async {
            let output = client(address).await;
            drop(stop);
            output
        };
        tokio::join!(client, server).0
    };
    runtime.block_on(async { timeout(Duration::from_secs(20), both).await.unwrap() })
}

/// Sends bytes on a connection of their own, and reads to its end.
pub(crate) async fn tell(address: SocketAddr, bytes: &[u8]) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is cut ends with an error.
    drop(client.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Asks with fields, each of which ends with a line break, and reads to the end.
pub(crate) async fn ask(address: SocketAddr, request: &str, fields: &str) -> String {
    let head = format!("{request} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n{fields}\r\n");
    tell(address, head.as_bytes()).await
}

/// Whether the content is whole: of its declared length, or with its last chunk.
pub(crate) fn is_whole(answer: &str) -> bool {
    let (head, content) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.map_or(content.ends_with("0\r\n\r\n"), |length| length == content.len().to_string())
}
