//! Uploads for the Python suites: forms are spooled to the system's temporary directory, which the suites choose by `TMPDIR`,
//! and an account is kept of how that ended.

use std::{
    collections::BTreeMap,
    error::Error as _,
    sync::{Mutex, PoisonError},
};

use http::StatusCode;
use hyperserve_core::{BodyError, FromRequest as _, IntoResponse as _, Request, Response};
use hyperserve_router::{Multipart, Rejection, Spooled};
use hyperserve_tests::app;
use serde_json::{Value, json};

/// How the uploads of all workers ended.
#[derive(Default)]
pub(crate) struct Uploads(Mutex<BTreeMap<String, usize>>);

/// An upload whose handler is dropped unless it says how it ended.
struct Running<'a> {
    uploads: &'a Uploads,
    end: Option<String>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let end = self.end.take().unwrap_or_else(|| "dropped".to_owned());
        *self.uploads.0.lock().unwrap_or_else(PoisonError::into_inner).entry(end).or_default() += 1;
    }
}

impl Uploads {
    /// `/spool/account.json`, or a form to be spooled.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        match request.uri().path() {
            "/spool" => self.spool(request).await,
            "/spool/account.json" => {
                app::json(&json!(*self.0.lock().unwrap_or_else(PoisonError::into_inner)))
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }

    async fn spool(&self, request: Request) -> Response {
        let mut running = Running { uploads: self, end: None };
        let outcome = spooled(request).await;
        running.end = Some(outcome.as_ref().map_or_else(end, |_| "whole".to_owned()));
        outcome.map_or_else(|rejection| rejection.into_response(), |fields| app::json(&facts(&fields)))
    }
}

async fn spooled(request: Request) -> Result<Vec<Spooled>, Rejection> {
    Multipart::from_request(request, &()).await?.spool_all().await
}

fn end(rejection: &Rejection) -> String {
    let body: Option<&BodyError> = rejection.source().and_then(|source| source.downcast_ref());
    match body.is_some_and(BodyError::is_disconnected) {
        true => "disconnected".to_owned(),
        false => rejection.status().as_str().to_owned(),
    }
}

fn facts(fields: &[Spooled]) -> Value {
    fields
        .iter()
        .map(|field| json!({ "length": field.length(), "in_memory": field.is_in_memory() }))
        .collect()
}
