//! `cargo xtask autobahn [quick|client]`: the Autobahn test suite against our WebSocket, release-built, over HTTP/1.
//!
//! Without a word, all 517 cases against `examples/ws-echo` with its default settings, and some of them once more with
//! context takeover. `quick` leaves out large messages and most of the compression, and takes the debug build.
//! `client` turns the suite round: it serves, and our client connects.

mod client;
mod page;
mod suite;
mod verdicts;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use self::suite::Suite;
use self::verdicts::Verdicts;
use crate::failure::Failure;
use crate::report::Report;
use crate::server::Server;
use crate::tally::Runner;
use crate::workspace::Workspace;

/// The longest a run of the suite may take; it is slow itself, about eleven minutes for everything on two quiet cores.
const LIMIT: Duration = Duration::from_secs(45 * 60);
const QUICK_LIMIT: Duration = Duration::from_secs(10 * 60);

/// Room for the largest messages of 9.*, 16 MiB, and nothing left uncompressed.
const SETTINGS: [&str; 6] =
    ["--set", "ws_max_message=32MiB", "--set", "ws_max_frame=32MiB", "--set", "ws_compression_min_size=0"];
/// The package of the example, and its server.
const PACKAGE: &str = "example-ws-echo";
const TAKEOVER: [&str; 2] = ["--set", "ws_compression_takeover=true"];

/// Everything about the protocol itself but for large messages.
const PROTOCOL: [&str; 8] = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"];

/// One server, and the cases it is to pass.
#[derive(Debug)]
struct Plan {
    /// The agent of the suite's report.
    name: &'static str,
    flags: &'static [&'static str],
    cases: Vec<String>,
    /// How many cases these patterns are, so that none can get lost.
    number: usize,
    limit: Duration,
}

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let python = suite::python().ok_or_else(|| Failure::new(MISSING))?;
    let prepare = || Suite::ensure(workspace, python);
    match arguments.first().map(String::as_str) {
        None => {
            let program = build(workspace, PACKAGE, true)?;
            judge(workspace, &prepare()?, &program, &full(), Some(&page::SERVER))
        }
        Some("quick") => {
            let program = build(workspace, PACKAGE, false)?;
            judge(workspace, &prepare()?, &program, &quick(), None)
        }
        Some("client") => client::run(workspace, &prepare()?),
        Some(other) => Err(Failure::new(format!("`{other}` is neither `quick` nor `client`"))),
    }
}

const MISSING: &str = "the Autobahn test suite needs CPython 2.7 with pip and ssl: `pyenv install 2.7.18`";

/// The quick cases as a step of the whole gate, where there is a Python to run the suite.
pub(crate) fn step(report: &mut Report, workspace: &Workspace) {
    const NAME: &str = "autobahn, quick";
    if suite::python().is_none() {
        return report.skip(NAME, MISSING);
    }
    report.tests(NAME, Runner::Libtest, || {
        // Not the file that runs: the steps before may have built it anew.
        let this = workspace.program("xtask", "xtask")?;
        Ok(workspace.job(this).args(["autobahn", "quick"]))
    });
}

fn full() -> Vec<Plan> {
    let all = Plan { name: "ours", flags: &[], cases: vec!["*".to_owned()], number: 517, limit: LIMIT };
    vec![all, takeover(6)]
}

fn quick() -> Vec<Plan> {
    let mut cases: Vec<String> = PROTOCOL.map(str::to_owned).into();
    cases.extend(compression(12, 5, 4));
    cases.extend(compression(13, 7, 4));
    vec![Plan { name: "ours", flags: &[], cases, number: 247 + 20 + 28, limit: QUICK_LIMIT }, takeover(3)]
}

/// The parameters of compression once more, for a server that keeps its context and lets clients keep theirs.
fn takeover(sizes: usize) -> Plan {
    let cases = compression(13, 7, sizes);
    let number = cases.len();
    Plan { name: "ours-with-takeover", flags: &TAKEOVER, cases, number, limit: QUICK_LIMIT }
}

/// The first `sizes` of the 18 sizes of messages in each of a group's subgroups.
fn compression(group: u32, subgroups: u32, sizes: usize) -> Vec<String> {
    let names = |subgroup| (1..=sizes).map(move |size| format!("{group}.{subgroup}.{size}"));
    (1..=subgroups).flat_map(names).collect()
}

/// Runs the plans, prints their tables and what is wrong, and closes with the line of `cargo test`. The first plan's
/// table is the one that a page of the guide holds.
fn judge(
    workspace: &Workspace,
    suite: &Suite,
    program: &Path,
    plans: &[Plan],
    page: Option<&page::Section>,
) -> Result<(), Failure> {
    let mut done = Vec::new();
    for plan in plans {
        let server = Server::start(program, &[&SETTINGS[..], plan.flags].concat())?;
        done.push(run_plan(workspace, suite, plan, &server)?);
    }
    conclude(workspace, plans, &done)?;
    match (page, done.first()) {
        (Some(section), Some(verdicts)) => section.hold(workspace, &verdicts.table()),
        _ => Ok(()),
    }
}

fn run_plan(workspace: &Workspace, suite: &Suite, plan: &Plan, server: &Server) -> Result<Verdicts, Failure> {
    let folder = reports(workspace, plan);
    let specification = json!({
        "outdir": folder,
        "options": {"failByDrop": false},
        "servers": [{"agent": plan.name, "url": format!("ws://{}/", server.address())}],
        "cases": plan.cases,
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    suite.wstest("fuzzingclient", &folder, &specification, plan.limit)?.succeed()?;
    Verdicts::read(&folder, plan.name)
}

fn reports(workspace: &Workspace, plan: &Plan) -> PathBuf {
    workspace.tools().join("autobahn-reports").join(plan.name)
}

/// Tables and explanations on the terminal, and one verdict on all of it.
fn conclude(workspace: &Workspace, plans: &[Plan], done: &[Verdicts]) -> Result<(), Failure> {
    let (mut passed, mut failed) = (0, 0);
    for (plan, verdicts) in plans.iter().zip(done) {
        let (good, bad) = verdicts.judge();
        println!("\n{} ({} of {} cases)\n\n{}", plan.name, verdicts.len(), plan.number, verdicts.table());
        for id in &bad {
            println!("{}", verdicts.explain(&reports(workspace, plan), id));
        }
        passed += good;
        // a case that did not run has not passed
        failed += bad.len() + plan.number.saturating_sub(verdicts.len());
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {passed} passed; {failed} failed; 0 ignored");
    if failed == 0 { Ok(()) } else { Err(Failure::new(format!("{failed} cases of the suite failed"))) }
}

/// Builds a program of the example; full runs judge what is shipped, a release build.
fn build(workspace: &Workspace, name: &str, release: bool) -> Result<PathBuf, Failure> {
    if !release {
        return workspace.program(PACKAGE, name);
    }
    workspace.cargo("build", &["--release", "--package", PACKAGE, "--bin", name]).succeed()?;
    Ok(workspace.programs().with_file_name("release").join(name))
}

#[cfg(test)]
mod tests {
    use super::{compression, full, quick};

    #[test]
    fn cases_are_named_one_by_one() {
        assert_eq!(compression(12, 2, 2), ["12.1.1", "12.1.2", "12.2.1", "12.2.2"]);
    }

    #[test]
    fn plans_have_reports_of_their_own() {
        for plans in [full(), quick()] {
            assert_ne!(plans[0].name, plans[1].name);
            assert!(plans.iter().all(|plan| plan.number > 0));
        }
    }
}
