//! [`RouteMatch`]: what a router found for a request, kept in its [`RequestContext`](crate::RequestContext).

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use http::uri::PathAndQuery;

/// The routes that a [`RouteMatch`] points into; a router implements it.
pub trait RouteTable: Any + Send + Sync {
    /// The pattern of a route as it was registered: `/users/{id}`.
    fn pattern(&self, route: usize) -> &str;

    /// The names of a route's captures, in the order of its [`Captures`].
    fn names(&self, route: usize) -> &[Box<str>];
}

/// The route that answers a request, and what its captures matched.
///
/// ```
/// use std::sync::Arc;
/// use http::uri::PathAndQuery;
/// use hyperserve_core::{Captures, RouteMatch, RouteTable};
///
/// struct OneRoute([Box<str>; 1]);
///
/// impl RouteTable for OneRoute {
///     fn pattern(&self, _: usize) -> &str { "/users/{id}" }
///     fn names(&self, _: usize) -> &[Box<str>] { &self.0 }
/// }
///
/// let mut captures = Captures::new(PathAndQuery::from_static("/users/7"));
/// captures.push(7, 8);
/// let found = RouteMatch::new(Arc::new(OneRoute(["id".into()])), 0).with_captures(captures);
/// assert_eq!(found.pattern(), "/users/{id}");
/// assert_eq!(found.captures().collect::<Vec<_>>(), [("id", "7")]);
/// assert_eq!((found.count(), found.name(0), found.texts().next()), (1, Some("id"), Some("7")));
/// ```
#[derive(Clone)]
#[must_use]
pub struct RouteMatch {
    table: Arc<dyn RouteTable>,
    route: usize,
    captures: Option<Captures>,
}

impl RouteMatch {
    /// The route of this index in `table`, without captures.
    pub fn new(table: Arc<dyn RouteTable>, route: usize) -> Self {
        Self { table, route, captures: None }
    }

    /// Sets what was captured.
    pub fn with_captures(mut self, captures: Captures) -> Self {
        self.captures = Some(captures);
        self
    }

    /// The pattern of the route as it was registered, prefixes of nesting included: `/users/{id}`.
    #[must_use]
    pub fn pattern(&self) -> &str {
        self.table.pattern(self.route)
    }

    /// Name and text of each capture, as it stands in the path: still percent-encoded.
    pub fn captures(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.table.names(self.route).iter().map(AsRef::as_ref);
        names.zip(self.texts())
    }

    /// The text of each capture alone, in order, as it stands in the path.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.captures.iter().flat_map(Captures::iter)
    }

    /// How many captures there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.captures.as_ref().map_or(0, |captures| captures.count)
    }

    /// The name of one capture, counted from 0.
    #[must_use]
    pub fn name(&self, capture: usize) -> Option<&str> {
        self.table.names(self.route).get(capture).map(AsRef::as_ref)
    }

    /// The table, if it is a `T`: how a router's own extractors reach it.
    #[must_use]
    pub fn table<T: RouteTable>(&self) -> Option<&T> {
        let table: &dyn Any = &*self.table;
        table.downcast_ref()
    }
}

impl fmt::Debug for RouteMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let captures: Vec<_> = self.captures().collect();
        f.debug_struct("RouteMatch").field("pattern", &self.pattern()).field("captures", &captures).finish()
    }
}

/// How many captures are kept without an allocation.
const INLINE: usize = 4;

/// What was matched: the request's own target, which costs no copy, or a text made for the purpose.
#[derive(Clone)]
enum Text {
    Target(PathAndQuery),
    Made(Box<str>),
}

/// What a route's captures matched, as ranges of bytes in the text that was matched.
#[derive(Clone)]
#[must_use]
pub struct Captures {
    text: Text,
    count: usize,
    first: [(u32, u32); INLINE],
    rest: Vec<(u32, u32)>,
}

impl Captures {
    /// None yet, in a request's target.
    pub const fn new(target: PathAndQuery) -> Self {
        Self::within(Text::Target(target))
    }

    /// None yet, in a text that is not the target alone: one that begins with the host, say.
    pub fn of_text(text: impl Into<Box<str>>) -> Self {
        Self::within(Text::Made(text.into()))
    }

    const fn within(text: Text) -> Self {
        Self { text, count: 0, first: [(0, 0); INLINE], rest: Vec::new() }
    }

    /// Adds the bytes from `start` to before `end`. A range that is not in the text, or cuts a character, reads as empty.
    pub fn push(&mut self, start: usize, end: usize) {
        let range = (u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX));
        match self.first.get_mut(self.count) {
            Some(slot) => *slot = range,
            None => self.rest.push(range),
        }
        self.count += 1;
    }

    /// The captured texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let text = match &self.text {
            Text::Target(target) => target.as_str(),
            Text::Made(text) => text,
        };
        let ranges = self.first.iter().take(self.count).chain(&self.rest);
        ranges.map(move |&(start, end)| text.get(start as usize..end as usize).unwrap_or_default())
    }
}

impl fmt::Debug for Captures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_captures_than_fit_inline_keep_their_order() {
        let mut captures = Captures::new(PathAndQuery::from_static("/bcdef"));
        for start in 0..6 {
            captures.push(start, start + 1);
        }
        assert_eq!(captures.iter().collect::<String>(), "/bcdef");
    }

    #[test]
    fn a_range_outside_of_the_text_is_empty() {
        let mut captures = Captures::of_text("é");
        for (start, end) in [(0, 9), (1, 2), (2, 1), (usize::MAX, usize::MAX)] {
            captures.push(start, end);
        }
        assert_eq!(captures.iter().collect::<Vec<_>>(), ["", "", "", ""]);
    }
}
