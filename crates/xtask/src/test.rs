//! `cargo xtask test`: sets this machine up, then runs every check and every test of the repository.

use std::fs;
use std::process::ExitCode;

use crate::debian::{self, Suite};
use crate::deny;
use crate::failure::Failure;
use crate::features;
use crate::job::Job;
use crate::metrics;
use crate::report::Report;
use crate::suites;
use crate::tally::Runner;
use crate::workspace::Workspace;

/// Runs all steps in order. A failed one does not stop the others; the exit code tells whether any failed.
pub(crate) fn run(workspace: &Workspace) -> ExitCode {
    let mut report = Report::default();
    report.check("toolchain", toolchain);
    report.check("format", || workspace.cargo("fmt", &["--all", "--", "--check"]).succeed());
    report.check("clippy", || clippy(workspace).succeed());
    report.check("docs", || docs(workspace).succeed());
    report.check("features one by one", || features::check(workspace));
    report.check("Debian's packages", || debian::ensure(&[Suite::EndToEnd]));
    tests(workspace, &mut report);
    metrics::step(&mut report, workspace);
    suites::run(workspace, &mut report);
    deny::check(workspace, &mut report);
    report.close()
}

/// rustup's minimal profile, and some Debian images, come without these two.
fn toolchain() -> Result<(), Failure> {
    for (verb, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if Job::new("cargo").args([verb, "--version"]).output().is_err() {
            println!("installing the toolchain component {component}");
            Job::new("rustup").args(["component", "add", component]).succeed()?;
        }
    }
    Job::new("rustc").args(["--version"]).succeed()
}

fn clippy(workspace: &Workspace) -> Job {
    workspace.cargo("clippy", &["--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn docs(workspace: &Workspace) -> Job {
    workspace.cargo("doc", &["--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings")
}

/// Unit and end-to-end tests by nextest where it is installed, else by `cargo test`. Documentation examples (the guide's
/// pages among them) and programs with a harness of their own are always `cargo test`'s.
fn tests(workspace: &Workspace, report: &mut Report) {
    const MAIN: &str = "unit and end to end";
    if Job::new("cargo").args(["nextest", "--version"]).output().is_ok() {
        let own_harness = tests_with_own_harness(workspace);
        report.tests(MAIN, Runner::Nextest, || Ok(nextest(workspace, &own_harness)));
        for name in &own_harness {
            report.tests(name, Runner::Libtest, || Ok(cargo_test(workspace, &["--test", name])));
        }
    } else {
        report.tests(MAIN, Runner::Libtest, || Ok(cargo_test(workspace, &["--tests"])));
    }
    report.tests("documentation examples", Runner::Libtest, || Ok(cargo_test(workspace, &["--doc"])));
}

/// The whole workspace each time, so that every run resolves the same features and shares one build.
fn cargo_test(workspace: &Workspace, which: &[&str]) -> Job {
    workspace.cargo("test", &["--workspace", "--no-fail-fast"]).args(which)
}

fn nextest(workspace: &Workspace, own_harness: &[String]) -> Job {
    let run = workspace.cargo("nextest run", &["--workspace", "--no-fail-fast", "--tests"]);
    let others: Vec<String> = own_harness.iter().map(|name| format!("not binary(={name})")).collect();
    if others.is_empty() { run } else { run.args(["--filterset", &others.join(" and ")]) }
}

/// nextest speaks libtest's protocol only; `harness = false` programs are found in the manifest, cargo does not tell.
fn tests_with_own_harness(workspace: &Workspace) -> Vec<String> {
    own_harness(&fs::read_to_string(workspace.path("tests/Cargo.toml")).unwrap_or_default())
}

fn own_harness(manifest: &str) -> Vec<String> {
    let tables = manifest.split("\n[").filter(|table| table.trim_start_matches('[').starts_with("test]]"));
    let own = tables.filter(|table| value_of(table, "harness").is_some_and(|value| value == "false"));
    own.filter_map(|table| Some(value_of(table, "name")?.trim_matches('"').to_owned())).collect()
}

fn value_of<'a>(table: &'a str, key: &str) -> Option<&'a str> {
    let lines = table.lines().map(|line| line.split('#').next().unwrap_or_default());
    let mut pairs = lines.filter_map(|line| line.split_once('='));
    pairs.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::own_harness;

    #[test]
    fn only_test_programs_without_the_harness_are_named() {
        let manifest = "[package]\nname = \"tests\"\n\n[[test]]\nname = \"conformance\"\nharness = false # own runner\n\
                        \n[[test]]\nname = \"drain\"\n\n[[bench]]\nname = \"speed\"\nharness = false\n";
        assert_eq!(own_harness(manifest), ["conformance"]);
    }
}
