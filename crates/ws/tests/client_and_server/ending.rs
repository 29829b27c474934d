//! How sockets end.

use crate::{bare, pair};
use hyperserve_ws::{CloseCode, Error, Role, WebSocket, WebSocketConfig};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::time::Instant;

async fn closed_by(mut first: WebSocket, mut second: WebSocket) {
    let (other, ()) = tokio::join!(second.recv(), first.close(CloseCode(4000), "that is all"));
    assert!(other.is_none());
    for (socket, reason) in [(&mut second, "that is all"), (&mut first, "")] {
        let frame = socket.close_frame().unwrap();
        assert_eq!((frame.code, &frame.reason[..]), (CloseCode(4000), reason));
        assert!(socket.recv().await.is_none());
        assert!(matches!(socket.send("late").await, Err(Error::Closed)));
        assert!(matches!(socket.ping("late").await, Err(Error::Closed)));
        socket.close(CloseCode::NORMAL, "again").await;
    }
}

#[tokio::test]
async fn either_end_may_close() {
    let (client, server) = pair();
    closed_by(client, server).await;
    let (client, server) = pair();
    closed_by(server, client).await;
}

#[tokio::test]
async fn both_ends_may_close_at_once() {
    let (mut client, mut server) = pair();
    tokio::join!(client.close(CloseCode(4001), "client"), server.close(CloseCode(4002), "server"));
    assert_eq!(client.close_frame().unwrap().code, CloseCode(4002));
    assert_eq!(server.close_frame().unwrap().code, CloseCode(4001));
}

#[tokio::test]
async fn a_long_reason_is_cut_and_a_bad_code_is_replaced() {
    let (mut client, mut server) = pair();
    let reason = "é".repeat(100);
    let (received, ()) = tokio::join!(server.recv(), client.close(CloseCode::ABNORMAL, reason.as_str()));
    assert!(received.is_none());
    let frame = server.close_frame().unwrap();
    assert_eq!((frame.code, frame.reason.len()), (CloseCode::INTERNAL_ERROR, 122));
}

#[tokio::test]
async fn messages_before_the_close_are_received() {
    let (mut client, mut server) = pair();
    for _ in 0..3 {
        server.feed("before").await.unwrap();
    }
    let (_, received) = tokio::join!(server.close(CloseCode::NORMAL, ""), async {
        let mut received = 0;
        while let Some(message) = client.recv().await {
            assert_eq!(message.unwrap().as_str(), Some("before"));
            received += 1;
        }
        received
    });
    assert_eq!(received, 3);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_answer_a_close_is_left() {
    for role in [Role::Client, Role::Server] {
        let began = Instant::now();
        let (mut socket, silent) = bare(role, WebSocketConfig::default());
        socket.close(CloseCode::NORMAL, "").await;
        assert_eq!(began.elapsed().as_secs(), 5);
        assert!(socket.close_frame().is_none());
        drop(silent);
    }
}

#[tokio::test]
async fn a_dropped_socket_closes() {
    let (client, mut server) = pair();
    drop(client);
    assert!(server.recv().await.is_none());
    assert_eq!(server.close_frame().unwrap().code, CloseCode::NORMAL);
    let (mut client, server) = pair();
    let panicking = tokio::spawn(async move {
        let _held = server;
        panic!("as the test wants it");
    });
    assert!(panicking.await.is_err());
    assert!(client.recv().await.is_none());
    assert_eq!(client.close_frame().unwrap().code, CloseCode::INTERNAL_ERROR);
}

#[tokio::test]
async fn what_was_fed_is_written_before_a_dropped_socket_closes() {
    let (mut client, mut server) = pair();
    // More than the pipe holds, less than the write buffer.
    for _ in 0..50 {
        client.feed("x".repeat(2000)).await.unwrap();
    }
    drop(client);
    let mut received = 0;
    while let Some(message) = server.recv().await {
        message.unwrap();
        received += 1;
    }
    assert_eq!(received, 50);
}

#[tokio::test]
async fn an_end_without_a_close_is_a_loss() {
    for role in [Role::Client, Role::Server] {
        let (mut socket, stream) = bare(role, WebSocketConfig::default());
        drop(stream);
        assert!(matches!(socket.recv().await, Some(Err(Error::Lost))));
        assert!(socket.recv().await.is_none());
        assert!(matches!(socket.send("late").await, Err(Error::Closed)));
    }
}

/// RFC 6455 §7.1.1: the server ends the connection first.
#[tokio::test]
async fn a_client_waits_for_the_server_to_end_the_connection() {
    let (mut client, mut stream) = bare(Role::Client, WebSocketConfig::default());
    let closing = tokio::spawn(async move { client.close(CloseCode::NORMAL, "").await });
    let mut frame = [0; 8];
    stream.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[0], 0x88);
    tokio::io::AsyncWriteExt::write_all(&mut stream, b"\x88\x02\x03\xe8").await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!closing.is_finished());
    drop(stream);
    closing.await.unwrap();
}
