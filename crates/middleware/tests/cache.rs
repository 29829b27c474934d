//! The cache over real sockets: what clients see, how often the service is asked, and what happens when somebody leaves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_core::Stream;
use http::{HeaderValue, Method, StatusCode};
use hyperserve_core::{Body, IntoResponse as _, Problem, Request, Response};
use hyperserve_middleware::cache::{CacheConfig, CacheLayer, ResponseCache};
use hyperserve_server::{Limits, app_fn, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tower_layer::Layer as _;

/// How often the service was asked.
type Asked = Arc<AtomicUsize>;

/// Pieces at intervals, then an end or a fault.
struct Pieces {
    left: usize,
    fails: bool,
    sleep: std::pin::Pin<Box<tokio::time::Sleep>>,
}

fn pieces(left: usize, fails: bool) -> Body {
    Body::from_stream(Pieces { left, fails, sleep: Box::pin(sleep(Duration::ZERO)) })
}

impl Stream for Pieces {
    type Item = Result<&'static str, io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::ready!(self.sleep.as_mut().poll(cx));
        std::task::Poll::Ready(if self.left == 0 {
            self.fails.then(|| Err(io::Error::other("broken")))
        } else {
            self.left -= 1;
            self.sleep = Box::pin(sleep(Duration::from_millis(20)));
            Some(Ok("piece"))
        })
    }
}

/// Answers as the path says; `control` in the query is its `Cache-Control`, with `+` for a comma.
async fn answer(request: Request, number: usize) -> Response {
    let query = request.uri().query().unwrap_or_default().replace('+', ", ");
    let mut response = match request.uri().path() {
        "/slow" => {
            sleep(Duration::from_millis(100)).await;
            format!("answer {number}").into_response()
        }
        "/stream" => Response::new(pieces(5, false)),
        "/broken" => Response::new(pieces(2, true)),
        "/first-fails" if number == 0 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "/then-fails" if number > 0 => Problem::new(StatusCode::SERVICE_UNAVAILABLE).into_response(),
        "/problem" => {
            return Problem::new(StatusCode::GONE).with_header("cache-control", "max-age=60").into_response();
        }
        "/language" => {
            let language = request.headers().get("accept-language").cloned();
            language.map_or_else(Vec::new, |language| language.as_bytes().to_vec()).into_response()
        }
        "/tagged" if request.headers().get("if-none-match").is_some_and(|tag| tag == "\"1\"") => {
            StatusCode::NOT_MODIFIED.into_response()
        }
        _ => format!("answer {number}").into_response(),
    };
    let headers = response.headers_mut();
    if let Ok(control) = HeaderValue::try_from(query)
        && !headers.contains_key("cache-control")
    {
        headers.insert("cache-control", control);
    }
    match request.uri().path() {
        "/language" => drop(headers.insert("vary", HeaderValue::from_static("accept-language"))),
        "/tagged" => drop(headers.insert("etag", HeaderValue::from_static("\"1\""))),
        "/cookie" => drop(headers.insert("set-cookie", HeaderValue::from_static("a=1"))),
        _ => {}
    }
    response
}

/// Serves for the time of `client`; says how often the service was asked.
fn served<F: Future>(config: CacheConfig, client: impl FnOnce(SocketAddr, ResponseCache) -> F) -> usize {
    let cache = ResponseCache::try_new(config).unwrap();
    let asked = Asked::default();
    let count = Arc::clone(&asked);
    let app = app_fn(move |request| answer(request, count.fetch_add(1, Ordering::SeqCst)));
    let app = CacheLayer::new(cache.clone()).layer(app);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = serve(listener, app, Limits::default(), async { drop(stopped.await) });
        let client = async {
            client(address, cache).await;
            drop(stop);
        };
        timeout(Duration::from_secs(20), async { tokio::join!(client, server) }).await.unwrap();
    });
    asked.load(Ordering::SeqCst)
}

fn usual<F: Future>(client: impl FnOnce(SocketAddr, ResponseCache) -> F) -> usize {
    served(CacheConfig::new(), client)
}

/// Asks on a connection of its own, and reads to its end.
async fn ask(address: SocketAddr, request: &str) -> String {
    let (line, fields) = request.split_once('\n').unwrap_or((request, ""));
    let mut head = format!("{line} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n");
    fields.lines().for_each(|field| head.push_str(&format!("{field}\r\n")));
    head.push_str("\r\n");
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    drop(client.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0)
}

fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    head.lines()
        .find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)))?
        .1
        .into()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn label(answer: &str) -> &str {
    field(answer, "cache-status").unwrap_or("none")
}

