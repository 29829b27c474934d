//! Programs from the crate registry, at pinned versions, installed into `.tools` when the machine has none.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::job::Job;
use crate::workspace::Workspace;

/// A program that `cargo install --locked` provides.
#[derive(Debug)]
pub(crate) struct Tool {
    /// The crate.
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    /// The program that the crate installs.
    pub(crate) program: &'static str,
    /// How long the installation takes, measured on two cores.
    pub(crate) takes: &'static str,
}

impl Tool {
    /// The program: from `.tools`, else from `PATH` if it is the pinned version, else installed now.
    pub(crate) fn ensure(&self, workspace: &Workspace) -> Result<PathBuf, Failure> {
        let own = workspace.tools().join("bin").join(self.program);
        if self.is_at(&own) {
            return Ok(own);
        }
        let elsewhere = PathBuf::from(self.program);
        if self.is_at(&elsewhere) {
            return Ok(elsewhere);
        }
        self.install(workspace)?;
        Ok(own)
    }

    /// Programs without a version of their own (httpwg) are trusted where this tool put them, and nowhere else.
    fn is_at(&self, program: &Path) -> bool {
        let says = || Job::new(program).args(["--version"]).output().unwrap_or_default();
        let installed = program.is_absolute().then(|| program.with_file_name(self.stamp()));
        installed.is_some_and(|stamp| stamp.exists() && program.exists())
            || says().split_whitespace().any(|word| word == self.version)
    }

    fn stamp(&self) -> String {
        format!(".{}-{}", self.program, self.version)
    }

    fn install(&self, workspace: &Workspace) -> Result<(), Failure> {
        println!("installing {} {} into .tools ({})", self.package, self.version, self.takes);
        let tools = workspace.tools();
        // not `Workspace::cargo`: its target folder would keep hundreds of megabytes of the tool's own build
        Job::new("cargo")
            .args(["install", "--locked", "--force", self.package, "--version", self.version, "--root"])
            .args([&tools])
            .without_env("CARGO_TARGET_DIR")
            .succeed()?;
        let stamp = tools.join("bin").join(self.stamp());
        std::fs::write(&stamp, "").map_err(Failure::during(stamp.display()))
    }
}
