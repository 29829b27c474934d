//! The app without a server: no port, no thread, and a step through it with a debugger never leaves the test.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use example_testing::app;
use hyperserve::prelude::*;
use hyperserve::testing::TestClient;
use serde_json::{Value, json};

fn client() -> TestClient {
    TestClient::new(app().into_service().unwrap())
}

#[tokio::test]
async fn numbers_are_added() {
    let answer = client().post("/add").json(&json!({"a": 2, "b": 40})).send().await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.json::<Value>().await, json!({"total": 42}));
}

#[tokio::test]
async fn a_wrong_number_is_told_with_its_place() {
    let answer = client().post("/add").json(&json!({"a": 2, "b": "forty"})).send().await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = answer.json().await;
    assert_eq!(problem["errors"][0]["loc"], json!(["body", "b"]));
}

#[tokio::test]
async fn a_sum_that_does_not_fit_is_refused() {
    let answer = client().post("/add").json(&json!({"a": i64::MAX, "b": 1})).send().await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json::<Value>().await["detail"], "The sum is too large.");
}

#[tokio::test]
async fn other_methods_are_refused() {
    let answer = client().get("/add").send().await;
    assert_eq!(
        (answer.status(), answer.header("allow")),
        (StatusCode::METHOD_NOT_ALLOWED, Some("POST, OPTIONS"))
    );
}

/// What comes through no connection has no address.
#[tokio::test]
async fn the_client_is_nobody() {
    assert_eq!(client().get("/whoami").send().await.text().await, "nobody");
}
