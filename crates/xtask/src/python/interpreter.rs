//! The CPythons of this machine: `python3` of the path, others from the path or from pyenv.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::job::Job;

/// The versions that the package is made for.
const VERSIONS: [&str; 4] = ["3.11", "3.12", "3.13", "3.14"];
/// Version, suffix of extension modules, and the program behind a shim.
const FACTS: &str = "import sys, sysconfig; print('%d.%d' % sys.version_info[:2], \
                     sysconfig.get_config_var('EXT_SUFFIX'), sys.executable, sep='\\n')";

/// One CPython.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interpreter {
    program: PathBuf,
    version: String,
    suffix: String,
}

impl Interpreter {
    /// The executable itself, not a shim.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// `3.11`
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// `.cpython-311-x86_64-linux-gnu.so`
    pub(crate) fn suffix(&self) -> &str {
        &self.suffix
    }

    /// Whether it is the one that cargo finds by itself, and the usual target folder therefore is built for.
    pub(crate) fn is_default(&self) -> bool {
        default_one().is_ok_and(|default| default == *self)
    }

    fn ask(program: &Path) -> Result<Self, Failure> {
        let facts = Job::new(program).args(["-c", FACTS]).output()?;
        read(&facts).ok_or_else(|| Failure::new(format!("{}: {facts:?} is no answer", program.display())))
    }
}

impl fmt::Display for Interpreter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Python {} ({})", self.version, self.program.display())
    }
}

fn read(facts: &str) -> Option<Interpreter> {
    let mut lines = facts.lines().map(str::to_owned);
    let (version, suffix) = (lines.next()?, lines.next()?);
    Some(Interpreter { program: lines.next()?.into(), version, suffix })
}

/// `python3` of the path.
pub(crate) fn default_one() -> Result<Interpreter, Failure> {
    Interpreter::ask(Path::new("python3"))
}

/// The versions named, all of which must be there; or else those of the supported ones that are.
pub(crate) fn wanted(versions: &[String]) -> Result<Vec<Interpreter>, Failure> {
    if versions.is_empty() {
        return Ok(VERSIONS.iter().filter_map(|version| find(version)).collect());
    }
    versions.iter().map(|version| find(version).ok_or_else(|| missing(version))).collect()
}

fn missing(version: &str) -> Failure {
    Failure::new(format!("no Python {version}, neither on the path nor in pyenv"))
}

/// The default one if it is of this version, else the path's `pythonX.Y`, else pyenv's newest.
fn find(version: &str) -> Option<Interpreter> {
    let named = PathBuf::from(format!("python{version}"));
    let candidates = [PathBuf::from("python3"), named].into_iter().chain(of_pyenv(version));
    candidates.filter_map(|program| Interpreter::ask(&program).ok()).find(|found| found.version == version)
}

/// A shim refuses a version that is installed and not chosen, so the folders are looked at.
fn of_pyenv(version: &str) -> Vec<PathBuf> {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv"));
    let Some(root) = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(home) else {
        return Vec::new();
    };
    let entries = fs::read_dir(root.join("versions")).into_iter().flatten().flatten();
    let fits = |name: &str| name.strip_prefix(version).is_some_and(|patch| patch.starts_with('.'));
    let mut folders: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(fits))
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    folders.iter().rev().map(|folder| folder.join(format!("bin/python{version}"))).collect()
}

/// `3.11`, and neither a flag nor a file.
pub(crate) fn is_version(word: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
    word.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor))
}

#[cfg(test)]
mod tests {
    use super::{is_version, read};

    #[test]
    fn versions_are_told_from_arguments() {
        assert!(is_version("3.11"));
        assert!(!["3", "3.", "3.11t", "-k", "tests/python", "3.11.7"].into_iter().any(is_version));
    }

    #[test]
    fn three_lines_are_an_interpreter() {
        let found = read("3.11\n.cpython-311-x86_64-linux-gnu.so\n/usr/bin/python3.11\n").unwrap();
        assert_eq!((found.version(), found.suffix()), ("3.11", ".cpython-311-x86_64-linux-gnu.so"));
        assert_eq!(read("3.11\n"), None);
    }
}
