//! Opening sockets again.

use crate::peer::Peer;
use crate::served::served;
use hyperserve_ws::{CloseCode, Connect, ConnectError};
use std::time::Duration;
use tokio::net::TcpListener;

const MOMENT: Duration = Duration::from_millis(5);

#[tokio::test]
async fn a_socket_is_opened_again() {
    let server = served();
    let mut again = Connect::new(server.url("/echo")).reconnect().with_delays(MOMENT, MOMENT);
    for round in ["one", "two", "three"] {
        let (mut socket, _) = again.next().await.unwrap();
        socket.send(round).await.unwrap();
        assert_eq!(socket.recv().await.unwrap().unwrap().as_str(), Some(round));
        socket.close(CloseCode::NORMAL, "").await;
    }
    assert_eq!(server.ended().await.cut, 0);
}

#[tokio::test]
async fn it_is_tried_until_the_server_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut again = Connect::new(format!("ws://{address}/")).reconnect().with_delays(MOMENT, MOMENT);
    let opening = tokio::spawn(async move { again.next().await.map(|(socket, _)| socket) });
    tokio::time::sleep(4 * MOMENT).await;
    assert!(!opening.is_finished());
    let listener = TcpListener::bind(address).await.unwrap();
    // One that is busy, then one that answers.
    for busy in [true, false] {
        let (stream, _) = listener.accept().await.unwrap();
        let mut peer = Peer::read(stream).await;
        if busy {
            peer.say(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n").await;
        } else {
            peer.agree("").await;
            assert!(opening.await.unwrap().is_ok());
            break;
        }
    }
}

#[tokio::test]
async fn what_waiting_does_not_mend_is_an_error() {
    let server = served();
    let mut again = Connect::new(server.url("/door")).reconnect();
    assert_eq!(again.next().await.unwrap_err().status().unwrap().as_u16(), 401);
    let mut again = Connect::new("ws://").reconnect();
    assert!(matches!(again.next().await, Err(ConnectError::Url(_))));
}
