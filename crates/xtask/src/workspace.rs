//! Where things are: the checkout, its target folder, its private tools; and how cargo is called on it.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::job::Job;

/// The checkout this tool was built from.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The checkout around this crate; its target folder is `CARGO_TARGET_DIR` where that is set.
    pub(crate) fn here() -> Self {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = crates.ancestors().nth(2).unwrap_or(crates).to_owned();
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Self { root, target }
    }

    /// A path inside the checkout.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// What this tool installs for itself lies here, out of git and out of the person's own folders.
    pub(crate) fn tools(&self) -> PathBuf {
        self.path(".tools")
    }

    /// Cargo's target folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The folder of the debug programs.
    pub(crate) fn programs(&self) -> PathBuf {
        self.target.join("debug")
    }

    /// A program run at the root of the checkout.
    pub(crate) fn job(&self, program: impl AsRef<std::ffi::OsStr>) -> Job {
        Job::new(program).directory(&self.root)
    }

    /// `cargo VERB --locked ARGS` at the root (a verb may be two words): one target folder for all steps, no incremental state on disk.
    pub(crate) fn cargo(&self, verb: &str, arguments: &[&str]) -> Job {
        let lock: &[&str] = if verb == "fmt" { &[] } else { &["--locked"] };
        self.job("cargo")
            .args(verb.split(' '))
            .args(lock)
            .args(arguments)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "0")
    }

    /// Builds one debug program and says where it is.
    pub(crate) fn program(&self, package: &str, name: &str) -> Result<PathBuf, Failure> {
        self.cargo("build", &["--package", package, "--bin", name]).succeed()?;
        Ok(self.programs().join(name))
    }
}
