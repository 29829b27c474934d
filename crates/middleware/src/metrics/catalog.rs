//! [`Catalog`]: the numbers of the series, the same on every thread.

use std::sync::Arc;

use super::method::{MethodLabel, OTHER};

/// What stands in the place of a route where none was matched. A pattern begins with `/` or names a host with one behind it.
const UNMATCHED: &str = "unmatched";

const METHODS: u32 = MethodLabel::ALL.len() as u32;

/// The number of a series.
pub(super) type Series = u32;

/// Requests without a route: the first numbers.
pub(super) const fn unmatched(method: MethodLabel) -> Series {
    method as u32
}

/// Requests of routes beyond the bound: the next numbers.
pub(super) const fn beyond(method: MethodLabel) -> Series {
    METHODS + method as u32
}

/// A method and a route.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) method: MethodLabel,
    pub(super) route: Box<str>,
}

impl Name {
    pub(super) fn is(&self, method: MethodLabel, route: &str) -> bool {
        self.method == method && *self.route == *route
    }
}

/// The names that have a number of their own.
#[derive(Debug)]
pub(super) struct Catalog {
    names: Vec<Arc<Name>>,
    most: usize,
}

impl Catalog {
    pub(super) const fn new(most: usize) -> Self {
        Self { names: Vec::new(), most }
    }

    /// The number of a name, which is given one if there is room.
    pub(super) fn number(&mut self, method: MethodLabel, route: &str) -> Option<(Series, Arc<Name>)> {
        let known = self.names.iter().position(|name| name.is(method, route));
        let place = match known {
            Some(place) => place,
            None if self.names.len() >= self.most => return None,
            None => {
                self.names.push(Arc::new(Name { method, route: route.into() }));
                self.names.len() - 1
            }
        };
        Some((Self::series(place), Arc::clone(&self.names[place])))
    }

    /// All of them, with their numbers.
    pub(super) fn all(&self) -> impl Iterator<Item = (Series, &Arc<Name>)> {
        self.names.iter().enumerate().map(|(place, name)| (Self::series(place), name))
    }

    /// The labels of a series.
    pub(super) fn labels(&self, series: Series) -> (&'static str, &str) {
        let method =
            |number: u32| MethodLabel::ALL.get(number as usize).map_or(OTHER, |method| method.as_str());
        if series < METHODS {
            return (method(series), UNMATCHED);
        }
        match self.names.get((series as usize).wrapping_sub(2 * METHODS as usize)) {
            Some(name) => (name.method.as_str(), &name.route),
            None => (method(series - METHODS), OTHER),
        }
    }

    fn series(place: usize) -> Series {
        u32::try_from(place).unwrap_or(u32::MAX).saturating_add(2 * METHODS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back_to_names() {
        let mut catalog = Catalog::new(2);
        let (get, _) = catalog.number(MethodLabel::Get, "/a").unwrap();
        let (post, _) = catalog.number(MethodLabel::Post, "/a").unwrap();
        assert_eq!(catalog.number(MethodLabel::Get, "/a").unwrap().0, get);
        assert!(catalog.number(MethodLabel::Get, "/b").is_none());
        assert_eq!((catalog.labels(get), catalog.labels(post)), (("GET", "/a"), ("POST", "/a")));
        assert_eq!(catalog.labels(unmatched(MethodLabel::Other)), ("other", "unmatched"));
        assert_eq!(catalog.labels(beyond(MethodLabel::Get)), ("GET", "other"));
        assert_eq!(catalog.all().count(), 2);
    }
}
