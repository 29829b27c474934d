//! The API answers as it should, and is as short as it is said to be.

#[path = "../../running.rs"]
mod running;

use running::{Answer, Running};

const JSON: &str = "Content-Type: application/json";

fn create(example: &Running, body: &str) -> Answer {
    example.send(&["POST /todos", JSON], body)
}

#[test]
fn items_come_are_found_and_go() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-todo"), &[]);
    let created = create(&example, r#"{"title": "milk"}"#);
    assert_eq!((created.status, created.text()), (201, r#"{"id":1,"title":"milk"}"#));
    assert!(created.head.contains("\r\nlocation: /todos/1"), "{}", created.head);
    assert_eq!(create(&example, r#"{"title": "bread", "id": 99}"#).text(), r#"{"id":2,"title":"bread"}"#);

    assert_eq!(example.send(&["GET /todos?q=il"], "").text(), r#"[{"id":1,"title":"milk"}]"#);
    assert_eq!(example.send(&["GET /todos?q=eggs"], "").text(), "[]");
    assert_eq!(example.send(&["DELETE /todos/2"], "").status, 204);
    assert_eq!(example.send(&["DELETE /todos/2"], "").status, 404);
    assert_eq!(create(&example, r#"{"title": "eggs"}"#).text(), r#"{"id":3,"title":"eggs"}"#);
    assert_eq!(
        example.send(&["GET /todos"], "").text(),
        r#"[{"id":1,"title":"milk"},{"id":3,"title":"eggs"}]"#
    );
}

#[test]
fn what_does_not_fit_is_told() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-todo"), &[]);
    for (body, status, told) in [
        (r#"{"title": ""}"#, 422, r#""loc":["body","title"]"#),
        (r#"{"title": 7}"#, 422, r#""loc":["body","title"]"#),
        (r#"{}"#, 422, r#""loc":["body","title"]"#),
        (r#"{"title": "#, 400, "application/problem+json"),
    ] {
        let answer = create(&example, body);
        let all = format!("{}\n{}", answer.head, answer.text());
        assert!(answer.status == status && all.contains(told), "{body}: {all}");
    }
    assert_eq!(example.send(&["POST /todos", "Content-Type: text/plain"], r#"{"title": "x"}"#).status, 415);
    assert_eq!(example.send(&["DELETE /todos/first"], "").status, 422);
    assert_eq!(example.send(&["GET /todos"], "").text(), "[]");
}

#[test]
fn the_list_is_bounded() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-todo"), &[]);
    (0..1000).for_each(|_| assert_eq!(create(&example, r#"{"title": "x"}"#).status, 201));
    assert_eq!(create(&example, r#"{"title": "x"}"#).status, 409);
    assert_eq!(example.send(&["DELETE /todos/500"], "").status, 204);
    assert_eq!(create(&example, r#"{"title": "x"}"#).status, 201);
}

#[test]
fn it_is_under_60_lines() {
    assert!(include_str!("../src/main.rs").lines().count() < 60);
}
