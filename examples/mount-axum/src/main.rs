//! An axum application and a HyperServe one in each other. Try: `cargo run -p example-mount-axum`, then
//! `curl http://127.0.0.1:8080/`, `…/shop/items/7` (axum inside HyperServe) and `…/shop/inner/now` (HyperServe inside that).

use axum::extract::{OriginalUri, Path};
use hyperserve::prelude::{App, Router, get};

/// What is there already. Mounted, it sees paths without the prefix; axum's own nesting works inside.
fn shop() -> axum::Router {
    let inner = Router::new().route("/now", get(async || "HyperServe inside axum\n")).build();
    axum::Router::new()
        .route("/items/{id}", axum::routing::get(item))
        .nest_service("/inner", inner)
        .fallback(async || (axum::http::StatusCode::NOT_FOUND, "the shop has no such page\n"))
}

async fn item(Path(id): Path<u64>, OriginalUri(uri): OriginalUri) -> String {
    format!("item {id}, which axum was asked for as {uri}\n")
}

fn main() -> std::process::ExitCode {
    App::new().route("/", get(async || "HyperServe\n")).mount("/shop", shop()).run_cli()
}
