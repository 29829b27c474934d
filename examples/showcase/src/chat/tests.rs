use std::time::Duration;

use hyperserve::testing::TestClient;
use hyperserve::ws::{self, WebSocket};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::room::SEATS;
use super::*;
use crate::todos::Todos;

async fn serve() -> TestClient {
    TestClient::serve(crate::app(Todos::in_memory().unwrap()).unwrap()).await
}

async fn open(server: &TestClient) -> WebSocket {
    Box::pin(ws::connect(format!("ws://{}/api/chat", server.address().unwrap()))).await.unwrap()
}

async fn tell(page: &mut WebSocket, message: Value) {
    page.send_json(&message).await.unwrap();
}

/// The next message; `null` at the end of the socket.
async fn next(page: &mut WebSocket) -> Value {
    let next = timeout(Duration::from_secs(10), page.recv_json()).await.unwrap();
    next.map_or(Value::Null, |message| message.unwrap_or_default())
}

/// The next message of this kind.
async fn heard(page: &mut WebSocket, kind: &str) -> Value {
    loop {
        let message = next(page).await;
        assert!(!message.is_null(), "no {kind} before the end");
        if message["kind"] == kind {
            return message;
        }
    }
}

async fn enter(server: &TestClient, name: &str, seen: Value) -> (WebSocket, Value) {
    let mut page = open(server).await;
    tell(&mut page, json!({"kind": "enter", "name": name, "seen": seen})).await;
    let welcome = next(&mut page).await;
    assert_eq!(welcome["kind"], "welcome");
    (page, welcome)
}

async fn say(page: &mut WebSocket, text: &str) {
    tell(page, json!({"kind": "say", "text": text, "tag": 7})).await;
}

/// Reads to the end, and gives code and reason.
async fn closed(page: &mut WebSocket) -> (u16, String) {
    while !next(page).await.is_null() {}
    let frame = page.close_frame().unwrap();
    (frame.code.0, frame.reason.to_string())
}

#[tokio::test]
async fn what_is_said_reaches_all_and_so_does_who_comes_and_goes() {
    let server = serve().await;
    let (mut ada, welcome) = enter(&server, "", Value::Null).await;
    assert_eq!((&welcome["protocol"], &welcome["compressed"]), (&json!("HTTP/1.1"), &json!(true)));
    assert_eq!(welcome["members"], json!([{"id": 1, "name": "Guest 1"}]));
    let (mut bo, welcome) = enter(&server, " Bo ", Value::Null).await;
    assert_eq!((&welcome["you"], welcome["members"].as_array().unwrap().len()), (&json!(2), 2));
    assert_eq!(heard(&mut ada, "here").await, json!({"kind": "here", "id": 2, "name": "Bo"}));

    tell(&mut bo, json!({"kind": "enter", "name": "Cy"})).await;
    assert_eq!(heard(&mut ada, "here").await["name"], "Cy");
    say(&mut bo, " <b>hi</b>\n").await;
    let line = heard(&mut ada, "said").await;
    assert_eq!((&line["text"], &line["tag"], &line["line"]), (&json!("<b>hi</b>"), &json!(7), &json!(1)));
    assert_eq!(line["from"], json!({"id": 2, "name": "Cy"}));
    assert_eq!(heard(&mut bo, "said").await, line);
    bo.close(CloseCode::NORMAL, "").await;
    assert_eq!(heard(&mut ada, "left").await, json!({"kind": "left", "id": 2}));
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed() {
    let server = serve().await;
    let (mut ada, welcome) = enter(&server, "Ada", Value::Null).await;
    let run = &welcome["run"];
    for text in ["one", "two", "three"] {
        say(&mut ada, text).await;
        heard(&mut ada, "said").await;
    }
    let texts = |welcome: &Value| -> Vec<String> {
        let lines = welcome["lines"].as_array().unwrap();
        lines.iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect()
    };
    let (_, welcome) = enter(&server, "Bo", json!({"run": run, "line": 1})).await;
    assert_eq!(texts(&welcome), ["two", "three"]);
    let (_, welcome) = enter(&server, "Bo", json!({"run": run.as_u64().unwrap() ^ 1, "line": 1})).await;
    assert_eq!(texts(&welcome), ["one", "two", "three"]);
}

#[tokio::test]
async fn what_does_not_fit_is_told_and_the_socket_goes_on() {
    let server = serve().await;
    let mut page = open(&server).await;
    let refusals = [
        (json!({"kind": "ping"}), "come in first"),
        (json!({"kind": "enter", "name": "x".repeat(33)}), "a name of 33 characters is too long"),
        (json!({"kind": "enter", "name": "Ada"}), ""),
        (json!({"kind": "enter", "name": " "}), "a name is needed"),
        (json!({"kind": "say", "text": "x".repeat(2049), "tag": 9}), "2049 bytes are too many"),
        (json!({"kind": "say", "text": 7, "tag": 9}), "invalid type: integer `7`"),
        (json!({"kind": "sing"}), "unknown variant `sing`"),
    ];
    for (message, why) in refusals {
        tell(&mut page, message.clone()).await;
        if why.is_empty() {
            heard(&mut page, "welcome").await;
            continue;
        }
        let refused = heard(&mut page, "refused").await;
        assert!(refused["why"].as_str().unwrap().starts_with(why), "{message}: {refused}");
        let tag = if why.starts_with("2049") { json!(9) } else { Value::Null };
        assert_eq!(refused["tag"], tag);
    }
    tell(&mut page, json!({"kind": "ping"})).await;
    heard(&mut page, "pong").await;
}

#[tokio::test]
async fn too_much_ends_it() {
    let server = serve().await;
    let (mut page, _) = enter(&server, "", Value::Null).await;
    for _ in 0..60 {
        // The server may have had enough before all is sent.
        drop(page.send_json(&json!({"kind": "ping"})).await);
    }
    assert_eq!(closed(&mut page).await, (1008, "far too fast".to_owned()));

    let (mut page, _) = enter(&server, "", Value::Null).await;
    say(&mut page, &"x".repeat(LARGEST)).await;
    assert_eq!(closed(&mut page).await.0, 1009);
}

#[tokio::test]
async fn a_full_room_says_so() {
    let server = serve().await;
    let mut inside = Vec::new();
    for _ in 0..SEATS {
        inside.push(enter(&server, "", Value::Null).await.0);
    }
    let mut late = open(&server).await;
    tell(&mut late, json!({"kind": "enter", "name": "late"})).await;
    assert_eq!(closed(&mut late).await, (1013, "the room is full".to_owned()));
    drop(inside.pop());
    heard(&mut inside[0], "left").await;
    drop(enter(&server, "later", Value::Null).await);
}

#[tokio::test]
async fn what_is_no_upgrade_is_told_so() {
    let answer = crate::client().get("/api/chat").send().await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["upgrade"]),
        (426, &"websocket".parse().unwrap())
    );
}
