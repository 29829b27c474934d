//! The state of an application, as each request's future holds it.

use std::ops::Deref;
use std::sync::Arc;

/// State for the time of a request: behind one reference count however large it is, and without one if it is no more than a
/// type.
#[derive(Clone, Debug)]
pub enum Shared<S> {
    /// Of no size, such as `()`.
    Unit(S),
    /// Counted.
    Counted(Arc<S>),
}

impl<S> Shared<S> {
    pub(crate) fn new(state: S) -> Self {
        if size_of::<S>() == 0 { Self::Unit(state) } else { Self::Counted(Arc::new(state)) }
    }
}

impl<S> Deref for Shared<S> {
    type Target = S;

    fn deref(&self) -> &S {
        match self {
            Self::Unit(state) => state,
            Self::Counted(state) => state,
        }
    }
}
