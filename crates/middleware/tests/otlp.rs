//! Traces and metrics at a collector, a stub of it that speaks the protocol by its published crate; and without one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};
use hyperserve_core::{Body, IntoResponse as _, Request, Response};
use hyperserve_middleware::metrics::{HttpMetrics, MetricsLayer};
use hyperserve_middleware::otlp::opentelemetry::KeyValue;
use hyperserve_middleware::otlp::{Otlp, OtlpConfig, OtlpProtocol, continue_trace};
use hyperserve_middleware::trace::TraceLayer;
use hyperserve_middleware::trace_context::TraceContext;
use hyperserve_server::{App, Limits, app_fn, serve};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{self as common};
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower_layer::Layer as _;
use tower_service::Service;
use tracing_subscriber::layer::SubscriberExt as _;

/// What a collector was sent.
#[derive(Debug, Default)]
struct Got {
    traces: Vec<ExportTraceServiceRequest>,
    metrics: Vec<ExportMetricsServiceRequest>,
    headers: Vec<HeaderMap>,
}

#[derive(Clone, Debug, Default)]
struct Collector(Arc<Mutex<Got>>);

impl Collector {
    fn spans(&self) -> Vec<Span> {
        let got = self.0.lock().unwrap();
        let resources = got.traces.iter().flat_map(|request| &request.resource_spans);
        resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| scope.spans.clone()).collect()
    }

    /// The last of this name.
    fn metric(&self, name: &str) -> Metric {
        let got = self.0.lock().unwrap();
        let resources = got.metrics.iter().flat_map(|request| &request.resource_metrics);
        let mut metrics =
            resources.flat_map(|resource| &resource.scope_metrics).flat_map(|scope| &scope.metrics);
        metrics.rfind(|metric| metric.name == name).unwrap_or_else(|| panic!("no {name}")).clone()
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        self.0.lock().unwrap().traces.push(request.into_inner());
        Ok(tonic::Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportMetricsServiceRequest>,
    ) -> Result<tonic::Response<ExportMetricsServiceResponse>, tonic::Status> {
        self.0.lock().unwrap().metrics.push(request.into_inner());
        Ok(tonic::Response::new(ExportMetricsServiceResponse::default()))
    }
}

/// Both protocols on one port.
impl Service<Request> for Collector {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.0.lock().unwrap().headers.push(request.headers().clone());
        let path = request.uri().path().to_owned();
        let collector = self.clone();
        Box::pin(async move {
            match path.as_str() {
                "/v1/traces" | "/v1/metrics" => Ok(collector.take(&path, request).await),
                path if path.contains("TraceService") => {
                    let Ok(response) = TraceServiceServer::new(collector).call(request).await;
                    Ok(response.map(Body::new))
                }
                _ => {
                    let Ok(response) = MetricsServiceServer::new(collector).call(request).await;
                    Ok(response.map(Body::new))
                }
            }
        })
    }
}

impl Collector {
    async fn take(&self, path: &str, request: Request) -> Response {
        assert_eq!(request.headers()["content-type"], "application/x-protobuf");
        let body = request.into_body().collect(1 << 24).await.unwrap();
        let mut got = self.0.lock().unwrap();
        match path {
            "/v1/traces" => got.traces.push(ExportTraceServiceRequest::decode(body).unwrap()),
            _ => got.metrics.push(ExportMetricsServiceRequest::decode(body).unwrap()),
        }
        StatusCode::OK.into_response()
    }
}

/// Serves on a thread of its own until it is dropped.
struct Served {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

fn serving(app: impl App) -> Served {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            serve(listener, app, Limits::default(), async { drop(stopped.await) }).await;
        });
    });
    Served { address, _stop: stop }
}

async fn ask(address: SocketAddr, fields: &str) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = format!("GET /greet HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n{fields}\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer
}

fn text(attributes: &[common::KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    let value = found.and_then(|attribute| attribute.value.clone()?.value);
    match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{key}: {other:?} in {attributes:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Says which span calls on behalf of the request would have as their parent.
async fn greet(request: Request) -> Response {
    tracing::info!("greeted");
    TraceContext::of(request.extensions()).unwrap().traceparent().into_response()
}

/// Two requests, one of them of somebody's trace; gives what the handler said to the first.
fn exercised(config: &OtlpConfig) -> String {
    let otlp = Otlp::start(config).unwrap();
    let metrics = HttpMetrics::new();
    otlp.export(&metrics);
    let orders = otlp.meter("shop").u64_counter("orders").build();
    orders.add(3, &[KeyValue::new("kind", "tea")]);

    let layers = TraceLayer::new().with_otel(true).with_on_start(continue_trace);
    let app = layers.layer(MetricsLayer::new(&metrics).layer(app_fn(greet)));
    let subscriber = tracing_subscriber::registry().with(otlp.layer());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let said = tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (stop, stopped) = oneshot::channel::<()>();
            let server = serve(listener, app, Limits::default(), async { drop(stopped.await) });
            let client = async {
                let said = ask(address, &format!("traceparent: 00-{TRACE}-{PARENT}-01\r\n")).await;
                ask(address, "").await;
                drop(stop);
                said
            };
            timeout(Duration::from_secs(10), async { tokio::join!(client, server).0 }).await.unwrap()
        })
    });
    otlp.shutdown(Duration::from_secs(10)).unwrap();
    assert_eq!(otlp.failures(), 0);
    otlp.shutdown(Duration::ZERO).unwrap();
    said
}

