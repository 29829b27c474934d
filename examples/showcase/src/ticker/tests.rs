use std::time::Duration;

use hyperserve::testing::TestClient;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::client;

/// The first `count` events of a stream: id and data of each.
async fn events(client: &TestClient, last_seen: Option<&str>, count: usize) -> Vec<(String, Value)> {
    let mut request = client.get("/api/ticker");
    if let Some(id) = last_seen {
        request = request.header("last-event-id", id);
    }
    let response = request.send().await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    let (mut body, mut text) = (response.into_body(), String::new());
    while text.matches("\n\n").count() < count {
        let frame = timeout(Duration::from_secs(5), http_body_util::BodyExt::frame(&mut body)).await.unwrap();
        text += std::str::from_utf8(frame.unwrap().unwrap().data_ref().unwrap()).unwrap();
    }
    text.split_terminator("\n\n").map(read).collect()
}

fn read(event: &str) -> (String, Value) {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    assert_eq!(field("event: "), "tick");
    (field("id: ").to_owned(), serde_json::from_str(field("data: ")).unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_event_comes_each_second() {
    let started = Instant::now();
    let events = events(&client(), None, 3).await;
    assert_eq!(started.elapsed().as_secs(), 2);
    let seconds: Vec<_> = events.iter().map(|(id, _)| id.split_once('-').unwrap().1).collect();
    assert_eq!(seconds, ["0", "1", "2"]);
    for (_, tick) in &events {
        assert_eq!((&tick["requests"], &tick["viewers"], &tick["p99"]), (&0.into(), &1.into(), &Value::Null));
    }
}

#[tokio::test(start_paused = true)]
async fn who_reconnects_goes_on_where_it_was() {
    let client = client();
    let first = events(&client, None, 4).await;
    let again = events(&client, Some(&first[1].0), 3).await;
    assert_eq!((&again[0].0, &again[1].0), (&first[2].0, &first[3].0));
    assert!(again[2].0.ends_with("-4"), "{}", again[2].0);
}

#[tokio::test(start_paused = true)]
async fn an_id_from_before_a_restart_begins_anew() {
    let events = events(&client(), Some("deadbeef00-7"), 1).await;
    assert!(events[0].0.ends_with("-0"), "{}", events[0].0);
}

#[tokio::test]
async fn a_second_is_told_with_what_the_metrics_counted_in_it() {
    let client = client();
    for _ in 0..40 {
        client.get("/api/hammer").send().await;
    }
    let http = &events(&client, None, 1).await[0].1["http"];
    let [rate, refused] = ["rate", "refused"].map(|name| http[name].as_f64().unwrap());
    assert!(rate > refused && refused > 0.0, "{http}");
    assert!(http["p50"].as_u64().unwrap() <= http["p99"].as_u64().unwrap(), "{http}");
}

#[tokio::test]
async fn the_least_answer_has_no_content() {
    let pong = client().get("/api/ping").send().await;
    assert_eq!((pong.status().as_u16(), pong.text().await.as_str()), (204, ""));
}
