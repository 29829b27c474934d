//! Redis goes and comes back, or cannot keep up.

use std::time::{Duration, Instant};

use hyperserve_ws::Hub;
use hyperserve_ws::hub::Redis;

use crate::member::Member;
use crate::redis_server::RedisServer;
use crate::{hub, names, options, until, until_heard};

#[tokio::test]
async fn when_redis_is_back_all_goes_on() {
    let mut server = RedisServer::start();
    let [here, there] = [hub(&server), hub(&server)];
    let (mut ada, mut grace) = (Member::new(), Member::new());
    let seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    let _other = there.join("a", grace.sender(), "Grace".into()).unwrap();
    ada.serve();
    grace.serve();
    until_heard(&server, "a", 2).await;

    server.stop();
    until("the loss is seen", async || {
        seat.broadcast("lost").await;
        here.stats().unpublished > 0
    })
    .await;
    assert_eq!(ada.hears_text().await, "lost", "members here go on");
    let error = here.presence("a").await.unwrap_err().to_string();
    assert!(error.contains("is away"), "{error}");
    let mut alan = Member::new();
    let _meanwhile = here.join("b", alan.sender(), "Alan".into()).unwrap();

    server.go_on();
    until_heard(&server, "a", 2).await;
    until_heard(&server, "b", 1).await;
    until("all are there", async || names(&there, "a").await == ["Ada", "Grace"]).await;
    until("those who came meanwhile too", async || names(&there, "b").await == ["Alan"]).await;
    seat.broadcast("found").await;
    while grace.hears_text().await != "found" {}
    assert_eq!(there.stats().received, 1, "what was lost is not sent later");
}

#[tokio::test]
async fn a_session_of_before_counts_no_more_after_the_connection_was_cut() {
    let server = RedisServer::start();
    let [here, there] = [hub(&server), hub(&server)];
    let mut ada = Member::new();
    let seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    let _other = there.join("a", ada.sender(), "Grace".into()).unwrap();
    until("both", async || names(&there, "a").await == ["Ada", "Grace"]).await;
    // Redis keeps its data, and members leave while nobody can tell it.
    server.ask("CLIENT KILL TYPE pubsub");
    until("the loss is seen", async || {
        here.broadcast("b", "x").await;
        here.stats().unpublished > 0
    })
    .await;
    drop(seat);
    until("the others alone", async || names(&there, "a").await == ["Grace"]).await;
    until("the session", async || server.ask("KEYS hyperserve:session:*").starts_with("*2\r\n")).await;
}

#[tokio::test]
async fn what_does_not_fit_into_the_queue_is_counted_and_reaches_those_here() {
    let server = RedisServer::start();
    let small = options().with_queue_bytes(4000);
    let here: Hub<String> = Hub::with_backplane(Redis::connect(&server.url(), small).unwrap());
    let there = hub(&server);
    let (mut ada, mut grace) = (Member::new(), Member::new());
    let seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    let _other = there.join("a", grace.sender(), "Grace".into()).unwrap();
    ada.serve();
    grace.serve();
    until_heard(&server, "a", 2).await;
    seat.broadcast("x".repeat(4000)).await;
    assert_eq!(here.stats().unpublished, 1);
    for round in 0..50 {
        seat.broadcast("y".repeat(1000)).await;
        assert_eq!(grace.hears_text().await.len(), 1000, "round {round}: room is given back");
    }
    assert_eq!(ada.hears_text().await.len(), 4000);
    assert_eq!(here.stats().unpublished, 1);
}

#[tokio::test]
async fn a_redis_that_falls_silent_is_left_and_found_again() {
    let server = RedisServer::start();
    let hasty =
        options().with_timeout(Duration::from_millis(200)).with_connect_timeout(Duration::from_millis(200));
    let here: Hub<String> = Hub::with_backplane(Redis::connect(&server.url(), hasty).unwrap());
    let mut ada = Member::new();
    let _seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    until_heard(&server, "a", 1).await;
    server.tell("CLIENT PAUSE 2000 ALL");
    let asked = Instant::now();
    until("silence", async || here.presence("a").await.is_err()).await;
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    here.broadcast("b", "lost").await;
    until("the loss is counted", async || here.stats().unpublished > 0).await;
    until("its return", async || here.presence("a").await.is_ok()).await;
    let there = hub(&server);
    until("its member", async || names(&there, "a").await == ["Ada"]).await;
}
