//! [`Face`]: which of the two commands a configuration is for.

use std::fmt;

/// A face of HyperServe. Both read the same files and the same environment; some keys mean something to one of them alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Face {
    /// Programs in Rust, the Rust `hyperserve` command among them.
    #[default]
    Rust,
    /// The `hyperserve` command of the Python package, and `hyperserve.run`.
    Python,
}

/// `Rust`, `Python`
impl fmt::Display for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
        })
    }
}
