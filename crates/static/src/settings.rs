//! [`Settings`]: what of a directory is shown, and how its files are labelled.

use globset::{Glob, GlobMatcher};
use http::HeaderValue;

use crate::disposition::attachment;
use crate::hashed::is_hashed;
use crate::media_type::{self, Activity};
use crate::representation::Labels;
use crate::{ActiveContent, StaticFilesError};

/// A year, which is as good as for ever (RFC 9111 §1.2.2 and RFC 8246).
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// To be asked about each time, which takes a 304.
const ASK: HeaderValue = HeaderValue::from_static("no-cache");

/// Nothing of another origin, no script, an origin of its own.
const SANDBOX: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");

/// Files that are read in one go where nothing is kept.
const ONE_GO: u64 = 256 * 1024;

/// Files that are not worth a `sendfile`.
const SENT: u64 = 128 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// What is in front of the names, without a slash at its end.
    pub(crate) prefix: String,
    pub(crate) index: Vec<String>,
    pub(crate) listing: bool,
    pub(crate) listing_limit: usize,
    pub(crate) fallback: Option<String>,
    pub(crate) not_found: Option<String>,
    pub(crate) precompressed: bool,
    pub(crate) dotfiles: bool,
    pub(crate) symlinks: bool,
    pub(crate) active: ActiveContent,
    pub(crate) cache_size: u64,
    pub(crate) cache_file_size: u64,
    pub(crate) open_files: u64,
    pub(crate) sendfile: bool,
    cache_control: Vec<(GlobMatcher, HeaderValue)>,
    other_cache_control: Option<HeaderValue>,
    attachments: Vec<GlobMatcher>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            index: vec!["index.html".into()],
            listing: false,
            listing_limit: 10_000,
            fallback: None,
            not_found: None,
            precompressed: true,
            dotfiles: false,
            symlinks: false,
            active: ActiveContent::Sandboxed,
            cache_size: 64 << 20,
            cache_file_size: 1 << 20,
            open_files: 128,
            sendfile: false,
            cache_control: Vec::new(),
            other_cache_control: Some(ASK),
            attachments: Vec::new(),
        }
    }
}

impl Settings {
    /// Up to which length a file is read whole.
    pub(crate) fn most_in_memory(&self) -> u64 {
        let most = if self.cache_size == 0 { ONE_GO } else { u64::MAX };
        let most = if self.sendfile { SENT.min(most) } else { most };
        self.cache_file_size.min(most)
    }

    /// Whether what is not there has a page.
    pub(crate) const fn has_pages(&self) -> bool {
        self.fallback.is_some() || self.not_found.is_some()
    }

    pub(crate) fn add_cache_control(&mut self, glob: &str, value: &str) -> Result<(), StaticFilesError> {
        self.cache_control.push((matcher(glob)?, header(value)?));
        Ok(())
    }

    pub(crate) fn set_other_cache_control(&mut self, value: Option<&str>) -> Result<(), StaticFilesError> {
        self.other_cache_control = value.map(header).transpose()?;
        Ok(())
    }

    pub(crate) fn add_attachment(&mut self, glob: &str) -> Result<(), StaticFilesError> {
        self.attachments.push(matcher(glob)?);
        Ok(())
    }

    /// The fields of the file of this name.
    pub(crate) fn labels(&self, name: &str) -> Labels {
        let media_type = media_type::of_name(name);
        let activity = media_type::activity(&media_type);
        let is_attachment = self.attachments.iter().any(|glob| glob.is_match(name))
            || (self.active == ActiveContent::Attachment && activity != Activity::None);
        let is_sandboxed = self.active == ActiveContent::Sandboxed && activity == Activity::Hidden;
        let file = name.rsplit('/').next().unwrap_or(name);
        Labels {
            cache_control: self.cache_control(name),
            disposition: is_attachment.then(|| attachment(file)),
            policy: is_sandboxed.then_some(SANDBOX),
            media_type,
        }
    }

    fn cache_control(&self, name: &str) -> Option<HeaderValue> {
        let rule = self.cache_control.iter().find(|(glob, _)| glob.is_match(name));
        match rule {
            Some((_, value)) => Some(value.clone()),
            None if is_hashed(name) => Some(FOR_EVER),
            None => self.other_cache_control.clone(),
        }
    }
}

/// A pattern without a slash is one of file names in any directory.
fn matcher(glob: &str) -> Result<GlobMatcher, StaticFilesError> {
    let path = glob.strip_prefix('/').unwrap_or(glob);
    let path = if glob.contains('/') { path.to_owned() } else { format!("**/{path}") };
    let mut builder = globset::GlobBuilder::new(&path);
    let built: Result<Glob, _> = builder.literal_separator(true).build();
    built.map(|glob| glob.compile_matcher()).map_err(|error| {
        StaticFilesError::new(format!(
            "`{glob}` is not a pattern of paths, like `*.woff2` or `/downloads/**`: {}",
            error.kind()
        ))
    })
}

fn header(value: &str) -> Result<HeaderValue, StaticFilesError> {
    let told = || {
        StaticFilesError::new(format!("{value:?} cannot be a header's value: leave out control characters"))
    };
    HeaderValue::try_from(value).map_err(|_| told())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(rules: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (glob, value) in rules {
            settings.add_cache_control(glob, value).unwrap();
        }
        settings
    }

    #[test]
    fn the_first_rule_counts_and_hashes_come_after_rules() {
        let settings = with(&[("*.woff2", "max-age=60"), ("/img/**", "no-store"), ("old.*.js", "no-cache")]);
        for (name, value) in [
            ("a.woff2", "max-age=60"),
            ("img/a.woff2", "max-age=60"),
            ("img/b/c.png", "no-store"),
            ("x/img/c.png", "no-cache"),
            ("old.3f2a9c1b.js", "no-cache"),
            ("app.3f2a9c1b.js", "public, max-age=31536000, immutable"),
            ("index.html", "no-cache"),
        ] {
            assert_eq!(settings.labels(name).cache_control.unwrap(), value, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_is_told() {
        let mut settings = Settings::default();
        let told = settings.add_cache_control("a[", "x").unwrap_err().to_string();
        assert!(told.starts_with("`a[` is not a pattern of paths"), "{told}");
        let told = settings.add_cache_control("*", "a\nb").unwrap_err().to_string();
        assert!(told.contains("cannot be a header's value"), "{told}");
    }

    #[test]
    fn what_the_kernel_can_send_is_not_kept_in_memory() {
        let with = |cache_size, cache_file_size, sendfile| {
            Settings { cache_size, cache_file_size, sendfile, ..Settings::default() }.most_in_memory()
        };
        assert_eq!((with(9, 1 << 20, false), with(9, 1 << 20, true)), (1 << 20, 128 << 10));
        assert_eq!((with(0, 1 << 20, false), with(0, 1 << 20, true)), (256 << 10, 128 << 10));
        assert_eq!((with(9, 1000, true), with(0, 1000, true)), (1000, 1000));
    }

    #[test]
    fn documents_that_hide_scripts_are_held_back() {
        let mut settings = Settings::default();
        assert_eq!(settings.labels("a.svg").policy, Some(SANDBOX));
        assert!(settings.labels("a.html").policy.is_none());
        settings.active = ActiveContent::Attachment;
        assert_eq!(
            settings.labels("x/a.html").disposition.unwrap(),
            "attachment; filename=\"a.html\"; filename*=UTF-8''a.html"
        );
        settings.active = ActiveContent::Trusted;
        let trusted = settings.labels("a.svg");
        assert!(trusted.policy.is_none() && trusted.disposition.is_none());
    }
}
