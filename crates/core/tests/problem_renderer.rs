//! The renderer is one for the process, so it has a test process of its own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header};
use hyperserve_core::problem::{self, Format, Renderer, Rendering};
use hyperserve_core::{IntoResponse, Problem, Response};

fn shout(problem: &Problem, format: Format) -> Rendering {
    match format {
        Format::Html => problem::render(problem, format),
        _ => Rendering::new(HeaderValue::from_static("text/loud"), problem.title().to_uppercase()),
    }
}

struct Constant(&'static str);

impl Renderer for Constant {
    fn render(&self, _problem: &Problem, _format: Format) -> Rendering {
        Rendering::new(HeaderValue::from_static("text/plain"), self.0)
    }
}

fn not_found() -> Response {
    Problem::new(StatusCode::NOT_FOUND).with_header(header::ALLOW, "GET").into_response()
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body().as_bytes().unwrap().to_vec()).unwrap()
}

#[test]
fn the_renderer_can_be_replaced_and_put_back() {
    let before = text(&not_found());

    problem::set_renderer(shout);
    let loud = not_found();
    assert_eq!(
        (text(&loud), &loud.headers()["content-type"]),
        ("NOT FOUND".into(), &HeaderValue::from_static("text/loud"))
    );
    assert_eq!(loud.headers()["content-length"], "9");
    assert_eq!(
        (loud.status(), &loud.headers()["allow"]),
        (StatusCode::NOT_FOUND, &HeaderValue::from_static("GET"))
    );
    assert!(text(&problem::rerender(loud, Format::Html)).starts_with("<!doctype html>"));

    let shared: Arc<dyn Renderer> = Arc::new(Constant("sorry"));
    problem::set_renderer(move |problem: &Problem, format: Format| shared.render(problem, format));
    assert_eq!(text(&not_found()), "sorry");
    problem::set_renderer(Constant("again"));
    assert_eq!(text(&not_found()), "again");

    problem::reset_renderer();
    assert_eq!(text(&not_found()), before);
}
