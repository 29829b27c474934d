//! Two machines, joined by a real Redis.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::PROGRAM;
use crate::redis_server::RedisServer;
use crate::running::Running;
use crate::visitor::Visitor;

fn machines(redis: &RedisServer) -> [Running; 2] {
    [(); 2].map(|()| Running::start_with(PROGRAM, "REDIS_URL", redis.url()))
}

#[tokio::test]
async fn one_room_on_two_machines() {
    let redis = RedisServer::start();
    let [here, there] = machines(&redis);
    let mut ada = Visitor::enter(&here, "lobby", "Ada").await;
    assert_eq!(ada.sees().await, ["Ada"]);
    until_present(&redis, 1).await;
    let mut grace = Visitor::enter(&there, "lobby", "Grace").await;
    assert_eq!(grace.sees().await, ["Ada", "Grace"]);
    ada.learns("joined", "Grace").await;
    ada.say("hello").await;
    assert_eq!(grace.hears().await, "Ada: hello");
    assert_eq!(ada.hears().await, "Ada: hello");
    grace.say("hello yourself").await;
    assert_eq!(ada.hears().await, "Grace: hello yourself");
    drop(grace);
    ada.learns("left", "Grace").await;
}

#[tokio::test]
async fn it_goes_on_when_redis_has_been_away() {
    let mut redis = RedisServer::start();
    let [here, there] = machines(&redis);
    let mut ada = Visitor::enter(&here, "lobby", "Ada").await;
    let mut grace = Visitor::enter(&there, "lobby", "Grace").await;
    until_present(&redis, 2).await;

    redis.stop();
    ada.say("anybody?").await;
    assert_eq!(ada.hears().await, "Ada: anybody?", "one machine goes on alone");

    redis.go_on();
    until_present(&redis, 2).await;
    ada.say("there again").await;
    while grace.hears().await != "Ada: there again" {}
    let mut alan = Visitor::enter(&here, "lobby", "Alan").await;
    assert_eq!(alan.sees().await, ["Ada", "Alan", "Grace"]);
}

#[tokio::test]
async fn a_machine_that_stops_takes_its_visitors_along() {
    let redis = RedisServer::start();
    let [here, there] = machines(&redis);
    let mut ada = Visitor::enter(&here, "lobby", "Ada").await;
    let mut grace = Visitor::enter(&there, "lobby", "Grace").await;
    until_present(&redis, 2).await;
    there.interrupt();
    assert_eq!(grace.hears_close().await, 1001);
    drop(grace);
    ada.learns("left", "Grace").await;
    there.end();
    until_present(&redis, 1).await;
}

/// Waits until Redis knows of so many in the lobby, and all machines listen.
async fn until_present(redis: &RedisServer, members: usize) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while redis.ask("HLEN hyperserve:presence:lobby") != format!(":{members}\r\n") {
        assert!(Instant::now() < deadline, "Redis does not know of {members}");
        sleep(Duration::from_millis(5)).await;
    }
}
