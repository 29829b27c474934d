//! A server on a socket of this machine, and clients that each send one request and read to the end.

use std::net::SocketAddr;
use std::time::Duration;

use hyperserve_core::TrustedProxies;
use hyperserve_server::{App, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What `app` answers to each of the heads, whose lines are separated by `|`. Forwarded headers of this machine count.
pub(crate) fn answers<A: App, const N: usize>(app: A, heads: [&str; N]) -> [String; N] {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let trusted: TrustedProxies = "loopback".parse().unwrap();
    runtime.block_on(async {
        let server = Server::new().listen("127.0.0.1:0").with_workers(1).with_trusted_proxies(trusted);
        let bound = server.bind().unwrap();
        let (address, handle) = (bound.addresses()[0].tcp.unwrap(), bound.handle());
        let client = async {
            let mut answers = [const { String::new() }; N];
            for (answer, head) in answers.iter_mut().zip(heads) {
                *answer = ask(address, head).await;
            }
            handle.stop();
            answers
        };
        let both = async { tokio::join!(client, bound.serve(app)).0 };
        timeout(Duration::from_secs(20), both).await.unwrap()
    })
}

async fn ask(address: SocketAddr, head: &str) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = head.replace('|', "\r\n");
    client.write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer
}
