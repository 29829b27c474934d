//! [`Stored`]: one response, and answers made of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    AGE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, HeaderName,
    LAST_MODIFIED,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyperserve_core::{Body, Problem, Response};
use tokio::time::Instant;

use super::conditional::is_not_modified;
use super::directives::RequestDirectives;
use super::freshness::Times;
use super::label::{self, Labels};
use super::reuse::{Candidate, Reuse};
use super::storing::{Terms, freshened_fields, stored_fields};
use super::vary::Nominated;

/// The head of a response that is stored when its body is whole.
#[derive(Debug)]
pub(super) struct Head {
    status: StatusCode,
    headers: HeaderMap,
    /// So that the server can render it as each client likes.
    problem: Option<Problem>,
}

impl Head {
    /// Who stores a response without a date dates it (RFC 9110 §6.6.1).
    pub(super) fn of(response: &Response, times: &Times) -> Self {
        let mut headers = stored_fields(response.headers());
        date(&mut headers, times);
        Self { status: response.status(), headers, problem: response.extensions().get().cloned() }
    }
}

fn date(headers: &mut HeaderMap, times: &Times) {
    if !headers.contains_key(DATE)
        && let Ok(now) = HeaderValue::try_from(httpdate::fmt_http_date(times.at))
    {
        headers.insert(DATE, now);
    }
}

/// A stored response.
#[derive(Debug)]
pub(super) struct Stored {
    head: Head,
    body: Bytes,
    terms: Terms,
    received: Instant,
    /// The fields of hits of one second, as they were made for the first of them.
    hot: Mutex<Option<Arc<Hot>>>,
}

#[derive(Debug)]
struct Hot {
    age: u64,
    headers: HeaderMap,
}

impl Stored {
    pub(super) fn new(mut head: Head, body: Bytes, terms: Terms, received: Instant) -> Self {
        if !body.is_empty() {
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        Self { head, body, terms, received, hot: Mutex::default() }
    }

    /// The same body with the fields of a 304 (RFC 9111 §4.3.4).
    pub(super) fn fields_after(&self, answer: &HeaderMap, times: &Times) -> HeaderMap {
        let mut headers = freshened_fields(&self.head.headers, answer);
        if !answer.contains_key(DATE) {
            headers.remove(DATE);
            date(&mut headers, times);
        }
        headers
    }

    pub(super) fn freshened(&self, headers: HeaderMap, terms: Terms, received: Instant) -> Self {
        let head = Head { status: self.head.status, headers, problem: self.head.problem.clone() };
        Self { head, body: self.body.clone(), terms, received, hot: Mutex::default() }
    }

    /// The same body with other fields, for one answer.
    pub(super) fn answering(&self, headers: HeaderMap, received: Instant) -> Self {
        self.freshened(headers, Terms::expired(), received)
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.head.status
    }

    pub(super) const fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    pub(super) const fn nominated(&self) -> &Nominated {
        &self.terms.nominated
    }

    pub(super) fn weight(&self) -> usize {
        let field = |(name, value): (&HeaderName, &HeaderValue)| 64 + name.as_str().len() + value.len();
        let fields: usize = self.head.headers.iter().map(field).sum();
        // Fields stand there twice when it is hot.
        512 + self.body.len() + 2 * fields + self.terms.nominated.weight()
    }

    fn age(&self, now: Instant) -> Duration {
        self.terms.initial_age + now.saturating_duration_since(self.received)
    }

    fn candidate(&self, now: Instant) -> Candidate<'_> {
        Candidate { said: &self.terms.said, lifetime: self.terms.lifetime, age: self.age(now) }
    }

    pub(super) fn reuse(&self, asked: &RequestDirectives, now: Instant) -> Reuse {
        self.candidate(now).reuse(asked)
    }

    pub(super) fn covers_failure(&self, asked: &RequestDirectives, now: Instant) -> bool {
        self.candidate(now).covers_failure(asked)
    }

    /// A hit: what the client asked for, or 304 if it has that.
    pub(super) fn hit(&self, asked: &HeaderMap, to_head: bool, labels: &Labels, now: Instant) -> Response {
        let hot = self.hot(self.age(now).as_secs(), labels);
        self.answer(asked, to_head, hot.headers.clone())
    }

    /// As [`hit`](Self::hit), with another label.
    pub(super) fn answer_with(
        &self,
        asked: &HeaderMap,
        to_head: bool,
        label: Option<HeaderValue>,
        now: Instant,
    ) -> Response {
        let mut headers = self.aged(self.age(now).as_secs());
        label::add(&mut headers, label);
        self.answer(asked, to_head, headers)
    }

