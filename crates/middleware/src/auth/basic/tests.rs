//! `Basic` through the layer.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::hash::tests::cheap_argon2;
use super::*;
use crate::auth::AuthLayer;
use crate::auth::testing::{Answer, ask};

const CHALLENGE: Option<&str> = Some("Basic realm=\"restricted\", charset=\"UTF-8\"");

fn users() -> Users {
    Users::new().with_user("ada", &cheap_argon2("pass:w\u{f6}rd")).unwrap()
}

async fn log_in(auth: &BasicAuth, credentials: &str) -> Answer {
    let value = format!("Basic {}", STANDARD.encode(credentials));
    ask(&AuthLayer::new(auth.clone()), &[("authorization", &value)]).await
}

#[tokio::test(flavor = "current_thread")]
async fn the_right_password_has_a_principal() {
    let answer = log_in(&BasicAuth::new(users()), "ada:pass:w\u{f6}rd").await;
    assert_eq!((answer.status, answer.principal.as_deref()), (200, Some("ada by Basic")));
}

#[tokio::test(flavor = "current_thread")]
async fn everything_else_is_one_and_the_same_401() {
    let auth = BasicAuth::new(users());
    let mut bodies = Vec::new();
    for credentials in ["ada:wrong", "eve:pass:w\u{f6}rd", "ada:", ":", "no colon", "ada:a\nb"] {
        let answer = log_in(&auth, credentials).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, CHALLENGE), "{credentials:?}");
        assert_eq!(answer.principal, None);
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let nobody = ask(&AuthLayer::new(auth), &[]).await;
    assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, CHALLENGE));
    assert_eq!(log_in(&BasicAuth::new(Users::new()), "ada:x").await.status, 401);
}

#[tokio::test(flavor = "current_thread")]
async fn unknown_names_take_as_long_as_known_ones() {
    // Some milliseconds a hash, so that noise does not count.
    let hash = bcrypt::hash("pw", 8).unwrap();
    let auth = BasicAuth::new(Users::new().with_user("ada", &hash).unwrap());
    let mut least = [Duration::MAX; 2];
    for _ in 0..5 {
        for (least, name) in least.iter_mut().zip(["ada", "eve"]) {
            let began = Instant::now();
            assert_eq!(log_in(&auth, &format!("{name}:wrong")).await.status, 401);
            *least = began.elapsed().min(*least);
        }
    }
    assert!(least[1] > least[0] / 2 && least[0] > least[1] / 2, "{least:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn remembered_passwords_end_with_the_user() {
    let auth = BasicAuth::new(users()).with_remembering(Duration::from_secs(60));
    let right = "ada:pass:w\u{f6}rd";
    assert!(auth.is_remembered("ada", "pass:w\u{f6}rd".as_bytes()).is_none());
    assert_eq!(log_in(&auth, right).await.status, 200);
    assert!(auth.is_remembered("ada", "pass:w\u{f6}rd".as_bytes()).is_some());
    assert_eq!(log_in(&auth, right).await.status, 200);
    assert_eq!(log_in(&auth, "ada:wrong").await.status, 401);
    auth.replace(Users::new().with_user("ada", &cheap_argon2("new")).unwrap());
    assert_eq!(log_in(&auth, right).await.status, 401);
    assert_eq!(log_in(&auth, "ada:new").await.status, 200);
}

#[test]
fn the_realm_is_quoted() {
    let auth = BasicAuth::new(Users::new()).try_with_realm("a \"b\"").unwrap();
    assert_eq!(auth.challenge().value(), "Basic realm=\"a \\\"b\\\"\", charset=\"UTF-8\"");
    assert!(BasicAuth::new(Users::new()).try_with_realm("\n").is_err());
}

#[tokio::test(flavor = "current_thread")]
async fn a_form_asks_the_same() {
    let auth = BasicAuth::new(users());
    assert_eq!(auth.verify("ada", "pass:w\u{f6}rd").await.unwrap().subject(), "ada");
    let long = "x".repeat(1024);
    for (name, password) in
        [("ada", "wrong"), ("eve", "pass:w\u{f6}rd"), ("ada", "a\nb"), ("", ""), ("ada", &long)]
    {
        assert_eq!(auth.verify(name, password).await.unwrap_err().status(), 401, "{name:?}");
    }
}
