//! `cargo xtask fuzz [SECONDS]`: each target of `fuzz/` in turn, from its committed seeds, on the nightly toolchain.

use std::fs;
use std::time::Duration;

use crate::failure::Failure;
use crate::tools::Tool;
use crate::workspace::Workspace;

const CARGO_FUZZ: Tool = Tool {
    package: "cargo-fuzz",
    version: "0.13.2",
    program: "cargo-fuzz",
    takes: "about seventy seconds on two cores",
};
const SECONDS: u64 = 60;
/// The instrumented build comes on top of the time a target runs.
const BUILD: Duration = Duration::from_secs(15 * 60);

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let seconds = match arguments {
        [] => SECONDS,
        [seconds, ..] => {
            seconds.parse().map_err(Failure::during(format_args!("`{seconds}` is no time in seconds")))?
        }
    };
    CARGO_FUZZ.ensure(workspace)?;
    targets(workspace)?.iter().try_for_each(|target| run_target(workspace, target, seconds))
}

/// Each file of `fuzz/fuzz_targets` is a target of its name.
fn targets(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let folder = workspace.path("fuzz/fuzz_targets");
    let files = fs::read_dir(&folder).map_err(Failure::during(folder.display()))?;
    let paths = files
        .flatten()
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let mut names: Vec<String> =
        paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

fn run_target(workspace: &Workspace, target: &str, seconds: u64) -> Result<(), Failure> {
    let corpus = workspace.path("fuzz/corpus").join(target);
    fs::create_dir_all(&corpus).map_err(Failure::during(corpus.display()))?;
    let mut folders = vec![corpus];
    folders.extend(Some(workspace.path("fuzz/seeds").join(target)).filter(|seeds| seeds.is_dir()));
    workspace
        .job("cargo")
        .args(["+nightly", "fuzz", "run", target])
        .args(folders)
        .args(["--", &format!("-max_total_time={seconds}")])
        .env("PATH", with_tools_first(workspace)?)
        .without_env("CARGO")
        .limit(BUILD + Duration::from_secs(seconds))
        .succeed()
}

/// cargo finds `cargo-fuzz` on the path.
fn with_tools_first(workspace: &Workspace) -> Result<std::ffi::OsString, Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(workspace.tools().join("bin")).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).map_err(Failure::during("PATH"))
}
