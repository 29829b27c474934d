//! Which parts of files were asked for, and what was answered: the last of them, for a page to show.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyperserve::prelude::*;
use serde::Serialize;
use tower::Service;

/// Requests that are remembered, of all visitors.
const KEPT: usize = 64;

/// The longest query and the longest `Range` that are remembered.
const LONGEST: usize = 100;

/// The last requests for parts of files. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges {
    last: Arc<Mutex<VecDeque<Asked>>>,
}

/// A request for a part of a file (RFC 9110 §14.2), and what it got.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Asked {
    /// Tells one page's requests from another's; files do not care for it.
    #[serde(skip)]
    query: String,
    range: String,
    status: u16,
    content_range: Option<String>,
}

impl Ranges {
    fn remember(&self, asked: Asked) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(asked);
    }

    /// Those with this query, the oldest first.
    pub(super) fn with_query(&self, query: &str) -> Vec<Asked> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().filter(|asked| asked.query == query).cloned().collect()
    }
}

/// Files, and who remembers what was asked of them.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub(super) files: StaticFiles,
    pub(super) ranges: Ranges,
}

impl Service<Request> for Noted {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <StaticFiles as Service<Request>>::poll_ready(&mut self.files, cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (ranges, asked) = (self.ranges.clone(), asked(&request));
        let answer = self.files.call(request);
        Box::pin(async move {
            let response = answer.await?;
            if let Some((query, range)) = asked {
                ranges.remember(Asked::new(query, range, &response));
            }
            Ok(response)
        })
    }
}

impl Asked {
    fn new(query: String, range: String, response: &Response) -> Self {
        let content_range = response.headers().get(header::CONTENT_RANGE);
        let content_range = content_range.and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { query, range, status: response.status().as_u16(), content_range }
    }
}

/// The query and the `Range` of a request that has one.
fn asked(request: &Request) -> Option<(String, String)> {
    let range = request.headers().get(header::RANGE)?.to_str().ok()?;
    let query = request.uri().query().unwrap_or_default();
    let is_short = range.len() <= LONGEST && query.len() <= LONGEST;
    is_short.then(|| (query.to_owned(), range.to_owned()))
}
