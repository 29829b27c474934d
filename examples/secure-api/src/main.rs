//! An API for programs: who calls, what they may do, and how much of it. Try: `cargo run -p example-secure-api`, then
//! `curl -i -H 'X-API-Key: reader-2f6c0e91b7' http://127.0.0.1:8080/stock`, and
//! `curl http://127.0.0.1:9090/metrics` for what is counted.

use hyperserve::middleware::auth::{ApiKeyAuth, ApiKeys, AuthLayer, require};
use hyperserve::middleware::health::{Health, HealthCheck};
use hyperserve::prelude::*;
use hyperserve::ratelimit::{Gate, KeyBy, Quota, RateLimitLayer};
use std::io;
use std::sync::{Arc, atomic::AtomicU64, atomic::Ordering};

type Stock = Arc<AtomicU64>;

async fn left(State(stock): State<Stock>, caller: Principal) -> Json<(String, u64)> {
    Json((caller.subject().to_owned(), stock.load(Ordering::Relaxed)))
}

/// Two requests at once take two items, never one.
async fn take(State(stock): State<Stock>) -> Result<Json<u64>, Problem> {
    let taken = stock.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    let left = taken.map_err(|_| Problem::new(StatusCode::CONFLICT).with_detail("Nothing is left."))?;
    Ok(Json(left - 1))
}

fn app(stock: &Stock) -> Result<App<Stock>, Box<dyn std::error::Error>> {
    // In a program of yours these come from a file or a vault.
    let keys = ApiKeys::new()
        .with_key("reader-2f6c0e91b7", Principal::new("reader"))?
        .with_key("writer-8d41a7c3f5", Principal::new("writer").with_scopes(["stock:take"]))?;
    // What each program may ask for, wherever it calls from; `Stack` counts by address, in front of this.
    let quota = Gate::try_new([Quota::per_second(5).with_burst(10).with_name("program")])?;
    let counted = Arc::clone(stock);
    let level = HealthCheck::new("stock", move || {
        let left = counted.load(Ordering::Relaxed);
        async move { if left > 0 { Ok(()) } else { Err(io::Error::other("sold out")) } }
    });
    let config =
        Config::new().with_defaults([("metrics", "127.0.0.1:9090"), ("health_listen", "127.0.0.1:9080")]);
    Ok(App::with_state(Arc::clone(stock))
        .with_config(config)
        .with_health(Health::builder().with_check(level.optional()))
        .route("/stock", get(left))
        .route("/stock/take", post(take).layer(require("stock:take")))
        .layer(RateLimitLayer::new(quota).with_key(KeyBy::principal()))
        .layer(AuthLayer::new(ApiKeyAuth::new(keys)))
        .layer(Stack::secure_api()))
}

fn main() -> Result<std::process::ExitCode, Box<dyn std::error::Error>> {
    Ok(app(&Stock::new(AtomicU64::new(12)))?.run_cli())
}
