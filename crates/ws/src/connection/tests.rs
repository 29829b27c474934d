//! The server's end of a connection, with a peer that speaks raw bytes.

use super::*;
use crate::WebSocket;
use hyperserve_core::ShutdownTrigger;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;

const KEY: [u8; 4] = [7, 11, 13, 17];

/// A client's frame; `first` is its first byte.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        len @ 0..=125 => bytes.push(0x80 | len as u8),
        len @ 126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&KEY);
    bytes.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

fn server(config: WebSocketConfig, room: usize) -> (WebSocket, DuplexStream) {
    let (io, peer) = duplex(room);
    (WebSocket::from_stream(io, Role::Server, config), peer)
}

async fn exactly(peer: &mut DuplexStream, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    peer.read_exact(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test]
async fn messages_are_the_same_however_their_bytes_are_split() {
    let large: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let mut bytes = frame(0x81, "grüße".as_bytes());
    bytes.extend(frame(0x01, b"frag"));
    bytes.extend(frame(0x89, b"ping"));
    bytes.extend(frame(0x00, "mé".as_bytes()));
    bytes.extend(frame(0x80, b"nt"));
    bytes.extend(frame(0x82, &large));
    bytes.extend(frame(0x82, b""));
    bytes.extend(frame(0x88, &1000_u16.to_be_bytes()));
    for step in [1, 2, 3, 7, 100, 4096, 70_000, bytes.len()] {
        let (mut socket, mut peer) = server(WebSocketConfig::default(), 1 << 20);
        let sent = bytes.clone();
        let writing = tokio::spawn(async move {
            for part in sent.chunks(step) {
                peer.write_all(part).await.unwrap();
                tokio::task::yield_now().await;
            }
            peer
        });
        let mut messages = Vec::new();
        while let Some(message) = socket.recv().await {
            messages.push(message.unwrap());
        }
        let expected =
            ["grüße".into(), "fragmént".into(), Message::from(large.clone()), Message::from(Vec::new())];
        assert!(messages == expected, "in steps of {step}");
        let answer = exactly(&mut writing.await.unwrap(), 6 + 4).await;
        assert_eq!(answer, b"\x8a\x04ping\x88\x02\x03\xe8", "in steps of {step}");
    }
}

#[tokio::test]
async fn a_peer_that_does_wrong_is_told_why_and_may_finish_its_sentence() {
    let (mut socket, mut peer) = server(WebSocketConfig::default(), 1 << 16);
    peer.write_all(b"\x83\x80\0\0\0\0").await.unwrap();
    assert!(matches!(socket.recv().await, Some(Err(Error::Protocol(_)))));
    assert!(socket.recv().await.is_none());
    assert!(matches!(socket.send("x").await, Err(Error::Closed)));
    drop(socket);
    let mut told = Vec::new();
    // The stream ends for the peer, which is still read from.
    peer.read_to_end(&mut told).await.unwrap();
    assert_eq!(told[..4], [0x88, told.len() as u8 - 2, 0x03, 0xea]);
    peer.write_all(&vec![0; 60_000]).await.unwrap();
}

#[tokio::test]
async fn a_socket_that_is_dropped_says_goodbye() {
    let (socket, mut peer) = server(WebSocketConfig::default(), 1 << 16);
    drop(socket);
    assert_eq!(exactly(&mut peer, 4).await, b"\x88\x02\x03\xe8");
    peer.write_all(&frame(0x81, b"late")).await.unwrap();
    peer.write_all(&frame(0x88, &1000_u16.to_be_bytes())).await.unwrap();
    let mut rest = Vec::new();
    peer.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"");
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_pinged_and_then_lost() {
    let config = WebSocketConfig::default().with_pong_timeout(Duration::from_secs(20));
    let (mut socket, mut peer) = server(config, 1 << 16);
    let receiving = tokio::spawn(async move { socket.recv().await });
    let began = tokio::time::Instant::now();
    assert_eq!(exactly(&mut peer, 6).await, b"\x89\x04\0\0\0\x01");
    assert_eq!(began.elapsed().as_secs(), 20);
    peer.write_all(&frame(0x8a, b"\0\0\0\x01")).await.unwrap();
    assert_eq!(exactly(&mut peer, 6).await, b"\x89\x04\0\0\0\x02");
    assert_eq!(began.elapsed().as_secs(), 40);
    assert!(matches!(receiving.await.unwrap(), Some(Err(Error::PingTimeout))));
    assert_eq!(began.elapsed().as_secs(), 60);
    assert_eq!(peer.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_socket_without_messages_is_closed_when_it_is_told_to() {
    let config = WebSocketConfig::default().with_idle_timeout(Duration::from_secs(30));
    let (mut socket, mut peer) = server(config, 1 << 16);
    let began = tokio::time::Instant::now();
    let receiving = tokio::spawn(async move {
        assert!(socket.recv().await.unwrap().is_ok());
        socket.recv().await
    });
    tokio::time::sleep(Duration::from_secs(10)).await;
    peer.write_all(&frame(0x81, b"x")).await.unwrap();
    assert!(matches!(receiving.await.unwrap(), Some(Err(Error::IdleTimeout))));
    assert_eq!(began.elapsed().as_secs(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_bounded_in_bytes_and_time() {
    let config = WebSocketConfig::default().with_write_buffer(10_000);
    let (mut socket, _peer) = server(config, 1000);
    let began = tokio::time::Instant::now();
    let mut fed = 0;
    let error = loop {
        match socket.feed(vec![0; 1000]).await {
            Ok(()) => fed += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::WriteTimeout), "{error}");
    assert!((10..=12).contains(&fed), "{fed} messages");
    assert_eq!(began.elapsed().as_secs(), 20);
    assert!(socket.recv().await.is_none());
}

#[tokio::test]
async fn pings_that_are_not_read_do_not_pile_up() {
    let config = WebSocketConfig::default().with_write_buffer(1000);
    let (mut socket, mut peer) = server(config, 2000);
    let receiving = tokio::spawn(async move {
        let message = socket.recv().await;
        (socket, message)
    });
    for _ in 0..1000 {
        peer.write_all(&frame(0x89, &[b'p'; 100])).await.unwrap();
    }
    peer.write_all(&frame(0x89, b"last")).await.unwrap();
    peer.write_all(&frame(0x81, b"x")).await.unwrap();
    let (mut socket, message) = receiving.await.unwrap();
    assert_eq!(message.unwrap().unwrap().as_str(), Some("x"));
    let reading = tokio::spawn(async move {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"last") {
            bytes.push(peer.read_u8().await.unwrap());
        }
        bytes.len()
    });
    let recv = timeout(Duration::from_secs(5), socket.recv());
    let len =
        tokio::select! { biased; len = reading => len.unwrap(), _ = recv => panic!("nothing more was sent") };
    assert!(len < 5000, "{len} bytes of pongs");
}

#[tokio::test]
async fn a_shutdown_is_told_waited_for_and_not_survived() {
    let (trigger, shutdown) = ShutdownTrigger::new();
    let (io, mut peer) = duplex(1 << 16);
    let goodbye = Some(Goodbye::new(shutdown.clone()));
    let terms = Terms { goodbye, ..Terms::new(Role::Server, Arc::default()) };
    let mut socket = WebSocket::new(Connection::new(Transport::Other(Box::new(io)), terms), None);
    assert_eq!(shutdown.holds(), 1);
    let receiving = tokio::spawn(async move {
        assert_eq!(socket.recv().await.unwrap().unwrap().as_str(), Some("last words"));
        socket.recv().await.is_none()
    });
    trigger.trigger();
    let told = exactly(&mut peer, 2).await;
    assert_eq!(told[0], 0x88);
    assert_eq!(exactly(&mut peer, told[1].into()).await[..2], 1001_u16.to_be_bytes());
    peer.write_all(&frame(0x81, b"last words")).await.unwrap();
    assert_eq!(shutdown.holds(), 1);
    peer.write_all(&frame(0x88, &1001_u16.to_be_bytes())).await.unwrap();
    assert!(receiving.await.unwrap());
    timeout(Duration::from_secs(5), shutdown.released()).await.unwrap();
}

#[tokio::test]
async fn what_other_tasks_send_is_written_while_a_message_is_awaited() {
    let (mut socket, mut peer) = server(WebSocketConfig::default().with_queue(2), 1 << 16);
    let sender = socket.sender();
    sender.try_send("1").unwrap();
    sender.try_send("2").unwrap();
    let full = sender.try_send("3").unwrap_err();
    assert_eq!(full, crate::TrySendError::Full("3".into()));
    let receiving = tokio::spawn(async move { socket.recv().await.is_none() });
    sender.send("3").await.unwrap();
    sender.close(CloseCode(4000), "done");
    assert!(sender.is_closed());
    assert!(sender.try_send("4").is_err());
    assert_eq!(exactly(&mut peer, 17).await, b"\x81\x011\x81\x012\x81\x013\x88\x06\x0f\xa0done");
    peer.write_all(&frame(0x88, b"")).await.unwrap();
    assert!(receiving.await.unwrap());
    sender.closed().await;
}

#[tokio::test]
async fn limits_are_kept_before_bytes_are_read() {
    let config = || WebSocketConfig::default().with_max_message(10).with_max_frame(8);
    for (bytes, fits) in [
        (frame(0x82, &[0; 8]), true),
        (frame(0x82, &[0; 9]), false),
        ([frame(0x02, &[0; 5]), frame(0x80, &[0; 5])].concat(), true),
        ([frame(0x02, &[0; 5]), frame(0x80, &[0; 6])].concat(), false),
        (b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec(), false),
    ] {
        let (mut socket, mut peer) = server(config(), 1 << 16);
        peer.write_all(&bytes).await.unwrap();
        match socket.recv().await.unwrap() {
            Ok(message) => assert!(fits && message.len() <= 10),
            Err(error) => assert!(!fits && matches!(error, Error::TooLarge), "{error}"),
        }
    }
}
