//! The families of requests.

use std::time::Duration;

use super::super::method::OTHER;
use super::super::snapshot::{MetricsSnapshot, SeriesSnapshot};
use super::{Kind, Writer};

pub(super) fn write(page: &mut Writer<'_>, snapshot: &MetricsSnapshot) {
    page.family("http_requests_in_flight", Kind::Gauge, "Requests whose response is not whole yet.");
    page.sample("http_requests_in_flight", &[], snapshot.in_flight);

    page.family("http_requests", Kind::Counter, "Requests answered, by status.");
    for series in &snapshot.series {
        statuses(page, series);
    }
    let help = "Time from a request's head to the end of its response.";
    page.family("http_request_duration_seconds", Kind::Histogram, help);
    let bounds: Vec<String> = snapshot.bounds.iter().map(bound).collect();
    for series in &snapshot.series {
        durations(page, series, &bounds);
    }
    page.family("http_request_body_bytes", Kind::Counter, "Bytes of request bodies that were read.");
    for series in &snapshot.series {
        page.sample("http_request_body_bytes_total", &labels(series), series.received);
    }
    page.family("http_response_body_bytes", Kind::Counter, "Bytes of response bodies that were given out.");
    for series in &snapshot.series {
        page.sample("http_response_body_bytes_total", &labels(series), series.sent);
    }
}

fn labels(series: &SeriesSnapshot) -> [(&'static str, &str); 2] {
    [("method", series.method), ("route", &series.route)]
}

/// OpenMetrics wants `1.0` and not `1`.
fn bound(bound: &Duration) -> String {
    format!("{:?}", bound.as_secs_f64())
}

fn statuses(page: &mut Writer<'_>, series: &SeriesSnapshot) {
    for &(status, count) in &series.statuses {
        let status = if status == 0 { OTHER.to_owned() } else { status.to_string() };
        let [method, route] = labels(series);
        page.sample("http_requests_total", &[method, route, ("status", &status)], count);
    }
}

/// Buckets hold all that is at or below their bound; the last holds everything.
fn durations(page: &mut Writer<'_>, series: &SeriesSnapshot, bounds: &[String]) {
    let ([method, route], mut below) = (labels(series), 0);
    for (place, count) in series.buckets.iter().enumerate() {
        below += count;
        let bound = bounds.get(place).map_or("+Inf", |bound| bound);
        let exemplar = series.exemplars.get(place).and_then(Option::as_ref);
        let labels = [method, route, ("le", bound)];
        page.marked_sample("http_request_duration_seconds_bucket", &labels, below, exemplar);
    }
    page.sample("http_request_duration_seconds_sum", &[method, route], series.duration.as_secs_f64());
    page.sample("http_request_duration_seconds_count", &[method, route], below);
}