    fn answer(&self, asked: &HeaderMap, to_head: bool, headers: HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = headers;
        // A condition counts where the answer would be 2xx otherwise (RFC 9110 §13.2.1).
        if self.head.status.is_success() && is_not_modified(asked, &self.head.headers) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            leave_metadata(response.headers_mut());
            return response;
        }
        *response.status_mut() = self.head.status;
        if !to_head {
            *response.body_mut() = Body::from(self.body.clone());
        }
        if let Some(problem) = &self.head.problem {
            response.extensions_mut().insert(problem.clone());
        }
        response
    }

    fn hot(&self, age: u64, labels: &Labels) -> Arc<Hot> {
        let mut hot = self.hot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hot) = hot.as_ref().filter(|hot| hot.age == age) {
            return Arc::clone(hot);
        }
        let mut headers = self.aged(age);
        let left = i64::try_from(self.terms.lifetime.as_secs()).unwrap_or(i64::MAX);
        label::add(&mut headers, labels.hit(left.saturating_sub_unsigned(age)));
        Arc::clone(hot.insert(Arc::new(Hot { age, headers })))
    }

    fn aged(&self, age: u64) -> HeaderMap {
        let mut headers = self.head.headers.clone();
        headers.insert(AGE, HeaderValue::from(age));
        headers
    }
}

/// Takes away what a 304 does not say again (RFC 9110 §15.4.5).
fn leave_metadata(headers: &mut HeaderMap) {
    for name in [CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE] {
        headers.remove(name);
    }
    if headers.contains_key(ETAG) {
        headers.remove(LAST_MODIFIED);
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::CacheConfig;
    use super::super::storing::terms;
    use super::*;

    fn stored(fields: &[(&'static str, &'static str)], status: StatusCode) -> Stored {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        for &(name, value) in fields {
            response.headers_mut().append(name, value.parse().unwrap());
        }
        let times = Times::since(Instant::now());
        let terms =
            terms(&CacheConfig::new(), &HeaderMap::new(), status, response.headers(), &times).unwrap();
        Stored::new(Head::of(&response, &times), Bytes::from_static(b"hello"), terms, times.received)
    }

    const FRESH: (&str, &str) = ("cache-control", "max-age=10");

    #[test]
    fn a_hit_says_its_age_and_has_the_body_itself() {
        let stored = stored(&[FRESH, ("x-a", "1")], StatusCode::OK);
        let later = stored.received + Duration::from_millis(3500);
        let labels = Labels::new(Some("c"));
        let hit = stored.hit(&HeaderMap::new(), false, &labels, later);
        assert_eq!(
            (&hit.headers()["age"], &hit.headers()["content-length"]),
            (&"3".parse().unwrap(), &"5".parse().unwrap())
        );
        assert_eq!(hit.headers()["cache-status"], "c; hit; ttl=7");
        assert!(hit.headers().contains_key("date"));
        assert_eq!(hit.body().as_bytes().unwrap().as_ptr(), stored.body.as_ptr());
        let again = stored.hit(&HeaderMap::new(), true, &labels, later + Duration::from_secs(9));
        assert_eq!(again.headers()["cache-status"], "c; hit; ttl=-2");
        assert_eq!(again.headers()["content-length"], "5");
        assert_eq!(again.body().as_bytes().unwrap().len(), 0);
    }

    #[test]
    fn a_client_that_has_it_is_told_so() {
        let stored = stored(
            &[FRESH, ("etag", "\"a\""), ("content-type", "text/plain"), ("vary", "accept")],
            StatusCode::OK,
        );
        let asked = HeaderMap::from_iter([(http::header::IF_NONE_MATCH, "\"a\"".parse().unwrap())]);
        let answer = stored.hit(&asked, false, &Labels::new(None), Instant::now());
        assert_eq!((answer.status(), answer.body().as_bytes().unwrap().len()), (StatusCode::NOT_MODIFIED, 0));
        for name in ["etag", "vary", "cache-control", "date", "age"] {
            assert!(answer.headers().contains_key(name), "{name}");
        }
        for name in ["content-type", "content-length", "cache-status"] {
            assert!(!answer.headers().contains_key(name), "{name}");
        }
    }

    #[test]
    fn conditions_are_for_what_succeeds() {
        let stored = stored(&[FRESH, ("etag", "\"a\"")], StatusCode::NOT_FOUND);
        let asked = HeaderMap::from_iter([(http::header::IF_NONE_MATCH, "*".parse().unwrap())]);
        assert_eq!(
            stored.hit(&asked, false, &Labels::new(None), Instant::now()).status(),
            StatusCode::NOT_FOUND
        );
    }

    #[test]
    fn a_problem_stays_one() {
        let mut response = hyperserve_core::IntoResponse::into_response(
            Problem::new(StatusCode::GONE).with_header("cache-control", "max-age=9"),
        );
        let times = Times::since(Instant::now());
        let terms =
            terms(&CacheConfig::new(), &HeaderMap::new(), StatusCode::GONE, response.headers(), &times)
                .unwrap();
        let body = response.body_mut().take_bytes().unwrap();
        let stored = Stored::new(Head::of(&response, &times), body, terms, times.received);
        let hit = stored.hit(&HeaderMap::new(), false, &Labels::new(None), Instant::now());
        assert_eq!(hit.extensions().get::<Problem>().unwrap().status(), StatusCode::GONE);
    }
}
