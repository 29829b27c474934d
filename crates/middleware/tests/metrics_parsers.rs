//! The page of metrics before the parsers of others: `promtool`, and both of Python's `prometheus_client`.
//!
//! `cargo xtask metrics` brings the parsers, names them by `PROMTOOL` and `PROMETHEUS_PYTHON`, and runs these tests.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use http::{HeaderValue, Method, header};
use hyperserve_core::{Body, IntoResponse as _, Request, RequestContext, Response, RouteMatch, RouteTable};
use hyperserve_middleware::metrics::{HttpMetrics, MetricsFormat, MetricsLayer};
use hyperserve_middleware::trace_context::TraceContext;
use hyperserve_server::app_fn;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::CounterWithExemplar;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tower_layer::Layer as _;
use tower_service::Service as _;

struct Odd;

impl RouteTable for Odd {
    fn pattern(&self, _: usize) -> &str {
        "/odd/\"{name}\"\\\n{*rest}"
    }

    fn names(&self, _: usize) -> &[Box<str>] {
        &[]
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Trace {
    trace_id: String,
}

/// One of each kind.
fn registry() -> Registry {
    let mut registry = Registry::with_prefix("shop");
    let orders = Counter::<u64>::default();
    orders.inc_by(3);
    registry.register("orders", "Orders taken so far", orders);
    let traced = CounterWithExemplar::<Trace>::default();
    traced.inc_by(7, Some(Trace { trace_id: "0af7651916cd43dd8448eb211c80319c".to_owned() }), None);
    registry.register_with_unit("spent", "Time spent", Unit::Seconds, traced);
    let stock = Gauge::<i64>::default();
    stock.set(-4);
    registry.register("stock", "In stock", stock);
    let sizes = Histogram::new([1.0, 10.0]);
    sizes.observe(0.5);
    sizes.observe(50.0);
    registry.register("size", "Sizes", sizes);
    registry.register("build", "The build", Info::new([("version", "1.2 # {")]));
    registry
}

/// Metrics in which everything has happened.
async fn metrics() -> HttpMetrics {
    let metrics = HttpMetrics::builder()
        .with_label("instance_of", "a \\ \"b\"\n")
        .with_exemplars(true)
        .build()
        .unwrap();
    let server = hyperserve_server::MetricsSnapshot::default();
    metrics.append(move |page| page.push_str(&server.to_prometheus(&[("worker", "0")])));
    metrics.register(registry());
    let statuses = app_fn(async |request: Request| -> Response {
        let status: u16 = request.uri().path()[1..].parse().unwrap();
        (http::StatusCode::from_u16(status).unwrap(), "hello").into_response()
    });
    let mut app = MetricsLayer::new(&metrics).layer(statuses);
    for status in (200..218).chain([404, 500]) {
        for method in [Method::GET, Method::POST, Method::from_bytes(b"BREW").unwrap()] {
            let mut request = Request::new(Body::from("four"));
            *request.method_mut() = method;
            *request.uri_mut() = format!("/{status}").parse().unwrap();
            if status % 2 == 0 {
                let found = RouteMatch::new(std::sync::Arc::new(Odd), 0);
                RequestContext::of_mut(request.extensions_mut()).set_route(found);
                request.extensions_mut().insert(TraceContext::start(status % 4 == 0));
            }
            drop(app.call(request).await);
        }
    }
    let accept = HeaderValue::from_static("application/openmetrics-text");
    let mut request = Request::new(Body::empty());
    request.headers_mut().insert(header::ACCEPT, accept);
    assert!(metrics.endpoint().call(request).await.is_ok());
    metrics
}

/// What a program says of a text.
fn judged(command: &mut Command, text: &str) -> String {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
    assert!(output.status.success(), "{said}\n{text}");
    said
}

#[tokio::test]
#[ignore = "needs promtool: run by `cargo xtask metrics`"]
async fn promtool_finds_nothing_to_complain_of() {
    let page = metrics().await.render(MetricsFormat::Prometheus);
    let promtool = std::env::var_os("PROMTOOL").unwrap_or_else(|| "promtool".into());
    let said = judged(Command::new(promtool).args(["check", "metrics"]), &page);
    assert_eq!(said, "");
}

const READ: &str = "
import sys
from prometheus_client.parser import text_string_to_metric_families as old
from prometheus_client.openmetrics.parser import text_string_to_metric_families as new
parse = {'old': old, 'new': new}[sys.argv[1]]
for family in parse(sys.stdin.read()):
    for sample in family.samples:
        print(family.type, sample.name, sorted(sample.labels.items()), sample.value)
";

#[tokio::test]
#[ignore = "needs an interpreter with prometheus_client: run by `cargo xtask metrics`"]
async fn both_parsers_of_python_read_the_same() {
    let python = std::env::var("PROMETHEUS_PYTHON").unwrap();
    let metrics = metrics().await;
    let read = |which: &str, format| {
        let said = judged(Command::new(&python).args(["-c", READ, which]), &metrics.render(format));
        // What changes between two looks.
        let process = |line: &&str| !line.contains(" process_");
        // Types have other names, and buckets of whole bounds other texts.
        let samples =
            said.lines().filter(process).map(|line| line.split_once(' ').unwrap().1.replace(".0'", "'"));
        let mut samples: Vec<String> = samples.collect();
        samples.sort();
        samples
    };
    let (old, new) = (read("old", MetricsFormat::Prometheus), read("new", MetricsFormat::OpenMetrics));
    assert_eq!(old, new);
    let has = |what: &str| assert!(old.iter().any(|line| line.starts_with(what)), "{what} in {old:#?}");
    has(
        "http_requests_total [('instance_of', 'a \\\\ \"b\"\\n'), ('method', 'other'), ('route', 'unmatched'), ('status', '201')] 1",
    );
    has(
        "http_requests_total [('instance_of', 'a \\\\ \"b\"\\n'), ('method', 'GET'), ('route', '/odd/\"{name}\"\\\\\\n{*rest}'), ('status', '500')]",
    );
    has("hyperserve_connections_accepted_total [('worker', '0')] 0");
    has("shop_spent_seconds_total [] 7");
    has("shop_build_info [('version', '1.2 # {')] 1");
    assert!(old.len() > 200, "{}", old.len());
}

const MARKED: &str = "
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        if family.name.startswith('http_') and sample.exemplar:
            print(sample.name, sample.labels['method'], sorted(sample.exemplar.labels), sample.exemplar.value > 0)
";

#[tokio::test]
#[ignore = "needs an interpreter with prometheus_client: run by `cargo xtask metrics`"]
async fn python_reads_the_exemplars() {
    let python = std::env::var("PROMETHEUS_PYTHON").unwrap();
    let page = metrics().await.render(MetricsFormat::OpenMetrics);
    let said = judged(Command::new(python).args(["-c", MARKED]), &page);
    for method in ["GET", "POST", "other"] {
        let line = format!("http_request_duration_seconds_bucket {method} ['trace_id'] True");
        assert!(said.lines().any(|said| said == line), "{line} in {said}");
    }
    assert!(said.lines().all(|line| line.ends_with("['trace_id'] True")), "{said}");
}
