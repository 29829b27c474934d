//! Ending a command that overran its time, with everything it started.
//!
//! A killed `cargo` leaves its test programs running and holding its pipes, so the whole tree has to go. The tree is
//! read from `/proc` (proc(5)); a process group would do too, but would also take Ctrl-C away from the children.

use std::collections::HashMap;
use std::fs;
use std::process::{Command, Stdio};

/// Kills `root` and all its descendants. What has ended meanwhile is no error.
pub(crate) fn kill(root: u32) {
    // the root first: a shell that outlives its child by a moment would go on, or even end well
    let doomed = [vec![root], descendants(root, &parents())].concat();
    // `kill` is a builtin of every sh; the program of that name is missing on small machines.
    let _ = Command::new("sh")
        .args(["-c", "kill -KILL \"$@\"", "sh"])
        .args(doomed.iter().map(u32::to_string))
        .stderr(Stdio::null())
        .status();
}

fn descendants(root: u32, parents: &HashMap<u32, u32>) -> Vec<u32> {
    let children: Vec<u32> =
        parents.iter().filter(|&(_, &parent)| parent == root).map(|(&child, _)| child).collect();
    let deeper: Vec<u32> = children.iter().flat_map(|&child| descendants(child, parents)).collect();
    [children, deeper].concat()
}

/// Every process of this machine with its parent.
fn parents() -> HashMap<u32, u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|process: u32| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            Some((process, parent_in(&stat)?))
        })
        .collect()
}

/// The parent in one line of `/proc/PID/stat`: the second field after the name, which may itself hold `)` and spaces.
fn parent_in(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{descendants, kill, parent_in};
    use std::collections::HashMap;
    use std::process::Command;

    #[test]
    fn parent_is_read_past_a_name_with_brackets() {
        assert_eq!(parent_in("42 (odd) name) S 7 42 42 0 -1"), Some(7));
        assert_eq!(parent_in("garbage"), None);
    }

    #[test]
    fn descendants_reach_grandchildren_only_of_the_root() {
        let parents = HashMap::from([(2, 1), (3, 2), (4, 3), (9, 8)]);
        let mut found = descendants(2, &parents);
        found.sort_unstable();
        assert_eq!(found, [3, 4]);
    }

    #[test]
    fn kill_ends_a_shell_and_its_child() {
        let mut shell = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().unwrap();
        kill(shell.id());
        assert!(!shell.wait().unwrap().success());
    }
}
