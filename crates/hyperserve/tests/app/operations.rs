//! What operators see of an application: its checks, its metrics, and a start that takes its time.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use hyperserve::middleware::health::{Health, HealthCheck};
use hyperserve::middleware::metrics::HttpMetrics;
use hyperserve::prelude::*;
use hyperserve::server::Report;
use hyperserve::testing::TestClient;
use hyperserve::{StartFailure, core::BoxError};
use tokio::sync::oneshot;

/// An app that runs on a thread, with a listener for probes and metrics.
struct Running {
    app: SocketAddr,
    aside: SocketAddr,
    handle: hyperserve::server::Handle,
    thread: JoinHandle<Result<Report, AppError>>,
}

/// One listener would answer both, were it the same address; here each has a port that the system picks.
fn config() -> Config {
    let config = Config::new().with("listen", "127.0.0.1:0").with("workers", 1);
    config.with("health_listen", "127.0.0.1:0").with("metrics", "127.0.0.1:0")
}

fn run(app: App) -> Running {
    let bound = app.with_config(config()).route("/", get(async || "hello")).bind().unwrap();
    let aside = bound.health_urls()[0].strip_prefix("http://").unwrap().parse().unwrap();
    let (app, handle) = (bound.addresses()[0].tcp.unwrap(), bound.handle());
    Running { app, aside, handle, thread: spawn(move || bound.run()) }
}

fn ask(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    (text[9..12].parse().unwrap(), text)
}

/// Asks until there is this status, for ten seconds.
fn comes(address: SocketAddr, path: &str, status: u16) -> String {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let (seen, text) = ask(address, path);
        if seen == status {
            return text;
        }
        assert!(Instant::now() < deadline, "{path} stays {text}");
        sleep(Duration::from_millis(5));
    }
}

impl Running {
    fn stop(self) -> Result<Report, AppError> {
        self.handle.stop();
        self.thread.join().unwrap()
    }
}

#[test]
fn checks_of_ones_own_decide_about_readiness() {
    let failing = HealthCheck::new("database", async || Err::<(), BoxError>("gone".into()));
    let app = run(App::new().with_health(Health::builder().with_check(failing).with_figure("shelves", || 7)));
    let text = comes(app.aside, "/readyz", 503);
    assert!(text.contains("database") && !text.contains("gone"), "{text}");
    assert_eq!((ask(app.aside, "/livez").0, ask(app.app, "/").0), (200, 200));
    assert!(app.stop().is_ok());
}

#[test]
fn checks_that_cannot_be_are_told_when_it_is_bound() {
    let check = || HealthCheck::new("a", async || Ok::<_, BoxError>(()));
    let health = Health::builder().with_check(check()).with_check(check());
    let error = App::new().with_config(config()).with_health(health).bind().unwrap_err();
    assert!(error.to_string().contains("two checks called `a`"), "{error}");
}

#[test]
fn metrics_of_ones_own_count_without_a_listener() {
    let metrics = HttpMetrics::builder().with_label("service", "shop").build().unwrap();
    let app = run(App::new().with_metrics(&metrics));
    comes(app.app, "/", 200);
    assert!(app.stop().is_ok());
    let snapshot = metrics.snapshot();
    assert_eq!((snapshot.series.len(), snapshot.series[0].route.as_str()), (1, "/"));
}

#[test]
fn until_a_start_is_over_requests_are_refused_and_probes_say_so() {
    let (over, waits) = oneshot::channel::<()>();
    let app = run(App::new().with_start(async move { Ok(waits.await?) }));
    let refused = comes(app.app, "/", 503);
    assert!(refused.contains("retry-after: 5"), "{refused}");
    assert_eq!((ask(app.aside, "/readyz").0, ask(app.aside, "/livez").0), (503, 200));
    over.send(()).unwrap();
    comes(app.app, "/", 200);
    comes(app.aside, "/readyz", 200);
    assert!(app.stop().is_ok());
}

#[test]
fn what_a_start_spawns_goes_on() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let app = run(App::new().with_start(async move {
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                if sender.send(()).is_err() {
                    break;
                }
            }
        });
        Ok(())
    }));
    comes(app.app, "/", 200);
    receiver.try_iter().for_each(drop);
    assert!(receiver.recv_timeout(Duration::from_secs(10)).is_ok());
    assert!(app.stop().is_ok());
}

#[test]
fn a_start_that_fails_ends_the_server_with_its_error() {
    let app = run(App::new().with_start(async { Err("no database".into()) }));
    let error = app.thread.join().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the start failed: no database");
    let app = run(App::new().with_start(async { if true { panic!("as it should") } else { Ok(()) } }));
    assert_eq!(app.thread.join().unwrap().unwrap_err().to_string(), "the start failed: it panicked");
}

#[test]
fn a_server_whose_start_failed_can_stay_to_be_looked_at() {
    let start = async { Err("no database".into()) };
    let app = run(App::new().with_start(start).with_start_failure(StartFailure::Stay));
    let text = comes(app.aside, "/readyz", 503);
    assert_eq!((ask(app.app, "/").0, ask(app.aside, "/livez").0), (503, 200), "{text}");
    assert!(app.stop().is_ok());
}

#[test]
fn a_drain_does_not_wait_for_a_start() {
    let app = run(App::new().with_start(std::future::pending()));
    comes(app.app, "/", 503);
    let begun = Instant::now();
    assert!(app.stop().is_ok());
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn on_a_runtime_of_ones_own_the_start_runs_there() {
    let (over, waits) = oneshot::channel::<()>();
    let app = App::new().with_start(async move { Ok(waits.await?) }).route("/", get(async || "hello"));
    let client = TestClient::serve(app).await;
    assert_eq!(client.get("/").send().await.status(), 503);
    over.send(()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while client.get("/").send().await.status() != 200 {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn there_too_a_start_that_fails_ends_it() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = App::new().with_config(Config::new()).with_start(async { Err("no database".into()) });
    let error = app.serve(listener).await.unwrap_err();
    assert_eq!(error.to_string(), "the start failed: no database");
}

/// Says that it is dropped.
struct Dropped(Option<oneshot::Sender<()>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.take().map(|sender| sender.send(()));
    }
}

#[tokio::test]
async fn a_start_ends_with_its_server_there() {
    let (sender, dropped) = oneshot::channel();
    let guard = Dropped(Some(sender));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = App::new().with_config(Config::new()).with_start(async move {
        std::future::pending::<()>().await;
        drop(guard);
        Ok(())
    });
    app.serve(listener).until(tokio::time::sleep(Duration::from_millis(50))).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(10), dropped).await.unwrap().is_ok());
}
