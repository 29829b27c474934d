//! `cargo xtask conformance [EXE]`: the cases of `spec/cases` over real sockets, against any executable.
//!
//! The executable keeps the start contract of `spec/app.md`; it may be a command with arguments (`"python -m app"`).

use std::path::Path;

use crate::failure::Failure;
use crate::workspace::Workspace;

const EXECUTABLE: &str = "HYPERSERVE_CONFORMANCE_EXE";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let suite = workspace.cargo("test", &["--workspace", "--test", "conformance"]);
    match arguments {
        [] => suite.succeed(),
        words => suite.env(EXECUTABLE, from_here(&words.join(" "))).succeed(),
    }
}

/// The runner starts in its own folder, so a program named by a path has to be named in full.
fn from_here(command: &str) -> String {
    let (program, rest) = command.split_once(' ').unwrap_or((command, ""));
    match Path::new(program).canonicalize() {
        Ok(full) if program.contains('/') => format!("{} {rest}", full.display()).trim_end().to_owned(),
        _ => command.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::from_here;

    #[test]
    fn only_a_path_that_exists_is_made_full() {
        assert_eq!(from_here("python -m app --fast"), "python -m app --fast");
        assert_eq!(from_here("./no/such/program x"), "./no/such/program x");
        assert!(from_here("src/main.rs -q").ends_with("/crates/xtask/src/main.rs -q"));
        assert!(from_here("src/main.rs").starts_with('/'));
    }
}
