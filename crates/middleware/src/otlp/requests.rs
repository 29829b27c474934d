//! What [`HttpMetrics`] counted, as messages of OTLP.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::metrics::{HttpMetrics, MetricsSnapshot, SeriesSnapshot};

const CUMULATIVE: i32 = AggregationTemporality::Cumulative as i32;

/// From when, and until when.
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    now: u64,
}

pub(super) fn message(metrics: &HttpMetrics, resource: Resource) -> ExportMetricsServiceRequest {
    let time = Span { start: nanoseconds(metrics.since()), now: nanoseconds(SystemTime::now()) };
    let scope = InstrumentationScope {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let metrics = all(&metrics.snapshot(), time);
    let scopes = vec![ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() }];
    let resource =
        ResourceMetrics { resource: Some(resource), scope_metrics: scopes, ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource] }
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn all(snapshot: &MetricsSnapshot, time: Span) -> Vec<Metric> {
    let each = |figure: fn(&SeriesSnapshot) -> u64| {
        let point = |series: &SeriesSnapshot| number(attributes(series), figure(series), time);
        snapshot.series.iter().map(point).collect()
    };
    let statuses = snapshot.series.iter().flat_map(|series| statuses(series, time)).collect();
    let active = vec![number(Vec::new(), snapshot.in_flight, time)];
    vec![
        metric("http.server.request.duration", "s", durations(snapshot, time)),
        metric("http.server.active_requests", "{request}", sum(active, false)),
        metric("http.server.requests", "{request}", sum(statuses, true)),
        metric("http.server.request.body.bytes", "By", sum(each(|series| series.received), true)),
        metric("http.server.response.body.bytes", "By", sum(each(|series| series.sent), true)),
    ]
}

fn metric(name: &str, unit: &str, data: Data) -> Metric {
    Metric { name: name.to_owned(), unit: unit.to_owned(), data: Some(data), ..Metric::default() }
}

const fn sum(data_points: Vec<NumberDataPoint>, is_monotonic: bool) -> Data {
    Data::Sum(Sum { data_points, aggregation_temporality: CUMULATIVE, is_monotonic })
}

fn number(attributes: Vec<KeyValue>, value: u64, time: Span) -> NumberDataPoint {
    // The protocol's integers have a sign.
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    NumberDataPoint {
        attributes,
        start_time_unix_nano: time.start,
        time_unix_nano: time.now,
        value: Some(number_data_point::Value::AsInt(value)),
        ..NumberDataPoint::default()
    }
}

fn durations(snapshot: &MetricsSnapshot, time: Span) -> Data {
    let bounds: Vec<f64> = snapshot.bounds.iter().map(Duration::as_secs_f64).collect();
    let point = |series: &SeriesSnapshot| HistogramDataPoint {
        attributes: attributes(series),
        start_time_unix_nano: time.start,
        time_unix_nano: time.now,
        count: series.count(),
        sum: Some(series.duration.as_secs_f64()),
        bucket_counts: series.buckets.clone(),
        explicit_bounds: bounds.clone(),
        ..HistogramDataPoint::default()
    };
    let data_points = snapshot.series.iter().map(point).collect();
    Data::Histogram(Histogram { data_points, aggregation_temporality: CUMULATIVE })
}

fn statuses(series: &SeriesSnapshot, time: Span) -> impl Iterator<Item = NumberDataPoint> {
    series.statuses.iter().map(move |&(status, count)| {
        let mut attributes = attributes(series);
        if status > 0 {
            attributes.push(attribute("http.response.status_code", Value::IntValue(status.into())));
        }
        number(attributes, count, time)
    })
}

/// Those of the semantic conventions: a method that is not known is `_OTHER`, and a route that is not is left out.
fn attributes(series: &SeriesSnapshot) -> Vec<KeyValue> {
    let text = |text: &str| Value::StringValue(text.to_owned());
    let method = if series.method == "other" { "_OTHER" } else { series.method };
    let mut attributes = vec![attribute("http.request.method", text(method))];
    if series.route != "unmatched" {
        attributes.push(attribute("http.route", text(&series.route)));
    }
    attributes
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
