//! [`Origin`]: where a value comes from, which is also how much it counts.

use std::fmt;
use std::path::PathBuf;

/// Where a value of the configuration comes from.
///
/// Later kinds win over earlier ones, in the order in which they stand here; of one kind, the value that was set last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// [`Config::with_defaults`](super::Config::with_defaults).
    Application,
    /// A configuration file.
    File {
        /// As it was named, or found in the working directory.
        path: PathBuf,
        /// The line, from 1, where it is known.
        line: Option<usize>,
    },
    /// An environment variable of this name.
    Environment(String),
    /// A flag of the command line, such as `--listen`.
    CommandLine(String),
    /// [`Config::with`](super::Config::with) and its kin.
    Code,
}

impl Origin {
    /// How much it counts.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::Application => 1,
            Self::File { .. } => 2,
            Self::Environment(_) => 3,
            Self::CommandLine(_) => 4,
            Self::Code => 5,
        }
    }

    /// Whether it is read anew by each [`Config::load`](super::Config::load).
    pub(super) const fn is_ambient(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Environment(_))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Application => f.write_str("application"),
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => path.display().fmt(f),
            Self::Environment(name) => f.write_str(name),
            Self::CommandLine(flag) => f.write_str(flag),
            Self::Code => f.write_str("code"),
        }
    }
}
