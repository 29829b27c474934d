//! [`Spooled`]: a field that was read whole, in memory or in a file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str;

use bytes::Bytes;
use http::{HeaderMap, header};
use hyperserve_core::Body;

use super::super::Field;
use super::persist::Persist;
use super::reader::{SpooledBody, SpooledReader};
use super::temporary::TemporaryFile;
use crate::extract::Rejection;
use crate::extract::location::{Location, Part};

/// A field of a form that [`Field::spool`] has read: its facts, and its content in memory or in a
/// temporary file. Dropping it removes the file, on a blocking thread.
///
/// The content can be read as often as one likes: with [`reader`](Self::reader) as
/// [`AsyncRead`](tokio::io::AsyncRead), or as the [`Body`] of a response or of a request to another server.
///
/// A process that is killed leaves its temporary files behind; their names begin with `.upload-`.
pub struct Spooled {
    name: String,
    file_name: Option<String>,
    headers: HeaderMap,
    length: u64,
    /// The most bytes that could have been in memory.
    threshold: usize,
    content: Content,
}

/// Where the content is.
pub(super) enum Content {
    Memory(Bytes),
    File(TemporaryFile),
}

impl Spooled {
    pub(super) fn new(field: Field<'_>, threshold: usize, length: u64, content: Content) -> Self {
        let (name, file_name, headers) = field.into_facts();
        Self { name, file_name, headers, length, threshold, content }
    }

    /// The name of the field.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file as the client says it. Never use it as a path: see [`Field::file_name`].
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// The media type as the client says it: a claim, not a fact.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// The headers of the part.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// How many bytes the content has.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Whether the content is in memory, and not in a file.
    #[must_use]
    pub const fn is_in_memory(&self) -> bool {
        matches!(self.content, Content::Memory(_))
    }

    /// The content, if it is in memory.
    #[must_use]
    pub const fn as_bytes(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Memory(bytes) => Some(bytes),
            Content::File(_) => None,
        }
    }

    /// The temporary file, if the content is in one: for programs that want a path. It lasts as long as this value does.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.content {
            Content::Memory(_) => None,
            Content::File(file) => Some(file.path()),
        }
    }

    /// The content as text.
    ///
    /// # Errors
    ///
    /// 413 when it is not in memory, since it is too long for that, and 400 when it is not UTF-8.
    pub fn text(&self) -> Result<&str, Rejection> {
        let place = || Location::new(Part::Body).name(&self.name);
        let Some(bytes) = self.as_bytes() else {
            let detail = format!("A field of the form is longer than {} bytes.", self.threshold);
            return Err(Rejection::too_large(detail, self.threshold as u64).with_location(place()));
        };
        str::from_utf8(bytes).map_err(|error| {
            Rejection::malformed("A field of the form is not valid UTF-8.")
                .with_location(place())
                .with_source(error)
        })
    }

    /// Reads the content from its beginning. Each reader has a place of its own.
    pub fn reader(&self) -> SpooledReader {
        match &self.content {
            Content::Memory(bytes) => SpooledReader::of_bytes(bytes.clone()),
            Content::File(file) => SpooledReader::of_file(file.file(), self.length),
        }
    }

    /// The content as a body of exactly its length. The file is removed with the body.
    ///
    /// To send it back to a browser, give the response a `Content-Type` of your own and
    /// `Content-Disposition: attachment`: with the client's type an upload could be a page of your site, and its scripts yours.
    pub fn into_body(self) -> Body {
        let reader = self.reader();
        match self.content {
            Content::Memory(bytes) => Body::from(bytes),
            Content::File(file) => Body::new(SpooledBody::new(reader, file, self.length)),
        }
    }

    /// Keeps the content as a file of this name, which must be new. Await it, after settings if they are wanted:
    ///
    /// ```
    /// # use hyperserve_router::{PersistError, Spooled};
    /// async fn keep(upload: Spooled) -> Result<(), PersistError> {
    ///     upload.persist("data/1.jpg").with_overwrite().with_mode(0o644).await
    /// }
    /// ```
    ///
    /// The file gets its name when it is whole: nobody finds half of it, nor does a crash leave half of it. Within a
    /// file system it is renamed, otherwise copied.
    pub fn persist(self, path: impl Into<PathBuf>) -> Persist {
        Persist::new(self, path.into())
    }

    pub(super) fn with_content(self, content: Content) -> Self {
        Self { content, ..self }
    }

    pub(super) fn take_content(&mut self) -> Content {
        std::mem::replace(&mut self.content, Content::Memory(Bytes::new()))
    }
}

impl From<Spooled> for Body {
    fn from(spooled: Spooled) -> Self {
        spooled.into_body()
    }
}

impl fmt::Debug for Spooled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spooled")
            .field("name", &self.name)
            .field("file_name", &self.file_name)
            .field("headers", &self.headers)
            .field("length", &self.length)
            .field("path", &self.path())
            .finish()
    }
}
