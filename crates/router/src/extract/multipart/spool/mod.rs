//! [`Field::spool`]: a field into memory while it is small, and into a file beyond.

mod error;
mod persist;
mod reader;
mod spooled;
mod temporary;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::spawn_blocking;

use self::spooled::Content;
use self::temporary::TemporaryFile;
use super::super::Rejection;
use super::{Field, Multipart};

pub use self::error::PersistError;
pub use self::persist::Persist;
pub use self::reader::SpooledReader;
pub use self::spooled::Spooled;

/// What is gathered before it is written: one change of threads for each of these.
const PIECE: usize = 256 * 1024;

impl Multipart {
    /// Sets up to how many bytes [`Field::spool`] keeps a field in memory, in place of
    /// [`MultipartLimits::spool_threshold`](hyperserve_core::MultipartLimits::spool_threshold), 256 KiB by default. With 0
    /// every field that is not empty goes to a file.
    pub const fn with_spool_threshold(mut self, bytes: usize) -> Self {
        self.limits.spool_threshold = bytes;
        self
    }

    /// Sets the directory of the temporary files of [`Field::spool`]; the system's otherwise ([`std::env::temp_dir`]),
    /// which may be small, or memory. Where uploads are kept, take one of the same file system: then
    /// [`Spooled::persist`] need not copy.
    pub fn with_spool_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spool_directory = Some(Arc::from(directory.into()));
        self
    }

    /// Spools all fields, in the order in which they came.
    ///
    /// ```
    /// # use hyperserve_router::{Multipart, Rejection};
    /// async fn titles(form: Multipart) -> Result<String, Rejection> {
    ///     let fields = form.spool_all().await?;
    ///     let titles = fields.iter().filter(|field| field.name() == "title");
    ///     titles.map(|title| title.text()).collect()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`next_field`](Self::next_field) and [`Field::spool`]; what was spooled before is removed.
    pub async fn spool_all(mut self) -> Result<Vec<Spooled>, Rejection> {
        let mut fields = Vec::new();
        while let Some(field) = self.next_field().await? {
            fields.push(field.spool().await?);
        }
        Ok(fields)
    }
}

impl Field<'_> {
    /// Reads the whole field, into memory up to [256 KiB](Multipart::with_spool_threshold), and beyond that into a temporary
    /// file in the [directory](Multipart::with_spool_dir) that was set.
    ///
    /// The file can be read by nobody else (Unix: mode 0600), and is removed when the value is dropped, unless it is
    /// [kept](Spooled::persist). When the future is dropped, as it is when the client goes away, and when a limit is
    /// exceeded, nothing stays behind either. The memory that is taken is no more than the threshold and a piece of 256 KiB;
    /// the client is not read from while a piece is written. So a form whose fields are all spooled and held takes at most
    /// as many thresholds as it may have [parts](hyperserve_core::MultipartLimits::parts), with the defaults 32 MiB, and
    /// never more than the limit on its body.
    ///
    /// Must be called on a tokio runtime, on whose blocking threads files are written.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use hyperserve_core::{Body, FromRequest, Request};
    /// # use hyperserve_router::Multipart;
    /// # let body = "--b\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"s.jpg\"\r\n\r\nJFIF\r\n--b--\r\n";
    /// # let request = Request::builder().header("content-type", "multipart/form-data; boundary=b");
    /// # let mut form = Multipart::from_request(request.body(Body::from(body))?, &()).await?;
    /// # let folder = tempfile::tempdir()?;
    /// let mut form = form.with_spool_dir(folder.path()).with_field_limit("photo", 100 << 20);
    /// while let Some(field) = form.next_field().await? {
    ///     let photo = field.spool().await?;
    ///     assert_eq!((photo.file_name(), photo.length()), (Some("s.jpg"), 4));
    ///     // A name of one's own, never the client's.
    ///     photo.persist(folder.path().join("1.jpg")).await?;
    /// }
    /// assert_eq!(std::fs::read(folder.path().join("1.jpg"))?, b"JFIF");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`chunk`](Self::chunk); and when the file cannot be written, 507 if there is no room for it and 500 otherwise,
    /// with the [`io::Error`] as the source.
    pub async fn spool(mut self) -> Result<Spooled, Rejection> {
        let threshold = self.multipart.limits.spool_threshold;
        let mut sink = Sink::new(threshold, self.multipart.spool_directory.clone());
        while let Some(data) = self.chunk().await? {
            sink.push(&data).await.map_err(Rejection::storage)?;
        }
        let (length, content) = sink.finish().await.map_err(Rejection::storage)?;
        Ok(Spooled::new(self, threshold, length, content))
    }
}

/// Takes what comes, and writes it in pieces once it is too much to hold.
struct Sink {
    /// The most that is held in memory: the threshold, and of a file a piece.
    most: usize,
    directory: Option<Arc<Path>>,
    held: Vec<u8>,
    file: Option<TemporaryFile>,
    written: u64,
}

impl Sink {
    const fn new(threshold: usize, directory: Option<Arc<Path>>) -> Self {
        Self { most: threshold, directory, held: Vec::new(), file: None, written: 0 }
    }

    async fn push(&mut self, data: &[u8]) -> io::Result<()> {
        if self.held.len().saturating_add(data.len()) > self.most {
            self.write().await?;
        }
        // Copied, since a small piece may hold on to the large buffer that the connection was read with.
        self.held.extend_from_slice(data);
        Ok(())
    }

    /// Writes what is held, into a new file if there is none yet. When the future is dropped meanwhile, the thread that
    /// writes has the file, and removes it.
    async fn write(&mut self) -> io::Result<()> {
        let (file, directory) = (self.file.take(), self.directory.clone());
        let mut held = std::mem::take(&mut self.held);
        self.written += held.len() as u64;
        let write = move || {
            let file = file.map_or_else(|| create(directory.as_deref()), Ok)?;
            file.append(&held)?;
            held.clear();
            held.shrink_to(PIECE);
            io::Result::Ok((file, held))
        };
        let (file, held) = spawn_blocking(write).await??;
        (self.file, self.held, self.most) = (Some(file), held, PIECE);
        Ok(())
    }

    /// The length, and where it all is.
    async fn finish(mut self) -> io::Result<(u64, Content)> {
        if self.file.is_some() {
            self.write().await?;
        }
        let held = self.held.into_boxed_slice();
        Ok(match self.file {
            Some(file) => (self.written, Content::File(file)),
            None => (held.len() as u64, Content::Memory(Bytes::from(held))),
        })
    }
}

fn create(directory: Option<&Path>) -> io::Result<TemporaryFile> {
    match directory {
        Some(directory) => TemporaryFile::create(directory),
        None => TemporaryFile::create(&std::env::temp_dir()),
    }
}

#[cfg(test)]
mod tests;