fn arrives(protocol: OtlpProtocol) {
    let collector = Collector::default();
    let served = serving(collector.clone());
    let config = OtlpConfig::new("shop").with_endpoint(format!("http://{}/", served.address));
    let config = config.with_protocol(protocol).with_header("X-Key", "s3cr3t").with_attribute("team", "tea");
    let said = exercised(&config);

    let spans = collector.spans();
    assert_eq!(spans.len(), 2, "{spans:?}");
    let ours = spans.iter().find(|span| hex(&span.trace_id) == TRACE).unwrap();
    assert_eq!(hex(&ours.parent_span_id), PARENT);
    assert!(said.ends_with(&format!("00-{TRACE}-{}-01", hex(&ours.span_id))), "{said}");
    assert_eq!((ours.name.as_str(), ours.kind), ("GET", SpanKind::Server as i32));
    assert_eq!(text(&ours.attributes, "url.path"), "/greet");
    assert_eq!(text(&ours.attributes, "http.response.status_code"), "200");
    assert!(ours.events.iter().any(|event| event.name == "greeted"), "{ours:?}");
    let other = spans.iter().find(|span| hex(&span.trace_id) != TRACE).unwrap();
    assert!(other.parent_span_id.is_empty());

    {
        let got = collector.0.lock().unwrap();
        let resource = got.traces[0].resource_spans[0].resource.as_ref().unwrap();
        assert_eq!(text(&resource.attributes, "service.name"), "shop");
        for request in &got.metrics {
            let resource = request.resource_metrics[0].resource.as_ref().unwrap();
            assert_eq!(text(&resource.attributes, "team"), "tea");
        }
        assert!(got.headers.iter().all(|headers| headers["x-key"] == "s3cr3t"));
    }
    let Some(Data::Sum(orders)) = collector.metric("orders").data else { panic!("no sum") };
    assert_eq!(text(&orders.data_points[0].attributes, "kind"), "tea");

    let metric = collector.metric("http.server.request.duration");
    let Some(Data::Histogram(durations)) = metric.data else { panic!("no histogram") };
    let point = &durations.data_points[0];
    assert_eq!((metric.unit.as_str(), point.count, durations.data_points.len()), ("s", 2, 1));
    assert_eq!(text(&point.attributes, "http.request.method"), "GET");
    assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
    assert_eq!(point.bucket_counts.iter().sum::<u64>(), 2);
    assert!(point.start_time_unix_nano < point.time_unix_nano);
    let Some(Data::Sum(requests)) = collector.metric("http.server.requests").data else { panic!("no sum") };
    assert_eq!(text(&requests.data_points[0].attributes, "http.response.status_code"), "200");
    assert!(requests.is_monotonic);
}

#[test]
fn spans_and_metrics_arrive_over_grpc() {
    arrives(OtlpProtocol::Grpc);
}

#[test]
fn spans_and_metrics_arrive_over_http() {
    arrives(OtlpProtocol::Http);
}

#[test]
fn metrics_and_spans_go_out_while_the_service_runs() {
    let collector = Collector::default();
    let served = serving(collector.clone());
    let config = OtlpConfig::new("shop").with_endpoint(format!("http://{}", served.address));
    let short = Duration::from_millis(50);
    let otlp = Otlp::start(&config.with_interval(short).with_delay(short)).unwrap();
    otlp.export(&HttpMetrics::new());
    let subscriber = tracing_subscriber::registry().with(otlp.layer());
    tracing::subscriber::with_default(subscriber, || drop(tracing::info_span!("one").entered()));
    let deadline = Instant::now() + Duration::from_secs(10);
    let there = || {
        let got = collector.0.lock().unwrap();
        !got.traces.is_empty() && got.metrics.len() > 1
    };
    while !there() {
        assert!(Instant::now() < deadline, "nothing arrives");
        std::thread::sleep(Duration::from_millis(10));
    }
    // Exports make no spans of their own.
    std::thread::sleep(4 * short);
    assert_eq!(collector.spans().len(), 1);
}

#[test]
fn a_share_of_the_traces_that_begin_here_is_recorded_and_those_of_callers_are() {
    let collector = Collector::default();
    let served = serving(collector.clone());
    let endpoint = format!("http://{}", served.address);
    exercised(&OtlpConfig::new("shop").with_endpoint(endpoint).with_sampling(0.0));
    let spans = collector.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(hex(&spans[0].trace_id), TRACE);
}

/// A hundred thousand spans, and the end, with nobody who takes them; gives how long each took.
fn without(endpoint: &str) -> (Duration, Duration) {
    let config = OtlpConfig::new("shop").with_endpoint(endpoint).with_delay(Duration::from_millis(20));
    let otlp = Otlp::start(&config).unwrap();
    otlp.export(&HttpMetrics::new());
    let begun = Instant::now();
    let subscriber = tracing_subscriber::registry().with(otlp.layer());
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..100_000 {
            drop(tracing::info_span!("lost").entered());
        }
    });
    let spans = begun.elapsed();
    let begun = Instant::now();
    let error = otlp.shutdown(Duration::from_secs(1)).unwrap_err();
    assert!(error.to_string().contains("did not take everything"), "{error}");
    (spans, begun.elapsed())
}

fn resident_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn without_a_collector_nothing_waits_and_memory_is_bounded() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    // Takes connections into its queue, and never a byte.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [closed, silent.local_addr().unwrap()] {
        let before = resident_bytes();
        let (spans, end) = without(&format!("http://{address}"));
        // A span of a debug build takes some microseconds; waiting for an export, they would take minutes.
        assert!(spans < Duration::from_secs(20), "{spans:?}");
        assert!(end < Duration::from_millis(1500), "{end:?}");
        let more = resident_bytes().saturating_sub(before);
        assert!(more < 32 << 20, "{more} bytes");
    }
}
