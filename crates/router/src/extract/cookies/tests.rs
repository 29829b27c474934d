//! The three jars: what is read, what is sent, what is not believed.

use std::convert::Infallible;

use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use hyperserve_core::{FromRequestParts, IntoResponse, Response};

use super::{Cookie, CookieJar, Key, PrivateCookieJar, SameSite, SignedCookieJar, secure_cookie};

async fn taken<T, S>(lines: &[&[u8]], state: &S) -> T
where
    T: FromRequestParts<S, Rejection = Infallible>,
{
    let (mut parts, ()) = Request::new(()).into_parts();
    for line in lines {
        parts.headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
    }
    let Ok(value) = T::from_request_parts(&mut parts, state).await;
    value
}

async fn jar(line: &str) -> CookieJar {
    taken(&[line.as_bytes()], &()).await
}

fn lines(headers: &HeaderMap) -> Vec<&str> {
    headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect()
}

/// What a client that got the response sends next: the pairs of its `Set-Cookie` lines.
fn sent_back(response: &Response) -> String {
    let pairs: Vec<_> = lines(response.headers()).iter().filter_map(|line| line.split(';').next()).collect();
    pairs.join("; ")
}

#[tokio::test]
async fn malformed_pairs_are_passed_over() {
    let line = b"a=1; bad; =x; ; c=%ff; d=\xff; \xff=e; f = 2 ;g=;h=\"q\"; i=x=y";
    let jar: CookieJar = taken(&[line, b"j=3"], &()).await;
    let value = |name| jar.get(name).map(Cookie::value);
    assert_eq!((value("a"), value("f"), value("g"), value("j")), (Some("1"), Some("2"), Some(""), Some("3")));
    assert_eq!((value("h"), value("i")), (Some("\"q\""), Some("x=y")));
    assert_eq!((value("bad"), value(""), value("c"), value("d")), (None, None, None, None));
    assert_eq!(jar.iter().count(), 6);
}

#[tokio::test]
async fn of_two_cookies_of_one_name_the_first_counts() {
    let jar: CookieJar = taken(&[b"a=1; a=2", b"a=3"], &()).await;
    assert_eq!(jar.get("a").unwrap().value(), "1");
}

/// The name `__Host-` promises what a browser saw to; no other spelling may.
#[tokio::test]
async fn names_are_not_decoded() {
    let jar = jar("__%48ost-sid=evil; %5F%5FHost-sid=evil").await;
    assert!(jar.get("__Host-sid").is_none());
    assert!(jar.get("__%48ost-sid").is_some());
}

#[tokio::test]
async fn only_changes_are_sent_each_on_a_line_of_its_own() {
    let jar = jar("kept=1; changed=2; removed=3").await;
    assert_eq!(lines(jar.clone().into_response().headers()), [""; 0]);
    let jar = jar.add(("changed", "4")).add(("b", "5")).add(("a", "6")).remove("removed").remove("absent");
    assert_eq!(jar.get("changed").unwrap().value(), "4");
    assert!(jar.get("removed").is_none());
    let answer = (StatusCode::CREATED, jar, [("x-other", "1")], "body").into_response();
    assert_eq!(answer.status(), 201);
    let sent = lines(answer.headers());
    assert_eq!(sent[..3], ["a=6", "b=5", "changed=4"]);
    assert!(sent[3].starts_with("removed=; Max-Age=0; Expires="), "{}", sent[3]);
}

#[tokio::test]
async fn lines_that_the_response_has_already_are_kept() {
    let first = CookieJar::new().add(("a", "1"));
    let second = SignedCookieJar::<Key>::new(Key::generate()).add(("b", "2"));
    let response = (first, second, "body").into_response();
    assert_eq!(lines(response.headers()).len(), 2);
}

#[tokio::test]
async fn any_value_comes_back_as_it_was() {
    for value in ["", "a b", "a;b,c", "\"q\"", "100%", "%41", "é 你", "a\r\nb\0", "a=b", "+"] {
        let response = CookieJar::new().add(("v", value)).into_response();
        assert_eq!(response.status(), 200);
        let back = jar(&sent_back(&response)).await;
        assert_eq!(back.get("v").unwrap().value(), value);
    }
}

