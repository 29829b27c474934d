//! [`Faults`]: what was drawn for one request.

use std::fmt;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, StatusCode};

use super::config::ChaosConfig;
use super::dice::{Dice, Question};

pub(super) const X_CHAOS: HeaderName = HeaderName::from_static("x-chaos");

/// What was drawn for one request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Faults {
    pub(super) latency: Option<Duration>,
    /// In the place of the service's answer.
    pub(super) failure: Option<Failure>,
    /// Bytes a second.
    pub(super) throttle: Option<u32>,
    /// Where the body breaks off: a part of it, below 1.
    pub(super) abort: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Error(StatusCode),
    Panic,
}

/// Whether faults are for a request.
pub(super) fn concern<B>(config: &ChaosConfig, request: &Request<B>) -> bool {
    let has_header = |(name, value): &(HeaderName, Option<HeaderValue>)| {
        let mut lines = request.headers().get_all(name).iter();
        lines.any(|line| value.as_ref().is_none_or(|value| value == line))
    };
    config.paths.matches(request.uri().path())
        && (config.methods.is_empty() || config.methods.contains(request.method()))
        && config.header.as_ref().is_none_or(has_header)
}

impl Faults {
    pub(super) fn draw(config: &ChaosConfig, dice: Dice) -> Self {
        let failure = failure(config, dice);
        let whole = failure.is_none();
        let at = |question, rate| dice.says(question, rate);
        Self {
            latency: config
                .latency
                .filter(|&(rate, _)| at(Question::Latency, rate))
                .map(|(_, late)| late.draw(dice)),
            failure,
            throttle: config
                .throttle
                .filter(|&(rate, _)| whole && at(Question::Throttle, rate))
                .map(|(_, bytes)| bytes),
            abort: (whole && at(Question::Abort, config.aborts)).then(|| dice.number(Question::WhereToAbort)),
        }
    }

    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// What the response says of it.
    pub(super) fn label(&self) -> Option<HeaderValue> {
        let mut text = String::new();
        let mut add = |fault: fmt::Arguments<'_>| {
            let comma = if text.is_empty() { "" } else { ", " };
            text.push_str(comma);
            text.push_str(&fault.to_string());
        };
        if let Some(late) = self.latency {
            add(format_args!("latency;ms={}", late.as_millis()));
        }
        if let Some(Failure::Error(status)) = self.failure {
            add(format_args!("error;status={}", status.as_u16()));
        }
        if let Some(rate) = self.throttle {
            add(format_args!("throttle;rate={rate}"));
        }
        if self.abort.is_some() {
            add(format_args!("abort"));
        }
        HeaderValue::try_from(text).ok()
    }

    /// The path is quoted, since a client chose it.
    pub(super) fn log(&self, path: &str) {
        let panics = self.failure == Some(Failure::Panic);
        let faults = self.label();
        let faults = faults.as_ref().and_then(|label| label.to_str().ok()).unwrap_or_default();
        tracing::warn!(?path, faults, panics, "chaos: a request meets faults on purpose");
    }
}

fn failure(config: &ChaosConfig, dice: Dice) -> Option<Failure> {
    if dice.says(Question::Panic, config.panics) {
        return Some(Failure::Panic);
    }
    let (rate, statuses) = config.errors.as_ref()?;
    let status = statuses.get(dice.pick(Question::WhichError, statuses.len()))?;
    dice.says(Question::Error, *rate).then_some(Failure::Error(*status))
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::super::latency::Latency;
    use super::*;

    fn all() -> ChaosConfig {
        ChaosConfig::new()
            .with_latency(0.5, Latency::fixed(Duration::from_millis(20)))
            .with_errors(0.2, [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE])
            .with_throttle(0.5, 1024)
            .with_aborts(0.5)
            .with_panics(0.1)
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let draws = |seed| -> Vec<_> { (0..100).map(|n| Faults::draw(&all(), Dice::new(seed, n))).collect() };
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }

    #[test]
    fn a_failure_has_no_body_to_break() {
        let draws: Vec<_> = (0..1000).map(|n| Faults::draw(&all(), Dice::new(1, n))).collect();
        let failed = draws.iter().filter(|faults| faults.failure.is_some());
        assert!(failed.clone().all(|faults| faults.throttle.is_none() && faults.abort.is_none()));
        assert!(failed.clone().any(|faults| faults.failure == Some(Failure::Panic)));
        for status in [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE] {
            assert!(failed.clone().any(|faults| faults.failure == Some(Failure::Error(status))), "{status}");
        }
        assert!((200..360).contains(&failed.count()), "28 of 100");
    }

    #[test]
    fn the_label_names_all_of_it() {
        let faults = Faults {
            latency: Some(Duration::from_millis(20)),
            failure: None,
            throttle: Some(1024),
            abort: Some(0.5),
        };
        assert_eq!(faults.label().unwrap(), "latency;ms=20, throttle;rate=1024, abort");
        assert!(Faults::default().is_none() && !faults.is_none());
    }

    #[test]
    fn faults_are_for_some_requests() {
        let config = ChaosConfig::new()
            .with_paths("/api".parse().unwrap())
            .with_methods([Method::GET])
            .with_header(HeaderName::from_static("x-try"), HeaderValue::from_static("1"));
        let request = |method: Method, path: &str, value: &str| {
            Request::builder().method(method).uri(path).header("x-try", value).body(()).unwrap()
        };
        assert!(concern(&config, &request(Method::GET, "/api/x", "1")));
        assert!(!concern(&config, &request(Method::POST, "/api/x", "1")));
        assert!(!concern(&config, &request(Method::GET, "/apix", "1")));
        assert!(!concern(&config, &request(Method::GET, "/api/x", "2")));
        assert!(!concern(&config, &Request::get("/api").body(()).unwrap()));
        let any = ChaosConfig::new().with_header(HeaderName::from_static("x-try"), None);
        assert!(concern(&any, &request(Method::PUT, "/", "2")) && !concern(&any, &Request::new(())));
    }
}
