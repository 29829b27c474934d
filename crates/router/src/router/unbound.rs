//! An endpoint that may still wait for the application's state.

use std::any::type_name;
use std::sync::Arc;

use crate::endpoint::Route;
use crate::handler::{Handler, Shared};

/// An endpoint once its state is known.
pub(crate) enum Unbound<S> {
    Ready(Route),
    Waiting(Arc<dyn Fn(Shared<S>) -> Route + Send + Sync>),
}

impl<S: Clone + 'static> Unbound<S> {
    pub(crate) fn handler<H, M>(handler: H) -> (Self, &'static str)
    where
        H: Handler<M, S>,
    {
        let make = move |state| handler.clone().into_route(state);
        (Self::Waiting(Arc::new(make)), type_name::<H>())
    }

    pub(crate) fn bind(&self, state: &Shared<S>) -> Route {
        match self {
            Self::Ready(route) => route.clone(),
            Self::Waiting(make) => make(state.clone()),
        }
    }
}

impl<S> Clone for Unbound<S> {
    fn clone(&self) -> Self {
        match self {
            Self::Ready(route) => Self::Ready(route.clone()),
            Self::Waiting(make) => Self::Waiting(Arc::clone(make)),
        }
    }
}
