//! What is told when there is no Redis to connect to, and starting without one.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use hyperserve_ws::Hub;
use hyperserve_ws::hub::{Redis, RedisOptions};

use crate::member::Member;
use crate::redis_server::RedisServer;
use crate::{hub, names, options, until};

fn refusal(url: &str, options: RedisOptions) -> String {
    Redis::connect(url, options).expect_err("an error").to_string()
}

#[test]
fn it_is_told_that_nobody_is_there() {
    let url = RedisServer::reserved().url();
    let error = refusal(&url, options());
    let address = url.trim_start_matches("redis://");
    assert!(error.starts_with(&format!("no connection to Redis at {address}: ")), "{error}");
    assert!(error.contains("refused"), "{error}");
}

#[test]
fn it_is_told_that_the_password_is_wrong_but_not_the_password() {
    let server = RedisServer::start_with(&["--requirepass", "opensesame"]);
    let error = refusal(&server.url(), options());
    assert!(error.to_lowercase().contains("auth"), "{error}");
    let wrong = server.url().replace("redis://", "redis://:sesam@");
    let error = refusal(&wrong, options());
    assert!(error.contains("WRONGPASS") && !error.contains("sesam"), "{error}");
    Redis::connect(&server.url().replace("redis://", "redis://:opensesame@"), options()).unwrap();
}

#[test]
fn somebody_who_never_answers_is_not_waited_for_longer_than_said() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let began = Instant::now();
    let error = refusal(&url, options().with_connect_timeout(Duration::from_millis(300)));
    assert!(error.contains("timed out"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_server_may_start_before_its_redis() {
    let mut server = RedisServer::reserved();
    let early: Hub<String> =
        Hub::with_backplane(Redis::connect(&server.url(), options().with_lazy(true)).unwrap());
    let mut ada = Member::new();
    let _seat = early.join("a", ada.sender(), "Ada".into()).unwrap();
    early.presence("a").await.unwrap_err();
    server.go_on();
    let late = hub(&server);
    until("its member", async || names(&late, "a").await == ["Ada"]).await;
}