#[test]
fn no_text_of_a_cookie_adds_an_attribute_or_a_line() {
    let response = CookieJar::new().add(("a;b", "c; Domain=evil\r\nx: y")).into_response();
    assert_eq!(lines(response.headers()), ["a%3Bb=c%3B%20Domain%3Devil%0D%0Ax%3A%20y"]);
    for cookie in [
        Cookie::build(("a", "b")).path("/; Domain=evil"),
        Cookie::build(("a", "b")).domain("x; Secure"),
        Cookie::build(("a", "b")).path("/\r\nx: y"),
    ] {
        let response = (CookieJar::new().add(cookie), "body").into_response();
        assert_eq!(response.status(), 500);
        assert_eq!(lines(response.headers()), [""; 0]);
    }
}

#[tokio::test]
async fn a_secure_cookie_is_removed_with_the_attributes_it_was_set_with() {
    let cookie = secure_cookie("__Host-sid", "7").build();
    assert_eq!((cookie.http_only(), cookie.secure()), (Some(true), Some(true)));
    assert_eq!((cookie.same_site(), cookie.path(), cookie.domain()), (Some(SameSite::Lax), Some("/"), None));
    let response = jar("__Host-sid=7").await.remove(secure_cookie("__Host-sid", "")).into_response();
    let line = lines(response.headers())[0];
    assert!(line.starts_with("__Host-sid=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0;"), "{line}");
}

#[derive(Clone)]
struct Other(Key);

impl From<Other> for Key {
    fn from(other: Other) -> Self {
        other.0
    }
}

#[tokio::test]
async fn signed_cookies_are_readable_and_cannot_be_changed() {
    let key = Key::generate();
    let empty: SignedCookieJar = taken(&[], &key).await;
    let jar = empty.add(("user", "é;7")).add(("role", "admin"));
    assert_eq!(jar.get("user").unwrap().value(), "é;7");
    assert_eq!(jar.iter().count(), 2);
    let sent = sent_back(&jar.into_response());
    assert!(sent.contains("admin"));

    let back: SignedCookieJar = taken(&[sent.as_bytes()], &key).await;
    assert_eq!(back.get("user").unwrap().value(), "é;7");
    assert_eq!(lines(back.clone().into_response().headers()), [""; 0]);
    let changed: SignedCookieJar = taken(&[sent.replace("admin", "owner").as_bytes()], &key).await;
    assert!(changed.get("role").is_none() && changed.get("user").is_some());
    assert_eq!(changed.iter().count(), 1);
    let foreign: SignedCookieJar<Other> = taken(&[sent.as_bytes()], &Other(Key::generate())).await;
    assert_eq!(foreign.iter().count(), 0);
    let plain: SignedCookieJar = taken(&[b"user=7"], &key).await;
    assert!(plain.get("user").is_none());
}

#[tokio::test]
async fn a_signature_does_not_hold_under_another_name() {
    let key = Key::generate();
    let sent = sent_back(&SignedCookieJar::<Key>::new(key.clone()).add(("role", "admin")).into_response());
    let moved = sent.replacen("role=", "user=", 1);
    let jar: SignedCookieJar = taken(&[moved.as_bytes()], &key).await;
    assert!(jar.get("user").is_none());
}

#[tokio::test]
async fn private_cookies_are_neither_readable_nor_changed_nor_moved() {
    let key = Key::generate();
    let sent = sent_back(&PrivateCookieJar::<Key>::new(key.clone()).add(("a", "hidden é")).into_response());
    assert!(!sent.contains("hidden"));
    let back: PrivateCookieJar = taken(&[sent.as_bytes()], &key).await;
    assert_eq!(back.get("a").unwrap().value(), "hidden é");
    assert_eq!(back.iter().count(), 1);
    let moved: PrivateCookieJar = taken(&[sent.replacen("a=", "b=", 1).as_bytes()], &key).await;
    assert_eq!(moved.iter().count(), 0);
    let foreign: PrivateCookieJar<Other> = taken(&[sent.as_bytes()], &Other(Key::generate())).await;
    assert!(foreign.get("a").is_none());
    let removed = back.remove("a").into_response();
    assert!(lines(removed.headers())[0].starts_with("a=; Max-Age=0;"));
}

#[test]
fn keys_are_not_shown() {
    let key = Key::from(&[b'k'; 64]);
    let shown = format!("{:?}", SignedCookieJar::<Key>::new(key.clone()).add(("a", "b")));
    assert_eq!(shown, "SignedCookieJar { .. }");
    assert_eq!(format!("{:?}", PrivateCookieJar::<Key>::new(key)), "PrivateCookieJar { .. }");
}
