//! The extension module, built in the dev profile and placed beside a copy of the Python package.

use std::fs;
use std::path::{Path, PathBuf};

use super::interpreter::Interpreter;
use crate::failure::Failure;
use crate::workspace::Workspace;

const SOURCE: &str = "crates/python/python/hyperserve";
/// Symbols of Python come from the process that loads the module.
const FEATURE: &str = "hyperserve-python/extension-module";
/// What cargo calls the module.
const LIBRARY: &str = "lib_core.so";

/// Builds for `interpreter`, and returns the folder that holds `hyperserve` for its `PYTHONPATH`.
pub(crate) fn place(workspace: &Workspace, interpreter: &Interpreter) -> Result<PathBuf, Failure> {
    let library = build(workspace, interpreter)?;
    let folder = workspace.target().join("python").join(interpreter.version());
    let package = folder.join("hyperserve");
    // all of it anew: what has been removed from the source must not be found here
    let _ = fs::remove_dir_all(&package);
    copy(&workspace.path(SOURCE), &package)?;
    let module = package.join(format!("_core{}", interpreter.suffix()));
    fs::copy(&library, &module).map_err(Failure::during(module.display()))?;
    Ok(folder)
}

/// The machine's own Python shares its build with the rest of the workspace. PyO3 is built for one Python at a time, so
/// that the others have target folders of their own.
fn build(workspace: &Workspace, interpreter: &Interpreter) -> Result<PathBuf, Failure> {
    if interpreter.is_default() {
        workspace.cargo("build", &["--workspace", "--lib", "--features", FEATURE]).succeed()?;
        return Ok(workspace.programs().join(LIBRARY));
    }
    let target = workspace.target().join(format!("python-{}", interpreter.version()));
    workspace
        .cargo("build", &["--package", "hyperserve-python", "--lib", "--features", FEATURE])
        .env("CARGO_TARGET_DIR", &target)
        .env("PYO3_PYTHON", interpreter.program())
        .succeed()?;
    Ok(target.join("debug").join(LIBRARY))
}

/// The package without what people and interpreters leave in it: extensions of other builds, and byte code.
fn copy(source: &Path, target: &Path) -> Result<(), Failure> {
    fs::create_dir_all(target).map_err(Failure::during(target.display()))?;
    let entries = fs::read_dir(source).map_err(Failure::during(source.display()))?.flatten();
    for from in entries.map(|entry| entry.path()).filter(|path| !is_left_over(path)) {
        let to = target.join(from.file_name().unwrap_or_default());
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to).map_err(Failure::during(from.display()))?;
        }
    }
    Ok(())
}

fn is_left_over(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "so") || path.ends_with("__pycache__")
}

#[cfg(test)]
mod tests {
    use super::copy;
    use std::fs;

    #[test]
    fn a_copy_has_the_sources_and_no_more() {
        let folder = std::env::temp_dir().join(format!("xtask-copy-{}", std::process::id()));
        let source = folder.join("source");
        fs::create_dir_all(source.join("__pycache__")).unwrap();
        fs::create_dir_all(source.join("inner")).unwrap();
        for name in ["a.py", "py.typed", "_core.cpython-311.so", "inner/b.py", "__pycache__/a.pyc"] {
            fs::write(source.join(name), name).unwrap();
        }
        copy(&source, &folder.join("copy")).unwrap();
        let exists = |name: &str| folder.join("copy").join(name).exists();
        assert!(exists("a.py") && exists("py.typed") && exists("inner/b.py"));
        assert!(!exists("_core.cpython-311.so") && !exists("__pycache__"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
