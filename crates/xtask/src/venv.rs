//! Python virtual environments under `.tools`, each filled from one file of pinned requirements.

use std::fs;
use std::path::{Path, PathBuf};

use crate::debian::{self, Suite};
use crate::failure::Failure;
use crate::job::Job;
use crate::workspace::Workspace;

/// Python of the environment `.tools/NAME`, filled from `requirements`; made anew when that file has changed.
pub(crate) fn ensure(workspace: &Workspace, name: &str, requirements: &Path) -> Result<PathBuf, Failure> {
    let directory = workspace.tools().join(name);
    let python = directory.join("bin/python");
    let stamp = directory.join("requirements.txt");
    let pinned = fs::read_to_string(requirements).map_err(Failure::during(requirements.display()))?;
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == pinned) {
        return Ok(python);
    }
    println!("installing Python packages into .tools/{name}: {}", names(&pinned));
    debian::ensure(&[Suite::Python])?;
    fill(&directory, &python, requirements)?;
    fs::write(&stamp, pinned).map_err(Failure::during(stamp.display()))?;
    Ok(python)
}

fn fill(directory: &Path, python: &Path, requirements: &Path) -> Result<(), Failure> {
    check_version()?;
    Job::new("python3").args(["-m", "venv", "--clear"]).args([directory]).succeed()?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--requirement"];
    Job::new(python).args(pip).args([requirements]).succeed()
}

/// Python 3.11 is the oldest that the suites are run on.
fn check_version() -> Result<(), Failure> {
    let check = "import sys; sys.exit(f'Python 3.11 or later is needed, this is {sys.version}' \
                 if sys.version_info < (3, 11) else 0)";
    Job::new("python3").args(["-c", check]).output().map(drop)
}

/// The requirements without their comments, on one line.
fn names(requirements: &str) -> String {
    let lines = requirements.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn comments_are_left_out() {
        assert_eq!(names("# why\npytest==9.2.0  # runner\n\npluggy==1.6.0\n"), "pytest==9.2.0 pluggy==1.6.0");
    }
}
