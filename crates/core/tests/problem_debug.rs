//! Debug mode is one switch for the process, so it has a test process of its own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use http::StatusCode;
use hyperserve_core::problem::{self, Format};
use hyperserve_core::{IntoResponse, Problem};

fn body_in(format: Format) -> String {
    let cause = std::io::Error::other("<no disk>");
    let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(cause);
    let response = problem::rerender(problem.into_response(), format);
    String::from_utf8(response.body().as_bytes().unwrap().to_vec()).unwrap()
}

#[test]
fn causes_are_shown_in_debug_mode_only() {
    assert!(!problem::is_debug());
    let plain = r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#;
    assert_eq!(body_in(Format::Json), plain);

    problem::set_debug(true);
    assert!(problem::is_debug());
    assert_eq!(
        body_in(Format::Json),
        r#"{"type":"about:blank","title":"Internal Server Error","status":500,"causes":["<no disk>"]}"#
    );
    assert_eq!(body_in(Format::Text), "500 Internal Server Error\ncause: <no disk>\n");
    assert!(body_in(Format::Html).contains("<dt>cause</dt><dd>&lt;no disk&gt;</dd>"));

    problem::set_debug(false);
    assert_eq!(body_in(Format::Json), plain);
}
