//! Sockets that are split for two tasks.

use crate::{echo, pair};
use hyperserve_ws::{CloseCode, Error, Message};
use std::time::Duration;

#[tokio::test]
async fn one_task_sends_and_one_receives() {
    let (client, server) = pair();
    let serving = tokio::spawn(echo(server));
    let (mut sending, mut receiving) = client.split();
    let sent = tokio::spawn(async move {
        for number in 0..1000 {
            if number % 10 == 9 {
                sending.send(number.to_string()).await.unwrap();
            } else {
                sending.feed(number.to_string()).await.unwrap();
            }
        }
        sending
    });
    for number in 0..1000 {
        assert_eq!(receiving.recv().await.unwrap().unwrap(), Message::from(number.to_string()));
    }
    let mut sending = sent.await.unwrap();
    sending.close(CloseCode(4999), "done").await.unwrap();
    assert!(receiving.recv().await.is_none());
    assert_eq!(receiving.close_frame().unwrap().code, CloseCode(4999));
    assert!(matches!(sending.send("late").await, Err(Error::Closed)));
    serving.await.unwrap();
}

#[tokio::test]
async fn a_receiver_that_waits_hears_of_its_own_close() {
    let (client, server) = pair();
    let serving = tokio::spawn(echo(server));
    let (mut sending, mut receiving) = client.split();
    let waiting = tokio::spawn(async move { receiving.recv().await.is_none() });
    tokio::time::sleep(Duration::from_millis(10)).await;
    sending.close(CloseCode::NORMAL, "").await.unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap());
    serving.await.unwrap();
}

#[tokio::test]
async fn a_sender_that_waits_hears_that_the_peer_is_gone() {
    let (client, server) = pair();
    let (mut sending, mut receiving) = client.split();
    // More than the pipe and the buffer hold.
    let stuck = tokio::spawn(async move { sending.send(vec![0; 500_000]).await });
    let receiving = tokio::spawn(async move { receiving.recv().await });
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(!stuck.is_finished());
    drop(server);
    // The server's end reads on for its close timeout while it says goodbye.
    let sent = tokio::time::timeout(Duration::from_secs(10), stuck).await.unwrap().unwrap();
    let received = tokio::time::timeout(Duration::from_secs(10), receiving).await.unwrap().unwrap();
    assert!(received.is_none_or(|received| received.is_err()), "{sent:?}");
}

#[tokio::test]
async fn the_last_half_to_be_dropped_closes() {
    for keep_sending in [true, false] {
        let (client, mut server) = pair();
        let (mut sending, receiving) = client.split();
        if keep_sending {
            drop(receiving);
            sending.send("still here").await.unwrap();
            assert_eq!(server.recv().await.unwrap().unwrap(), Message::from("still here"));
            drop(sending);
        } else {
            drop(sending);
            drop(receiving);
        }
        assert!(server.recv().await.is_none());
        assert_eq!(server.close_frame().unwrap().code, CloseCode::NORMAL);
    }
}
