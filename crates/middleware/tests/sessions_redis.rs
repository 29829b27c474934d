//! Sessions in a real Redis: kept over processes, gone with their time, and 503 while it is away.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod identity;
#[path = "../../ws/tests/redis_server/mod.rs"]
mod redis_server;

use std::time::{Duration, Instant};

use hyperserve_core::{Request, RequestExt as _};
use hyperserve_middleware::sessions::{
    Id, Record, RedisStore, RedisStoreOptions, Session, SessionConfig, SessionError, SessionLayer,
    SessionStore as _,
};
use hyperserve_server::{App, app_fn};
use identity::{ask, served};
use redis_server::RedisServer;
use time::OffsetDateTime;
use tower_layer::Layer as _;

fn open(server: &RedisServer) -> RedisStore {
    let options = RedisStoreOptions::new().with_prefix("t:").with_timeout(Duration::from_millis(500));
    RedisStore::open(&server.url(), options).unwrap()
}

fn app(store: RedisStore) -> impl App {
    let count = app_fn(async |request: Request| {
        if request.uri().path() == "/plain" {
            return Ok("plain".to_owned());
        }
        let Ok(session) = request.extract::<Session, _>().await else { return Ok("none".to_owned()) };
        let visits = session.get::<u32>("visits").await?.unwrap_or_default() + 1;
        session.insert("visits", visits).await?;
        Ok::<_, SessionError>(visits.to_string())
    });
    SessionLayer::with_store(store, &SessionConfig::new()).unwrap().layer(count)
}

fn record() -> Record {
    let expiry_date = OffsetDateTime::now_utc() + Duration::from_secs(60);
    Record { id: Id::default(), data: [("a".to_owned(), 1.into())].into(), expiry_date }
}

#[tokio::test(flavor = "current_thread")]
async fn records_are_created_saved_loaded_and_deleted() {
    let server = RedisServer::start();
    let (one, two) = (open(&server), open(&server));
    let mut first = record();
    one.create(&mut first).await.unwrap();
    assert_eq!(two.load(&first.id).await.unwrap(), Some(first.clone()));
    let mut second = Record { id: first.id, ..record() };
    two.create(&mut second).await.unwrap();
    assert_ne!(first.id, second.id, "an id that is taken is drawn anew");
    first.data.insert("a".to_owned(), 2.into());
    two.save(&first).await.unwrap();
    assert_eq!(one.load(&first.id).await.unwrap(), Some(first.clone()));
    one.delete(&first.id).await.unwrap();
    two.save(&first).await.unwrap();
    assert_eq!(one.load(&first.id).await.unwrap(), None, "it stays deleted");
    let ttl = server.ask(&format!("PTTL t:{}", second.id));
    let left: u64 = ttl.trim_start_matches(':').trim().parse().unwrap();
    assert!((50_000..=60_000).contains(&left), "{ttl}");
}

#[test]
fn sessions_are_kept_over_servers_and_while_redis_is_away_others_go_on() {
    let mut server = RedisServer::start();
    let mut cookie = String::new();
    for visits in ["1", "2"] {
        let before = cookie.clone();
        cookie = served(app(open(&server)), async |address| {
            let answer = ask(address, "/", &[("cookie", &before)]).await;
            assert_eq!(answer.body, visits);
            if before.is_empty() { answer.cookie() } else { before }
        });
    }
    served(app(open(&server)), async |address| {
        let fields = [("cookie", &*cookie)];
        assert_eq!(ask(address, "/", &fields).await.body, "3");
        server.stop();
        for _ in 0..3 {
            let began = Instant::now();
            let away = ask(address, "/", &fields).await;
            assert_eq!((away.status, away.header("retry-after")), (503, Some("5")), "{away:?}");
            assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
            assert_eq!(ask(address, "/plain", &fields).await.body, "plain");
        }
        server.go_on();
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let back = ask(address, "/", &fields).await;
        assert_eq!((back.status, &*back.body), (200, "1"), "this Redis keeps nothing");
        assert_ne!(back.cookie(), cookie);
    });
}
