//! [`DecompressionConfig`]: which codings are taken, and how much may come out.

use std::error::Error;
use std::fmt;

use http::HeaderValue;

use super::Coding;

/// What a [`DecompressionLayer`](super::DecompressionLayer) does; checked when the layer is made.
///
/// | | default |
/// |---|---|
/// | codings | gzip, deflate, br, zstd |
/// | length of the decoded content | the body limit of the request, 2 MiB unless set |
/// | ratio, beyond the first 64 KiB | 100 |
#[derive(Clone, Debug)]
#[must_use]
pub struct DecompressionConfig {
    codings: Vec<Coding>,
    limit: Option<u64>,
    ratio: Option<u32>,
}

impl Default for DecompressionConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl DecompressionConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self { codings: Coding::ALL.to_vec(), limit: None, ratio: Some(100) }
    }

    /// Sets which codings are taken; their order is that of the `Accept-Encoding` of a 415.
    pub fn with_codings(mut self, codings: impl IntoIterator<Item = Coding>) -> Self {
        self.codings = codings.into_iter().collect();
        self
    }

    /// Sets the most bytes of a decoded content, in place of the request's body limit; `u64::MAX` lifts it.
    ///
    /// The request's is the one that holds where the layer stands: a route that raises it further in needs this.
    /// Extractors go on heeding the request's own.
    pub const fn with_limit(mut self, bytes: u64) -> Self {
        self.limit = Some(bytes);
        self
    }

    /// Sets how many times its own length a content may expand to.
    pub const fn with_ratio(mut self, ratio: u32) -> Self {
        self.ratio = Some(ratio);
        self
    }

    /// Takes any ratio; the limit holds.
    pub const fn without_ratio(mut self) -> Self {
        self.ratio = None;
        self
    }
}

/// The checked configuration; all clones of a service share one.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) codings: Box<[Coding]>,
    pub(super) limit: Option<u64>,
    pub(super) ratio: Option<u32>,
    /// What a 415 says.
    pub(super) accept: HeaderValue,
}

impl TryFrom<&DecompressionConfig> for Settings {
    type Error = DecompressionError;

    fn try_from(config: &DecompressionConfig) -> Result<Self, DecompressionError> {
        let codings = &config.codings;
        if codings.is_empty() {
            return Err(DecompressionError("no coding is taken: name one, or leave the layer out"));
        }
        if (1..codings.len()).any(|index| codings[..index].contains(&codings[index])) {
            return Err(DecompressionError("a coding is named twice: name it once"));
        }
        if config.ratio == Some(0) {
            return Err(DecompressionError("the ratio is 0: choose at least 1, or leave the cap out"));
        }
        let names: Vec<_> = codings.iter().map(|coding| coding.name()).collect();
        let accept = HeaderValue::try_from(names.join(", "))
            .map_err(|_| DecompressionError("the names of the codings are no header value"))?;
        Ok(Self { codings: codings.clone().into(), limit: config.limit, ratio: config.ratio, accept })
    }
}

/// What is wrong with a [`DecompressionConfig`], in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecompressionError(&'static str);

impl fmt::Display for DecompressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for DecompressionError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_right() {
        let settings = Settings::try_from(&DecompressionConfig::default()).unwrap();
        assert_eq!((settings.limit, settings.ratio), (None, Some(100)));
        assert_eq!(settings.accept, "gzip, deflate, br, zstd");
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        let new = DecompressionConfig::new;
        for (config, expected) in [
            (new().with_codings([]), "no coding is taken: name one, or leave the layer out"),
            (new().with_codings([Coding::Zstd, Coding::Zstd]), "a coding is named twice: name it once"),
            (new().with_ratio(0), "the ratio is 0: choose at least 1, or leave the cap out"),
        ] {
            assert_eq!(Settings::try_from(&config).unwrap_err().to_string(), expected);
        }
        assert!(Settings::try_from(&new().with_ratio(0).without_ratio()).is_ok());
    }
}
