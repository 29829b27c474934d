//! [`Rules`]: what a layer holds, and what it makes of requests and responses.

use std::fmt;
use std::sync::Arc;

use http::{HeaderName, StatusCode};
use hyperserve_core::{Body, IntoResponse as _, Problem, Response};

use crate::exempt::Exempt;
use crate::fields::Fields;
use crate::limit::whole_seconds;
use crate::{Charge, Check, Gate, Key, KeyBy, RequestHead, Verdict};

/// The problem of a request beyond its quota, as the draft calls it (section 5.1).
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";

pub(crate) type Cost = dyn Fn(&RequestHead<'_>) -> u32 + Send + Sync;

/// All that the services of a layer share.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) gate: Gate,
    pub(crate) key_by: KeyBy,
    pub(crate) exempt: Exempt,
    pub(crate) fields: Fields,
    pub(crate) cost: Option<Arc<Cost>>,
    pub(crate) cost_header: Option<HeaderName>,
    pub(crate) dry_run: bool,
}

/// A request whose key was charged.
#[derive(Debug)]
pub(crate) struct Charged {
    /// Units that were taken.
    cost: u32,
    /// The key, if more may be charged once the response is there.
    key: Option<Key<'static>>,
}

impl Rules {
    /// Charges the key of a request; `None` if the request is not limited.
    pub(crate) fn charge(&self, head: &RequestHead<'_>) -> Option<(Check, Charged)> {
        if self.exempt.covers(head) {
            return None;
        }
        let cost = self.cost.as_ref().map_or(1, |cost| cost(head));
        let key = self.key_by.of(head)?;
        if cost == 0 || self.exempt.covers_key(&key) {
            return None;
        }
        let check = self.gate.charge(&key, Charge::Take(cost));
        let key = self.cost_header.is_some().then(|| key.into_owned());
        Some((check, Charged { cost, key }))
    }

    /// The answer that a request gets in place of the service's, if it does not pass.
    pub(crate) fn refusal(&self, verdict: &Verdict) -> Option<Response<Body>> {
        if verdict.is_allowed() {
            return None;
        }
        if self.dry_run {
            tracing::debug!(refused = verdict.is_refused(), "a request beyond its quota, in a dry run");
            return None;
        }
        let problem = if verdict.is_refused() { self.exceeded(verdict) } else { unavailable() };
        let mut response = problem.into_response();
        self.fields.add_retry_after(response.headers_mut(), verdict);
        if verdict.is_refused() {
            self.fields.add(response.headers_mut(), &self.gate, verdict);
        }
        Some(response)
    }

    /// 429 (RFC 6585 §4), with the names of the quotas that had not enough left.
    fn exceeded(&self, verdict: &Verdict) -> Problem {
        let limits = self.gate.limits().iter().enumerate();
        let violated = limits.filter(|(index, _)| verdict.is_violated(*index));
        let names: Vec<&str> = violated.map(|(_, limit)| &*limit.name).collect();
        let seconds = whole_seconds(verdict.wait());
        let unit = if seconds == 1 { "second" } else { "seconds" };
        Problem::new(StatusCode::TOO_MANY_REQUESTS)
            .with_type(QUOTA_EXCEEDED)
            .with_detail(format!("Too many requests for now. Try again in {seconds} {unit}."))
            .with_extension("violated-policies", names)
    }

    /// What is still to charge once the response says what the request cost. The field that says so goes no further.
    pub(crate) fn settle(&self, response: &mut Response<Body>, charged: &mut Charged) -> Option<Check> {
        let name = self.cost_header.as_ref()?;
        let value = response.headers_mut().remove(name)?;
        let Some(cost) = value.to_str().ok().and_then(|text| text.parse::<u32>().ok()) else {
            tracing::warn!(header = %name, "not a cost: a whole number is expected");
            return None;
        };
        let (key, delta) = (charged.key.take()?, i64::from(cost) - i64::from(charged.cost));
        (delta != 0).then(|| self.gate.charge(&key, Charge::Settle(delta)))
    }

    /// Tells the client what remains. In a dry run it is told nothing, since nothing holds for it.
    pub(crate) fn tell(&self, response: &mut Response<Body>, verdict: &Verdict) {
        if !self.dry_run && verdict.is_allowed() {
            self.fields.add(response.headers_mut(), &self.gate, verdict);
        }
    }
}

/// The store cannot be asked, and the gate is closed then.
fn unavailable() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE).with_detail("Requests cannot be admitted at the moment.")
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("gate", &self.gate)
            .field("key_by", &self.key_by)
            .field("exempt", &self.exempt)
            .field("fields", &self.fields)
            .field("cost_header", &self.cost_header)
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}
