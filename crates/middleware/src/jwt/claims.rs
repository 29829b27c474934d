//! [`Rules`]: what a token has to say (RFC 7519 §4.1).

use hyperserve_core::Principal;
use serde_json::{Map, Value};

const EXPIRED: &str = "The token has expired.";
const EARLY: &str = "The token is not valid yet.";
const AUDIENCE: &str = "The token is for somebody else.";
const ISSUER: &str = "The token is from somebody else.";
const MISSING: &str = "The token lacks a claim.";
const MALFORMED: &str = "The token has a malformed claim.";

#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// Empty if any will do.
    pub(super) issuers: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) any_audience: bool,
    /// Seconds.
    pub(super) leeway: u64,
    pub(super) required: Vec<String>,
    pub(super) subject: String,
}

impl Rules {
    /// Whose token it is, `now` in seconds since 1970. The error is for the client.
    pub(super) fn principal(&self, claims: Map<String, Value>, now: u64) -> Result<Principal, &'static str> {
        self.check_times(&claims, now)?;
        self.check_issuer(&claims)?;
        self.check_audience(&claims)?;
        let has = |name: &String| claims.get(name).is_some_and(|value| !value.is_null());
        if !self.required.iter().all(has) {
            return Err(MISSING);
        }
        let subject = match claims.get(&self.subject) {
            None => return Err(MISSING),
            Some(Value::String(subject)) if !subject.is_empty() => subject.clone(),
            Some(_) => return Err(MALFORMED),
        };
        let scopes = scopes(&claims);
        Ok(Principal::new(subject).with_scheme("Bearer").with_scopes(scopes).with_claims(claims))
    }

    fn check_times(&self, claims: &Map<String, Value>, now: u64) -> Result<(), &'static str> {
        let expires = date(claims, "exp")?.ok_or(MISSING)?;
        if expires.saturating_add(self.leeway) <= now {
            return Err(EXPIRED);
        }
        match date(claims, "nbf")? {
            Some(begins) if begins > now.saturating_add(self.leeway) => Err(EARLY),
            _ => Ok(()),
        }
    }

    fn check_issuer(&self, claims: &Map<String, Value>) -> Result<(), &'static str> {
        match claims.get("iss") {
            _ if self.issuers.is_empty() => Ok(()),
            None => Err(MISSING),
            Some(Value::String(issuer)) if self.issuers.contains(issuer) => Ok(()),
            Some(_) => Err(ISSUER),
        }
    }

    /// Who is not named in an audience has to refuse it (RFC 7519 §4.1.3), also who has no name.
    fn check_audience(&self, claims: &Map<String, Value>) -> Result<(), &'static str> {
        let ours =
            |value: &Value| value.as_str().is_some_and(|name| self.audiences.iter().any(|own| own == name));
        let named = match claims.get("aud") {
            _ if self.any_audience => return Ok(()),
            None if self.audiences.is_empty() => return Ok(()),
            None => return Err(MISSING),
            Some(Value::Array(names)) => names.iter().any(ours),
            Some(name) => ours(name),
        };
        if named { Ok(()) } else { Err(AUDIENCE) }
    }
}

/// Seconds since 1970, fractions left out (RFC 7519 §2, NumericDate).
fn date(claims: &Map<String, Value>, name: &str) -> Result<Option<u64>, &'static str> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    if let Some(seconds) = value.as_u64() {
        return Ok(Some(seconds));
    }
    let seconds = value.as_f64().filter(|seconds| (0.0..1e15).contains(seconds)).ok_or(MALFORMED)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1e15")]
    Ok(Some(seconds as u64))
}

