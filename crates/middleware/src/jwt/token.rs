//! [`Token`]: a token taken apart, and nothing believed yet (RFC 7515 §3.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The `typ` that tokens for access have (RFC 9068 §2.1, RFC 7519 §5.1); none at all is one, too.
const TYPES: [&str; 2] = ["jwt", "at+jwt"];

pub(super) struct Token<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) id: Option<String>,
    /// What is signed: header and claims, as they came.
    message: &'a str,
    claims: &'a str,
    signature: Vec<u8>,
}

/// The fields that are heeded; a field that stands twice is an error (RFC 7515 §4).
#[derive(Deserialize)]
struct Header {
    alg: Algorithm,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
    b64: Option<Value>,
}

impl<'a> Token<'a> {
    /// The error is for the client.
    pub(super) fn parse(text: &'a str, wanted_type: Option<&str>) -> Result<Self, &'static str> {
        const BAD: &str = "The token is no JWT.";
        let (message, signature) = text.rsplit_once('.').ok_or(BAD)?;
        let (header, claims) = message.split_once('.').ok_or(BAD)?;
        if claims.contains('.') {
            return Err(BAD);
        }
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| BAD)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| BAD)?;
        // `none`, and whatever is not known, is no `Algorithm`.
        let header: Header =
            serde_json::from_slice(&header).map_err(|_| "The token's header is not supported.")?;
        if header.crit.is_some() || header.b64.is_some() {
            return Err("The token needs an extension that is not supported.");
        }
        if !is_type(header.typ.as_deref(), wanted_type) {
            return Err("The token is not of the right type.");
        }
        Ok(Self { algorithm: header.alg, id: header.kid, message, claims, signature })
    }

    pub(super) const fn message(&self) -> &[u8] {
        self.message.as_bytes()
    }

    pub(super) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// What it says; to be read once the signature is found good.
    pub(super) fn claims(&self) -> Option<Map<String, Value>> {
        let json = URL_SAFE_NO_PAD.decode(self.claims).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

/// Types are compared without case and without `application/` (RFC 7515 §4.1.9).
fn is_type(found: Option<&str>, wanted: Option<&str>) -> bool {
    let found = found.map(strip);
    match (found, wanted) {
        (None, wanted) => wanted.is_none(),
        (Some(found), Some(wanted)) => found.eq_ignore_ascii_case(strip(wanted)),
        (Some(found), None) => TYPES.iter().any(|known| found.eq_ignore_ascii_case(known)),
    }
}

fn strip(name: &str) -> &str {
    const PREFIX: &str = "application/";
    match name.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &name[PREFIX.len()..],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(header: &str) -> Result<Algorithm, &'static str> {
        let text = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header));
        Token::parse(&text, None).map(|token| token.algorithm)
    }

    #[test]
    fn headers_that_are_supported() {
        for header in [
            r#"{"alg":"HS256"}"#,
            r#"{"typ":"JWT","alg":"HS256"}"#,
            r#"{"typ":"application/at+JWT","alg":"HS256","kid":"1","jku":"https://evil.example","x":1}"#,
        ] {
            assert_eq!(parse(header), Ok(Algorithm::HS256), "{header}");
        }
    }

    #[test]
    fn headers_that_are_not() {
        for header in [
            "",
            "{}",
            "[]",
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{"alg":"hs256"}"#,
            r#"{"alg":["HS256"]}"#,
            r#"{"alg":"HS256","alg":"none"}"#,
            r#"{"alg":"none","alg":"HS256"}"#,
            r#"{"alg":"HS256","crit":["exp"]}"#,
            r#"{"alg":"HS256","crit":[]}"#,
            r#"{"alg":"HS256","b64":false}"#,
            r#"{"alg":"HS256","kid":7}"#,
            r#"{"alg":"HS256","typ":"logout+jwt"}"#,
            r#"{"alg":"HS256","typ":""}"#,
        ] {
            assert!(parse(header).is_err(), "{header}");
        }
    }

    #[test]
    fn three_parts_of_base64url() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
        for text in [
            String::new(),
            header.clone(),
            format!("{header}.e30"),
            format!("{header}.e30.AA.AA"),
            format!("{header}.e30.AA=="),
            format!("{header}.e30.A+/A"),
            format!("{header}=.e30.AA"),
            format!("{header}.e30.A"),
        ] {
            assert!(Token::parse(&text, None).is_err(), "{text}");
        }
        assert!(Token::parse(&format!("{header}.e30."), None).is_ok(), "no signature is a wrong one");
    }

    #[test]
    fn a_type_can_be_asked_for() {
        for (typ, good) in [("", false), (r#""typ":"JWT","#, false), (r#""typ":"at+jwt","#, true)] {
            let header = URL_SAFE_NO_PAD.encode(format!("{{{typ}\"alg\":\"HS256\"}}"));
            assert_eq!(Token::parse(&format!("{header}.e30.AA"), Some("at+jwt")).is_ok(), good, "{typ}");
        }
    }
}
