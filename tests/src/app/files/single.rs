//! One file as the answer of a handler: `/file` of `spec/app.md`.

use std::path::{Path, PathBuf};

use http::{HeaderMap, Method, StatusCode};
use hyperserve::files::File;
use hyperserve_core::{IntoResponse as _, Problem, Response};
use hyperserve_router::{Router, get};

pub(super) fn router(path: &Path) -> Router {
    let (whole, asked, named) = (path.to_owned(), path.to_owned(), path.to_owned());
    let as_asked = move |method: Method, headers: HeaderMap| {
        answered(asked.clone(), move |file| file.respond(&method, &headers))
    };
    let as_csv =
        |file: File| file.with_content_type("text/csv").with_attachment("a/b \u{e4}.csv").into_response();
    Router::new()
        .route("/whole", get(move || answered(whole.clone(), File::into_response)))
        .route("/asked", get(as_asked))
        .route("/named", get(move || answered(named.clone(), as_csv)))
}

async fn answered(path: PathBuf, respond: impl FnOnce(File) -> Response) -> Response {
    match File::open(path).await {
        Ok(file) => respond(file),
        Err(_) => Problem::new(StatusCode::NOT_FOUND).into_response(),
    }
}
