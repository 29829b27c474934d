//! `cargo xtask bench python` and `cargo xtask soak python`: the scripts of `benches/python/`, which make their own
//! environments and wheels.

use std::time::Duration;

use crate::debian::{self, Suite};
use crate::failure::Failure;
use crate::workspace::Workspace;

/// Every scenario over two Pythons, five rounds, takes about three quarters of an hour on two cores; the soak an hour.
const LIMIT: Duration = Duration::from_secs(4 * 60 * 60);
const COMPARE: &str = "compare";
const INSTRUCTIONS: &str = "instructions";

/// CPU per request beside the peers, or with `instructions` as the first word, instructions per request.
pub(crate) fn bench(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let (script, rest) = chosen(arguments);
    prepare(workspace)?;
    measure(workspace, script, rest)
}

/// Memory, descriptors and lost requests after millions of requests, slow and vanishing clients, killed workers.
pub(crate) fn soak(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    match arguments.split_first() {
        Some((face, rest)) if face == "python" => {
            prepare(workspace)?;
            measure(workspace, "soak", rest)
        }
        _ => Err(Failure::new("say what is to be soaked; there is `soak python [ARGS]`")),
    }
}

fn chosen(arguments: &[String]) -> (&'static str, &[String]) {
    match arguments.split_first() {
        Some((word, rest)) if word == INSTRUCTIONS => (INSTRUCTIONS, rest),
        _ => (COMPARE, arguments),
    }
}

/// The load of WebSocket messages is one of ours; wrk and valgrind are Debian's.
fn prepare(workspace: &Workspace) -> Result<(), Failure> {
    debian::ensure(&[Suite::Bench, Suite::Python])?;
    let load = ["--release", "--package", "hyperserve-benches", "--bin", "ws-echo"];
    workspace.cargo("build", &load).succeed()
}

fn measure(workspace: &Workspace, script: &str, arguments: &[String]) -> Result<(), Failure> {
    let file = format!("benches/python/{script}.py");
    workspace.job("python3").args([file]).args(arguments).limit(LIMIT).succeed()
}

#[cfg(test)]
mod tests {
    use super::{COMPARE, INSTRUCTIONS, chosen};

    #[test]
    fn the_first_word_chooses_the_script() {
        let words = ["instructions", "json"].map(str::to_owned);
        assert_eq!(chosen(&words), (INSTRUCTIONS, &words[1..]));
        assert_eq!(chosen(&words[1..]), (COMPARE, &words[1..]));
        assert_eq!(chosen(&[]), (COMPARE, &[][..]));
    }
}
