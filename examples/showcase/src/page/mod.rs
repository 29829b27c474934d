//! The page and its files: embedded in the program, made ready at the start, answered with an entity tag.

mod assemble;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use hyperserve::prelude::*;

use crate::Showcase;
use crate::part::Part;
use crate::routes::Rows;

pub(crate) use self::assemble::escaped;

pub(crate) fn routes() -> Router<Showcase> {
    Router::new()
        .route("/", get(file))
        .route("/{file}", get(file))
        .route("/parts/{part}.js", get(file))
        .route("/source/{*path}", get(file))
}

/// Every file of the page by its path.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    files: Arc<HashMap<String, File>>,
}

#[derive(Debug)]
struct File {
    kind: &'static str,
    body: Bytes,
    /// RFC 9110 §8.8.3.
    etag: String,
}

impl File {
    fn new(kind: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        Self { kind, body, etag: format!("\"{:016x}\"", hasher.finish()) }
    }
}

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

impl Page {
    pub(crate) fn new(parts: &[&Part], rows: &Rows, layers: &[&str]) -> Self {
        let html = assemble::page(parts, rows, layers);
        let mut files = HashMap::from([
            ("/".to_owned(), File::new("text/html; charset=utf-8", html)),
            ("/page.css".to_owned(), File::new(STYLE, assemble::style(parts))),
            ("/page.js".to_owned(), File::new(SCRIPT, include_str!("page.js"))),
            ("/code.js".to_owned(), File::new(SCRIPT, include_str!("code.js"))),
            ("/icon.svg".to_owned(), File::new("image/svg+xml", include_str!("icon.svg"))),
        ]);
        for part in parts {
            files.insert(format!("/parts/{}.js", part.name), File::new(SCRIPT, part.script));
            let sources = part.sources.iter();
            files.extend(
                sources.map(|source| (format!("/source/{}", source.path), File::new(TEXT, source.text))),
            );
        }
        Self { files: Arc::new(files) }
    }
}

/// The file at this very path; 304 to who has it (RFC 9110 §13.1.2).
async fn file(State(page): State<Page>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let missing = || Problem::new(StatusCode::NOT_FOUND).with_detail("The page has no such file.");
    let file = page.files.get(uri.path()).ok_or_else(missing)?;
    // Another build of the program may answer the next request at this address.
    let about = [(header::ETAG, file.etag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if has(&headers, &file.etag) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(header::CONTENT_TYPE, file.kind)], file.body.clone()).into_response())
}

/// Whether `If-None-Match` names this tag, compared weakly (RFC 9110 §8.8.3.2): a proxy that compresses makes it weak.
fn has(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|tag| tag == etag || tag == "*")
}

/// A problem that a browser asked for is a page with its style written into it; it holds no script.
const PROBLEM_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Gives problems a policy of their own in place of the page's.
pub(crate) fn let_problems_have_style(mut response: Response) -> Response {
    if response.extensions().get::<Problem>().is_some() {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, PROBLEM_POLICY);
    }
    response
}

#[cfg(test)]
mod tests;
