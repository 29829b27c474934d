//! Part: uploads that stream. What is small is held in memory, what is large goes to a file as it comes, and is kept for a while.

use std::io;
use std::time::Instant;

use bytes::BytesMut;
use hyperserve::core::BoxError;
use hyperserve::middleware::limits::ConcurrencyLimitLayer;
use hyperserve::prelude::*;
use hyperserve::router::Spooled;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use crate::Showcase;
use crate::files::Shelf;
use crate::part::{Part, source};

pub(crate) const PART: Part = Part {
    name: "upload",
    link: "Uploads",
    html: include_str!("part.html"),
    style: include_str!("part.css"),
    script: include_str!("part.js"),
    sources: &[source!("upload/mod.rs")],
};

/// The most bytes of one request, where other routes take 2 MiB.
const LIMIT: usize = 64 * 1024 * 1024;

/// The most requests at once: each takes room on the disk before it is among the files that are kept.
const AT_ONCE: usize = 4;

pub(crate) fn routes() -> Result<Router<Showcase>, BoxError> {
    let few = ConcurrencyLimitLayer::try_new(AT_ONCE)?;
    Ok(Router::new().route("/api/upload", post(receive).body_limit(LIMIT).layer(few)))
}

#[derive(Debug, Serialize)]
struct Receipt {
    files: Vec<Received>,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Received {
    /// What the client calls the file; never a path to write to.
    name: Option<String>,
    bytes: u64,
    /// Whether it was never written to a file before it was kept.
    in_memory: bool,
    sha256: String,
    /// Its name under `/files/`.
    kept: String,
}

/// Takes all of a form or nothing.
async fn receive(State(shelf): State<Shelf>, form: Multipart) -> Result<Json<Receipt>, Problem> {
    let started = Instant::now();
    let mut files = Vec::new();
    for upload in form.with_spool_dir(shelf.path()).spool_all().await? {
        files.push(received(upload, &shelf).await?);
    }
    Ok(Json(Receipt { files, seconds: started.elapsed().as_secs_f64() }))
}

async fn received(upload: Spooled, shelf: &Shelf) -> Result<Received, Problem> {
    let disk = |error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error);
    let sha256 = hash(&upload).await.map_err(disk)?;
    let name = upload.file_name().map(str::to_owned);
    let (bytes, in_memory) = (upload.length(), upload.is_in_memory());
    Ok(Received { name, bytes, in_memory, sha256, kept: shelf.keep(upload).await? })
}

async fn hash(upload: &Spooled) -> io::Result<String> {
    let (mut reader, mut hash) = (upload.reader(), Sha256::new());
    let mut piece = BytesMut::with_capacity(64 * 1024);
    while reader.read_buf(&mut piece).await? > 0 {
        hash.update(&piece);
        piece.clear();
    }
    Ok(format!("{:x}", hash.finalize()))
}

#[cfg(test)]
pub(crate) mod tests;
