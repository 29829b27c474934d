//! [`File`]: one file as the response of a handler.

use std::io;
use std::path::Path;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method};
use hyperserve_core::{Body, IntoResponse, Response};

use crate::answer::{answer, body, whole};
use crate::disposition::attachment;
use crate::media_type;
use crate::representation::{Content, Labels, Representation, Resource};
use crate::stamp::Stamp;

/// A file as the response, read piece by piece while it is sent.
///
/// The answer has the length of the file, its media type as its name tells it (text in UTF-8, `nosniff`), an entity tag and when
/// it was modified. As a response by itself it is the whole file; [`respond`](Self::respond) knows conditions and ranges. To
/// serve a directory, take [`StaticFiles`](crate::StaticFiles).
///
/// The path is opened as it is: never make it of what a client sent.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use hyperserve_core::IntoResponse;
/// use hyperserve_static::File;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("report.csv");
/// # std::fs::write(&path, "a,b\n")?;
/// let response = File::open(&path).await?.with_attachment("Report.csv").into_response();
/// assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
/// assert_eq!(response.headers()["content-length"], "4");
/// assert_eq!(response.into_body().collect(100).await.unwrap(), "a,b\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct File {
    file: Arc<std::fs::File>,
    stamp: Stamp,
    labels: Labels,
    grows: bool,
}

impl File {
    /// Opens a file. Must be called on a tokio runtime, whose blocking threads open and read it.
    ///
    /// # Errors
    ///
    /// Whatever the file system says, with its [`io::ErrorKind`] (`NotFound`, `PermissionDenied`);
    /// [`IsADirectory`](io::ErrorKind::IsADirectory) for a directory and
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for a pipe, a socket or a device. A refused path is not opened.
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        tokio::task::spawn_blocking(move || Self::open_blocking(path)).await?
    }

    /// Opens a file where it may wait for the file system.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_blocking(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        // Asked before as well: to open a pipe would wait for its other end.
        regular(&std::fs::metadata(path)?)?;
        let file = std::fs::File::open(path)?;
        let metadata = file.metadata()?;
        regular(&metadata)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let labels = Labels {
            media_type: media_type::of_name(&name),
            cache_control: None,
            disposition: None,
            policy: None,
        };
        Ok(Self { file: Arc::new(file), stamp: Stamp::of(&metadata), labels, grows: false })
    }

    /// Sets the media type, in place of the one that the file's name tells. One that HTTP does not allow is logged
    /// and changes nothing.
    pub fn with_content_type<V: TryInto<HeaderValue>>(mut self, media_type: V) -> Self {
        match media_type.try_into() {
            Ok(value) => self.labels.media_type = value,
            Err(_) => tracing::error!("media type of a file left out: not valid"),
        }
        self
    }

    /// Has the client save the file under this name (RFC 6266). Any text is allowed: control characters, slashes and
    /// backslashes are replaced by `_`, and clients that know only ASCII get `_` for other characters, too.
    pub fn with_attachment(mut self, name: impl AsRef<str>) -> Self {
        self.labels.disposition = Some(attachment(name.as_ref()));
        self
    }

    /// Sets whether the file is only ever appended to, such as a log. Then it is sent as long as it was, though it grew meanwhile.
    /// Otherwise, which is the default, a file that is written to while it is sent ends in a broken connection: what was sent may
    /// be a mixture.
    pub const fn with_growth(mut self, on: bool) -> Self {
        self.grows = on;
        self
    }

    /// The length in bytes that the file had when it was opened, which is the length that is sent.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.stamp.length()
    }

    /// Answers a GET or HEAD with these header fields: whole, in the ranges that are asked for, or not at all if the client has
    /// it (RFC 9110 §13, §14).
    pub fn respond(self, method: &Method, headers: &HeaderMap) -> Response {
        answer(&Resource::new(self.representation(), Vec::new()), method, headers)
    }

    /// The bytes alone, as they are sent.
    pub fn into_body(self) -> Body {
        body(&self.content(), 0..self.length())
    }

    fn content(&self) -> Content {
        let stamp = if self.grows { self.stamp.growing() } else { self.stamp };
        Content::Disk(Arc::clone(&self.file), stamp)
    }

    fn representation(self) -> Representation {
        Representation::new(self.content(), self.stamp.modified(), &self.labels, None, false)
    }
}

fn regular(metadata: &std::fs::Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "a directory cannot be sent, only a file"));
    }
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "only a regular file can be sent"));
    }
    Ok(())
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        whole(&self.representation(), &Method::GET)
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
