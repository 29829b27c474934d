//! [`StaticFiles`]: a directory to serve, and how.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cache::CacheStats;
use crate::lookup::Found;
use crate::path::decode;
use crate::root::Root;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::source::Source;
use crate::{ActiveContent, StaticFilesError};

/// Serves the files of a directory. It is a tower service; clones are the same directory with the same cache.
///
/// | setting | default |
/// |---|---|
/// | [`with_index`](Self::with_index) | `index.html` |
/// | [`with_listing`](Self::with_listing) | off |
/// | [`with_spa`](Self::with_spa), [`with_not_found_page`](Self::with_not_found_page) | none |
/// | [`with_precompressed`](Self::with_precompressed) | on |
/// | [`with_cache_control`](Self::with_cache_control) | names with a hash: for ever; all else: `no-cache` |
/// | [`with_attachment`](Self::with_attachment) | none |
/// | [`with_active_content`](Self::with_active_content) | [`ActiveContent::Sandboxed`] |
/// | [`with_dotfiles`](Self::with_dotfiles), [`with_symlinks`](Self::with_symlinks) | off |
/// | [`with_cache_size`](Self::with_cache_size) | 64 MiB |
/// | [`with_cache_file_size`](Self::with_cache_file_size) | 1 MiB |
/// | [`with_open_files`](Self::with_open_files) | 128 |
///
/// It must be called on a tokio runtime, whose blocking threads ask the file system.
#[derive(Clone, Debug)]
#[must_use = "files are served once this is mounted"]
pub struct StaticFiles {
    pub(crate) shared: Arc<Shared>,
}

impl StaticFiles {
    /// Serves the directory of this path. It is opened now; when its path names another directory later, such as a new release
    /// behind a symbolic link, that one is taken within a second.
    ///
    /// # Errors
    ///
    /// [`StaticFilesError`] when there is no such directory, or it may not be read: its text says what to do.
    pub fn new(directory: impl Into<PathBuf>) -> Result<Self, StaticFilesError> {
        let path = directory.into();
        let root =
            Root::open(path.clone(), false).map_err(|error| StaticFilesError::directory(&path, error))?;
        Ok(Self::of(Source::Directory(root), Settings::default()))
    }

    /// Serves a directory that was put into the program by [`include_dir!`](include_dir::include_dir), in the very same way. Its
    /// files have entity tags and no dates.
    #[cfg(feature = "embed")]
    pub fn embedded(directory: &'static include_dir::Dir<'static>) -> Self {
        Self::of(Source::Embedded(crate::embedded::Embedded::new(directory)), Settings::default())
    }

    fn of(source: Source, settings: Settings) -> Self {
        Self { shared: Arc::new(Shared::new(Arc::new(source), settings)) }
    }

    fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.shared.settings.clone();
        change(&mut settings);
        Self { shared: Arc::new(Shared::new(Arc::clone(&self.shared.source), settings)) }
    }

    fn try_with<T>(
        self,
        change: impl FnOnce(&mut Settings) -> Result<T, StaticFilesError>,
    ) -> Result<Self, StaticFilesError> {
        let mut told = Ok(());
        let changed = self.with(|settings| told = change(settings).map(drop));
        told.map(|()| changed)
    }

    /// Sets the path that this is at, where nothing takes it off: `/static` of `/static/app.js`. A router that this is mounted in
    /// does.
    pub fn with_prefix(self, path: &str) -> Self {
        self.with(|settings| settings.prefix = path.trim_end_matches('/').to_owned())
    }

    /// Sets the names that stand for a directory, in the order in which they are looked for.
    pub fn with_index<T: Into<String>>(self, names: impl IntoIterator<Item = T>) -> Self {
        self.with(|settings| settings.index = names.into_iter().map(Into::into).collect())
    }

    /// No name stands for a directory.
    pub fn without_index(self) -> Self {
        self.with_index([""; 0])
    }

    /// Sets whether a directory without an index is listed, as a page or, for those who accept `application/json`, as JSON.
    pub fn with_listing(self, on: bool) -> Self {
        self.with(|settings| settings.listing = on)
    }

    /// Sets the most files of a directory that are listed. 10 000 by default.
    pub fn with_listing_limit(self, files: usize) -> Self {
        self.with(|settings| settings.listing_limit = files)
    }

    /// Sets the page of a single-page application, which makes its paths itself: what is not there is answered with it and 200
    /// if the last segment has no dot, or `Accept` names `text/html`. Parts of a page that are missing are still 404.
    ///
    /// # Errors
    ///
    /// [`StaticFilesError`] when there is no such file in the directory.
    pub fn with_spa(self, page: &str) -> Result<Self, StaticFilesError> {
        let page = self.page(page)?;
        Ok(self.with(|settings| settings.fallback = Some(page)))
    }

    /// Sets the page that a 404 has, in place of a problem.
    ///
    /// # Errors
    ///
    /// [`StaticFilesError`] when there is no such file in the directory.
    pub fn with_not_found_page(self, page: &str) -> Result<Self, StaticFilesError> {
        let page = self.page(page)?;
        Ok(self.with(|settings| settings.not_found = Some(page)))
    }

    /// Sets whether `app.js.br`, `app.js.zst` and `app.js.gz` are what `app.js` is to those who accept their codings. On by
    /// default. Such a file counts if it is not older than the plain one.
    pub fn with_precompressed(self, on: bool) -> Self {
        self.with(|settings| settings.precompressed = on)
    }

    /// Adds a rule for `Cache-Control`: files that a pattern matches have this value. The first rule that matches counts. A
    /// pattern with a slash is one of paths (`/img/**`), without one of names anywhere (`*.woff2`).
    ///
    /// After all rules, names with a hash in them, as bundlers make them, have `public, max-age=31536000, immutable`; and the rest
    /// `no-cache`: to be asked about each time, which takes a 304.
    ///
    /// # Errors
    ///
    /// [`StaticFilesError`] when the pattern or the value cannot be.
    pub fn with_cache_control(self, pattern: &str, value: &str) -> Result<Self, StaticFilesError> {
        self.try_with(|settings| settings.add_cache_control(pattern, value))
    }

    /// Sets the `Cache-Control` of files that no rule is for. `no-cache` by default; with `None` they have none.
    ///
    /// # Errors
    ///
    /// [`StaticFilesError`] when the value cannot be.
    pub fn with_default_cache_control(self, value: Option<&str>) -> Result<Self, StaticFilesError> {
        self.try_with(|settings| settings.set_other_cache_control(value))
    }

    /// Has clients save the files that a pattern matches, under the names they have (RFC 6266).
    ///
    /// # Errors
    ///
    /// [`StaticFilesError`] when the pattern cannot be.
    pub fn with_attachment(self, pattern: &str) -> Result<Self, StaticFilesError> {
        self.try_with(|settings| settings.add_attachment(pattern))
    }

    /// Sets what is done about documents that can run scripts.
    pub fn with_active_content(self, active: ActiveContent) -> Self {
        self.with(|settings| settings.active = active)
    }

    /// Sets whether names that begin with a dot are served. Off by default; what is in `.well-known` (RFC 8615) always is.
    pub fn with_dotfiles(self, on: bool) -> Self {
        self.with(|settings| settings.dotfiles = on)
    }

    /// Sets whether symbolic links are followed that stay within the directory. Off by default; those that lead out of it, and
    /// absolute ones, never are.
    ///
    /// # Errors
    ///
    /// [`StaticFilesError`] when the system has no safe way to follow them (Linux before 5.6, and other systems).
    pub fn with_symlinks(self, on: bool) -> Result<Self, StaticFilesError> {
        let source = self
            .shared
            .source
            .with_symlinks(on)
            .map_err(|error| StaticFilesError::directory(self.shared.source.path(), error))?;
        let mut settings = self.shared.settings.clone();
        settings.symlinks = on;
        Ok(Self::of(source, settings))
    }

    /// Sets how many bytes of small files are kept in memory. 64 MiB by default; 0 keeps none.
    ///
    /// What is kept is looked at again when it is asked for a second later or more.
    pub fn with_cache_size(self, bytes: u64) -> Self {
        self.with(|settings| settings.cache_size = bytes)
    }

    /// Sets up to how many bytes a file is small. 1 MiB by default. The entity tag of a small file is a hash of its content, that
    /// of a larger one tells its length, its time and its inode.
    pub fn with_cache_file_size(self, bytes: u64) -> Self {
        self.with(|settings| settings.cache_file_size = bytes)
    }

    /// Sets that the server has the kernel send files (its setting `sendfile`): then none above 128 KiB is small, since what is in
    /// the program's memory would have to be copied. A smaller [`with_cache_file_size`](Self::with_cache_file_size) stays.
    pub fn with_sendfile(self, on: bool) -> Self {
        self.with(|settings| settings.sendfile = on)
    }

    /// Sets how many files are kept open that are not small. 128 by default; 0 keeps none, so that each request opens its own.
    ///
    /// They are looked up again as small files are, and a file that is written to in place is opened anew at once.
    pub fn with_open_files(self, files: u64) -> Self {
        self.with(|settings| settings.open_files = files)
    }

    /// How the cache does.
    #[must_use]
    pub fn cache_stats(&self) -> CacheStats {
        self.shared.cache.stats()
    }

    /// The name of a page, which must be there.
    fn page(&self, page: &str) -> Result<String, StaticFilesError> {
        let missing = || {
            let directory = self.shared.source.path().display();
            StaticFilesError::new(format!(
                "there is no file {page} in {directory}: create it, or name another"
            ))
        };
        let path = format!("/{}", page.trim_start_matches('/').replace('%', "%25"));
        let name = decode(&path, self.shared.settings.dotfiles).ok_or_else(missing)?;
        let found = self.shared.source.find(&self.shared.settings, &name);
        match found {
            Ok((Found::File(_), _)) => Ok(name.into_owned()),
            Ok(_) => Err(missing()),
            Err(error) => Err(StaticFilesError::directory(self.shared.source.path(), error)),
        }
    }
}
