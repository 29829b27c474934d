use super::*;

use std::collections::HashMap;

use hyperserve_core::{BodyError, RequestContext, RequestExt};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Order {
    user: User,
    #[serde(default)]
    shape: Option<Shape>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct User {
    tags: Vec<u8>,
    #[serde(default)]
    user: Option<Box<Self>>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
enum Shape {
    Point,
    Circle { radius: f32 },
}

fn posted(body: impl Into<Body>) -> Request {
    http::Request::post("/").header("content-type", "application/json").body(body.into()).unwrap()
}

fn refused<T: DeserializeOwned>(text: &str) -> Problem {
    match Json::<T>::from_bytes(text.as_bytes()) {
        Ok(_) => panic!("{text} was taken"),
        Err(rejection) => rejection.into(),
    }
}

fn fault<T: DeserializeOwned>(text: &str) -> Value {
    let problem = refused::<T>(text);
    assert_eq!(problem.status(), 422, "{text}");
    problem.extension("errors").unwrap()[0].clone()
}

#[tokio::test]
async fn a_body_of_the_right_type() {
    for media_type in ["application/json; charset=latin1", "application/vnd.api+json"] {
        let mut request =
            posted(r#" {"user": {"tags": [1, 255]}, "shape": {"Circle": {"radius": 1}}, "x": null} "#);
        request.headers_mut().insert("content-type", HeaderValue::from_static(media_type));
        let Json(order) = request.extract::<Json<Order>, _>().await.unwrap();
        assert_eq!((&*order.user.tags, order.shape), (&[1, 255][..], Some(Shape::Circle { radius: 1.0 })));
    }
}

#[tokio::test]
async fn another_media_type_is_415_and_the_body_is_left_alone() {
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "json", ""] {
        let mut request = posted("{}");
        request.headers_mut().insert("content-type", HeaderValue::from_static(media_type));
        let problem = Problem::from(request.extract::<Json<Value>, _>().await.unwrap_err());
        assert_eq!(problem.status(), 415, "{media_type}");
        assert_eq!(problem.headers()["accept"], "application/json");
    }
}

#[tokio::test]
async fn too_large_is_413_and_a_broken_body_is_told_apart() {
    let mut request = posted("[1, 2, 3]");
    RequestContext::of_mut(request.extensions_mut()).set_body_limit(4);
    let rejection = request.extract::<Json<Value>, _>().await.unwrap_err();
    assert!(rejection.is_body() && rejection.is_too_large());
    let problem = Problem::from(rejection);
    assert_eq!((problem.status().as_u16(), problem.extension("limit")), (413, Some(&json!(4))));

    let late = BodyError::new(std::io::Error::from(std::io::ErrorKind::TimedOut));
    let rejection = Rejection::from(late);
    assert_eq!(
        (rejection.status(), rejection.into_response().status()),
        (StatusCode::REQUEST_TIMEOUT, StatusCode::REQUEST_TIMEOUT)
    );
}

#[test]
fn what_is_not_json_is_400_with_line_and_column() {
    let cases = [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{\n\"user\": tru}", "expected ident at line 2 column 12"),
        ("[1] x", "trailing characters at line 1 column 5"),
        ("{} {}", "trailing characters at line 1 column 4"),
        ("[1,]", "trailing comma at line 1 column 4"),
        ("{'a': 1}", "key must be a string at line 1 column 2"),
        ("\"a\nb\"", "control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0"),
        ("\u{feff}{}", "expected value at line 1 column 1"),
    ];
    for (text, message) in cases {
        let problem = refused::<Value>(text);
        assert_eq!(problem.status(), 400, "{text}");
        let detail = format!("The request body is not valid JSON: {message}.");
        assert_eq!(problem.detail(), Some(&*detail), "{text}");
        assert_eq!(problem.extension("errors"), None);
    }
}

#[test]
fn syntax_is_looked_at_before_the_shape() {
    assert_eq!(refused::<Vec<u8>>(r#"["x", "#).status(), 400);
    assert_eq!(refused::<Order>(r#"{"user": 1, "shape"}"#).status(), 400);
    assert_eq!(refused::<u8>("\"secret\" ]").detail().unwrap().matches("secret").count(), 0);
}

#[test]
fn bytes_that_are_not_utf8_are_400_also_where_they_are_ignored() {
    let rejection = Json::<User>::from_bytes(b"{\"tags\": [], \"other\": \"\xff\"}").unwrap_err();
    assert!(rejection.is_malformed());
    assert_eq!(rejection.to_string(), "The request body is not valid UTF-8.");
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Json::<Value>::from_bytes(nested(127).as_bytes()).is_ok());
    for text in [nested(128), nested(1_000_000), "[".repeat(1_000_000)] {
        let problem = refused::<Value>(&text);
        assert_eq!(problem.status(), 400);
        assert!(problem.detail().unwrap().contains("recursion limit exceeded at line 1 column 128"));
    }
}

#[test]
fn another_shape_is_422_with_the_place() {
    let place = |text: &str| fault::<Order>(text)["loc"].clone();
    assert_eq!(place("[]"), json!(["body"]));
    assert_eq!(place("{}"), json!(["body", "user"]));
    assert_eq!(place(r#"{"user": {}}"#), json!(["body", "user", "tags"]));
    assert_eq!(place(r#"{"user": {"tags": [], "user": {}}}"#), json!(["body", "user", "user", "tags"]));
    assert_eq!(place(r#"{"user": {"tags": [0, 1, "x"]}}"#), json!(["body", "user", "tags", 2]));
    assert_eq!(place(r#"{"user": {"tags": [], "tags": []}}"#), json!(["body", "user", "tags"]));
    let circle = r#"{"user": {"tags": []}, "shape": {"Circle": {"radius": "r"}}}"#;
    assert_eq!(place(circle), json!(["body", "shape", "Circle", "radius"]));
    assert_eq!(place(r#"{"user": {"tags": []}, "shape": "Square"}"#), json!(["body", "shape"]));
    let expected = json!({"loc": ["body", 0], "msg": "invalid type: string \"x\", expected u8"});
    assert_eq!(fault::<Vec<u8>>("[\"x\"]"), expected);
    let detail = "The request body is not as expected: invalid type: string \"x\", expected u8.";
    assert_eq!(refused::<Vec<u8>>("[\"x\"]").detail(), Some(detail));
}

#[test]
fn well_formed_values_that_do_not_fit_are_422() {
    assert_eq!(fault::<HashMap<u8, u8>>(r#"{"a": 1}"#)["loc"][0], "body");
    assert_eq!(fault::<Vec<f64>>("[1e999]"), json!({"loc": ["body", 0], "msg": "number out of range"}));
    assert_eq!(fault::<Vec<u8>>("[256]")["msg"], "invalid value: integer `256`, expected u8");
}

#[test]
fn long_values_are_not_sent_back_whole() {
    let message = fault::<u8>(&format!("\"{}\"", "x".repeat(100_000)))["msg"].clone();
    let message = message.as_str().unwrap();
    assert!(message.len() < 300 && message.starts_with("invalid type: string \"xx"));
    assert!(message.ends_with("xx\", expected u8"));
}

#[tokio::test]
async fn an_option_is_none_without_a_type_and_a_body() {
    type Taken = Option<Json<u8>>;
    let bare = |body: Body| Request::new(body);
    assert_eq!(bare(Body::empty()).extract::<Taken, _>().await.unwrap(), None);
    let streamed = |text: &'static str| Body::from_stream(once(text));
    assert_eq!(bare(streamed("")).extract::<Taken, _>().await.unwrap(), None);
    assert!(bare(Body::from("1")).extract::<Taken, _>().await.unwrap_err().is_media_type());
    assert!(bare(streamed("1")).extract::<Taken, _>().await.unwrap_err().is_media_type());
    assert_eq!(posted("1").extract::<Taken, _>().await.unwrap(), Some(Json(1)));
    assert!(posted("").extract::<Taken, _>().await.unwrap_err().is_malformed());
    assert!(posted("\"x\"").extract::<Taken, _>().await.unwrap_err().is_shape());
}

/// A stream of one item, whose length a body cannot know.
fn once(text: &'static str) -> impl futures_core::Stream<Item = Result<Bytes, std::io::Error>> {
    struct Once(Option<Bytes>);
    impl futures_core::Stream for Once {
        type Item = Result<Bytes, std::io::Error>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            std::task::Poll::Ready(self.0.take().map(Ok))
        }
    }
    Once(Some(Bytes::from_static(text.as_bytes())))
}

#[test]
fn as_a_response() {
    let response = Json(json!({"a": [1, "é"]})).into_response();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.body().as_bytes().unwrap(), r#"{"a":[1,"é"]}"#);
}

#[test]
fn what_cannot_be_written_is_a_500_without_details() {
    let response = Json(HashMap::from([(vec![1u8], 1)])).into_response();
    assert_eq!(response.status(), 500);
    let problem = response.extensions().get::<Problem>().unwrap();
    assert_eq!(
        (problem.detail(), problem.cause().unwrap().to_string()),
        (None, "key must be a string".into())
    );
}
