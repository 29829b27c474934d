//! A part of the page: what it shows, and the source of what it does.

/// One section of the page with everything that belongs to it. To add a part: a folder with these files, a line in
/// `PARTS`, and its routes in `app`.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its anchor, and its name in addresses.
    pub(crate) name: &'static str,
    /// What the navigation calls it.
    pub(crate) link: &'static str,
    /// Its section's content. An element with the id `NAME-title` is its heading.
    pub(crate) html: &'static str,
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    pub(crate) sources: &'static [Source],
}

/// A file of this very program, as it was compiled.
#[derive(Debug)]
pub(crate) struct Source {
    /// Under `src/`.
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
}

/// The [`Source`] at a path under `src/`.
macro_rules! source {
    ($path:literal) => {
        $crate::part::Source {
            path: $path,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/", $path)),
        }
    };
}

pub(crate) use source;
