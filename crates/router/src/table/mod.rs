//! The routes as they are served: built once, read by every worker.

mod build;
mod host;
mod info;
mod lookup;
mod methods;
mod shards;
mod tree;

use std::collections::HashMap;
use std::sync::Arc;

use hyperserve_core::RouteTable;

use crate::endpoint::Route;
use crate::pattern::{Pattern, UrlError};

pub(crate) use self::build::{Builder, FallbackRegistration, Registration};
use self::host::Hosts;
pub use self::info::RouteInfo;
pub(crate) use self::lookup::{Outcome, other_slash};
pub(crate) use self::methods::allow_all;

/// Everything that a router knows once it is built.
pub(crate) struct Table {
    hosts: Hosts,
    slash_redirect: bool,
    /// Answers what no route and no fallback does.
    not_found: Route,
    pub(crate) routes: Vec<Entry>,
    /// Route names to indexes.
    names: HashMap<Box<str>, usize>,
}

/// What is known of one route beside how it is found.
pub(crate) struct Entry {
    pattern: Pattern,
    /// Of the captures, the host's first.
    names: Box<[Box<str>]>,
    pub(crate) info: RouteInfo,
}

impl Table {
    pub(crate) fn url(&self, name: &str, values: &[(&str, String)]) -> Result<String, UrlError> {
        let entry = self.names.get(name).and_then(|&route| self.routes.get(route));
        entry.ok_or_else(|| UrlError::unknown(name))?.pattern.path(values)
    }
}

/// A table as one connection holds it. Each clone of a service has its own count of references, so that cores which answer
/// different connections do not contend for one.
pub(crate) struct LocalTable {
    table: Arc<Table>,
}

impl LocalTable {
    pub(crate) fn new(table: Arc<Table>) -> Arc<Self> {
        Arc::new(Self { table })
    }

    pub(crate) fn table(&self) -> &Arc<Table> {
        &self.table
    }
}

impl RouteTable for LocalTable {
    fn pattern(&self, route: usize) -> &str {
        self.table.routes.get(route).map_or("", |entry| &entry.info.pattern)
    }

    fn names(&self, route: usize) -> &[Box<str>] {
        self.table.routes.get(route).map_or(&[], |entry| &entry.names)
    }
}
