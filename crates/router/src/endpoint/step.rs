//! What is put around endpoints, in the order in which it was asked for.

use std::sync::Arc;

use super::detached::detached;
use super::limited::limited;
use super::{Route, RouteLayer};

/// One thing around an endpoint.
#[derive(Clone)]
pub(crate) enum Step {
    Layer(Arc<dyn RouteLayer>),
    BodyLimit(usize),
    Detached,
}

impl Step {
    pub(crate) fn layer(layer: impl RouteLayer) -> Self {
        Self::Layer(Arc::new(layer))
    }

    /// Puts all steps around `inner`, the last one outermost.
    pub(crate) fn apply_all(steps: &[Self], inner: Route) -> Route {
        steps.iter().fold(inner, |inner, step| step.apply(inner))
    }

    fn apply(&self, inner: Route) -> Route {
        match self {
            Self::Layer(layer) => layer.wrap(inner),
            Self::BodyLimit(bytes) => limited(inner, *bytes),
            Self::Detached => detached(inner),
        }
    }
}