#[test]
fn a_fresh_response_answers_again() {
    let asked = usual(async |address, _| {
        let first = ask(address, "GET /?max-age=60").await;
        assert_eq!((label(&first), field(&first, "age")), ("hyperserve; fwd=uri-miss; stored", None));
        let second = ask(address, "GET /?max-age=60").await;
        assert_eq!((body(&second), field(&second, "age")), ("answer 0", Some("0")));
        assert_eq!(label(&second), "hyperserve; hit; ttl=60");
        assert_eq!(field(&second, "date"), field(&first, "date").or(field(&second, "date")));
        let head = ask(address, "HEAD /?max-age=60").await;
        assert_eq!((field(&head, "content-length"), body(&head)), (Some("8"), ""));
        for other in ["GET /?max-age=60+public", "GET /x?max-age=60", "GET /?max-age=60\nx-a: b"] {
            ask(address, other).await;
        }
    });
    assert_eq!(asked, 3, "path and query count, other fields do not");
}

#[test]
fn a_host_has_its_own_answers() {
    let asked = usual(async |address, _| {
        for host in ["a.example", "A.EXAMPLE:80", "b.example", "a.example:81"] {
            let mut client = TcpStream::connect(address).await.unwrap();
            let head = format!("GET /?max-age=60 HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
            client.write_all(head.as_bytes()).await.unwrap();
            client.read_to_end(&mut Vec::new()).await.unwrap();
        }
    });
    assert_eq!(asked, 3);
}

#[test]
fn what_may_not_be_stored_is_not() {
    let requests = [
        "GET /",
        "GET /?no-store+max-age=60",
        "GET /?private+max-age=60",
        "GET /cookie?public+max-age=60",
        "GET /?public+max-age=60\nauthorization: Basic YTpi",
        "GET /?max-age=60\ncookie: session=1",
        "GET /?max-age=60\nrange: bytes=0-1",
        "GET /?max-age=60\ncache-control: no-store",
        "GET /?max-age=60\ncontent-length: 0\nif-match: *",
    ];
    for request in requests {
        let asked = usual(async |address, _| {
            ask(address, request).await;
            let second = ask(address, request).await;
            assert!(
                label(&second).contains("fwd=") && !label(&second).contains("stored"),
                "{request} {second}"
            );
        });
        assert_eq!(asked, 2, "{request}");
    }
}

#[test]
fn content_is_no_part_of_the_key() {
    let asked = usual(async |address, _| {
        for _ in 0..2 {
            let mut client = TcpStream::connect(address).await.unwrap();
            let request = "GET /?max-age=60 HTTP/1.1\r\nhost: a.example\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc";
            client.write_all(request.as_bytes()).await.unwrap();
            client.read_to_end(&mut Vec::new()).await.unwrap();
        }
        ask(address, "GET /?max-age=60").await;
    });
    assert_eq!(asked, 3);
}

#[test]
fn vary_tells_answers_apart() {
    let asked = usual(async |address, _| {
        for (language, why) in
            [("de", "uri-miss; stored"), ("en", "vary-miss; stored"), ("de", ""), ("en", "")]
        {
            let answer =
                ask(address, &format!("GET /language?max-age=60\naccept-language: {language}")).await;
            assert_eq!(body(&answer), language);
            let expected = if why.is_empty() { "hit; ttl=60".into() } else { format!("fwd={why}") };
            assert_eq!(label(&answer), format!("hyperserve; {expected}"));
        }
    });
    assert_eq!(asked, 2);
}

#[test]
fn a_client_that_has_it_gets_304() {
    let asked = usual(async |address, _| {
        ask(address, "GET /tagged?max-age=60").await;
        let answer = ask(address, "GET /tagged?max-age=60\nif-none-match: \"0\", W/\"1\"").await;
        assert_eq!((status(&answer), field(&answer, "etag"), body(&answer)), (304, Some("\"1\""), ""));
        let answer = ask(address, "GET /tagged?max-age=60\nif-none-match: \"2\"").await;
        assert_eq!((status(&answer), body(&answer)), (200, "answer 0"));
    });
    assert_eq!(asked, 1);
}

#[test]
fn a_stale_response_is_validated() {
    let asked = usual(async |address, _| {
        ask(address, "GET /tagged?no-cache").await;
        let answer = ask(address, "GET /tagged?no-cache").await;
        assert_eq!((status(&answer), body(&answer)), (200, "answer 0"));
        assert_eq!(label(&answer), "hyperserve; fwd=stale; fwd-status=304; stored");
        let answer = ask(address, "GET /tagged?no-cache\nif-none-match: \"1\"").await;
        assert_eq!(status(&answer), 304);
        let answer = ask(address, "GET /tagged?no-cache\nif-none-match: \"other\"").await;
        assert_eq!(
            (status(&answer), body(&answer)),
            (200, "answer 0"),
            "the condition of the client is not lost"
        );
    });
    assert_eq!(asked, 4);
}

#[test]
fn requests_may_want_something_else() {
    let asked = usual(async |address, _| {
        let answer = ask(address, "GET /?max-age=60\ncache-control: only-if-cached").await;
        assert_eq!((status(&answer), label(&answer)), (504, "hyperserve; detail=only-if-cached"));
        ask(address, "GET /?max-age=60").await;
        assert_eq!(status(&ask(address, "GET /?max-age=60\ncache-control: only-if-cached").await), 200);
        let answer = ask(address, "GET /?max-age=60\ncache-control: no-cache").await;
        assert_eq!((body(&answer), label(&answer)), ("answer 1", "hyperserve; fwd=request; stored"));
        assert_eq!(body(&ask(address, "GET /?max-age=60").await), "answer 1");
        assert_eq!(body(&ask(address, "GET /?max-age=60\ncache-control: min-fresh=61").await), "answer 2");
    });
    assert_eq!(asked, 3);
    let deaf = CacheConfig::new().with_request_directives(false);
    let asked = served(deaf, async |address, _| {
        for control in ["no-cache", "no-store", "max-age=0"] {
            ask(address, &format!("GET /?max-age=60\ncache-control: {control}")).await;
        }
    });
    assert_eq!(asked, 1);
}

#[test]
fn one_request_fetches_for_all() {
    let asked = usual(async |address, _| {
        let ask = |_| tokio::spawn(async move { ask(address, "GET /slow?max-age=60").await });
        let all: Vec<_> = (0..50).map(ask).collect();
        let mut collapsed = 0;
        for answer in all {
            let answer = answer.await.unwrap();
            assert_eq!(body(&answer), "answer 0");
            collapsed += usize::from(label(&answer) == "hyperserve; fwd=uri-miss; collapsed");
        }
        assert!(collapsed >= 40, "{collapsed}");
    });
    assert_eq!(asked, 1);
}

#[test]
fn a_leader_that_leaves_is_followed_by_another() {
    let asked = usual(async |address, _| {
        let leader = tokio::spawn(async move { ask(address, "GET /slow?max-age=60").await });
        sleep(Duration::from_millis(30)).await;
        let others: Vec<_> =
            (0..5).map(|_| tokio::spawn(async move { ask(address, "GET /slow?max-age=60").await })).collect();
        sleep(Duration::from_millis(30)).await;
        leader.abort();
        for other in others {
            assert_eq!(body(&other.await.unwrap()), "answer 1");
        }
    });
    assert_eq!(asked, 2);
}

#[test]
fn nobody_waits_for_what_is_not_stored() {
    let asked = usual(async |address, _| {
        let started = tokio::time::Instant::now();
        let all: Vec<_> =
            (0..10).map(|_| tokio::spawn(async move { ask(address, "GET /slow?no-store").await })).collect();
        for answer in all {
            assert_eq!(status(&answer.await.unwrap()), 200);
        }
        assert!(started.elapsed() < Duration::from_millis(600), "one after the other would be a second");
    });
    assert_eq!(asked, 10);
}

#[test]
fn a_wait_is_bounded() {
    let config = CacheConfig::new().with_wait(Duration::from_millis(30));
    let asked = served(config, async |address, _| {
        let leader = tokio::spawn(async move { ask(address, "GET /slow?max-age=60").await });
        sleep(Duration::from_millis(10)).await;
        let answer = ask(address, "GET /slow?max-age=60").await;
        assert_eq!(body(&answer), "answer 1");
        leader.await.unwrap();
    });
    assert_eq!(asked, 2);
}

#[test]
fn a_stream_is_passed_on_and_stored_when_it_is_whole() {
    let asked = usual(async |address, _| {
        let first = ask(address, "GET /stream?max-age=60").await;
        assert_eq!(field(&first, "transfer-encoding"), Some("chunked"));
        let second = ask(address, "GET /stream?max-age=60").await;
        assert_eq!(
            (body(&second), field(&second, "content-length")),
            ("piecepiecepiecepiecepiece", Some("25"))
        );
    });
    assert_eq!(asked, 1);
}

#[test]
fn what_broke_off_is_not_stored() {
    let asked = usual(async |address, _| {
        ask(address, "GET /broken?max-age=60").await;
        ask(address, "GET /broken?max-age=60").await;
        drop(timeout(Duration::from_millis(30), ask(address, "GET /stream?max-age=60")).await);
        sleep(Duration::from_millis(150)).await;
        ask(address, "GET /stream?max-age=60").await;
    });
    assert_eq!(asked, 4);
}

#[test]
fn what_is_too_long_is_passed_on() {
    let config = CacheConfig::new().with_entry_limit(10);
    let asked = served(config, async |address, _| {
        for _ in 0..2 {
            let answer = ask(address, "GET /stream?max-age=60").await;
            assert_eq!(answer.matches("piece").count(), 5);
        }
        ask(address, "GET /?max-age=60").await;
        ask(address, "GET /?max-age=60").await;
    });
    assert_eq!(asked, 3);
}

#[test]
fn a_stale_response_answers_while_it_is_fetched() {
    let asked = usual(async |address, _| {
        let request = "GET /slow?max-age=0+stale-while-revalidate=60";
        ask(address, request).await;
        let started = tokio::time::Instant::now();
        let answer = ask(address, request).await;
        assert_eq!((body(&answer), label(&answer)), ("answer 0", "hyperserve; hit; ttl=0"));
        assert!(started.elapsed() < Duration::from_millis(80), "it did not wait for the service");
        ask(address, request).await;
        sleep(Duration::from_millis(200)).await;
        assert_eq!(body(&ask(address, request).await), "answer 1");
        sleep(Duration::from_millis(200)).await;
    });
    assert_eq!(asked, 3, "one fetch at a time");
}

#[test]
fn a_stale_response_stands_in_for_a_failure() {
    let asked = usual(async |address, _| {
        let request = "GET /then-fails?max-age=0+stale-if-error=60";
        ask(address, request).await;
        let answer = ask(address, request).await;
        assert_eq!((status(&answer), body(&answer)), (200, "answer 0"));
        assert_eq!(label(&answer), "hyperserve; fwd=stale; detail=stale-if-error");
        let answer =
            ask(address, "GET /then-fails?max-age=0+stale-if-error=60\ncache-control: no-cache").await;
        assert_eq!(status(&answer), 503);
    });
    assert_eq!(asked, 3);
}

#[test]
fn unsafe_methods_invalidate() {
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let asked = usual(async |address, _| {
            ask(address, "GET /?max-age=60").await;
            ask(address, &format!("{method} /?max-age=60\ncontent-length: 0")).await;
            assert_eq!(body(&ask(address, "GET /?max-age=60").await), "answer 2");
        });
        assert_eq!(asked, 3, "{method}");
    }
    let asked = usual(async |address, _| {
        ask(address, "GET /?max-age=60").await;
        ask(address, "OPTIONS /?max-age=60").await;
        ask(address, "POST /other?max-age=60\ncontent-length: 0").await;
        assert_eq!(body(&ask(address, "GET /?max-age=60").await), "answer 0");
    });
    assert_eq!(asked, 3);
}

