//! [`ActiveContent`]: what is done about documents that can run scripts.

/// What is done about documents that can run scripts in the name of the origin that serves them: who can put one among the
/// files could act for every visitor who opens it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActiveContent {
    /// SVG and other XML are shown without their scripts, in an origin of their own (`Content-Security-Policy: sandbox`).
    /// They work as images and style sheets all the same. HTML, which everybody knows to be active, is served as it is.
    #[default]
    Sandboxed,
    /// Nothing: all files are your own.
    Trusted,
    /// HTML, SVG and other XML are saved, not shown: for files of strangers.
    Attachment,
}
