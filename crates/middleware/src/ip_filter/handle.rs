//! [`IpFilter`]: the rules of a running layer.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::IpRules;

/// A handle on the rules of a layer, and of all services made with it. Cloning costs one reference count.
#[derive(Clone, Debug)]
pub struct IpFilter {
    rules: Arc<ArcSwap<IpRules>>,
}

impl IpFilter {
    pub(super) fn new(rules: IpRules) -> Self {
        Self { rules: Arc::new(ArcSwap::from_pointee(rules)) }
    }

    /// Puts these rules in the place of the present ones. They hold for every request whose head arrives from now on;
    /// what is being answered is not cut.
    pub fn replace(&self, rules: IpRules) {
        self.rules.store(Arc::new(rules));
    }

    /// The present rules.
    #[must_use]
    pub fn rules(&self) -> Arc<IpRules> {
        self.rules.load_full()
    }

    /// Runs `ask` on the present rules without a reference count, which all threads would share.
    pub(super) fn with<T>(&self, ask: impl FnOnce(&IpRules) -> T) -> T {
        ask(&self.rules.load())
    }
}
