//! A service that keeps the folder it serves for as long as it lives.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use hyperserve_core::Request;
use tempfile::TempDir;
use tower_service::Service;

/// `inner`, and the folder, which is removed with the last clone.
#[derive(Debug, Clone)]
pub(super) struct Kept<S> {
    inner: S,
    _folder: Arc<TempDir>,
}

impl<S> Kept<S> {
    pub(super) fn new(inner: S, folder: &Arc<TempDir>) -> Self {
        Self { inner, _folder: Arc::clone(folder) }
    }
}

impl<S: Service<Request>> Service<Request> for Kept<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> S::Future {
        self.inner.call(request)
    }
}