/// `scope` is words with spaces between them (RFC 8693 §4.2); `scp` is that or a list, by who issues it.
fn scopes(claims: &Map<String, Value>) -> Vec<String> {
    let mut all = Vec::new();
    for value in ["scope", "scp"].iter().filter_map(|name| claims.get(*name)) {
        match value {
            Value::String(words) => all.extend(words.split_ascii_whitespace().map(str::to_owned)),
            Value::Array(words) => all.extend(words.iter().filter_map(Value::as_str).map(str::to_owned)),
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_000_000;

    fn rules() -> Rules {
        Rules {
            issuers: vec!["https://id.example".to_owned()],
            audiences: vec!["shop".to_owned()],
            any_audience: false,
            leeway: 60,
            required: vec!["jti".to_owned()],
            subject: "sub".to_owned(),
        }
    }

    /// The outcome for good claims with one changed, or left out.
    fn outcome(name: &str, value: Option<Value>) -> Result<Principal, &'static str> {
        let mut claims =
            json!({"sub": "ada", "iss": "https://id.example", "aud": "shop", "exp": NOW, "jti": "1"});
        let claims = claims.as_object_mut().unwrap();
        match value {
            Some(value) => claims.insert(name.to_owned(), value),
            None => claims.remove(name),
        };
        rules().principal(claims.clone(), NOW)
    }

    #[test]
    fn each_claim_is_heeded() {
        for (name, value, expected) in [
            ("exp", Some(json!(NOW - 59)), Ok(())),
            ("exp", Some(json!(NOW - 60)), Err(EXPIRED)),
            ("exp", Some(json!(NOW as f64 + 0.5)), Ok(())),
            ("exp", Some(json!(0)), Err(EXPIRED)),
            ("exp", Some(json!(u64::MAX)), Ok(())),
            ("exp", None, Err(MISSING)),
            ("exp", Some(json!("1000000")), Err(MALFORMED)),
            ("exp", Some(json!(-1)), Err(MALFORMED)),
            ("exp", Some(json!(1e300)), Err(MALFORMED)),
            ("exp", Some(Value::Null), Err(MALFORMED)),
            ("nbf", Some(json!(NOW + 60)), Ok(())),
            ("nbf", Some(json!(NOW + 61)), Err(EARLY)),
            ("nbf", Some(json!("soon")), Err(MALFORMED)),
            ("iss", Some(json!("https://id.example/")), Err(ISSUER)),
            ("iss", Some(json!(["https://id.example"])), Err(ISSUER)),
            ("iss", None, Err(MISSING)),
            ("aud", Some(json!(["other", "shop"])), Ok(())),
            ("aud", Some(json!("other")), Err(AUDIENCE)),
            ("aud", Some(json!(["other"])), Err(AUDIENCE)),
            ("aud", Some(json!([])), Err(AUDIENCE)),
            ("aud", Some(json!(7)), Err(AUDIENCE)),
            ("aud", None, Err(MISSING)),
            ("jti", None, Err(MISSING)),
            ("jti", Some(Value::Null), Err(MISSING)),
            ("sub", None, Err(MISSING)),
            ("sub", Some(json!("")), Err(MALFORMED)),
            ("sub", Some(json!(7)), Err(MALFORMED)),
        ] {
            assert_eq!(outcome(name, value.clone()).map(|_| ()), expected, "{name}: {value:?}");
        }
    }

    #[test]
    fn who_has_no_name_refuses_every_audience() {
        let rules = Rules { audiences: Vec::new(), required: Vec::new(), issuers: Vec::new(), ..rules() };
        let claims = |text: Value| text.as_object().unwrap().clone();
        assert!(rules.principal(claims(json!({"sub": "ada", "exp": NOW})), NOW).is_ok());
        assert!(rules.principal(claims(json!({"sub": "ada", "exp": NOW, "aud": 7})), NOW).is_err());
        let any = Rules { any_audience: true, ..rules };
        assert!(any.principal(claims(json!({"sub": "ada", "exp": NOW, "aud": "x"})), NOW).is_ok());
    }

    #[test]
    fn scopes_come_in_three_forms() {
        for (name, value) in [
            ("scope", json!("read write")),
            ("scp", json!("read write")),
            ("scp", json!(["read", "write", 7])),
        ] {
            assert_eq!(outcome(name, Some(value)).unwrap().scopes(), ["read", "write"]);
        }
        let ada = outcome("team", Some(json!("blue"))).unwrap();
        assert_eq!((ada.scopes().len(), ada.claim("team")), (0, Some(&json!("blue"))));
    }
}
