//! The tables of the guide's page on conformance: each full run is held to them, or writes them.

use std::fs;

use crate::failure::Failure;
use crate::workspace::Workspace;

const PAGE: &str = "docs/guide/websocket-conformance.md";
const WRITE: &str = "HYPERSERVE_WRITE_DOCS";

/// A table of the page, between two marks.
#[derive(Debug)]
pub(super) struct Section {
    begin: &'static str,
    end: &'static str,
}

pub(super) const SERVER: Section = Section {
    begin: "<!-- server: HYPERSERVE_WRITE_DOCS=1 cargo xtask autobahn -->\n\n",
    end: "\n<!-- end of server -->",
};
pub(super) const CLIENT: Section = Section {
    begin: "<!-- client: HYPERSERVE_WRITE_DOCS=1 cargo xtask autobahn client -->\n\n",
    end: "\n<!-- end of client -->",
};

impl Section {
    /// Compares the table with the page's; with `HYPERSERVE_WRITE_DOCS=1`, writes it there.
    pub(super) fn hold(&self, workspace: &Workspace, table: &str) -> Result<(), Failure> {
        let file = workspace.path(PAGE);
        let page = fs::read_to_string(&file).map_err(Failure::during(file.display()))?;
        let renewed = self.renewed(&page, table).ok_or_else(|| Failure::new(format!("{PAGE}: no marks")))?;
        if std::env::var_os(WRITE).is_some() {
            return fs::write(&file, renewed).map_err(Failure::during(file.display()));
        }
        if renewed == page { Ok(()) } else { Err(Failure::new(format!("{PAGE} says otherwise: {WRITE}=1"))) }
    }

    fn renewed(&self, page: &str, table: &str) -> Option<String> {
        let (before, rest) = page.split_once(self.begin)?;
        let (_, after) = rest.split_once(self.end)?;
        Some(format!("{before}{}{table}{}{after}", self.begin, self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::{CLIENT, SERVER};

    #[test]
    fn a_table_is_put_between_its_marks() {
        let page = format!("one\n{}old{}\ntwo\n", SERVER.begin, SERVER.end);
        let renewed = SERVER.renewed(&page, "| new |\n").unwrap();
        assert_eq!(renewed, format!("one\n{}| new |\n{}\ntwo\n", SERVER.begin, SERVER.end));
        assert_eq!(CLIENT.renewed(&page, ""), None);
    }
}
