//! Changes reach everybody, and who comes late gets the board as it is.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../running.rs"]
mod running;

use std::time::Duration;

use hyperserve::ws::{self, WebSocket};
use running::Running;
use serde_json::{Value, json};
use tokio::time::timeout;

fn start() -> Running {
    Running::start(env!("CARGO_BIN_EXE_example-live-board"), &[])
}

async fn open(example: &Running) -> WebSocket {
    Box::pin(ws::connect(format!("ws://{}/live", example.address()))).await.unwrap()
}

async fn news(socket: &mut WebSocket) -> Value {
    timeout(Duration::from_secs(20), socket.recv_json()).await.unwrap().unwrap().unwrap()
}

#[tokio::test]
async fn everybody_sees_a_change_and_who_comes_late_the_whole() {
    let example = start();
    let (mut ada, mut bo) = (open(&example).await, open(&example).await);
    assert_eq!((news(&mut ada).await, news(&mut bo).await), (json!({"board": {}}), json!({"board": {}})));

    ada.send_json(&json!({"kind": "add", "x": 0.5, "y": 0.25, "text": "hi"})).await.unwrap();
    let added = json!({"changed": {"kind": "add", "id": 1, "x": 0.5, "y": 0.25, "text": "hi"}});
    assert_eq!((news(&mut ada).await, news(&mut bo).await), (added.clone(), added));

    bo.send_json(&json!({"kind": "write", "id": 1, "text": "ho"})).await.unwrap();
    assert_eq!(news(&mut ada).await["changed"]["text"], "ho");
    let mut late = open(&example).await;
    assert_eq!(news(&mut late).await, json!({"board": {"1": {"x": 0.5, "y": 0.25, "text": "ho"}}}));
}

#[tokio::test]
async fn what_cannot_be_is_refused_to_who_asked() {
    let example = start();
    let mut socket = open(&example).await;
    news(&mut socket).await;
    for change in [
        json!({"kind": "move", "id": 7, "x": 0, "y": 0}),
        json!({"kind": "add", "x": 2, "y": 0, "text": ""}),
        json!({"kind": "fold"}),
        json!(null),
    ] {
        socket.send_json(&change).await.unwrap();
        assert!(news(&mut socket).await["refused"]["why"].is_string(), "{change}");
    }
    socket.send("x".repeat(5000)).await.unwrap();
    assert!(socket.recv().await.is_none_or(|end| end.is_err()), "it is closed");
    assert_eq!(socket.close_frame().unwrap().code, ws::CloseCode::TOO_LARGE);
}

#[tokio::test]
async fn a_stop_says_goodbye() {
    let example = start();
    let mut socket = open(&example).await;
    news(&mut socket).await;
    example.interrupt();
    assert!(timeout(Duration::from_secs(20), socket.recv()).await.unwrap().is_none());
    assert_eq!(socket.close_frame().unwrap().code, ws::CloseCode::GOING_AWAY);
    example.end();
}

#[test]
fn pages_of_other_sites_are_turned_away() {
    let upgrade = ["GET /live", "Connection: upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    let fields = ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Origin: https://elsewhere.example"];
    let answer = start().send(&[&upgrade[..], &fields].concat(), "");
    assert_eq!(answer.status, 403);
    assert!(start().send(&["GET /"], "").text().contains("WebSocket"));
}
