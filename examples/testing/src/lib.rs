//! An app to be tested; how is in `tests/`. Try: `cargo test -p example-testing`.
//!
//! The routes are in a library, so that tests can make the app; `main.rs` does nothing but run it.

use hyperserve::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Sum {
    a: i64,
    b: i64,
}

#[derive(Serialize)]
struct Total {
    total: i64,
}

async fn add(Json(Sum { a, b }): Json<Sum>) -> Result<Json<Total>, Problem> {
    let too_large = || Problem::new(StatusCode::UNPROCESSABLE_ENTITY).with_detail("The sum is too large.");
    a.checked_add(b).map(|total| Json(Total { total })).ok_or_else(too_large)
}

async fn whoami(client: ClientIp) -> String {
    client.ip().map_or_else(|| "nobody".to_owned(), |ip| ip.to_string())
}

/// The whole application.
pub fn app() -> App {
    App::new().route("/add", post(add)).route("/whoami", get(whoami))
}
