//! The Autobahn test suite: a Python 2.7 to run it, its packages under `.tools`, and its command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::failure::Failure;
use crate::job::Job;
use crate::workspace::Workspace;

const REQUIREMENTS: &str = "tests/autobahn/requirements.txt";
/// pip's and Python's name for the folder that stands for the person's own packages.
const BASE: &str = "PYTHONUSERBASE";

/// The suite, installed.
#[derive(Debug)]
pub(super) struct Suite {
    python: PathBuf,
    /// `.tools/autobahn`
    base: PathBuf,
}

impl Suite {
    /// Installs the suite for this Python, anew when its pinned requirements have changed.
    pub(super) fn ensure(workspace: &Workspace, python: PathBuf) -> Result<Self, Failure> {
        let suite = Self { python, base: workspace.tools().join("autobahn") };
        let requirements = workspace.path(REQUIREMENTS);
        let pinned = fs::read_to_string(&requirements).map_err(Failure::during(requirements.display()))?;
        let stamp = suite.base.join("requirements.txt");
        if !fs::read_to_string(&stamp).is_ok_and(|installed| installed == pinned) {
            println!("installing the Autobahn test suite into .tools/autobahn (about 45 seconds)");
            suite.install(&requirements)?;
            fs::write(&stamp, pinned).map_err(Failure::during(stamp.display()))?;
        }
        Ok(suite)
    }

    fn install(&self, requirements: &Path) -> Result<(), Failure> {
        if self.base.exists() {
            fs::remove_dir_all(&self.base).map_err(Failure::during(self.base.display()))?;
        }
        let pip = ["-m", "pip", "install", "--user", "--quiet", "--no-input", "--disable-pip-version-check"];
        let job = Job::new(&self.python).args(pip).args(["--no-warn-script-location", "--requirement"]);
        job.args([requirements]).env(BASE, &self.base).succeed()
    }

    /// `wstest --mode MODE --spec FILE` with this specification, beside its report in `folder`, which is made anew.
    pub(super) fn wstest(
        &self,
        mode: &str,
        folder: &Path,
        specification: &Value,
        limit: Duration,
    ) -> Result<Job, Failure> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(Failure::during(folder.display()))?;
        }
        fs::create_dir_all(folder).map_err(Failure::during(folder.display()))?;
        let file = folder.join("specification.json");
        fs::write(&file, specification.to_string()).map_err(Failure::during(file.display()))?;
        let job =
            Job::new(&self.python).args([self.base.join("bin/wstest")]).args(["--mode", mode, "--spec"]);
        Ok(job.args([file]).env(BASE, &self.base).directory(folder).limit(limit))
    }
}

/// A CPython 2.7 with TLS: from the path, or one of pyenv's.
pub(super) fn python() -> Option<PathBuf> {
    std::iter::once(PathBuf::from("python2.7")).chain(of_pyenv()).find(|python| is_usable(python))
}

fn of_pyenv() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv"));
    let Some(root) = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or(home) else { return Vec::new() };
    let versions = fs::read_dir(root.join("versions")).into_iter().flatten().flatten();
    let python2 = versions.filter(|entry| entry.file_name().to_string_lossy().starts_with("2.7."));
    python2.map(|entry| entry.path().join("bin/python2.7")).collect()
}

fn is_usable(python: &Path) -> bool {
    let check = "import pip, ssl, sys, zlib; sys.exit(sys.version_info[:2] != (2, 7))";
    Job::new(python).args(["-c", check]).output().is_ok()
}
