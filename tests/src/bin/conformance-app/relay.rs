//! A TCP relay in front of the server that makes wrong what no app can: the bytes on the wire and the connection's end.

use std::io;

use hyperserve_tests::app::Mutation;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
};

/// Accepts for ever, and relays each connection to `server`.
pub(crate) async fn relay(listener: TcpListener, server: String, mutation: Mutation) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept().await?;
        let server = TcpStream::connect(&server).await?;
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::spawn(forward(from_client, to_server));
        tokio::spawn(spoil(from_server, to_client, mutation));
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
    tokio::io::copy(&mut from, &mut to).await?;
    to.shutdown().await
}

async fn spoil(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mutation: Mutation) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        to.write_all(&buffer[..count]).await?;
        if mutation == Mutation::ExtraBytes {
            to.write_all(b"X").await?;
        }
    }
    if mutation == Mutation::NoClose {
        std::future::pending::<()>().await;
    }
    to.shutdown().await
}
