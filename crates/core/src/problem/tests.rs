use super::*;

use http::header;
use serde_json::json;

use crate::{Body, IntoResponse, Response};

fn text_of(response: &Response) -> String {
    String::from_utf8(response.body().as_bytes().unwrap().to_vec()).unwrap()
}

fn body_in(problem: Problem, format: Format) -> String {
    text_of(&rerender(problem.into_response(), format))
}

#[test]
fn a_bare_status_says_what_it_means() {
    let response = Problem::new(StatusCode::NOT_FOUND).into_response();
    assert_eq!(response.status(), 404);
    assert_eq!(text_of(&response), r#"{"type":"about:blank","title":"Not Found","status":404}"#);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "application/problem+json");
    assert_eq!(headers["content-length"], "55");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(response.extensions().get::<Problem>().is_some());
}

#[test]
fn a_status_without_a_phrase_has_a_title_too() {
    let problem = Problem::new(StatusCode::from_u16(599).unwrap());
    assert_eq!((problem.title(), problem.to_string()), ("Error", "599 Error".to_owned()));
}

#[test]
fn every_member_reads_back() {
    let problem = Problem::new(StatusCode::FORBIDDEN)
        .with_type("https://example.com/probs/out-of-credit")
        .with_title("You do not have enough credit.")
        .with_detail("Your balance is 30, but \"that\" costs 50.\n")
        .with_instance("/account/12345/msgs/abc")
        .with_extension("balance", 30)
        .with_extension("accounts", json!(["/account/12345", "/account/67890"]));
    let json: Value = serde_json::from_str(&body_in(problem.clone(), Format::Json)).unwrap();
    assert_eq!(
        json,
        json!({
            "type": "https://example.com/probs/out-of-credit",
            "title": "You do not have enough credit.",
            "status": 403,
            "detail": "Your balance is 30, but \"that\" costs 50.\n",
            "instance": "/account/12345/msgs/abc",
            "balance": 30,
            "accounts": ["/account/12345", "/account/67890"],
        })
    );
    assert_eq!(problem.type_uri(), "https://example.com/probs/out-of-credit");
    assert_eq!(problem.instance(), Some("/account/12345/msgs/abc"));
    assert_eq!(problem.extension("balance"), Some(&json!(30)));
    assert_eq!(problem.extension("other"), None);
}

#[test]
fn reserved_members_cannot_be_overwritten() {
    let mut problem = Problem::new(StatusCode::BAD_REQUEST).with_extension("status", 200);
    for name in RESERVED {
        problem = problem.with_extension(name, "x");
    }
    assert_eq!(problem.extensions().count(), 0);
    assert_eq!(
        body_in(problem, Format::Json),
        r#"{"type":"about:blank","title":"Bad Request","status":400}"#
    );
}

#[test]
fn the_last_value_of_an_extension_counts_and_keeps_its_place() {
    let problem = Problem::new(StatusCode::BAD_REQUEST)
        .with_extension("a", 1)
        .with_extension("b", 2)
        .with_extension("a", 3);
    let extensions: Vec<_> = problem.extensions().map(|(name, value)| (name, value.to_string())).collect();
    assert_eq!(extensions, [("a", "3".to_owned()), ("b", "2".to_owned())]);
}

#[test]
fn headers_of_the_problem_win_over_the_defaults_but_not_over_the_rendering() {
    let response = Problem::new(StatusCode::METHOD_NOT_ALLOWED)
        .with_header(header::ALLOW, "GET, HEAD")
        .with_header(header::CACHE_CONTROL, "max-age=60")
        .with_header(header::CONTENT_TYPE, "text/evil")
        .with_header(header::CONTENT_LENGTH, "1")
        .with_header("set-cookie", "a=1")
        .with_header("set-cookie", "b=2")
        .into_response();
    let headers = response.headers();
    assert_eq!(headers["allow"], "GET, HEAD");
    assert_eq!(headers["cache-control"], "max-age=60");
    assert_eq!(headers["content-type"], "application/problem+json");
    assert_eq!(headers["content-length"], text_of(&response).len().to_string());
    assert_eq!(headers.get_all("content-type").iter().count(), 1);
    assert_eq!(headers.get_all("set-cookie").iter().count(), 2);
}

#[test]
fn invalid_headers_are_left_out() {
    let problem = Problem::new(StatusCode::BAD_REQUEST)
        .with_header("x-fine", "fine")
        .with_header("x-split", "a\r\nset-cookie: b")
        .with_header("not a name", "x");
    assert_eq!(problem.headers().len(), 1);
}

#[test]
fn causes_are_not_shown() {
    let secret = std::io::Error::other("password is hunter2");
    let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(secret);
    for format in [Format::Json, Format::Text, Format::Html] {
        assert!(!body_in(problem.clone(), format).contains("hunter2"));
    }
    assert_eq!(problem.cause().unwrap().to_string(), "password is hunter2");
    assert_eq!(std::error::Error::source(&problem).unwrap().to_string(), "password is hunter2");
}

#[test]
fn html_is_escaped_everywhere() {
    let evil = "<script>alert('x')</script>&\"";
    let page = body_in(
        Problem::new(StatusCode::BAD_REQUEST)
            .with_type(evil)
            .with_title(evil)
            .with_detail(evil)
            .with_instance(evil)
            .with_extension(evil, evil),
        Format::Html,
    );
    assert!(!page.contains("<script>") && !page.contains("alert('"), "{page}");
    assert!(page.contains("<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;</p>"), "{page}");
    assert!(page.contains("content=\"light dark\""));
}

#[test]
fn a_page_without_facts_has_no_list() {
    assert!(!body_in(Problem::new(StatusCode::NOT_FOUND), Format::Html).contains("<dl>"));
    assert!(
        body_in(Problem::new(StatusCode::NOT_FOUND).with_extension("a", 1), Format::Html).contains("<dl>")
    );
}

#[test]
fn text_is_safe_for_terminals() {
    let text =
        body_in(Problem::new(StatusCode::NOT_FOUND).with_detail("a\u{1b}[31mb\r\u{9b}c"), Format::Text);
    assert_eq!(text, "404 Not Found\na\u{fffd}[31mb\u{fffd}\u{fffd}c\n");
}

#[test]
fn rerendering_keeps_status_and_headers() {
    let mut response = Problem::new(StatusCode::NOT_FOUND).with_header("x-kept", "yes").into_response();
    response.headers_mut().insert("x-request-id", HeaderValue::from_static("7"));
    let page = rerender(response, Format::Html);
    assert_eq!(page.status(), 404);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.headers()["content-length"], text_of(&page).len().to_string());
    assert_eq!(page.headers()["x-kept"], "yes");
    assert_eq!(page.headers()["x-request-id"], "7");
    assert_eq!(page.headers()["vary"], "accept");
    let again = rerender(page, Format::Text);
    assert_eq!(text_of(&again), "404 Not Found\n");
    assert_eq!(again.headers().get_all("vary").iter().count(), 1);
    let vary_all = Problem::new(StatusCode::NOT_FOUND).with_header("vary", "origin, *").into_response();
    assert_eq!(rerender(vary_all, Format::Json).headers().get_all("vary").iter().count(), 1);
}

#[test]
fn other_responses_are_left_alone() {
    let plain = rerender("hello".into_response(), Format::Html);
    assert_eq!((text_of(&plain), plain.headers().contains_key("vary")), ("hello".to_owned(), false));

    let mut encoded = Problem::new(StatusCode::NOT_FOUND).into_response();
    encoded.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    assert!(text_of(&rerender(encoded, Format::Html)).starts_with('{'));

    let mut streamed = Problem::new(StatusCode::NOT_FOUND).into_response();
    *streamed.body_mut() = Body::new(http_body_util::Limited::new(Body::from("x"), 9));
    assert_eq!(rerender(streamed, Format::Html).headers()["content-type"], "application/problem+json");
}
