//! [`StaticFilesError`]: why there is nothing to serve files from.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;

/// Why [`StaticFiles`](crate::StaticFiles) could not be made: one sentence that says what to do.
#[derive(Debug)]
pub struct StaticFilesError {
    told: String,
    source: Option<io::Error>,
}

impl StaticFilesError {
    pub(crate) fn new(told: impl Into<String>) -> Self {
        Self { told: told.into(), source: None }
    }

    /// About the directory.
    pub(crate) fn directory(path: &Path, source: io::Error) -> Self {
        let path = path.display();
        let told = match source.kind() {
            io::ErrorKind::NotFound => format!("there is no directory {path}: create it, or name another"),
            io::ErrorKind::NotADirectory => {
                format!("{path} is not a directory: name the one that the files are in")
            }
            io::ErrorKind::PermissionDenied => {
                format!("the directory {path} may not be read: allow it, or name another")
            }
            _ => format!("the directory {path} cannot be served: {source}"),
        };
        Self { told, source: Some(source) }
    }
}

impl fmt::Display for StaticFilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told)
    }
}

impl Error for StaticFilesError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as &(dyn Error + 'static))
    }
}
