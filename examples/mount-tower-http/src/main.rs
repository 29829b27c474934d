//! Layers of tower-http. Try: `cargo run -p example-mount-tower-http`, then `curl --compressed -i http://127.0.0.1:8080/words`,
//! `curl -i http://127.0.0.1:8080/slow`, and `curl -i -H 'origin: https://example.com' http://127.0.0.1:8080/words`.

use hyperserve::prelude::*;
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

async fn words() -> String {
    "the same words again and again\n".repeat(1000)
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(60)).await;
    "nobody waits for this\n"
}

fn app() -> App {
    let shop = HeaderValue::from_static("https://example.com");
    let nosniff = HeaderValue::from_static("nosniff");
    let timeout = TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(1));
    App::new()
        .route("/words", get(words).layer(CompressionLayer::new()))
        .route("/slow", get(slow).layer(timeout))
        .layer(CorsLayer::new().allow_origin(shop).allow_methods([Method::GET]))
        .layer(SetResponseHeaderLayer::if_not_present(header::X_CONTENT_TYPE_OPTIONS, nosniff))
        .layer(TraceLayer::new_for_http())
}

fn main() -> std::process::ExitCode {
    app().run_cli()
}
