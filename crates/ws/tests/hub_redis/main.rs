//! Hubs joined by a real Redis.
#![cfg(feature = "redis")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod connecting;
mod crossing;
mod losses;
#[path = "../hub/member.rs"]
#[allow(dead_code, reason = "each test program uses what it needs")]
mod member;
mod presence;
#[path = "../redis_server/mod.rs"]
mod redis_server;

use std::time::Duration;

use hyperserve_ws::Hub;
use hyperserve_ws::hub::{Redis, RedisOptions};
use redis_server::RedisServer;
use tokio::time::Instant;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Signs of life come every half second, so that nothing here takes long.
fn options() -> RedisOptions {
    RedisOptions::default().with_presence_ttl(Duration::from_millis(1500))
}

fn hub(server: &RedisServer) -> Hub<String> {
    Hub::with_backplane(Redis::connect(&server.url(), options()).unwrap())
}

/// Waits until it is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until as many machines hear what is published for the room.
async fn until_heard(server: &RedisServer, room: &str, machines: usize) {
    let command = format!("PUBSUB NUMSUB hyperserve:room:{room}");
    until("a subscription", async || server.ask(&command).ends_with(&format!(":{machines}\r\n"))).await;
}

async fn names(hub: &Hub<String>, room: &str) -> Vec<String> {
    let members = hub.presence(room).await.unwrap_or_default();
    let mut names: Vec<_> = members.into_iter().map(|member| member.presence).collect();
    names.sort();
    names
}
