//! From a request to the endpoint that answers it.

use std::borrow::Cow;

use http::Method;
use http::uri::PathAndQuery;
use hyperserve_core::{Captures, Request, RequestContext};
use matchit::Params;

use super::Table;
use super::host::{HostTable, host_of};
use super::methods::Slot;
use crate::endpoint::Route;

/// What was found for a request.
pub(crate) enum Outcome<'t> {
    /// A route, with what it captured.
    Found(&'t Slot, Option<Captures>),
    /// No route; a fallback answers.
    Fallback(&'t Route),
    /// No route, but one with or without the slash at the end.
    OtherSlash,
}

impl Table {
    pub(crate) fn find(&self, request: &Request) -> Outcome<'_> {
        if self.hosts.is_one_for_all() {
            return self.find_in(&[(&self.hosts.every, None)], request, "");
        }
        let host = host_of(request.uri(), request.headers());
        let tables: Vec<_> = self.hosts.of(&host).collect();
        self.find_in(&tables, request, &host)
    }

    fn find_in<'t>(
        &'t self,
        tables: &[(&'t HostTable, Option<&str>)],
        request: &Request,
        host: &str,
    ) -> Outcome<'t> {
        let path = request.uri().path();
        for &(table, label) in tables {
            let spelled = spelled(table, path);
            if let Some((candidate, params)) = table.tree.find(&spelled) {
                let Some(slot) = candidate.methods.get(request.method(), connects(request)) else { break };
                let host = label.map(|label| (host, label));
                return Outcome::Found(slot, captures(&params, request, &spelled, host));
            }
        }
        if self.slash_redirect {
            let other = other_slash(path);
            let has = |table: &HostTable, path: &str| table.tree.find(&spelled(table, path)).is_some();
            if other.is_some_and(|other| tables.iter().any(|(table, _)| has(table, &other))) {
                return Outcome::OtherSlash;
            }
        }
        let mut fallbacks = tables.iter().filter_map(|(table, _)| table.fallbacks.find(path));
        Outcome::Fallback(fallbacks.next().unwrap_or(&self.not_found))
    }
}

/// Whether the request opens what GET opens over HTTP/1.1: an extended CONNECT to a WebSocket
/// (RFC 8441 §4).
fn connects(request: &Request) -> bool {
    *request.method() == Method::CONNECT
        && RequestContext::of(request.extensions()).is_some_and(RequestContext::connects_to_websocket)
}

/// The path as the tree has it.
fn spelled<'p>(table: &HostTable, path: &'p str) -> Cow<'p, str> {
    if !table.tree.wants_upper_case(path) {
        return Cow::Borrowed(path);
    }
    let mut left = 0_u8;
    let upper = path.chars().map(|c| {
        left = if c == '%' { 3 } else { left.saturating_sub(1) };
        if left > 0 { c.to_ascii_uppercase() } else { c }
    });
    Cow::Owned(upper.collect())
}

/// The path with the slash at its end taken off, or put there. None for the root, and for what could be read as a host
/// when it is sent back as a location.
pub(crate) fn other_slash(path: &str) -> Option<String> {
    if path.len() < 2 || path.starts_with("//") || path.starts_with("/\\") {
        return None;
    }
    Some(path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned))
}

/// Ranges of the path, whose spelling has the length of the original; the label of a host goes before it.
fn captures(
    params: &Params<'_, '_>,
    request: &Request,
    spelled: &str,
    host: Option<(&str, &str)>,
) -> Option<Captures> {
    if params.is_empty() && host.is_none() {
        return None;
    }
    let target = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let (mut captures, offset) = match host {
        None => (Captures::new(target), 0),
        Some((host, label)) => {
            let mut captures = Captures::of_text(format!("{host}{}", target.path()));
            captures.push(0, label.len());
            (captures, host.len())
        }
    };
    for (_, text) in params.iter() {
        let start = text.as_ptr() as usize - spelled.as_ptr() as usize + offset;
        captures.push(start, start + text.len());
    }
    Some(captures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_form_is_never_another_host() {
        assert_eq!(other_slash("/a").as_deref(), Some("/a/"));
        assert_eq!(other_slash("/a/").as_deref(), Some("/a"));
        for path in ["/", "//evil.example/", "//", "/\\evil.example/", ""] {
            assert_eq!(other_slash(path), None, "{path}");
        }
    }
}
