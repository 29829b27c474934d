//! [`Exemplar`]: a request that stands for the others of its bucket, named by its trace (OpenMetrics 1.0, "Exemplars").

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyperserve_core::Request;

use crate::trace_context::{TraceContext, TraceId};

/// The trace of a request, if it is part of one that is recorded: nobody could look at another.
pub(super) fn sampled_trace<B>(request: &Request<B>) -> Option<TraceId> {
    let context = TraceContext::of(request.extensions())?;
    context.is_sampled().then(|| context.trace_id())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exemplar {
    trace: TraceId,
    took: Duration,
    at: SystemTime,
}

impl Exemplar {
    /// A request that has just ended.
    pub(super) fn now(trace: TraceId, took: Duration) -> Self {
        Self { trace, took, at: SystemTime::now() }
    }

    /// Takes the place of an older one.
    pub(super) fn add_to(self, slot: &mut Option<Self>) {
        if slot.is_none_or(|known| known.at <= self.at) {
            *slot = Some(self);
        }
    }
}

/// As it stands behind a sample: `{trace_id="…"} 0.054 1700000000.123`, the last being when it ended.
impl fmt::Display for Exemplar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        write!(f, "{{trace_id=\"{}\"}} {:?} {:.3}", self.trace, self.took.as_secs_f64(), at.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyperserve_core::Body;

    #[test]
    fn only_recorded_traces_are_named() {
        let mut request = Request::new(Body::empty());
        assert_eq!(sampled_trace(&request), None);
        for sampled in [false, true] {
            let context = TraceContext::start(sampled);
            request.extensions_mut().insert(context.clone());
            assert_eq!(sampled_trace(&request), sampled.then(|| context.trace_id()));
        }
    }

    #[test]
    fn the_last_one_stays() {
        let mut slot = None;
        let new = Exemplar::now(TraceId::random(), Duration::from_millis(54));
        let old = Exemplar { at: new.at - Duration::from_secs(1), ..new };
        old.add_to(&mut slot);
        new.add_to(&mut slot);
        old.add_to(&mut slot);
        assert_eq!(slot, Some(new));
    }

    #[test]
    fn an_exemplar_is_labels_a_value_and_a_time() {
        let trace = TraceId::random();
        let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        let exemplar = Exemplar { trace, took: Duration::from_micros(54), at };
        assert_eq!(exemplar.to_string(), format!("{{trace_id=\"{trace}\"}} 5.4e-5 1700000000.123"));
    }
}
