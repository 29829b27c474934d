//! One line of the table that `routes()` lists.

use std::panic::Location;

use http::Method;

/// What is known of one registered route.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteInfo {
    /// The method it answers; `None`: every method that no other route of the pattern answers.
    pub method: Option<Method>,
    /// The host it is for; `None`: every host.
    pub host: Option<Box<str>>,
    /// The pattern, prefixes of nesting included.
    pub pattern: Box<str>,
    /// What reverse URLs call it.
    pub name: Option<Box<str>>,
    /// The type of its handler or service.
    pub handler: &'static str,
    /// Where it was registered.
    pub site: &'static Location<'static>,
}
