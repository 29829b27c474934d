//! One machine.

use tokio_tungstenite::tungstenite::Error;

use crate::PROGRAM;
use crate::running::Running;
use crate::visitor::Visitor;

#[tokio::test]
async fn whoever_is_in_the_room_hears_and_sees() {
    let server = Running::start(PROGRAM, &[]);
    let mut ada = Visitor::enter(&server, "lobby", "Ada").await;
    assert_eq!(ada.sees().await, ["Ada"]);
    let mut grace = Visitor::enter(&server, "lobby", "Grace").await;
    assert_eq!(grace.sees().await, ["Ada", "Grace"]);
    ada.learns("joined", "Grace").await;
    let mut alan = Visitor::enter(&server, "elsewhere", "Alan").await;
    assert_eq!(alan.sees().await, ["Alan"]);
    alan.say("alone").await;
    ada.say("Grüß dich \"Grace\"").await;
    assert_eq!(ada.hears().await, "Ada: Grüß dich \"Grace\"");
    assert_eq!(grace.hears().await, "Ada: Grüß dich \"Grace\"");
    assert_eq!(alan.hears().await, "Alan: alone");
    drop(grace);
    ada.learns("left", "Grace").await;
}

#[tokio::test]
async fn names_are_bounded_and_the_page_is_there() {
    let server = Running::start(PROGRAM, &[]);
    for name in ["", "%20", &"x".repeat(41)] {
        match Visitor::try_enter(&server, "lobby", name).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), 422),
            other => panic!("{:?}", other.err()),
        }
    }
    assert!(server.send(&["GET /"], "").text().contains("new WebSocket"));
}

#[tokio::test]
async fn a_stop_says_goodbye() {
    let server = Running::start(PROGRAM, &[]);
    let mut ada = Visitor::enter(&server, "lobby", "Ada").await;
    assert_eq!(ada.sees().await, ["Ada"]);
    server.interrupt();
    assert_eq!(ada.hears_close().await, 1001);
    drop(ada);
    server.end();
}

#[test]
fn a_redis_that_is_not_there_is_told_at_the_start() {
    let port = crate::redis_server::RedisServer::reserved().url();
    let output = std::process::Command::new(PROGRAM).env("REDIS_URL", &port).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(error.starts_with("Error: no connection to Redis at 127.0.0.1:"), "{error}");
}
