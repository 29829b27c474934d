//! Serving on a runtime and a listener of one's own, and running as `main` would.

use std::time::Duration;

use hyperserve::prelude::*;
use hyperserve::testing::TestClient;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

async fn who(client: ClientIp) -> String {
    client.ip().map_or_else(|| "nobody".to_owned(), |ip| ip.to_string())
}

fn app(config: Config) -> App {
    App::new().with_config(config).route("/", get(who)).route("/", post(async |body: String| body))
}

async fn asked(config: Config) -> String {
    let client = TestClient::serve(app(config)).await;
    client.get("/").header("x-forwarded-for", "203.0.113.9").send().await.text().await
}

#[tokio::test]
async fn trusted_proxies_and_limits_hold_on_a_listener_of_ones_own() {
    assert_eq!(asked(Config::new()).await, "127.0.0.1");
    assert_eq!(asked(Config::new().with_trusted_proxies("loopback")).await, "203.0.113.9");
    let client =
        TestClient::serve(app(Config::new().with("body_limit", 3).with_trusted_proxies("loopback"))).await;
    assert_eq!(client.post("/").body("four").send().await.status(), 413);
    assert_eq!(client.post("/").body("abc").send().await.text().await, "abc");
}

#[tokio::test]
async fn a_stop_of_ones_own_drains() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = app(Config::new()).serve(listener).until(async { drop(stopped.await) });
    let serving = tokio::spawn(serving.into_future());
    assert!(tokio::net::TcpStream::connect(address).await.is_ok());
    stop.send(()).unwrap();
    let report = tokio::time::timeout(Duration::from_secs(10), serving).await.unwrap().unwrap().unwrap();
    assert_eq!((report.cut, report.stuck), (0, 0));
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn faults_of_routes_are_told_when_it_is_awaited() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let twice = app(Config::new()).route("/", get(who));
    let error = twice.serve(listener).await.unwrap_err();
    assert!(error.is_routes(), "{error}");
}

#[test]
fn a_bound_app_runs_until_its_handle_stops_it() {
    let bound = app(Config::new().with("listen", "127.0.0.1:0").with("workers", 1)).bind().unwrap();
    let (handle, address) = (bound.handle(), bound.addresses()[0].tcp.unwrap());
    let thread = std::thread::spawn(move || bound.run());
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !handle.is_ready() && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(std::net::TcpStream::connect(address).is_ok());
    handle.stop();
    assert_eq!(thread.join().unwrap().unwrap().stuck, 0);
}
