use serde_json::{Value, json};

use super::*;
use crate::client;

/// Where each fault of a problem lies, and what is said of it.
fn faults(problem: &Value) -> Vec<(String, String)> {
    let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors in {problem}"));
    errors.iter().map(|error| (error["loc"].to_string(), error["msg"].as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn an_item_lives_from_its_creation_to_its_end() {
    let client = client();
    let created = client.post("/api/todos").json(&json!({"title": "  buy Milk "})).send().await;
    assert_eq!(created.status(), 201);
    let location = created.headers()["location"].to_str().unwrap().to_owned();
    let todo: Value = created.json().await;
    assert_eq!((&todo["title"], &todo["done"]), (&json!("buy Milk"), &json!(false)));
    assert_eq!(location, format!("/api/todos/{}", todo["id"]));

    let changed: Value = client.patch(&location).json(&json!({"done": true})).send().await.json().await;
    assert_eq!((&changed["title"], &changed["done"]), (&json!("buy Milk"), &json!(true)));
    let found: Value = client.get("/api/todos?q=MILK&done=true").send().await.json().await;
    assert_eq!((found["items"].as_array().unwrap().len(), &found["total"]), (1, &json!(FIRST.len() + 1)));
    let open: Value = client.get("/api/todos?q=milk&done=false").send().await.json().await;
    assert_eq!(open["items"], json!([]));

    assert_eq!(client.delete(&location).send().await.status(), 204);
    assert_eq!(client.delete(&location).send().await.status(), 404);
    let gone = client.patch(&location).json(&json!({"done": true})).send().await;
    assert_eq!(
        (gone.status().as_u16(), &gone.headers()["content-type"]),
        (404, &"application/problem+json".parse().unwrap())
    );
}

#[tokio::test]
async fn a_list_begins_with_something_to_do() {
    let found: Value = client().get("/api/todos").send().await.json().await;
    assert_eq!(found["items"].as_array().unwrap().len(), FIRST.len());
    assert_eq!(found["room"], json!(store::ROOM));
}

#[tokio::test]
async fn what_does_not_fit_is_told_with_its_place() {
    let client = client();
    for (body, place, message) in [
        (json!({"title": ""}), r#"["body","title"]"#, "a title is needed"),
        (
            json!({"title": "x".repeat(201)}),
            r#"["body","title"]"#,
            "201 characters are too many, at most 200 fit",
        ),
        (json!({"title": 7}), r#"["body","title"]"#, "invalid type: integer `7`"),
        (json!({}), r#"["body","title"]"#, "missing field `title`"),
        (json!({"title": "a", "colour": 1}), r#"["body","colour"]"#, "unknown field `colour`"),
    ] {
        let refused = client.post("/api/todos").json(&body).send().await;
        assert_eq!(refused.status(), 422, "{body}");
        let faults = faults(&refused.json().await);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].0, place, "{body}");
        assert!(faults[0].1.starts_with(message), "{body}: {}", faults[0].1);
    }
    let total: Value = client.get("/api/todos").send().await.json().await;
    assert_eq!(total["total"], json!(FIRST.len()), "nothing refused was kept");
}

#[tokio::test]
async fn a_query_is_typed_too() {
    let refused = client().get("/api/todos?done=maybe").send().await;
    assert_eq!(refused.status(), 422);
    assert_eq!(faults(&refused.json().await)[0].0, r#"["query","done"]"#);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_before_it_is_looked_at() {
    let client = client();
    let send = |kind: &'static str, body: &'static str| {
        client.post("/api/todos").header("content-type", kind).body(body).send()
    };
    assert_eq!(send("application/json", r#"{"title": "#).await.status(), 400);
    assert_eq!(send("text/plain", r#"{"title": "a"}"#).await.status(), 415);
    let large = client.post("/api/todos").json(&json!({"title": "x".repeat(3 << 20)})).send().await;
    assert_eq!(large.status(), 413);
}

#[tokio::test]
async fn paths_and_methods_are_told_apart() {
    let client = client();
    assert_eq!(client.delete("/api/todos/milk").send().await.status(), 404, "not a number, not this route");
    let wrong = client.delete("/api/todos").send().await;
    assert_eq!(wrong.status(), 405);
    assert!(wrong.headers()["allow"].to_str().unwrap().contains("POST"));
}

#[tokio::test]
async fn a_full_list_is_a_conflict() {
    let client = client();
    for _ in FIRST.len()..store::ROOM as usize {
        assert_eq!(client.post("/api/todos").json(&json!({"title": "x"})).send().await.status(), 201);
    }
    let refused = client.post("/api/todos").json(&json!({"title": "x"})).send().await;
    assert_eq!(refused.status(), 409);
    let problem: Value = refused.json().await;
    assert_eq!(problem["detail"], "The list is full at 500 items; delete one first.");
}
