//! The other end: it visits each address it is given, and sends back what the server there says, until that one closes.
//! Try `cargo run -p example-ws-echo --bin ws-echo-client ws://127.0.0.1:8080/`.
//!
//! `cargo xtask autobahn client` sends it to the Autobahn test suite, whose largest messages have 16 MiB.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its terminal")]

use hyperserve::ws::{Compression, Connect, Error, WebSocketConfig};

const LARGEST: usize = 32 * 1024 * 1024;

async fn visit(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let config = WebSocketConfig::default()
        .with_max_message(LARGEST)
        .with_max_frame(LARGEST)
        .with_compression(Some(Compression::default().with_min_size(0)));
    let (mut socket, _) = Connect::new(url).with_config(config).connect().await?;
    println!("{url}");
    while let Some(message) = socket.recv().await {
        match socket.send(message?).await {
            // the server has closed meanwhile; what it has said so far is still to come
            Ok(()) | Err(Error::Closed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for url in std::env::args().skip(1) {
        if let Err(error) = visit(&url).await {
            eprintln!("{url}: {error}");
        }
    }
}
