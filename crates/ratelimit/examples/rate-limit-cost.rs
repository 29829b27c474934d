//! What a rate limit costs: nanoseconds of CPU time a decision and a request, and the memory of keys.
//!
//! `cargo run --release -p hyperserve-ratelimit --example rate-limit-cost [REQUESTS [ROW]]` prints a line for each row: its
//! name, a tab, and a number. `benches/ratelimit/cost.py` makes a table of several runs. With a row, nothing else runs, once, so
//! that `valgrind --tool=callgrind` counts that alone.
#![allow(clippy::print_stdout, reason = "it is what the program is for")]

use std::convert::Infallible;
use std::future::{Future as _, Ready, ready};
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use hyperserve_core::{Body, BoxError, ConnInfo, PeerAddr, Request, RequestContext, Response};
use hyperserve_ratelimit::{Charge, Gate, Key, KeyBy, Quota, RateLimitLayer};
use rustix::time::{ClockId, clock_gettime};
use tower_layer::Layer as _;
use tower_service::Service;

const ROUNDS: usize = 7;
const KEYS: u32 = 1_000_000;

#[derive(Clone)]
struct Hello;

impl Service<Request> for Hello {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        let mut response = Response::new(Body::from("Hello, World!"));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        ready(Ok(response))
    }
}

/// Quotas that are never used up, with numbers as in life: units come back as fast as they go.
fn quotas(count: usize) -> Vec<Quota> {
    let all =
        ["a", "b", "c", "d"].map(|name| Quota::per_second(1_000_000_000).with_burst(200).with_name(name));
    all.into_iter().take(count).collect()
}

/// Nanoseconds that this thread has run.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    (time.tv_sec as f64).mul_add(1e9, time.tv_nsec as f64)
}

fn per_call(calls: usize, mut call: impl FnMut()) -> f64 {
    let begun = cpu_time();
    for _ in 0..calls {
        call();
    }
    (cpu_time() - begun) / calls as f64
}

/// The time of one request through a service.
fn through<S>(calls: usize, context: &RequestContext, mut service: S) -> f64
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let mut cx = Context::from_waker(Waker::noop());
    per_call(calls, || {
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(context.clone());
        let mut answer = pin!(service.call(request));
        if let Poll::Ready(Ok(response)) = answer.as_mut().poll(&mut cx) {
            black_box(&response);
        }
    })
}

/// What is measured, and how often.
struct Plan {
    calls: usize,
    only: Option<String>,
}

impl Plan {
    fn row(&self, name: &str, measure: impl FnOnce(usize) -> f64) {
        if self.only.as_deref().is_none_or(|only| only == name) {
            println!("{name}\t{:.1}", measure(self.calls));
        }
    }
}

fn decisions(plan: &Plan) -> Result<(), BoxError> {
    let key = Key::ip(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 17)));
    let charge = |gate: &Gate, key: &Key<'_>| drop(black_box(gate.charge(black_box(key), Charge::Take(1))));
    for count in [1, 2, 4] {
        let gate = Gate::try_new(quotas(count))?;
        let name = format!("decision, {count} quotas");
        plan.row(&name, |calls| per_call(calls, || charge(&gate, &key)));
    }
    let gate = Gate::try_new(quotas(1))?;
    let text = "an-account-with-a-name-of-40-characters-";
    plan.row("decision, a text of 40 bytes", |calls| {
        per_call(calls, || charge(&gate, &Key::text(black_box(text))))
    });
    let refusing = Gate::try_new([Quota::per_day(1)])?;
    plan.row("decision, refused", |calls| per_call(calls, || charge(&refusing, &key)));
    Ok(())
}

fn requests(plan: &Plan) -> Result<(), BoxError> {
    let peer: SocketAddr = "192.0.2.17:50123".parse()?;
    let context = RequestContext::new(Arc::new(ConnInfo::new(PeerAddr::Tcp(peer), PeerAddr::Unknown)));
    let layer = |count| Gate::try_new(quotas(count)).map(RateLimitLayer::new);
    let row = |name: &str, layer: RateLimitLayer| {
        plan.row(name, |calls| through(calls, &context, layer.layer(Hello)));
    };
    plan.row("request, no layer", |calls| through(calls, &context, Hello));
    row("request, not limited", layer(1)?.with_key(KeyBy::custom(|_| None)));
    row("request, no fields", layer(1)?.with_ratelimit_fields(false).with_x_ratelimit_fields(false));
    row("request, RateLimit fields", layer(1)?.with_x_ratelimit_fields(false));
    row("request, all fields", layer(1)?);
    row("request, all fields, 2 quotas", layer(2)?);
    row("request, refused", RateLimitLayer::new(Gate::try_new([Quota::per_day(1)])?));
    Ok(())
}

/// Resident memory in KiB, and what it grows by when a million clients come that each leave something to remember.
fn memory() -> Result<(), BoxError> {
    for count in [1, 2] {
        let before = resident()?;
        let quotas =
            quotas(count).into_iter().map(|quota| Quota::per_day(10).with_name(quota.name().to_owned()));
        let gate = Gate::try_new(quotas)?;
        let begun = cpu_time();
        for number in 0..KEYS {
            drop(gate.charge(&Key::ip(IpAddr::V4(Ipv4Addr::from_bits(number))), Charge::Take(1)));
        }
        let time = (cpu_time() - begun) / f64::from(KEYS);
        let (stats, grown) = (gate.stats(), resident()?.saturating_sub(before));
        println!("a million keys, {count} quotas: ns each\t{time:.1}");
        println!("a million keys, {count} quotas: keys kept\t{}", stats.keys);
        println!("a million keys, {count} quotas: KiB\t{grown}");
    }
    Ok(())
}

fn resident() -> Result<usize, BoxError> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn main() -> Result<(), BoxError> {
    let mut arguments = std::env::args().skip(1);
    let calls = arguments.next().map_or(Ok(500_000), |calls| calls.parse())?;
    let plan = Plan { calls, only: arguments.next() };
    if plan.only.is_none() {
        memory()?;
    }
    for _ in 0..if plan.only.is_none() { ROUNDS } else { 1 } {
        decisions(&plan)?;
        requests(&plan)?;
    }
    Ok(())
}
