//! `cargo xtask wheel [VERSION …]`: release wheels by maturin, each installed into a fresh environment and asked once.

use std::fs;
use std::path::{Path, PathBuf};

use super::interpreter::{self, Interpreter};
use crate::failure::Failure;
use crate::job::Job;
use crate::venv;
use crate::workspace::Workspace;

const MANIFEST: &str = "crates/python/Cargo.toml";
const REQUIREMENTS: &str = "tests/python/requirements-wheel.txt";
/// Starts the installed command and asks it for one page.
const CHECK: &str = "tests/python/harness/installed.py";

pub(crate) fn run(workspace: &Workspace, versions: &[String]) -> Result<(), Failure> {
    let maturin = venv::ensure(workspace, "maturin", &workspace.path(REQUIREMENTS))?;
    let mut wheels = Vec::new();
    for interpreter in interpreter::wanted(versions)? {
        println!("\n=== {interpreter}");
        let wheel = build(workspace, &maturin, &interpreter)?;
        check(workspace, &interpreter, &wheel)?;
        wheels.push(wheel);
    }
    wheels.iter().for_each(|wheel| println!("{}", wheel.display()));
    Ok(())
}

/// One wheel, alone in a folder of its own before it joins the others, so that its name need not be guessed.
fn build(workspace: &Workspace, maturin: &Path, interpreter: &Interpreter) -> Result<PathBuf, Failure> {
    let wheels = workspace.target().join("wheels");
    let folder = wheels.join(interpreter.version());
    let _ = fs::remove_dir_all(&folder);
    workspace
        .job(maturin)
        .args([
            "-m",
            "maturin",
            "build",
            "--release",
            "--locked",
            "--manifest-path",
            MANIFEST,
            "--interpreter",
        ])
        .args([interpreter.program()])
        .args([Path::new("--out"), &folder])
        .env("CARGO_TARGET_DIR", workspace.target())
        .succeed()?;
    let made = only_wheel(&folder)?;
    let wheel = wheels.join(made.file_name().unwrap_or_default());
    fs::rename(&made, &wheel).map_err(Failure::during(wheel.display()))?;
    fs::remove_dir(&folder).map_err(Failure::during(folder.display()))?;
    Ok(wheel)
}

fn only_wheel(folder: &Path) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(folder).map_err(Failure::during(folder.display()))?;
    let mut wheels = entries.flatten().map(|entry| entry.path()).filter(|path| is_wheel(path));
    wheels.next().ok_or_else(|| Failure::new(format!("maturin left no wheel in {}", folder.display())))
}

fn is_wheel(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "whl")
}

/// Nothing but the wheel is installed: the package needs no other.
fn check(workspace: &Workspace, interpreter: &Interpreter, wheel: &Path) -> Result<(), Failure> {
    let folder = workspace.target().join("wheels").join(format!("check-{}", interpreter.version()));
    Job::new(interpreter.program()).args(["-m", "venv", "--clear"]).args([&folder]).succeed()?;
    let python = folder.join("bin/python");
    let pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-index"];
    Job::new(&python).args(pip).args([wheel]).succeed()?;
    workspace.job(&python).args([CHECK]).succeed()?;
    fs::remove_dir_all(&folder).map_err(Failure::during(folder.display()))
}