#[test]
fn the_owner_purges() {
    let asked = usual(async |address, cache| {
        for path in ["/", "/a", "/a?b"] {
            ask(address, &format!("GET {path}{}max-age=60", if path.contains('?') { "+" } else { "?" }))
                .await;
        }
        assert!(cache.bytes() > 24);
        assert_eq!(cache.purge(&"http://a.example/?max-age=60".parse().unwrap()), 1);
        assert_eq!(cache.purge_where(|key| key.path() == "/a"), 2);
        cache.clear();
        assert_eq!(cache.bytes(), 0);
        ask(address, "GET /?max-age=60").await;
    });
    assert_eq!(asked, 4);
}

#[test]
fn what_is_under_way_is_not_stored_after_a_purge() {
    let asked = usual(async |address, cache| {
        let first = tokio::spawn(async move { ask(address, "GET /slow?max-age=60").await });
        sleep(Duration::from_millis(30)).await;
        cache.purge_where(|_| true);
        first.await.unwrap();
        assert_eq!(body(&ask(address, "GET /slow?max-age=60").await), "answer 1");
    });
    assert_eq!(asked, 2);
}

#[test]
fn a_problem_is_rendered_for_each_client() {
    usual(async |address, _| {
        let json = ask(address, "GET /problem").await;
        assert_eq!(field(&json, "content-type"), Some("application/problem+json"));
        let text = ask(address, "GET /problem\naccept: text/plain").await;
        assert!(field(&text, "content-type").unwrap().starts_with("text/plain"), "{text}");
        assert!(label(&text).contains("hit"), "{text}");
    });
}

#[test]
fn excluded_paths_and_upgrades_are_left_alone() {
    let config = CacheConfig::new().with_excluded("/api".parse().unwrap()).with_name(String::from("edge"));
    let asked = served(config, async |address, _| {
        for _ in 0..2 {
            assert_eq!(label(&ask(address, "GET /api/x?max-age=60").await), "none");
        }
        assert_eq!(label(&ask(address, "GET /?max-age=60").await), "edge; fwd=uri-miss; stored");
    });
    assert_eq!(asked, 3);
}
