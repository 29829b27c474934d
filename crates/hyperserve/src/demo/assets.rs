//! The files of the page, embedded in the program.

use bytes::Bytes;
use http::header;
use hyperserve_core::{Body, IntoResponse, Response};
use hyperserve_server::LimitEntry;

use super::limits_table;

/// One file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asset {
    Page,
    Script,
    Style,
    Icon,
}

/// The files; the page with what does not change while the server runs already in it, so that nothing moves when the
/// figures come.
#[derive(Debug)]
pub(super) struct Assets {
    page: Bytes,
}

impl Assets {
    pub(super) fn new(limits: &[LimitEntry]) -> Self {
        let page = include_str!("page.html")
            .replace("<!--version-->", env!("CARGO_PKG_VERSION"))
            .replace("<!--limits-->", &limits_table::rows(limits));
        Self { page: page.into() }
    }

    pub(super) fn answer(&self, asset: Asset) -> Response {
        let (kind, body) = match asset {
            Asset::Page => ("text/html; charset=utf-8", Body::from(self.page.clone())),
            Asset::Script => ("text/javascript; charset=utf-8", Body::from(include_str!("app.js"))),
            Asset::Style => ("text/css; charset=utf-8", Body::from(include_str!("style.css"))),
            Asset::Icon => ("image/svg+xml", Body::from(include_str!("icon.svg"))),
        };
        // Another version of the program may answer the next request at this address.
        ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], body).into_response()
    }
}
