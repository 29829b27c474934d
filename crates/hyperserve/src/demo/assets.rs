//! The files of the page, embedded in the program.

use bytes::Bytes;
use http::header;
use hyperserve_core::{Body, IntoResponse, Response};
use hyperserve_server::LimitEntry;

use super::limits_table;

/// One file that is the same for every server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    kind: &'static str,
    text: &'static str,
}

pub(super) const SCRIPT: Asset =
    Asset { kind: "text/javascript; charset=utf-8", text: include_str!("app.js") };
pub(super) const STYLE: Asset = Asset { kind: "text/css; charset=utf-8", text: include_str!("style.css") };
pub(super) const ICON: Asset = Asset { kind: "image/svg+xml", text: include_str!("icon.svg") };

impl Asset {
    pub(super) fn answer(self) -> Response {
        file(self.kind, self.text.into())
    }
}

/// The page with what does not change while the server runs already in it, so that nothing moves when the figures come.
pub(super) fn page_with(limits: &[LimitEntry]) -> Bytes {
    let page = include_str!("page.html")
        .replace("<!--version-->", env!("CARGO_PKG_VERSION"))
        .replace("<!--limits-->", &limits_table::rows(limits));
    page.into()
}

pub(super) fn page(page: Bytes) -> Response {
    file("text/html; charset=utf-8", page.into())
}

fn file(kind: &'static str, body: Body) -> Response {
    // Another version of the program may answer the next request at this address.
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], body).into_response()
}
