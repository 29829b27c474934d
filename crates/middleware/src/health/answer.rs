//! What probes are told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderValue, Method, StatusCode, header};
use hyperserve_core::problem::{Format, is_debug, rerender};
use hyperserve_core::{Body, IntoResponse, Problem, Request, RequestContext, Response};
use serde_json::{Map, Value, json};

use super::deferred::DeferredState;
use super::probe::Probe;
use super::registry::Registry;
use super::watch::{Checked, Outcome, Watched};

/// How the client would like to be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    format: Format,
    is_head: bool,
}

impl Manner {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let format = Format::negotiate(request.headers());
        Self { format, is_head: request.method() == Method::HEAD }
    }

    pub(super) fn problem(self, problem: Problem) -> Response {
        self.finish(rerender(problem.into_response(), self.format))
    }

    fn good(self, json: &Value, text: String) -> Response {
        let (kind, body) = match self.format {
            Format::Text => ("text/plain; charset=utf-8", text),
            _ => ("application/json", json.to_string()),
        };
        let mut response = Response::new(Body::from(body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("accept"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        self.finish(response)
    }

    /// HEAD has the fields of GET (RFC 9110 §9.3.2).
    fn finish(self, mut response: Response) -> Response {
        if self.is_head {
            let length = response.body().as_bytes().map_or(0, |body| body.len());
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            *response.body_mut() = Body::empty();
        }
        response
    }
}

/// Why the service is not ready, whatever the checks say.
pub(super) fn not_ready<B>(registry: &Registry, request: &Request<B>) -> Option<Problem> {
    let context = RequestContext::of(request.extensions());
    let deferred = registry.deferred.as_ref();
    match deferred.map(|deferred| (deferred.state(), deferred)) {
        Some((DeferredState::Starting, deferred)) => {
            return Some(deferred.problem("The service is starting."));
        }
        Some((DeferredState::Failed, deferred)) => {
            return Some(deferred.problem("The service could not start."));
        }
        Some((DeferredState::Ready, _)) | None => {}
    }
    if registry.shutdown.is_triggered() || context.is_some_and(|context| context.shutdown().is_triggered()) {
        return Some(unavailable("The service is going down."));
    }
    let ready = registry.conditions.iter().all(|is_ready| is_ready());
    (!ready).then(|| unavailable("The server takes no requests: it is starting or going down."))
}

fn unavailable(detail: &'static str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE).with_detail(detail)
}

/// What the checks make of it.
pub(super) fn checked(
    probe: Probe,
    registry: &Registry,
    results: &[(&Arc<Watched>, Checked)],
    manner: Manner,
) -> Response {
    let bad = |critical: bool| {
        let failed = results.iter().filter(move |(check, result)| {
            result.outcome != Outcome::Good && check.check.is_critical == critical
        });
        failed.map(|(check, _)| format!("`{}`", check.check.name)).collect::<Vec<_>>()
    };
    let failed = bad(true);
    if !failed.is_empty() {
        let detail = format!("Not all that the service needs is there: {}.", failed.join(", "));
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE).with_detail(detail);
        return manner.problem(problem.with_extension("checks", told(results)));
    }
    let status = if probe == Probe::Health && !bad(false).is_empty() { "degraded" } else { probe.word() };
    well(probe, status, registry, results, manner)
}

/// 200.
pub(super) fn well(
    probe: Probe,
    status: &str,
    registry: &Registry,
    results: &[(&Arc<Watched>, Checked)],
    manner: Manner,
) -> Response {
    let mut members = Map::new();
    members.insert("status".to_owned(), status.into());
    members.insert("uptime".to_owned(), uptime(registry.since).into());
    let mut text = format!("{status}\n");
    if probe == Probe::Health {
        for (name, figure) in &registry.figures {
            let figure = figure();
            members.insert(name.clone().into_owned(), figure.into());
            text.push_str(&format!("{name}: {figure}\n"));
        }
        members.insert("checks".to_owned(), told(results));
        for (check, result) in results {
            let time = milliseconds(result.took);
            text.push_str(&format!("{}: {} ({time} ms)\n", check.check.name, result.outcome.as_str()));
        }
    }
    manner.good(&Value::Object(members), text)
}

fn uptime(since: Instant) -> u64 {
    since.elapsed().as_secs()
}

fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}

fn told(results: &[(&Arc<Watched>, Checked)]) -> Value {
    let one = |(watched, result): &(&Arc<Watched>, Checked)| {
        let check = &watched.check;
        let mut value = json!({
            "status": result.outcome.as_str(),
            "critical": check.is_critical,
            "duration_ms": milliseconds(result.took),
        });
        if let (Outcome::Failed(error), true) = (&result.outcome, is_debug()) {
            value["error"] = Value::from(&**error);
        }
        (check.name.clone().into_owned(), value)
    };
    Value::Object(results.iter().map(one).collect())
}

/// 404, or 405 for a method that no probe has.
pub(super) fn refused(status: StatusCode) -> Problem {
    let problem = Problem::new(status);
    match status {
        StatusCode::METHOD_NOT_ALLOWED => problem.with_header(header::ALLOW, "GET, HEAD"),
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_milliseconds_with_three_decimals() {
        assert!((milliseconds(Duration::from_nanos(1_234_567)) - 1.235).abs() < 1e-9);
    }
}
