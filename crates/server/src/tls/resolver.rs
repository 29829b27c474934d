//! Which certificate a client gets: by the name it asked for, and by the signatures it can verify.

use std::collections::HashMap;
use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::identity::Loaded;

/// Certificates by name. A name may have several, as an ECDSA one and an RSA one for old clients: the first that the
/// client can verify is taken.
#[derive(Debug)]
pub(super) struct Resolver {
    /// Never empty; in the order of the configuration.
    all: Vec<Arc<CertifiedKey>>,
    exact: HashMap<String, Vec<usize>>,
    /// `*.example.com` under `example.com`.
    wildcard: HashMap<String, Vec<usize>>,
}

impl Resolver {
    pub(super) fn new(identities: &[Loaded]) -> Self {
        let all = identities.iter().map(|identity| Arc::clone(&identity.certified)).collect();
        let mut resolver = Self { all, exact: HashMap::new(), wildcard: HashMap::new() };
        for (index, identity) in identities.iter().enumerate() {
            for name in identity.facts.iter().flat_map(|facts| &facts.dns_names) {
                resolver.add(name, index);
            }
        }
        resolver
    }

    fn add(&mut self, name: &str, index: usize) {
        let (names, name) = match name.strip_prefix("*.") {
            Some(parent) => (&mut self.wildcard, parent),
            None => (&mut self.exact, name),
        };
        names.entry(name.to_owned()).or_default().push(index);
    }

    /// rustls passes the name in lower case, and none for an address (RFC 6066 §3 allows only names).
    fn pick(&self, name: Option<&str>, schemes: &[SignatureScheme]) -> Option<&Arc<CertifiedKey>> {
        if let [only] = &self.all[..] {
            return Some(only);
        }
        let verifiable = |key: &&Arc<CertifiedKey>| key.key.choose_scheme(schemes).is_some();
        let named = name.and_then(|name| self.named(name)).unwrap_or_default();
        let mut candidates = named.iter().filter_map(|index| self.all.get(*index));
        candidates.find(verifiable).or_else(|| self.all.iter().find(verifiable)).or_else(|| self.all.first())
    }

    /// A wildcard stands for one label, the leftmost (RFC 9525 §6.3).
    fn named(&self, name: &str) -> Option<&[usize]> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let parent = || name.split_once('.').and_then(|(_, parent)| self.wildcard.get(parent));
        self.exact.get(name).or_else(parent).map(Vec::as_slice)
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.pick(hello.server_name(), hello.signature_schemes()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::provider;
    use super::super::testing::Leaf;
    use super::*;

    const ECDSA: &[SignatureScheme] = &[SignatureScheme::ECDSA_NISTP256_SHA256];
    const ED25519: &[SignatureScheme] = &[SignatureScheme::ED25519];

    fn picked(resolver: &Resolver, name: Option<&str>, schemes: &[SignatureScheme]) -> usize {
        let key = resolver.pick(name, schemes).unwrap();
        resolver.all.iter().position(|other| Arc::ptr_eq(other, key)).unwrap()
    }

    #[test]
    fn exact_then_wildcard_then_the_first() {
        let leaves = [&["first.test"][..], &["*.example.com"], &["www.example.com", "example.com"]];
        let loaded: Vec<_> = leaves.iter().map(|names| Leaf::new(names).load(&provider())).collect();
        let resolver = Resolver::new(&loaded);
        let cases = [
            (Some("www.example.com"), 2),
            (Some("api.example.com"), 1),
            (Some("api.example.com."), 1),
            (Some("example.com"), 2),
            (Some("a.b.example.com"), 0),
            (Some("other.test"), 0),
            (Some("com"), 0),
            (None, 0),
        ];
        for (name, wanted) in cases {
            assert_eq!(picked(&resolver, name, ECDSA), wanted, "{name:?}");
        }
    }

    #[test]
    fn a_client_gets_a_key_that_it_can_verify() {
        let loaded = [Leaf::new(&["a.test"]).load(&provider()), Leaf::ed25519(&["a.test"]).load(&provider())];
        let resolver = Resolver::new(&loaded);
        assert_eq!(picked(&resolver, Some("a.test"), ECDSA), 0);
        assert_eq!(picked(&resolver, Some("a.test"), ED25519), 1);
        assert_eq!(picked(&resolver, None, ED25519), 1);
        assert_eq!(picked(&resolver, None, &[SignatureScheme::RSA_PSS_SHA256]), 0);
    }
}
