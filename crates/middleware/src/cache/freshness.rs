//! How long a response is fresh, and how old it is when it comes (RFC 9111 §4.2).

use std::time::{Duration, SystemTime};

use http::header::{AGE, DATE, EXPIRES, LAST_MODIFIED};
use http::{HeaderMap, StatusCode};
use hyperserve_core::fields::date;
use tokio::time::Instant;

use super::directives::{ResponseDirectives, seconds};

/// When a response was asked for, and when it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) requested: Instant,
    pub(super) received: Instant,
    /// [`received`](Self::received) by the calendar.
    pub(super) at: SystemTime,
}

impl Times {
    pub(super) fn since(requested: Instant) -> Self {
        Self { requested, received: Instant::now(), at: SystemTime::now() }
    }
}

/// The statuses that may be stored without saying so (RFC 9110 §15.1), without 206.
const HEURISTIC: [u16; 11] = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];

/// A tenth of the time since the last modification, the fraction that RFC 9111 §4.2.2 names.
const FRACTION: u32 = 10;

/// How long a response is fresh; `None` if nothing tells (RFC 9111 §4.2.1).
pub(super) fn lifetime(
    status: StatusCode,
    headers: &HeaderMap,
    said: &ResponseDirectives,
    times: &Times,
    heuristic: Option<Duration>,
) -> Option<Duration> {
    if let Some(age) = said.s_maxage.or(said.max_age) {
        return Some(Duration::from_secs(age));
    }
    let made = date(headers, &DATE).unwrap_or(times.at);
    if headers.contains_key(EXPIRES) {
        // What is no date, `0` above all, is past (§5.3).
        let until = date(headers, &EXPIRES).and_then(|expires| expires.duration_since(made).ok());
        return Some(until.unwrap_or_default());
    }
    // Some statuses may be stored whatever is said (RFC 9111 §3): to be validated each time, or as a guess.
    if !HEURISTIC.contains(&status.as_u16()) {
        return None;
    }
    if said.no_cache {
        return Some(Duration::ZERO);
    }
    let longest = heuristic?;
    let unchanged = made.duration_since(date(headers, &LAST_MODIFIED)?).ok()?;
    Some(whole_seconds(unchanged / FRACTION).min(longest))
}

/// How old a response is when it comes: `corrected_initial_age` of RFC 9111 §4.2.3.
pub(super) fn initial_age(headers: &HeaderMap, times: &Times) -> Duration {
    let made = date(headers, &DATE).unwrap_or(times.at);
    // A date has no parts of a second.
    let apparent = whole_seconds(times.at.duration_since(made).unwrap_or_default());
    let said = headers.get(AGE).and_then(|age| seconds(first_member(age.as_bytes()))).unwrap_or(0);
    apparent.max(Duration::from_secs(said) + (times.received - times.requested))
}

/// The first of several values counts (RFC 9111 §5.1).
fn first_member(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == b',').next().unwrap_or_default().trim_ascii()
}

const fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    const NOW: u64 = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT

    fn times(delay: u64) -> Times {
        let received = Instant::now();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        Times { requested: received - Duration::from_secs(delay), received, at }
    }

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|&(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn life(fields: &[(&'static str, &'static str)]) -> Option<u64> {
        let headers = headers(fields);
        let said = ResponseDirectives::of(&headers);
        let hour = Some(Duration::from_secs(3600));
        lifetime(StatusCode::OK, &headers, &said, &times(0), hour).map(|life| life.as_secs())
    }

    const SOON: (&str, &str) = ("expires", "Sun, 06 Nov 1994 08:50:37 GMT");

    #[test]
    fn the_nearest_word_counts() {
        assert_eq!(life(&[("cache-control", "max-age=5, s-maxage=9"), SOON]), Some(9));
        assert_eq!(life(&[("cache-control", "max-age=5"), SOON]), Some(5));
        assert_eq!(life(&[SOON]), Some(60));
        assert_eq!(life(&[("date", "Sun, 06 Nov 1994 08:49:57 GMT"), SOON]), Some(40));
        assert_eq!(life(&[]), None);
        assert_eq!(life(&[("cache-control", "no-cache")]), Some(0));
    }

    #[test]
    fn every_form_of_a_date_is_read() {
        for text in ["Sunday, 06-Nov-94 08:50:37 GMT", "Sun Nov  6 08:50:37 1994"] {
            assert_eq!(life(&[("expires", text)]), Some(60), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_past() {
        for text in ["0", "-1", "soon", "", "Sun, 06 Nov 1994 08:49:00 GMT"] {
            assert_eq!(life(&[("expires", text)]), Some(0), "{text}");
        }
        assert_eq!(life(&[SOON, SOON]), Some(0));
        assert_eq!(life(&[("cache-control", "max-age=x"), SOON]), Some(0));
    }

    #[test]
    fn a_guess_is_a_tenth_and_bounded() {
        let day = ("last-modified", "Sun, 06 Nov 1994 08:39:37 GMT");
        assert_eq!(life(&[day]), Some(60));
        assert_eq!(life(&[("last-modified", "Sat, 06 Nov 1993 08:39:37 GMT")]), Some(3600));
        assert_eq!(life(&[("last-modified", "Mon, 06 Nov 1995 08:39:37 GMT")]), None);
        let unusual = lifetime(
            StatusCode::FOUND,
            &headers(&[day]),
            &ResponseDirectives::default(),
            &times(0),
            Some(Duration::from_secs(9)),
        );
        assert_eq!(unusual, None);
    }

    #[test]
    fn age_is_what_was_said_and_what_it_took() {
        let age = |fields: &[_], delay| initial_age(&headers(fields), &times(delay)).as_secs();
        assert_eq!(age(&[], 3), 3);
        assert_eq!(age(&[("age", "10")], 3), 13);
        assert_eq!(age(&[("age", "10, 4")], 0), 10);
        assert_eq!(age(&[("age", "-1")], 0), 0);
        assert_eq!(age(&[("date", "Sun, 06 Nov 1994 08:48:37 GMT"), ("age", "10")], 3), 60);
        assert_eq!(age(&[("date", "Sun, 06 Nov 1994 09:48:37 GMT")], 0), 0);
    }
}
