//! The app on a port of loopback, for what only a connection shows.

use example_testing::app;
use hyperserve::testing::TestClient;

#[tokio::test]
async fn the_client_is_who_connected() {
    let client = TestClient::serve(app()).await;
    assert_eq!(client.get("/whoami").send().await.text().await, "127.0.0.1");
}

/// Of a body that is known to be too long nothing is read: the answer is there before it was sent.
#[tokio::test]
async fn a_large_body_is_refused() {
    let client = TestClient::serve(app()).await;
    let sum =
        client.post("/add").header("content-type", "application/json").body("0".repeat(3 * 1024 * 1024));
    assert_eq!(sum.send().await.status(), 413);
}
