//! Part: a directory that is served, with what visitors uploaded and a clip that browsers play by ranges.

mod ranges;
mod shelf;

use hyperserve::core::BoxError;
use hyperserve::files::ActiveContent;
use hyperserve::prelude::*;

use self::ranges::{Asked, Noted};
use self::shelf::Upload;
use crate::Showcase;
use crate::part::{Part, source};

pub(crate) use self::ranges::Ranges;
pub(crate) use self::shelf::Shelf;

pub(crate) const PART: Part = Part {
    name: "files",
    link: "Files",
    html: include_str!("part.html"),
    style: include_str!("part.css"),
    script: include_str!("part.js"),
    sources: &[source!("files/mod.rs"), source!("files/shelf.rs"), source!("files/ranges.rs")],
};

pub(crate) fn routes(shelf: &Shelf, ranges: &Ranges) -> Result<Router<Showcase>, BoxError> {
    let files = StaticFiles::new(shelf.path())?
        .with_listing(true)
        // So that browsers ask here for each range, and not their cache.
        .with_cache_control("clip.webm", "no-store")?
        // A page or a picture of a stranger would run its scripts as ours.
        .with_active_content(ActiveContent::Attachment);
    let router = Router::new()
        .mount("/files", Noted { files, ranges: ranges.clone() })
        .route("/api/files", get(names))
        .route("/api/ranges", get(asked));
    Ok(router)
}

/// What visitors call the files that they left; all else of them is in the list of the directory.
async fn names(State(shelf): State<Shelf>) -> Json<Vec<Upload>> {
    Json(shelf.uploads().await)
}

/// What was asked for with the same query as this.
async fn asked(State(ranges): State<Ranges>, uri: Uri) -> Json<Vec<Asked>> {
    Json(ranges.with_query(uri.query().unwrap_or_default()))
}

#[cfg(test)]
mod tests;
