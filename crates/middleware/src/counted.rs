//! What a layer and all of its services share.

use std::ops::Deref;
use std::sync::Arc;

/// A shared value whose references each service counts by itself.
///
/// A server clones its service for each connection, and a response's future holds a reference: with one count for all, the
/// workers would pass its cache line to and fro with every request.
#[derive(Debug)]
#[expect(clippy::redundant_allocation, reason = "the outer allocation is the count that is not shared")]
pub(crate) struct Counted<T> {
    shared: Arc<Arc<T>>,
}

impl<T> Counted<T> {
    pub(crate) fn new(shared: Arc<T>) -> Self {
        Self { shared: Arc::new(shared) }
    }

    /// The same value with a count of its own.
    pub(crate) fn again(&self) -> Self {
        Self::new(Arc::clone(&self.shared))
    }
}

/// The same count.
impl<T> Clone for Counted<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.shared
    }
}
