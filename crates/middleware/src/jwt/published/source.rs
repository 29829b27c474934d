//! [`Source`]: where a JWK Set is published.

use std::fmt;
use std::path::{Path, PathBuf};

use super::address::Address;
use crate::jwt::JwtError;

/// The most bytes of a set that are read.
pub(super) const LONGEST: usize = 256 * 1024;

#[derive(Debug)]
pub(crate) enum Source {
    Text(Vec<u8>),
    File(PathBuf),
    Url(Box<Address>),
}

impl Source {
    pub(crate) fn url(url: &str) -> Result<Self, JwtError> {
        Ok(Self::Url(Box::new(Address::parse(url)?)))
    }

    pub(super) const fn is_fixed(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// What can be had without a runtime.
    pub(super) fn read_now(&self) -> Result<Option<Vec<u8>>, JwtError> {
        match self {
            Self::Text(json) => Ok(Some(json.clone())),
            Self::File(path) => read(path).map(Some),
            Self::Url(_) => Ok(None),
        }
    }

    pub(super) async fn read(&self) -> Result<Vec<u8>, JwtError> {
        match self {
            Self::Text(json) => Ok(json.clone()),
            Self::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || read(&path)).await;
                read.unwrap_or_else(|error| Err(JwtError::new("the file was not read").with_source(error)))
            }
            Self::Url(address) => address.get().await,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("given"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Url(address) => write!(f, "{address}"),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, JwtError> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| {
        JwtError::new(format!("cannot read the JWK Set in {}: {error}", path.display())).with_source(error)
    };
    let mut json = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LONGEST as u64 + 1).read_to_end(&mut json).map_err(failed)?;
    if json.len() > LONGEST {
        return Err(JwtError::new(format!("the JWK Set in {} is longer than 256 KiB", path.display())));
    }
    Ok(json)
}
