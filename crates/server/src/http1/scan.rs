//! A strict reading of one HTTP/1 request head, before hyper sees it.
//!
//! hyper and httparse are lenient where request smuggling lives: bare LF, several `Transfer-Encoding` lines, both
//! framings at once, any `Host`. This scan refuses all of that and tells the guard how the body is framed. It holds
//! no state and touches no socket, so that tables and fuzzers can drive it.
//! Rules: RFC 9112 (HTTP/1.1), RFC 9110 (fields, methods), `spec/http.md`.

use super::bytes::is_token;
use super::fault::Fault;
use super::fields::Fields;
use super::known::Known;
use super::request_line::request_line;

/// The bounds a scan applies.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) max_head: usize,
    pub(crate) max_headers: usize,
    pub(crate) max_target: usize,
    pub(crate) allow_connect: bool,
    pub(crate) extra_methods: Vec<String>,
}

/// Longest method name that is looked up; longer ones are unknown.
pub(crate) const MAX_METHOD: usize = 32;

/// The entry of the extra methods that stands for all.
const ANY: &str = "*";

impl Rules {
    /// Whether a method, CONNECT aside, reaches the application: of HTTP/1 and HTTP/2 alike.
    pub(crate) fn knows(&self, method: &[u8]) -> bool {
        matches!(method, b"GET" | b"HEAD" | b"POST" | b"PUT" | b"DELETE" | b"PATCH" | b"OPTIONS" | b"QUERY")
            || (method.len() <= MAX_METHOD
                && self.extra_methods.iter().any(|extra| match extra.as_str() {
                    ANY => method.iter().copied().all(is_token),
                    extra => extra.as_bytes() == method,
                }))
    }
}

/// How the body that follows a head is framed (RFC 9112 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    None,
    Length(u64),
    Chunked,
}

/// What a complete head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Bytes of the head, with the empty line that ends it.
    pub(crate) len: usize,
    /// Where the fields begin, when they mean the same behind another request line.
    pub(crate) fields: Option<usize>,
    pub(crate) framing: Framing,
    /// The head asks for another protocol, so that what follows may not be HTTP.
    pub(crate) upgrade: bool,
    /// The head has an `Upgrade` field, to be heeded or not.
    pub(crate) names_upgrade: bool,
    /// The head has an `Accept` field.
    pub(crate) accept: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    Incomplete,
    Complete(Head),
    Refuse(Fault),
}

/// Scans one head at the start of `bytes`. At most one empty line before it is skipped (RFC 9112 §2.2).
pub(crate) fn scan(bytes: &[u8], rules: &Rules, known: &Known) -> Scan {
    match scan_head(bytes, rules, known) {
        Ok(head) => Scan::Complete(head),
        Err(Stop::Incomplete) if bytes.len() >= rules.max_head => Scan::Refuse(Fault::HeadTooLarge),
        Err(Stop::Incomplete) => Scan::Incomplete,
        Err(Stop::Refuse(fault)) => Scan::Refuse(fault),
    }
}

/// Why there is no head.
pub(super) enum Stop {
    Incomplete,
    Refuse(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Refuse(fault)
    }
}

fn scan_head(bytes: &[u8], rules: &Rules, known: &Known) -> Result<Head, Stop> {
    let mut at = skip_empty_line(bytes)?;
    let request = request_line(&bytes[at..], rules)?;
    at += request.len;
    if let Some(head) = known.recall(&bytes[at..], &request, at).filter(|head| head.len <= rules.max_head) {
        return Ok(head);
    }
    let start = at;
    let mut fields = Fields::default();
    loop {
        match bytes.get(at) {
            None => return Err(Stop::Incomplete),
            Some(b'\r') => {
                at += 1;
                match bytes.get(at) {
                    None => return Err(Stop::Incomplete),
                    Some(b'\n') => at += 1,
                    Some(_) => return Err(Fault::BareCr.into()),
                }
                break;
            }
            Some(b'\n') => return Err(Fault::BareLf.into()),
            Some(b' ' | b'\t') => return Err(Fault::ObsFold.into()),
            Some(_) => at += fields.line(&bytes[at..])?,
        }
        if fields.count > rules.max_headers {
            return Err(Fault::TooManyFields.into());
        }
    }
    if at > rules.max_head {
        return Err(Fault::HeadTooLarge.into());
    }
    let framing = fields.finish(&request)?;
    let upgrade = fields.asks_for_upgrade(&request) || request.connect;
    let fields_at = request.is_origin_form().then_some(start);
    Ok(Head {
        len: at,
        fields: fields_at,
        framing,
        upgrade,
        names_upgrade: fields.upgrade,
        accept: fields.accept,
    })
}

fn skip_empty_line(bytes: &[u8]) -> Result<usize, Stop> {
    match bytes {
        [b'\r', b'\n', ..] => Ok(2),
        [b'\r'] | [] => Err(Stop::Incomplete),
        [b'\r', ..] => Err(Fault::BareCr.into()),
        [b'\n', ..] => Err(Fault::BareLf.into()),
        _ => Ok(0),
    }
}

#[cfg(test)]
mod tests;
