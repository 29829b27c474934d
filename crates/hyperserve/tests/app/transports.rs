//! The same answers in process and over a socket.

use std::collections::BTreeMap;

use hyperserve::prelude::*;
use hyperserve::testing::{TestClient, TestResponse};
use serde_json::{Value, json};

fn app() -> App {
    App::new()
        .route("/", get(async || "Hello"))
        .route("/query", get(async |Query(pairs): Query<BTreeMap<String, String>>| Json(pairs)))
        .route("/json", post(async |Json(value): Json<Value>| (StatusCode::CREATED, Json(value))))
        .route("/form", post(async |Form(pairs): Form<BTreeMap<String, String>>| Json(pairs)))
        .route("/header", get(header_of).put(async |body: String| body.len().to_string()))
        .route("/panic", get(panics))
}

async fn header_of(headers: HeaderMap) -> String {
    let values: Vec<_> = headers.get_all("x-a").iter().map(|value| value.to_str().unwrap()).collect();
    format!("{} {}", values.join(","), headers.contains_key("host"))
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

/// Status, media type, body.
async fn told(response: TestResponse) -> (u16, String, String) {
    let (status, kind) =
        (response.status().as_u16(), response.header("content-type").unwrap_or_default().to_owned());
    (status, kind, response.text().await)
}

/// What both say; it is the same.
async fn both(ask: impl AsyncFn(&TestClient) -> TestResponse) -> (u16, String, String) {
    let in_process = told(ask(&TestClient::new(app().into_service().unwrap())).await).await;
    let over_a_socket = told(ask(&TestClient::serve(app()).await).await).await;
    assert_eq!(in_process, over_a_socket);
    in_process
}

#[tokio::test]
async fn text_json_forms_and_queries() {
    let (status, kind, text) = both(async |client| client.get("/").send().await).await;
    assert_eq!((status, kind.as_str(), text.as_str()), (200, "text/plain; charset=utf-8", "Hello"));
    let query = [("b", "2 & 3"), ("c", "é")];
    let (_, _, text) = both(async |client| client.get("/query?a=1").query(&query).send().await).await;
    assert_eq!(text, r#"{"a":"1","b":"2 & 3","c":"é"}"#);
    let (status, _, text) =
        both(async |client| client.post("/json").json(&json!({"a": [1, null]})).send().await).await;
    assert_eq!((status, text.as_str()), (201, r#"{"a":[1,null]}"#));
    let (_, _, text) = both(async |client| client.post("/form").form(&query).send().await).await;
    assert_eq!(text, r#"{"b":"2 & 3","c":"é"}"#);
    let (_, _, text) =
        both(async |client| client.put("/header").body(vec![b'x'; 100_000]).send().await).await;
    assert_eq!(text, "100000");
}

#[tokio::test]
async fn problems_in_the_format_that_is_asked_for() {
    let (status, kind, _) = both(async |client| client.get("/nothing").send().await).await;
    assert_eq!((status, kind.as_str()), (404, "application/problem+json"));
    let (status, kind, _) =
        both(async |client| client.delete("/").header("accept", "text/html").send().await).await;
    assert_eq!((status, kind.as_str()), (405, "text/html; charset=utf-8"));
    let (status, _, _) = both(async |client| client.post("/json").body("{").send().await).await;
    assert_eq!(status, 415);
    let broken = async |client: &TestClient| {
        client.post("/json").header("content-type", "application/json").body("{").send().await
    };
    assert_eq!(both(broken).await.0, 400);
    let (status, _, text) =
        both(async |client| client.get("/panic").header("accept", "text/plain").send().await).await;
    assert_eq!(status, 500);
    assert!(!text.contains("on purpose"), "{text}");
}

#[tokio::test]
async fn head_and_options() {
    let (status, _, text) = both(async |client| client.head("/").send().await).await;
    assert_eq!((status, text.as_str()), (200, ""));
    assert_eq!(both(async |client| client.options("/").send().await).await.0, 204);
    let star = async |client: &TestClient| client.request(Method::OPTIONS, "*").send().await;
    assert_eq!(
        TestClient::new(app().into_service().unwrap()).request(Method::OPTIONS, "*").send().await.status(),
        204
    );
    assert_eq!(star(&TestClient::serve(app()).await).await.status(), 204);
}

#[tokio::test]
async fn headers_are_sent_as_often_as_they_are_set() {
    let client = TestClient::serve(app()).await;
    let response = client.get("/header").header("x-a", "1").header("X-A", "2").send().await;
    assert_eq!(response.text().await, "1,2 true");
    let value: Value = client.post("/json").json(&7).send().await.json().await;
    assert_eq!(value, 7);
}
