use super::*;

use http::header::SET_COOKIE;

fn answer(value: impl IntoResponse) -> (u16, Option<String>, Option<Bytes>) {
    let response = value.into_response();
    let content_type = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
    (response.status().as_u16(), content_type, response.body().as_bytes().cloned())
}

#[test]
fn simple_values() {
    let text =
        |body: &'static str| (200, Some("text/plain; charset=utf-8".to_owned()), Some(Bytes::from(body)));
    assert_eq!(answer("a"), text("a"));
    assert_eq!(answer(String::from("a")), text("a"));
    assert_eq!(answer(Cow::Borrowed("a")), text("a"));
    assert_eq!(answer(Box::<str>::from("a")), text("a"));
    let bytes = (200, Some("application/octet-stream".to_owned()), Some(Bytes::from_static(b"a")));
    assert_eq!(answer(Bytes::from_static(b"a")), bytes);
    assert_eq!(answer(vec![b'a']), bytes);
    assert_eq!(answer(&b"a"[..]), bytes);
    let none = |status| (status, None, Some(Bytes::new()));
    assert_eq!(answer(()), none(200));
    assert_eq!(answer(Body::empty()), none(200));
    assert_eq!(answer(StatusCode::NO_CONTENT), none(204));
    assert_eq!(answer(Extensions::new()), none(200));
    assert_eq!(answer(Err::<(), _>(StatusCode::IM_A_TEAPOT)), none(418));
    assert_eq!(answer(Ok::<_, Infallible>("a")), text("a"));
    assert_eq!(answer(http::Response::new(http_body_util::Full::new(Bytes::from("a")))).2.unwrap(), "a");
}

#[test]
fn tuples_put_status_and_headers_before_the_body() {
    let mut cookies = HeaderMap::new();
    cookies.append(SET_COOKIE, HeaderValue::from_static("a=1"));
    cookies.append(SET_COOKIE, HeaderValue::from_static("b=2"));
    let response = (
        StatusCode::CREATED,
        [("content-type", "text/css"), ("x-a", "1")],
        cookies,
        Some([("x-b", String::from("2"))]),
        None::<HeaderMap>,
        ([("x-c", "3")], ()),
        "body",
    )
        .into_response();
    assert_eq!(response.status(), 201);
    for (name, value) in [("content-type", "text/css"), ("x-a", "1"), ("x-b", "2"), ("x-c", "3")] {
        assert_eq!(response.headers()[name], value);
    }
    assert_eq!(response.headers().get_all(SET_COOKIE).iter().count(), 2);
    assert_eq!(response.headers().get_all("content-type").iter().count(), 1);
    assert_eq!(answer(("a",)).0, 200);
    assert_eq!(answer([("location", "/")]).0, 200);
}

#[test]
fn extensions_are_joined() {
    let mut extensions = Extensions::new();
    extensions.insert(7_u8);
    let response = (extensions, StatusCode::ACCEPTED).into_response();
    assert_eq!((response.status(), response.extensions().get()), (StatusCode::ACCEPTED, Some(&7_u8)));
}

#[test]
fn a_header_that_http_does_not_allow_is_a_500_and_no_panic() {
    let responses = [
        [("x-user", "a\r\nset-cookie: evil=1")].into_response(),
        (StatusCode::OK, [("not a name", "x")], "body").into_response(),
        (StatusCode::OK, ([("x", "\0")],), "body").into_response(),
    ];
    for response in responses {
        assert_eq!(response.status(), 500);
        let text = String::from_utf8(response.body().as_bytes().unwrap().to_vec()).unwrap();
        assert_eq!(text, r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#);
    }
}
