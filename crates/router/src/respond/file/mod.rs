//! [`File`]: one file of the file system as the response.

mod body;
mod disposition;

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use http::{HeaderValue, header};
use hyperserve_core::{Body, IntoResponse, Response};

use self::body::FileBody;

/// A file as the response, read piece by piece while it is sent.
///
/// The answer has the length of the file, its media type as its name tells it (text in UTF-8, `nosniff`), and when it
/// was modified. It knows no ranges and no conditions: to serve a directory, or files that are asked for again and
/// again, take the crate `hyperserve-static`.
///
/// The path is opened as it is: never make it of what a client sent.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use hyperserve_core::IntoResponse;
/// use hyperserve_router::File;
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
    file: std::fs::File,
    length: u64,
    modified: Option<SystemTime>,
    content_type: HeaderValue,
    disposition: Option<HeaderValue>,
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
        tokio::task::spawn_blocking(move || Self::opened(&path)).await?
    }

    fn opened(path: &PathBuf) -> io::Result<Self> {
        // Asked before as well: to open a pipe would wait for its other end.
        regular(&std::fs::metadata(path)?)?;
        let file = std::fs::File::open(path)?;
        let metadata = file.metadata()?;
        regular(&metadata)?;
        Ok(Self {
            file,
            length: metadata.len(),
            modified: metadata.modified().ok(),
            content_type: content_type(path),
            disposition: None,
        })
    }

    /// Sets the media type, in place of the one that the file's name tells. One that HTTP does not allow is logged
    /// and changes nothing.
    pub fn with_content_type<V: TryInto<HeaderValue>>(mut self, media_type: V) -> Self {
        match media_type.try_into() {
            Ok(value) => self.content_type = value,
            Err(_) => tracing::error!("media type of a file left out: not valid"),
        }
        self
    }

    /// Has the client save the file under this name (RFC 6266). Any text is allowed: control characters, slashes and
    /// backslashes are replaced by `_`, and clients that know only ASCII get `_` for other characters, too.
    pub fn with_attachment(mut self, name: impl AsRef<str>) -> Self {
        self.disposition = Some(disposition::attachment(name.as_ref()));
        self
    }

    /// The length in bytes that the file had when it was opened, which is the length that is sent.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "a directory cannot be sent, only a file"));
    }
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "only a regular file can be sent"));
    }
    Ok(())
}

/// The media type that the name tells; text is said to be UTF-8.
fn content_type(path: &Path) -> HeaderValue {
    let unknown = HeaderValue::from_static("application/octet-stream");
    match mime_guess::from_path(path).first_raw() {
        Some(text) if text.starts_with("text/") => {
            HeaderValue::try_from(format!("{text}; charset=utf-8")).unwrap_or(unknown)
        }
        Some(other) => HeaderValue::from_static(other),
        None => unknown,
    }
}

/// `Last-Modified`, never later than now (RFC 9110 §8.8.2.1); times that an HTTP date cannot hold have none.
fn http_date(modified: SystemTime) -> Option<HeaderValue> {
    let modified = modified.min(SystemTime::now());
    let since = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let year_10_000 = Duration::from_secs(253_402_300_800);
    let text = (since < year_10_000).then(|| httpdate::fmt_http_date(modified))?;
    HeaderValue::try_from(text).ok()
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::new(FileBody::new(self.file, self.length)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.content_type);
        headers.insert(header::CONTENT_LENGTH, self.length.into());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(date) = self.modified.and_then(http_date) {
            headers.insert(header::LAST_MODIFIED, date);
        }
        if let Some(disposition) = self.disposition {
            headers.insert(header::CONTENT_DISPOSITION, disposition);
        }
        response
    }
}

#[cfg(test)]
mod tests;
