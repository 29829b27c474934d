//! Python virtual environments under `.tools`, each filled from one file of pinned requirements.

use std::fs;
use std::path::{Path, PathBuf};

use crate::debian::{self, Suite};
use crate::failure::Failure;
use crate::job::Job;
use crate::workspace::Workspace;

/// Python of the environment `.tools/NAME`, filled from `requirements`; made anew when that file has changed.
pub(crate) fn ensure(workspace: &Workspace, name: &str, requirements: &Path) -> Result<PathBuf, Failure> {
    check_version()?;
    ensure_on(workspace, Path::new("python3"), name, &[requirements.to_owned()])
}

/// As [`ensure`], of another interpreter and from several files.
pub(crate) fn ensure_on(
    workspace: &Workspace,
    interpreter: &Path,
    name: &str,
    requirements: &[PathBuf],
) -> Result<PathBuf, Failure> {
    let directory = workspace.tools().join(name);
    let python = directory.join("bin/python");
    let stamp = directory.join("requirements.txt");
    let pinned = requirements.iter().map(|file| read(file)).collect::<Result<String, _>>()?;
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == pinned) {
        return Ok(python);
    }
    println!("installing Python packages into .tools/{name}: {}", names(&pinned));
    debian::ensure(&[Suite::Python])?;
    fill(interpreter, &directory, &python, requirements)?;
    fs::write(&stamp, pinned).map_err(Failure::during(stamp.display()))?;
    Ok(python)
}

fn read(requirements: &Path) -> Result<String, Failure> {
    fs::read_to_string(requirements).map_err(Failure::during(requirements.display()))
}

fn fill(
    interpreter: &Path,
    directory: &Path,
    python: &Path,
    requirements: &[PathBuf],
) -> Result<(), Failure> {
    Job::new(interpreter).args(["-m", "venv", "--clear"]).args([directory]).succeed()?;
    let pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"];
    let files = requirements.iter().flat_map(|file| [Path::new("--requirement"), file]);
    Job::new(python).args(pip).args(files).succeed()
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
