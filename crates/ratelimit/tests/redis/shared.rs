//! One quota for many gates.

use std::time::Duration;

use hyperserve_ratelimit::{Charge, Gate, Key, Quota, RedisOptions};

use crate::redis_server::RedisServer;
use crate::{charge, gate, options, take};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_the_quota_passes_through_two_gates() {
    let server = RedisServer::start();
    let gates =
        [gate([Quota::per_hour(50)], options(&server)), gate([Quota::per_hour(50)], options(&server))];
    let asked: Vec<_> = (0..1000)
        .map(|number| {
            let gate = gates[number % 2].clone();
            tokio::spawn(async move { take(&gate, "a", 1).await.is_allowed() })
        })
        .collect();
    let mut passed = 0;
    for asked in asked {
        passed += usize::from(asked.await.unwrap());
    }
    assert_eq!(passed, 50);
    let stats = gates.map(|gate| gate.stats());
    assert_eq!(stats[0].allowed + stats[1].allowed, 50);
    assert_eq!((stats[0].refused + stats[1].refused, stats[0].unavailable + stats[1].unavailable), (950, 0));
}

#[tokio::test]
async fn gates_of_other_names_and_prefixes_are_others() {
    let server = RedisServer::start();
    let other = RedisOptions::new(server.url(), "other").with_timeout(Duration::from_secs(5));
    let gates = [
        gate([Quota::per_hour(1)], options(&server)),
        gate([Quota::per_hour(1)], other),
        gate([Quota::per_hour(1)], options(&server).with_prefix("elsewhere:")),
    ];
    for gate in &gates {
        assert!(take(gate, "a", 1).await.is_allowed() && !take(gate, "a", 1).await.is_allowed());
    }
}

#[tokio::test]
async fn all_quotas_are_charged_or_none() {
    let server = RedisServer::start();
    let quotas = || [Quota::per_hour(10).with_name("a"), Quota::per_hour(2).with_name("b")];
    let gate = gate(quotas(), options(&server));
    for _ in 0..2 {
        assert!(take(&gate, "key", 1).await.is_allowed());
    }
    for _ in 0..20 {
        let refused = take(&gate, "key", 1).await;
        assert!(refused.is_refused() && !refused.is_violated(0) && refused.is_violated(1));
    }
    let alone = Gate::builder().with_quota(quotas()[0].clone()).with_redis(options(&server)).build().unwrap();
    for _ in 0..8 {
        assert!(take(&alone, "key", 1).await.is_allowed(), "refusals took nothing from it");
    }
    assert!(!take(&alone, "key", 1).await.is_allowed());
}

/// In memory and in Redis the same comes out.
#[tokio::test]
async fn decisions_are_those_of_the_memory() {
    let server = RedisServer::start();
    let quotas = || [Quota::per_hour(40).with_name("a"), Quota::per_day(300).with_burst(60).with_name("b")];
    let (here, there) = (Gate::try_new(quotas()).unwrap(), gate(quotas(), options(&server)));
    let mut random = 1_u64;
    for step in 0..300 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let cost = (random >> 40) as u32 % 7;
        let what = match random >> 60 {
            0..8 => Charge::Take(cost),
            8..10 => Charge::Take(1000),
            10..12 => Charge::Settle(i64::from(cost)),
            _ => Charge::Settle(-3 * i64::from(cost)),
        };
        let (one, other) = (charge(&here, "a", what).await, charge(&there, "a", what).await);
        for quota in 0..2 {
            assert_eq!(one.is_violated(quota), other.is_violated(quota), "{step} {what:?} {one:?} {other:?}");
        }
        let [one, other] =
            [one, other].map(|verdict| verdict.retry_after().unwrap_or_default().as_secs_f64());
        assert!((one - other).abs() < 10.0, "{step} {what:?} {one} {other}");
    }
}

#[tokio::test]
async fn a_key_is_gone_when_it_is_full_again() {
    let server = RedisServer::start();
    let gate = gate(
        [Quota::per(1, Duration::from_millis(300)), Quota::per_second(10).with_name("b")],
        options(&server),
    );
    assert!(take(&gate, "a", 1).await.is_allowed());
    let name = "hyperserve:ratelimit:test:text:a";
    assert_eq!(server.ask(&format!("EXISTS {name}")), ":1\r\n");
    let left = server.ask(&format!("PTTL {name}"));
    let left: i64 = left.trim().trim_start_matches(':').parse().unwrap();
    assert!((1..=300).contains(&left), "{left}");
    crate::until("its end", async || server.ask(&format!("EXISTS {name}")) == ":0\r\n").await;
    assert!(take(&gate, "a", 1).await.is_allowed());
}

#[tokio::test]
async fn long_texts_are_hashed_and_addresses_are_as_they_are() {
    let server = RedisServer::start();
    let gate = gate([Quota::per_hour(1)], options(&server));
    let long = "x".repeat(5000);
    assert!(take(&gate, &long, 1).await.is_allowed() && !take(&gate, &long, 1).await.is_allowed());
    assert!(take(&gate, &"x".repeat(5001), 1).await.is_allowed());
    let ip = Key::ip("2001:db8::1".parse().unwrap());
    if let hyperserve_ratelimit::Check::Later(verdict) = gate.charge(&ip, Charge::Take(1)) {
        assert!(verdict.await.is_allowed());
    }
    let keys = server.ask("KEYS hyperserve:ratelimit:test:*");
    assert!(keys.contains(":ip:2001:db8::\r\n") && !keys.contains("xxx"), "{keys}");
    assert!(keys.lines().all(|key| key.len() < 80), "{keys}");
}

#[tokio::test]
async fn scripts_that_were_thrown_away_come_back() {
    let server = RedisServer::start();
    let gate = gate([Quota::per_hour(2)], options(&server));
    assert!(take(&gate, "a", 1).await.is_allowed());
    server.ask("SCRIPT FLUSH");
    assert!(take(&gate, "a", 1).await.is_allowed());
    assert!(!take(&gate, "a", 1).await.is_allowed());
    assert_eq!(gate.stats().unavailable, 0);
}

/// A clock that is set back must not lock anybody out until it has caught up.
#[tokio::test]
async fn a_state_from_the_future_is_no_more_than_a_debt() {
    let server = RedisServer::start();
    let gate = gate([Quota::per_second(1)], options(&server));
    server.ask("HSET hyperserve:ratelimit:test:text:a default 9000000000000000");
    let wait = take(&gate, "a", 1).await.retry_after().unwrap();
    assert!(wait <= Duration::from_secs(3), "{wait:?}");
}

#[test]
fn what_cannot_be_is_an_error_that_keeps_the_password() {
    let build = |options| Gate::builder().with_redis(options).build().unwrap_err();
    for url in ["", "http://user:secret@a.example", "redis://user:secret@a.example:port"] {
        let error = build(RedisOptions::new(url, "test"));
        assert!(
            error.to_string().contains("address of Redis") && !format!("{error:?}").contains("secret"),
            "{error:?}"
        );
    }
    let url = "redis://127.0.0.1:1";
    assert!(build(RedisOptions::new(url, "")).to_string().contains("needs a name"));
    let never = RedisOptions::new(url, "test").with_timeout(Duration::ZERO);
    assert!(build(never).to_string().contains("timeouts"));
    let fast =
        Gate::builder().with_quota(Quota::per_second(2_000_000)).with_redis(RedisOptions::new(url, "test"));
    assert!(fast.build().unwrap_err().to_string().contains("a million units"));
    assert!(!format!("{:?}", RedisOptions::new("redis://:secret@a.example", "test")).contains("secret"));
}
