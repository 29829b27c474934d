//! Where the Python face listens: `host`, `port`, `uds`, `fd` and `bind` put together, and what else goes together there.
//!
//! With a certificate these are addresses for HTTPS, and there is no plain HTTP unless `listen` asks for it.

use super::forms::with_port;
use super::{Config, ConfigFault, Origin};

/// One way of saying where to listen.
struct Said {
    /// The key that says it.
    name: &'static str,
    addresses: String,
    origin: Origin,
}

impl Config {
    /// What `listen` or `tls_listen` comes to.
    pub(super) fn put_together(&self, name: &str) -> (String, Origin) {
        if name != self.target() {
            // Of the other one there is what was said, and no default.
            let said = self.winner(name).map(|setting| (setting.text.clone(), setting.origin.clone()));
            return said.unwrap_or((String::new(), Origin::Default));
        }
        let said = self.said();
        match (self.winner(name), said.first()) {
            (Some(own), said) if said.is_none_or(|said| own.origin.rank() >= said.origin.rank()) => {
                (own.text.clone(), own.origin.clone())
            }
            (_, Some(said)) => (said.addresses.clone(), said.origin.clone()),
            (_, None) => (self.host_and_port(), Origin::Default),
        }
    }

    /// What the keys of this file set.
    fn target(&self) -> &'static str {
        if self.has_certificate() { "tls_listen" } else { "listen" }
    }

    /// Of what was said, that which counts most; more than one only if they are of one rank.
    fn said(&self) -> Vec<Said> {
        let one = |name, prefix: &str| {
            let addresses = self.raw(name);
            (!addresses.is_empty()).then(|| Said {
                name,
                addresses: format!("{prefix}{addresses}"),
                origin: self.origin(name),
            })
        };
        let ways = [one("bind", ""), one("uds", "unix:"), one("fd", "fd:"), self.said_by_port()];
        let mut said: Vec<_> = ways.into_iter().flatten().collect();
        let most = said.iter().map(|said| said.origin.rank()).max();
        said.retain(|said| Some(said.origin.rank()) == most);
        said
    }

    fn said_by_port(&self) -> Option<Said> {
        let either = [self.winner("host"), self.winner("port")].into_iter().flatten();
        let setting = either.max_by_key(|setting| setting.origin.rank())?;
        Some(Said { name: setting.name, addresses: self.host_and_port(), origin: setting.origin.clone() })
    }

    fn host_and_port(&self) -> String {
        with_port(self.raw("host"), self.raw("port"))
    }

    pub(super) fn faults_of_python(&self) -> Vec<ConfigFault> {
        let mut faults = self.faults_of_addresses();
        // The environment of a machine may well ask for workers where somebody develops.
        let flags = ["reload", "workers"].map(|name| matches!(self.origin(name), Origin::CommandLine(_)));
        if flags == [true, true] && self.is_on("reload") && self.number("workers") > 1 {
            faults.push(self.fault("reload", "serves with one worker: leave out `workers`"));
        }
        faults
    }

    fn faults_of_addresses(&self) -> Vec<ConfigFault> {
        let (target, said) = (self.target(), self.said());
        let own = self.winner(target).map(|setting| &setting.origin);
        let flags = |said: &Said| {
            matches!((own, &said.origin), (Some(Origin::CommandLine(_)), Origin::CommandLine(_)))
        };
        if let Some(said) = said.first().filter(|said| flags(said)) {
            return vec![self.excludes(said.name, target)];
        }
        match said.as_slice() {
            // What was put together is written beside what it was made of by `--print-config`.
            [first, ..] if own.is_some_and(|own| own.rank() >= first.origin.rank()) => Vec::new(),
            [first, others @ ..] => {
                others.iter().map(|other| self.excludes(other.name, first.name)).collect()
            }
            [] => Vec::new(),
        }
    }

    fn excludes(&self, name: &str, other: &str) -> ConfigFault {
        self.fault(name, &format!("and `{other}` exclude each other: both say where to listen"))
    }
}
