//! Messages as JSON.

use crate::pair;
use hyperserve_ws::{Error, Message};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Move {
    x: u8,
    y: u8,
}

#[tokio::test]
async fn values_go_there_and_back() {
    let (mut client, mut server) = pair();
    client.send_json(&Move { x: 1, y: 2 }).await.unwrap();
    let message = server.recv().await.unwrap().unwrap();
    assert_eq!(message, Message::from(r#"{"x":1,"y":2}"#));
    server.send(message.into_bytes()).await.unwrap();
    assert_eq!(client.recv_json::<Move>().await.unwrap().unwrap(), Move { x: 1, y: 2 });
}

#[tokio::test]
async fn the_wrong_json_does_not_end_the_socket() {
    let (client, mut server) = pair();
    let mut game = client.typed::<Move, Vec<u8>>();
    for wrong in ["", "{", "[1]", r#"{"x":256,"y":0}"#] {
        server.send(wrong).await.unwrap();
        assert!(matches!(game.recv().await, Some(Err(Error::Json(_)))), "{wrong}");
    }
    server.send_json(&Move { x: 3, y: 4 }).await.unwrap();
    assert_eq!(game.recv().await.unwrap().unwrap(), Move { x: 3, y: 4 });
    game.send(&vec![5, 6]).await.unwrap();
    assert_eq!(server.recv_json::<Vec<u8>>().await.unwrap().unwrap(), [5, 6]);
    assert!(!game.socket().is_compressed());
    drop(game.into_inner());
    assert!(server.recv_json::<Move>().await.is_none());
}

#[tokio::test]
async fn what_is_no_json_is_not_sent() {
    let (mut client, _server) = pair();
    let keys_are_text = BTreeMap::from([((1, 2), 3)]);
    assert!(matches!(client.send_json(&keys_are_text).await, Err(Error::Json(_))));
}
