//! Who is there, on all machines, the dead among them.

use std::process::{Command, Stdio};
use std::time::Duration;

use hyperserve_ws::Hub;
use hyperserve_ws::hub::Redis;
use tokio::time::Instant;

use crate::member::Member;
use crate::redis_server::RedisServer;
use crate::{hub, names, options, until};

#[tokio::test]
async fn presence_is_that_of_all_machines() {
    let server = RedisServer::start();
    let [here, there] = [hub(&server), hub(&server)];
    let mut ada = Member::new();
    let seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    let other = there.join("a", ada.sender(), "Grace".into()).unwrap();
    for hub in [&here, &there] {
        until("both", async || names(hub, "a").await == ["Ada", "Grace"]).await;
    }
    assert_eq!(here.presence("a").await.unwrap(), there.presence("a").await.unwrap(), "in the same order");
    other.update("Admiral Grace".into());
    until("the update", async || names(&here, "a").await == ["Ada", "Admiral Grace"]).await;
    // Longer than whoever gives no sign of life is counted.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(names(&here, "a").await, ["Ada", "Admiral Grace"]);
    seat.leave();
    assert_eq!(names(&here, "a").await, ["Admiral Grace"], "at once where it was");
    until("the leaving", async || names(&there, "a").await == ["Admiral Grace"]).await;
    assert!(names(&here, "nowhere").await.is_empty());
}

#[tokio::test]
async fn a_hub_that_ends_takes_its_members_along() {
    let server = RedisServer::start();
    let [here, there] = [hub(&server), hub(&server)];
    let mut ada = Member::new();
    let seat = there.join("a", ada.sender(), "Grace".into()).unwrap();
    until("its member", async || names(&here, "a").await == ["Grace"]).await;
    drop((seat, there));
    until("nobody", async || names(&here, "a").await.is_empty()).await;
}

const ADDRESS: &str = "HUB_REDIS_TEST_ADDRESS";

/// A machine of its own, for the test below: sits in a room until it is killed.
#[tokio::test]
async fn another_machine() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    let hub: Hub<String> = Hub::with_backplane(Redis::connect(&address, options()).unwrap());
    let mut grace = Member::new();
    let _seat = hub.join("a", grace.sender(), "Grace".into()).unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test]
async fn the_members_of_a_machine_that_dies_are_gone_after_a_while() {
    let server = RedisServer::start();
    let here = hub(&server);
    let mut ada = Member::new();
    let _seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    let mut machine = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "presence::another_machine"])
        .env(ADDRESS, server.url())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("its member", async || names(&here, "a").await == ["Ada", "Grace"]).await;
    machine.kill().unwrap();
    machine.wait().unwrap();
    let died = Instant::now();
    until("its end", async || names(&here, "a").await == ["Ada"]).await;
    let took = died.elapsed();
    assert!(took < Duration::from_secs(4), "1.5 s, and what a busy machine takes: {took:?}");
    until("nothing left of it", async || server.ask("HLEN hyperserve:presence:a") == ":1\r\n").await;
}

#[tokio::test]
async fn presence_comes_back_after_redis_lost_it() {
    let server = RedisServer::start();
    let [here, there] = [hub(&server), hub(&server)];
    let mut ada = Member::new();
    let _seats = [&here, &there].map(|hub| hub.join("a", ada.sender(), "Ada".into()).unwrap());
    until("both", async || names(&here, "a").await == ["Ada", "Ada"]).await;
    assert_eq!(server.ask("FLUSHALL"), "");
    until("both again", async || {
        server.ask("HLEN hyperserve:presence:a") == ":2\r\n" && names(&here, "a").await == ["Ada", "Ada"]
    })
    .await;
    // The hash alone, as when Redis is short of memory.
    assert_eq!(server.ask("DEL hyperserve:presence:a"), ":1\r\n");
    until("the hash", async || server.ask("HLEN hyperserve:presence:a") == ":2\r\n").await;
}
