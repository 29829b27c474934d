//! What an application does before and without a server.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use hyperserve_core::{Body, Request, RequestContext, Response};
use hyperserve_router::{State, get, post};
use tower_service::Service;

use super::*;

/// None of the answers tested here waits for anything.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the answer waits"),
    }
}

fn ask(app: App, request: Request) -> Response {
    let Ok(response) = now(app.into_service().unwrap().call(request));
    response
}

fn request(accept: &str, body: &'static str) -> Request {
    Request::builder().uri("/").header("accept", accept).body(Body::from(body)).unwrap()
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(response.body().as_bytes().unwrap()).unwrap()
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

#[test]
fn a_handler_that_panics_is_a_500_in_the_format_that_is_asked_for() {
    let app = || App::new().route("/", get(panics));
    let json = ask(app(), request("*/*", ""));
    assert_eq!(
        (json.status().as_u16(), &json.headers()["content-type"]),
        (500, &"application/problem+json".parse().unwrap())
    );
    assert!(!text(&json).contains("on purpose"), "{}", text(&json));
    let html = ask(app(), request("text/html", ""));
    assert_eq!(html.headers()["content-type"], "text/html; charset=utf-8");
}

#[test]
fn limits_of_the_configuration_hold_in_process() {
    async fn length(body: String) -> String {
        body.len().to_string()
    }
    let app = || App::new().with_config(Config::new().with("body_limit", 4)).route("/", post(length));
    let post = |body| Request::post("/").body(Body::from(body)).unwrap();
    assert_eq!(text(&ask(app(), post("four"))), "4");
    assert_eq!(ask(app(), post("five!")).status(), 413);
}

#[test]
fn a_context_that_is_there_stays() {
    async fn limit(context: RequestContext) -> String {
        context.body_limit().to_string()
    }
    let mut given = request("*/*", "");
    let context = RequestContext::new(Arc::default()).with_body_limit(7);
    given.extensions_mut().insert(context);
    assert_eq!(text(&ask(App::new().route("/", get(limit)), given)), "7");
}

#[test]
fn state_is_shared() {
    async fn count(State(count): State<Arc<AtomicUsize>>) -> String {
        count.fetch_add(1, SeqCst).to_string()
    }
    let service =
        App::with_state(Arc::new(AtomicUsize::new(0))).route("/", get(count)).into_service().unwrap();
    for nth in ["0", "1"] {
        let Ok(response) = now(service.clone().call(request("*/*", "")));
        assert_eq!(text(&response), nth);
    }
}

#[test]
fn faults_are_told_apart() {
    let routes = App::new().route("/a", get(panics)).route("/a", get(panics)).into_service().unwrap_err();
    assert!(routes.is_routes() && !routes.is_config(), "{routes}");
    assert!(routes.to_string().contains("tests.rs:"), "the site is not the caller's: {routes}");
    let config = App::new().with_config(Config::new().with("listn", "x")).bind().unwrap_err();
    assert!(config.is_config() && config.config().is_some(), "{config}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let used = App::new().with_config(Config::new().with("listen", address)).bind().unwrap_err();
    assert!(used.is_address_in_use(), "{used}");
    let probes = Config::new().with("listen", "127.0.0.1:0").with("health_listen", address);
    let used = App::new().with_config(probes).bind().unwrap_err();
    assert!(used.is_address_in_use() && used.to_string().starts_with("health_listen: "), "{used}");
}

#[test]
fn who_asks_learns_of_the_server_before_it_serves() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let config = Config::new().with("listen", "127.0.0.1:0").with("workers", 2).with("max_head", "16KiB");
    let bound = App::new()
        .with_config(config)
        .on_start(move |startup| {
            let max_head = startup.config().get("max_head").unwrap().value;
            note.lock().unwrap().push((startup.addresses().to_vec(), startup.workers(), max_head));
        })
        .bind()
        .unwrap();
    assert_eq!(*seen.lock().unwrap(), [(bound.addresses().to_vec(), 2, "16KiB".to_owned())]);
    assert!(!bound.handle().is_ready());
}

#[test]
fn a_request_with_a_fault_before_the_first_poll_is_contained() {
    // The call itself panics, not the future that it returns.
    #[derive(Clone)]
    struct Bad;
    impl Service<Request> for Bad {
        type Response = Response;
        type Error = std::convert::Infallible;
        type Future = std::future::Ready<Result<Response, std::convert::Infallible>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _: Request) -> Self::Future {
            panic!("on purpose")
        }
    }
    let app = App::new().mount("/", Bad);
    assert_eq!(ask(app, request("*/*", "")).status(), 500);
}
