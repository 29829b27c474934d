//! `Retry-After` of refusals that pass (RFC 9110 §10.2.3).

use std::time::Duration;

use http::HeaderValue;

/// Whole seconds, rounded up; nothing for no time.
pub(crate) fn retry_after(after: Duration) -> Option<HeaderValue> {
    let seconds = after.as_secs().saturating_add(u64::from(after.subsec_nanos() > 0));
    (seconds > 0).then(|| HeaderValue::from(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_up() {
        for (milliseconds, expected) in [(0, None), (1, Some("1")), (1000, Some("1")), (1001, Some("2"))] {
            let value = retry_after(Duration::from_millis(milliseconds));
            assert_eq!(value.as_ref().map(|value| value.to_str().unwrap()), expected);
        }
        assert_eq!(retry_after(Duration::MAX).unwrap(), u64::MAX.to_string());
    }
}
