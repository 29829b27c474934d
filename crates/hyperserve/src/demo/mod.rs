//! The first page: what a server without an application serves. A page about the server itself, its live figures, and
//! two things to try.
//!
//! The application is one function from request to response with a match on the path, as a small program of one's own
//! would be. Everything it sends is embedded; the page asks no other host for anything.

mod assets;
mod echo;
mod figures;
mod latency;
mod limits_table;
mod reached;
mod upload;

use std::sync::Arc;
use std::time::Instant;

use http::{Method, StatusCode, header};
use hyperserve_core::{IntoResponse, Problem, Request, Response};
use hyperserve_server::{App, Handle, Limits, app_fn};

use self::assets::{Asset, Assets};

/// What the page needs to know of the server that serves it.
#[derive(Debug)]
struct Site {
    handle: Handle,
    limits: Vec<(&'static str, String)>,
    workers: usize,
    started: Instant,
    assets: Assets,
}

/// The first page of the server that `handle` belongs to.
pub(crate) fn app(handle: Handle, limits: &Limits, workers: usize) -> impl App {
    let entries = limits.entries();
    let site = Arc::new(Site {
        handle,
        assets: Assets::new(&entries),
        limits: entries.into_iter().map(|entry| (entry.name, entry.value)).collect(),
        workers,
        started: Instant::now(),
    });
    app_fn(move |request| {
        let site = Arc::clone(&site);
        async move { protect(site.answer(request).await) }
    })
}

/// What is at a path.
#[derive(Clone, Copy, Debug)]
enum Resource {
    Asset(Asset),
    Health,
    Figures,
    Echo,
    Upload,
}

impl Resource {
    fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/" => Self::Asset(Asset::Page),
            "/app.js" => Self::Asset(Asset::Script),
            "/style.css" => Self::Asset(Asset::Style),
            "/icon.svg" => Self::Asset(Asset::Icon),
            "/healthz" => Self::Health,
            "/api/figures" => Self::Figures,
            "/api/echo" => Self::Echo,
            "/api/upload" => Self::Upload,
            _ => return None,
        })
    }

    /// For `Allow` (RFC 9110 §10.2.1).
    const fn methods(self) -> &'static str {
        match self {
            Self::Asset(_) | Self::Health | Self::Figures => "GET, HEAD",
            Self::Echo | Self::Upload => "POST",
        }
    }

    fn allows(self, method: &Method) -> bool {
        self.methods().split(", ").any(|allowed| allowed == method)
    }
}

impl Site {
    async fn answer(&self, request: Request) -> Response {
        let Some(resource) = Resource::at(request.uri().path()) else { return nothing_here() };
        if !resource.allows(request.method()) {
            return wrong_method(resource);
        }
        match resource {
            Resource::Asset(asset) => self.assets.answer(asset),
            Resource::Health => self.health(),
            Resource::Figures => self.figures(request),
            Resource::Echo => echo::answer(request).await.into_response(),
            Resource::Upload => upload::answer(request).await.into_response(),
        }
    }

    /// Whether a load balancer should send requests here.
    fn health(&self) -> Response {
        if self.handle.is_ready() {
            return ([(header::CACHE_CONTROL, "no-store")], "ready\n").into_response();
        }
        let draining = Problem::new(StatusCode::SERVICE_UNAVAILABLE);
        draining.with_detail("The server is draining, or has not finished starting.").into_response()
    }
}

fn nothing_here() -> Response {
    let detail = "This is the server's first page; what it serves beside is /api/figures, /api/echo, /api/upload and /healthz.";
    Problem::new(StatusCode::NOT_FOUND).with_detail(detail).into_response()
}

fn wrong_method(resource: Resource) -> Response {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED).with_header("allow", resource.methods()).into_response()
}

