//! Routes by host: exact names first, then wildcards, the longest first.

use std::collections::HashMap;

use http::{HeaderMap, Uri, header};
use hyperserve_core::authority;

use super::tree::Tree;
use crate::endpoint::Route;

/// The host that routes are for: `api.example.com`, `*.example.com` or `{tenant}.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HostPattern {
    /// As it was written, in lower case.
    pub(crate) text: Box<str>,
    /// What stands before the fixed part.
    first: First,
    /// `.example.com` after a wildcard or a capture, else the whole.
    fixed: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum First {
    Fixed,
    /// One or more labels.
    Any,
    /// One label, captured.
    Capture(Box<str>),
}

impl HostPattern {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.to_ascii_lowercase();
        let (first, fixed) = match text.split_once('.') {
            Some(("*", rest)) => (First::Any, format!(".{rest}")),
            Some((label, rest)) if label.starts_with('{') => {
                (First::Capture(name(label)?), format!(".{rest}"))
            }
            _ => (First::Fixed, text.clone()),
        };
        let name = fixed.strip_prefix('.').unwrap_or(&fixed);
        if authority::host(name) != Some(name) || name.starts_with('.') {
            return Err(format!(
                "`{text}` is no host: write `api.example.com`, `*.example.com` or `{{tenant}}.example.com`, without a port"
            ));
        }
        Ok(Self { text: text.into(), first, fixed: fixed.into() })
    }

    /// The name of the captured label.
    pub(crate) fn capture(&self) -> Option<&str> {
        match &self.first {
            First::Capture(name) => Some(name),
            First::Fixed | First::Any => None,
        }
    }

    /// The label that stands for the wildcard or capture, if the host fits.
    fn fits<'h>(&self, host: &'h str) -> Option<&'h str> {
        let label = host.strip_suffix(&*self.fixed).filter(|label| !label.is_empty())?;
        let is_one = !label.contains('.');
        (is_one || self.first == First::Any).then_some(label)
    }
}

fn name(label: &str) -> Result<Box<str>, String> {
    let inside = label.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let is_name =
        |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    inside.filter(is_name).map(Into::into).ok_or_else(|| format!("`{label}` is no capture of a label"))
}

/// What one host has.
#[derive(Default)]
pub(crate) struct HostTable {
    pub(crate) tree: Tree,
    pub(crate) fallbacks: Fallbacks,
}

/// Fallbacks by prefix; the longest prefix answers.
#[derive(Default)]
pub(crate) struct Fallbacks {
    pub(crate) tree: matchit::Router<usize>,
    pub(crate) routes: Vec<Route>,
}

impl Fallbacks {
    pub(crate) fn find(&self, path: &str) -> Option<&Route> {
        if self.routes.is_empty() {
            return None;
        }
        self.routes.get(*self.tree.at(path).ok()?.value)
    }
}

/// The tables of all hosts.
#[derive(Default)]
pub(crate) struct Hosts {
    /// For requests to whatever host.
    pub(crate) every: HostTable,
    exact: HashMap<Box<str>, HostTable>,
    /// The longest fixed part first.
    wild: Vec<(HostPattern, HostTable)>,
}

impl Hosts {
    /// The table of a host pattern, made if it is new.
    pub(crate) fn table(&mut self, host: Option<&HostPattern>) -> &mut HostTable {
        let Some(host) = host else { return &mut self.every };
        if host.first == First::Fixed {
            return self.exact.entry(host.text.clone()).or_default();
        }
        let at = match self.wild.iter().position(|(known, _)| known == host) {
            Some(at) => at,
            None => {
                let rank = |known: &HostPattern| (known.fixed.len(), known.first != First::Any);
                let at = self.wild.iter().take_while(|(known, _)| rank(known) >= rank(host)).count();
                self.wild.insert(at, (host.clone(), HostTable::default()));
                at
            }
        };
        &mut self.wild[at].1
    }

    pub(crate) fn tables(&mut self) -> impl Iterator<Item = &mut HostTable> {
        let wild = self.wild.iter_mut().map(|(_, table)| table);
        std::iter::once(&mut self.every).chain(self.exact.values_mut()).chain(wild)
    }

    pub(crate) fn is_one_for_all(&self) -> bool {
        self.exact.is_empty() && self.wild.is_empty()
    }

    /// The tables for a host in the order in which they are asked, each with the captured label.
    pub(crate) fn of<'t, 'h>(
        &'t self,
        host: &'h str,
    ) -> impl Iterator<Item = (&'t HostTable, Option<&'h str>)> {
        let exact = self.exact.get(host).map(|table| (table, None));
        let wild = self.wild.iter().filter_map(move |(pattern, table)| {
            let label = pattern.fits(host)?;
            Some((table, pattern.capture().map(|_| label)))
        });
        exact.into_iter().chain(wild).chain(std::iter::once((&self.every, None)))
    }
}

/// The host that a request is for, in lower case, without port and final dot; empty if it names none.
pub(crate) fn host_of(uri: &Uri, headers: &HeaderMap) -> String {
    let field = || headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let named = uri.authority().map(|authority| authority.as_str()).or_else(field).unwrap_or_default();
    let host = authority::host(named).unwrap_or_default();
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_labels() {
        let fits =
            |pattern: &str, host: &str| HostPattern::parse(pattern).unwrap().fits(host).map(str::to_owned);
        assert_eq!(fits("*.example.com", "a.b.example.com").as_deref(), Some("a.b"));
        assert_eq!(fits("{t}.example.com", "a.example.com").as_deref(), Some("a"));
        for (pattern, host) in [
            ("*.example.com", "example.com"),
            ("*.example.com", ".example.com"),
            ("{t}.example.com", "a.b.example.com"),
            ("*.example.com", "aexample.com"),
        ] {
            assert_eq!(fits(pattern, host), None, "{pattern} {host}");
        }
    }

    #[test]
    fn what_is_no_host_is_told() {
        for text in
            ["", "*", "*.", "a b", "a.*.b", "example.com:80", "{}.example.com", "{a.example.com", "http://a"]
        {
            assert!(HostPattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_host_of_a_request_is_plain() {
        let host = |uri: &str, field: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("host", field.parse().unwrap());
            host_of(&uri.parse().unwrap(), &headers)
        };
        assert_eq!(host("/", "API.Example.com.:8080"), "api.example.com");
        assert_eq!(host("http://a.example/", "b.example"), "a.example");
        assert_eq!(host("/", "[::1]:80"), "[::1]");
        assert_eq!(host_of(&"/".parse().unwrap(), &HeaderMap::new()), "");
    }
}
