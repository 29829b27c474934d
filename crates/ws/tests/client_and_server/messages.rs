//! Messages there and back.

use crate::{echo, pair, pair_with};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt as _};
use hyperserve_ws::{CloseCode, Message, Utf8Bytes, WebSocketConfig};
use std::time::Duration;

#[tokio::test]
async fn all_sizes_pass_through_streams_of_all_sizes() {
    for room in [1, 7, 1000, 64 * 1024] {
        let (mut client, server) = pair_with(WebSocketConfig::default(), room);
        let serving = tokio::spawn(echo(server));
        for len in [0, 1, 125, 126, 127, 4090, 65_535, 65_536, 300_000] {
            if len > 10_000 * room {
                continue;
            }
            let text = "ü".repeat(len / 2);
            client.send(text.as_str()).await.unwrap();
            assert_eq!(client.recv().await.unwrap().unwrap(), Message::from(text));
            let bytes: Vec<u8> = (0..len).map(|at| at as u8).collect();
            client.send(bytes.clone()).await.unwrap();
            assert_eq!(client.recv().await.unwrap().unwrap(), Message::from(bytes));
        }
        client.close(CloseCode::NORMAL, "").await;
        serving.await.unwrap();
    }
}

#[tokio::test]
async fn messages_are_made_of_many_types() {
    let (mut client, mut server) = pair();
    for message in [
        Message::from("text"),
        Message::from("text".to_owned()),
        Message::from(Utf8Bytes::from_static("text")),
        Message::from(Bytes::from_static(b"text")),
        Message::from(b"text".to_vec()),
        Message::from(&b"text"[..]),
    ] {
        server.send(message.clone()).await.unwrap();
        let received = client.recv().await.unwrap().unwrap();
        assert_eq!(received, message);
        assert_eq!(
            (received.is_text(), received.len(), received.as_bytes()),
            (message.is_text(), 4, &b"text"[..])
        );
    }
}

#[tokio::test]
async fn fed_messages_wait_for_a_flush() {
    let (mut client, mut server) = pair();
    for number in 0..1000 {
        client.feed(number.to_string()).await.unwrap();
    }
    let early = tokio::time::timeout(Duration::from_millis(20), server.recv()).await;
    assert!(early.is_err(), "{early:?}");
    let (flushed, ()) = tokio::join!(client.flush(), async {
        for number in 0..1000 {
            assert_eq!(server.recv().await.unwrap().unwrap(), Message::from(number.to_string()));
        }
    });
    flushed.unwrap();
}

#[tokio::test]
async fn feeding_waits_for_a_peer_that_does_not_read() {
    let config = WebSocketConfig::default().with_write_buffer(1000);
    let (mut client, mut server) = pair_with(config, 1000);
    let mut fed = 0;
    let feeding = async {
        for _ in 0..1000 {
            client.feed("0123456789").await.unwrap();
            fed += 1;
        }
        client.flush().await.unwrap();
    };
    assert!(tokio::time::timeout(Duration::from_millis(50), feeding).await.is_err());
    // A head of 6 bytes and 10 of payload: what the pipe and the buffer hold, and one more at most.
    assert!((100..=126).contains(&fed), "{fed}");
    let (more, ()) = tokio::join!(client.flush(), async {
        for _ in 0..fed {
            server.recv().await.unwrap().unwrap();
        }
    });
    more.unwrap();
}

/// A future of `recv` that is dropped loses nothing.
#[tokio::test]
async fn receiving_can_be_cancelled() {
    let (mut client, mut server) = pair_with(WebSocketConfig::default(), 3);
    let sending = tokio::spawn(async move {
        for number in 0..200 {
            client.send(format!("message {number}")).await.unwrap();
        }
        client.close(CloseCode::NORMAL, "").await;
    });
    let (mut received, mut cancelled) = (0, 0);
    loop {
        let next = tokio::select! {
            biased;
            next = server.recv() => next,
            () = tokio::task::yield_now() => {
                cancelled += 1;
                continue;
            }
        };
        match next {
            Some(message) => assert_eq!(message.unwrap(), Message::from(format!("message {received}"))),
            None => break,
        }
        received += 1;
    }
    assert_eq!(received, 200);
    assert!(cancelled > 200, "{cancelled}");
    sending.await.unwrap();
}

#[tokio::test]
async fn a_socket_is_a_stream_and_a_sink() {
    let (mut client, server) = pair();
    let (sink, stream) = server.split();
    let forwarding = tokio::spawn(stream.forward(sink));
    let numbers = futures_util::stream::iter(0..100).map(|number| Ok(Message::from(number.to_string())));
    client.send_all(&mut numbers.boxed()).await.unwrap();
    for number in 0..100 {
        assert_eq!(client.next().await.unwrap().unwrap(), Message::from(number.to_string()));
    }
    SinkExt::close(&mut client).await.unwrap();
    assert!(client.next().await.is_none());
    assert_eq!(client.close_frame().unwrap().code, CloseCode::NORMAL);
    forwarding.await.unwrap().unwrap();
}

/// Both ends send and receive, each half in a task of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_directions_are_busy_at_once() {
    let (client, server) = pair_with(WebSocketConfig::default().with_write_buffer(2000), 512);
    let busy = |socket: hyperserve_ws::WebSocket| {
        let (mut sending, mut receiving) = socket.split();
        let send = tokio::spawn(async move {
            for number in 0..5000_u32 {
                sending.send(format!("{number}: {}", "x".repeat(number as usize % 100))).await.unwrap();
            }
            sending
        });
        let receive = tokio::spawn(async move {
            for number in 0..5000_u32 {
                let message = receiving.recv().await.unwrap().unwrap();
                assert!(message.as_str().unwrap().starts_with(&format!("{number}: ")));
            }
            receiving
        });
        async move { (send.await.unwrap(), receive.await.unwrap()) }
    };
    let both = async { tokio::join!(busy(client), busy(server)) };
    tokio::time::timeout(Duration::from_secs(30), both).await.expect("they wait for each other");
}
