//! Time: pings, silence, idleness, peers that do not read.

use crate::{bare, pair_with};
use hyperserve_ws::{CloseCode, Error, Role, WebSocketConfig};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn silent_peers_that_live_are_kept() {
    let (mut client, mut server) = pair_with(WebSocketConfig::default(), 1024);
    let serving = tokio::spawn(async move { server.recv().await.is_none() });
    let none = tokio::time::timeout(600 * SECOND, client.recv()).await;
    assert!(none.is_err(), "{none:?}");
    assert_eq!(client.latency(), Some(Duration::ZERO));
    client.close(CloseCode::NORMAL, "").await;
    assert!(serving.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_pinged_and_given_up() {
    for role in [Role::Client, Role::Server] {
        let began = Instant::now();
        let (mut socket, mut stream) = bare(role, WebSocketConfig::default());
        assert!(matches!(socket.recv().await, Some(Err(Error::PingTimeout))));
        assert_eq!(began.elapsed().as_secs(), 40);
        let mut seen = [0; 1];
        stream.read_exact(&mut seen).await.unwrap();
        assert_eq!(seen, [0x89]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_without_messages_is_closed_when_asked_for() {
    let config = WebSocketConfig::default().with_idle_timeout(60 * SECOND);
    let (mut client, mut server) = pair_with(config, 1024);
    let began = Instant::now();
    let ends = tokio::join!(
        async {
            client.recv().await.unwrap().unwrap();
            let end = client.recv().await;
            drop(client);
            end
        },
        async {
            tokio::time::sleep(30 * SECOND).await;
            server.send("one").await.unwrap();
            let end = server.recv().await;
            drop(server);
            end
        }
    );
    // Both find it at the same time; who is first closes, and the other may hear of that before.
    let is_idle = |end: &Option<Result<_, Error>>| matches!(end, Some(Err(Error::IdleTimeout)));
    assert!(is_idle(&ends.0) || is_idle(&ends.1), "{ends:?}");
    assert!([ends.0, ends.1].iter().all(|end| end.is_none() || is_idle(end)));
    assert_eq!(began.elapsed().as_secs(), 90);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_given_up() {
    let config = WebSocketConfig::default().with_write_timeout(7 * SECOND);
    let (mut client, server) = pair_with(config, 1024);
    let began = Instant::now();
    assert!(matches!(client.send(vec![0; 5000]).await, Err(Error::WriteTimeout)));
    assert_eq!(began.elapsed().as_secs(), 7);
    assert!(matches!(client.send("more").await, Err(Error::Closed)));
    assert!(client.recv().await.is_none());
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_slowly_is_not() {
    let config = WebSocketConfig::default().with_write_timeout(7 * SECOND);
    let (mut client, mut stream) = bare(Role::Client, config);
    let reading = tokio::spawn(async move {
        let mut read = 0;
        while read < 1_500_000 {
            tokio::time::sleep(6 * SECOND).await;
            read += stream.read(&mut [0; 50_000]).await.unwrap();
        }
        stream
    });
    client.send(vec![0; 1_500_000]).await.unwrap();
    reading.await.unwrap();
}

/// While nobody awaits `recv`, nothing is watched; when somebody does again, what is due is done.
#[tokio::test(start_paused = true)]
async fn a_busy_handler_is_not_a_dead_peer() {
    let (mut client, mut server) = pair_with(WebSocketConfig::default(), 1024);
    let serving = tokio::spawn(async move { server.recv().await.is_none() });
    tokio::time::sleep(15 * SECOND).await;
    let none = tokio::time::timeout(50 * SECOND, client.recv()).await;
    assert!(none.is_err(), "{none:?}");
    client.close(CloseCode::NORMAL, "").await;
    assert!(serving.await.unwrap());
}
