//! `cargo xtask bench [NAME] [ARGS]`: the measuring scripts of `benches/`, which need nothing but Python's own library.
//!
//! `bench python` is apart: it measures the Python face, against servers from the package index.

use crate::bench_python;
use crate::debian::{self, Suite};
use crate::failure::Failure;
use crate::workspace::Workspace;

/// In the order they run when none is named.
const SCRIPTS: [&str; 7] = ["compare", "churn", "idle", "instructions", "files", "bodies", "ws"];
const PYTHON: &str = "python";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    if let Some((name, rest)) = arguments.split_first()
        && name == PYTHON
    {
        return bench_python::bench(workspace, rest);
    }
    debian::ensure(&[Suite::Bench])?;
    build(workspace)?;
    match arguments.split_first() {
        None => SCRIPTS.iter().try_for_each(|script| measure(workspace, script, &[])),
        Some((name, rest)) if SCRIPTS.contains(&name.as_str()) => measure(workspace, name, rest),
        Some((name, _)) => {
            Err(Failure::new(format!("no script `{name}`; there are {}, {PYTHON}", SCRIPTS.join(", "))))
        }
    }
}

/// Optimised programs, ours and the peers'. The peers' workspace has a target folder of its own, where the scripts look.
fn build(workspace: &Workspace) -> Result<(), Failure> {
    workspace.cargo("build", &["--release", "--package", "hyperserve-benches"]).succeed()?;
    let peers = ["--release", "--manifest-path", "benches/peers/Cargo.toml"];
    let target = workspace.path("benches/peers/target");
    workspace.cargo("build", &peers).env("CARGO_TARGET_DIR", target).succeed()
}

fn measure(workspace: &Workspace, script: &str, arguments: &[String]) -> Result<(), Failure> {
    workspace.job("python3").args([format!("benches/{script}.py")]).args(arguments).succeed()
}
