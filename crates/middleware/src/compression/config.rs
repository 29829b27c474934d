//! [`CompressionConfig`]: what is offered, at which levels, for what.

use std::error::Error;
use std::fmt;

use super::Coding;
use super::coding::{default_level, levels};
use super::media_type::Types;

/// What a [`CompressionLayer`](super::CompressionLayer) does; checked when the layer is made.
///
/// | | default |
/// |---|---|
/// | codings, in order of preference | zstd, br, gzip |
/// | levels | zstd 3, br 4, gzip 5 |
/// | minimum length | 1024 bytes |
/// | content types | those that shrink, see the [module](super) |
#[derive(Clone, Debug)]
#[must_use]
pub struct CompressionConfig {
    codings: Vec<Coding>,
    levels: [u8; Coding::ALL.len()],
    minimum: usize,
    types: Vec<String>,
    no_types: Vec<String>,
}

impl Default for CompressionConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl CompressionConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            codings: Coding::ALL.to_vec(),
            levels: Coding::ALL.map(default_level),
            minimum: 1024,
            types: Vec::new(),
            no_types: Vec::new(),
        }
    }

    /// Sets which codings are offered. Their order decides where the client's weights do not: the first is preferred.
    pub fn with_codings(mut self, codings: impl IntoIterator<Item = Coding>) -> Self {
        self.codings = codings.into_iter().collect();
        self
    }

    /// Sets the level of a coding; see [`levels`](super::levels).
    pub const fn with_level(mut self, coding: Coding, level: u8) -> Self {
        self.levels[coding.index()] = level;
        self
    }

    /// Sets the length in bytes below which content is sent as it is. 0 compresses all but empty content.
    pub const fn with_minimum(mut self, bytes: usize) -> Self {
        self.minimum = bytes;
        self
    }

    /// Adds media types to be compressed: `application/x-letters`, or `model/*` for all of a kind.
    pub fn with_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.types.extend(types.into_iter().map(Into::into));
        self
    }

    /// Names media types not to be compressed, whatever else says so: `text/csv`, or `font/*`.
    pub fn without_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.no_types.extend(types.into_iter().map(Into::into));
        self
    }
}

/// The checked configuration; all clones of a service share one.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) codings: Box<[Coding]>,
    pub(super) levels: [u8; Coding::ALL.len()],
    pub(super) minimum: usize,
    pub(super) types: Types,
}

impl Settings {
    pub(super) const fn level(&self, coding: Coding) -> u8 {
        self.levels[coding.index()]
    }
}

impl TryFrom<&CompressionConfig> for Settings {
    type Error = CompressionError;

    fn try_from(config: &CompressionConfig) -> Result<Self, CompressionError> {
        check_codings(&config.codings)?;
        for &coding in &config.codings {
            let (level, levels) = (config.levels[coding.index()], levels(coding));
            if !levels.contains(&level) {
                return Err(CompressionError(format!(
                    "{coding} has no level {level}: choose one of {} to {}",
                    levels.start(),
                    levels.end()
                )));
            }
        }
        Ok(Self {
            codings: config.codings.clone().into_boxed_slice(),
            levels: config.levels,
            minimum: config.minimum.max(1),
            types: Types::try_new(&config.types, &config.no_types).map_err(CompressionError)?,
        })
    }
}

fn check_codings(codings: &[Coding]) -> Result<(), CompressionError> {
    if codings.is_empty() {
        return Err(CompressionError("no coding is offered: name one, or leave the layer out".to_owned()));
    }
    match codings.iter().enumerate().find(|(index, coding)| codings[..*index].contains(coding)) {
        Some((_, twice)) => Err(CompressionError(format!("{twice} is offered twice: name it once"))),
        None => Ok(()),
    }
}

/// What is wrong with a [`CompressionConfig`], in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompressionError(String);

impl fmt::Display for CompressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for CompressionError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(config: &CompressionConfig) -> String {
        Settings::try_from(config).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_are_right() {
        let settings = Settings::try_from(&CompressionConfig::default()).unwrap();
        assert_eq!(settings.codings[..], [Coding::Zstd, Coding::Brotli, Coding::Gzip]);
        assert_eq!((settings.levels, settings.minimum), ([3, 4, 5], 1024));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        let new = CompressionConfig::new;
        let none = "no coding is offered: name one, or leave the layer out";
        assert_eq!(fault(&new().with_codings([])), none);
        let twice = new().with_codings([Coding::Gzip, Coding::Zstd, Coding::Gzip]);
        assert_eq!(fault(&twice), "gzip is offered twice: name it once");
        assert_eq!(fault(&new().with_level(Coding::Brotli, 12)), "br has no level 12: choose one of 0 to 9");
        assert_eq!(fault(&new().with_level(Coding::Zstd, 0)), "zstd has no level 0: choose one of 1 to 9");
        assert!(fault(&new().with_types(["letters"])).contains("letters"));
        assert!(fault(&new().without_types(["text/"])).contains("text/"));
    }

    #[test]
    fn the_level_of_a_coding_that_is_not_offered_does_not_matter() {
        let config = CompressionConfig::new().with_codings([Coding::Gzip]).with_level(Coding::Zstd, 99);
        assert!(Settings::try_from(&config).is_ok());
    }
}
