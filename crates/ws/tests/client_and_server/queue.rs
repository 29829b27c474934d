//! Sending from other tasks.

use crate::{pair, pair_with};
use hyperserve_ws::{CloseCode, Error, Message, TrySendError, WebSocketConfig};
use std::time::Duration;

#[tokio::test]
async fn tasks_send_while_the_socket_receives() {
    let (mut client, mut server) = pair();
    let sender = server.sender();
    let serving = tokio::spawn(async move { server.recv().await.is_none() });
    let tasks: Vec<_> = (0..10)
        .map(|task| {
            let sender = sender.clone();
            tokio::spawn(async move {
                for number in 0..100 {
                    sender.send(format!("{task} {number}")).await.unwrap();
                }
            })
        })
        .collect();
    let mut next = [0; 10];
    for _ in 0..1000 {
        let message = client.recv().await.unwrap().unwrap();
        let (task, number) = message.as_str().unwrap().split_once(' ').unwrap();
        let expected = &mut next[task.parse::<usize>().unwrap()];
        assert_eq!(number.parse::<u32>().unwrap(), *expected);
        *expected += 1;
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert!(!sender.is_closed());
    client.close(CloseCode::NORMAL, "").await;
    assert!(serving.await.unwrap());
    sender.closed().await;
    assert!(sender.is_closed());
    assert!(matches!(sender.send("late").await, Err(Error::Closed)));
    assert_eq!(sender.try_send("late"), Err(TrySendError::Closed(Message::from("late"))));
}

#[tokio::test]
async fn a_full_queue_gives_messages_back() {
    let (mut client, mut server) = pair_with(WebSocketConfig::default().with_queue(3), 1024);
    let sender = server.sender();
    for number in 0..3 {
        sender.try_send(number.to_string()).unwrap();
    }
    assert_eq!(sender.try_send("3"), Err(TrySendError::Full(Message::from("3"))));
    assert_eq!(sender.try_send("3").unwrap_err().into_message(), Message::from("3"));
    let waiting = tokio::time::timeout(Duration::from_millis(20), sender.send("3")).await;
    assert!(waiting.is_err());
    let (sent, ()) = tokio::join!(sender.send("3"), async {
        tokio::select! {
            other = server.recv() => panic!("{other:?}"),
            () = async {
                for number in 0..4 {
                    assert_eq!(client.recv().await.unwrap().unwrap(), Message::from(number.to_string()));
                }
            } => {}
        }
    });
    sent.unwrap();
}

#[tokio::test]
async fn a_sender_closes_after_what_it_sent() {
    let (mut client, mut server) = pair();
    let sender = server.sender();
    sender.try_send("last words").unwrap();
    sender.close(CloseCode(4321), "enough");
    assert!(sender.is_closed());
    assert_eq!(sender.try_send("late"), Err(TrySendError::Closed(Message::from("late"))));
    let (ended, ()) = tokio::join!(server.recv(), async {
        assert_eq!(client.recv().await.unwrap().unwrap(), Message::from("last words"));
        assert!(client.recv().await.is_none());
        assert_eq!(client.close_frame().unwrap().code, CloseCode(4321));
        drop(client);
    });
    assert!(ended.is_none());
}

#[tokio::test]
async fn a_sender_outlives_its_socket() {
    let (client, mut server) = pair();
    let sender = server.sender();
    assert!(sender.same_socket(&server.sender()));
    sender.try_send("never written").unwrap();
    drop((client, server));
    tokio::time::timeout(Duration::from_secs(5), sender.closed()).await.unwrap();
    assert!(matches!(sender.send("late").await, Err(Error::Closed)));
}