/// The page loads its own files and nothing else, and no other site may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// A problem that a browser asked for is a page whose style is written into it; it holds no script.
const PROBLEM_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds the headers that every answer has.
fn protect(response: Response) -> Response {
    let is_problem = response.extensions().get::<Problem>().is_some();
    let policy = if is_problem { PROBLEM_POLICY } else { POLICY };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (headers, response).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyperserve_core::Body;
    use hyperserve_server::Server;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// None of the answers tested here waits for anything.
    fn now<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("the answer waits"),
        }
    }

    fn ask(method: &str, path: &str, content_type: &str, body: &'static str) -> Response {
        let server = Server::new().listen("127.0.0.1:0").with_workers(1).bind().unwrap();
        let request = Request::builder().method(method).uri(path).header("content-type", content_type);
        let mut app = app(server.handle(), &Limits::default(), 1);
        match now(tower_call(&mut app, request.body(Body::from(body)).unwrap())) {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    fn tower_call<A: App>(app: &mut A, request: Request) -> A::Future {
        app.call(request)
    }

    fn text(response: &Response) -> &str {
        std::str::from_utf8(response.body().as_bytes().unwrap()).unwrap()
    }

    #[test]
    fn every_file_of_the_page_is_there_with_its_type() {
        for (path, kind) in [
            ("/", "text/html; charset=utf-8"),
            ("/app.js", "text/javascript; charset=utf-8"),
            ("/style.css", "text/css; charset=utf-8"),
            ("/icon.svg", "image/svg+xml"),
        ] {
            let response = ask("GET", path, "", "");
            assert_eq!(
                (response.status().as_u16(), &response.headers()["content-type"]),
                (200, &kind.parse().unwrap())
            );
            assert_eq!(response.headers()["x-content-type-options"], "nosniff");
            assert!(
                response.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'")
            );
        }
    }

    #[test]
    fn what_is_not_there_and_what_is_not_allowed_are_problems() {
        let missing = ask("GET", "/nothing", "", "");
        assert_eq!(missing.status(), 404);
        assert!(missing.extensions().get::<Problem>().is_some());
        assert!(!missing.headers()["content-security-policy"].to_str().unwrap().contains("script-src"));
        let wrong = ask("GET", "/api/echo", "", "");
        assert_eq!((wrong.status().as_u16(), &wrong.headers()["allow"]), (405, &"POST".parse().unwrap()));
        assert_eq!(ask("POST", "/", "", "").headers()["allow"], "GET, HEAD");
    }

    #[test]
    fn a_server_that_does_not_run_is_not_ready() {
        assert_eq!(ask("GET", "/healthz", "", "").status(), 503);
    }

    #[test]
    fn json_is_echoed_and_other_things_are_told_apart() {
        let echoed =
            ask("POST", "/api/echo?a=b", "application/json; charset=utf-8", r#"{"deep":[1,{"x":null}]}"#);
        let answer: serde_json::Value = serde_json::from_str(text(&echoed)).unwrap();
        assert_eq!(answer["body"], serde_json::json!({"deep": [1, {"x": null}]}));
        assert_eq!((&answer["method"], &answer["target"]), (&"POST".into(), &"/api/echo?a=b".into()));
        assert_eq!(
            answer["headers"][0],
            serde_json::json!(["content-type", "application/json; charset=utf-8"])
        );
        assert_eq!(ask("POST", "/api/echo", "text/plain", "{}").status(), 415);
        let broken = ask("POST", "/api/echo", "application/json", r#"{"a":}"#);
        assert_eq!(broken.status(), 400);
        assert!(text(&broken).contains("line 1 column 6"), "{}", text(&broken));
    }

    #[test]
    fn an_upload_is_counted() {
        let answer: serde_json::Value = serde_json::from_str(text(&ask(
            "POST",
            "/api/upload",
            "application/octet-stream",
            "twelve bytes",
        )))
        .unwrap();
        assert_eq!((&answer["bytes"], &answer["blocks"]), (&12.into(), &1.into()));
    }

    #[test]
    fn figures_hold_what_the_page_shows() {
        let figures: serde_json::Value =
            serde_json::from_str(text(&ask("GET", "/api/figures", "", ""))).unwrap();
        assert_eq!(figures["limits"]["head_timeout"], "10s");
        assert_eq!(figures["connections"]["open"], 0);
        assert_eq!(figures["workers"], 1);
        assert_eq!(figures["reached"]["protocol"], "HTTP/1.1");
        assert_eq!(figures["reached"]["tls"], serde_json::Value::Null);
    }
}
