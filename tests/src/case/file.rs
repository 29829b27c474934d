//! One file of cases, and the rules that hold for the whole of it.

use std::path::Path;

use serde::Deserialize;

use super::{Case, Start};
use crate::Fault;

/// The content of one file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Whether its cases are played in process too, but for those that say why not.
    #[serde(default)]
    pub in_process: bool,
    /// The exchanges.
    #[serde(default, rename = "case")]
    pub cases: Vec<Case>,
    /// The starts that must fail.
    #[serde(default, rename = "start")]
    pub starts: Vec<Start>,
}

impl CaseFile {
    fn check(&self) -> Result<(), Fault> {
        self.starts.iter().try_for_each(Start::check)?;
        self.cases.iter().try_for_each(|case| {
            case.check()?;
            self.check_socket(case)
        })
    }

    /// A case of the file is either playable in process, or says why not; and says nothing where nothing is asked.
    fn check_socket(&self, case: &Case) -> Result<(), Fault> {
        let wrong = |what: String| Err(Fault::new(format!("case {}: {what}", case.id)));
        match (&case.needs_socket, case.of_the_connection()) {
            (Some(_), _) if !self.in_process => wrong("`needs_socket` in a file without `in_process`".into()),
            (Some(reason), _) if reason.trim().is_empty() => wrong("`needs_socket` gives no reason".into()),
            (None, Some(what)) if self.in_process => {
                wrong(format!("it has {what}, so it cannot be played in process: `needs_socket` must say so"))
            }
            _ => Ok(()),
        }
    }
}

/// The cases of one TOML file.
///
/// # Errors
/// The file cannot be read, is no TOML, or a case in it is not well-formed.
pub fn parse_file(path: &Path) -> Result<CaseFile, Fault> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Fault::new(format!("{name}: {error}")))?;
    let file: CaseFile = toml::from_str(&text).map_err(|error| Fault::new(format!("{name}: {error}")))?;
    file.check().map_err(|fault| Fault::new(format!("{name}: {fault}")))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        let file: CaseFile = toml::from_str(text).map_err(|error| error.to_string())?;
        file.check().map_err(|fault| fault.to_string())
    }

    const CASE: &str = "[[case]]\nid='a'\ntitle='t'\nrfc=['1']\n";

    #[test]
    fn what_needs_a_socket_must_say_so() {
        for (text, good) in [
            ("send='x'".to_owned(), true),
            ("steps=[{send='x'},{await=1},{send='y'}]".to_owned(), true),
            ("steps=[{send='x'},{terminate=true}]".to_owned(), false),
            ("steps=[{send='x'},{terminate=true}]\nneeds_socket='it ends the server'".to_owned(), true),
            ("send='x'\nneeds_socket=' '".to_owned(), false),
            ("send='x'\nrefused=400".to_owned(), false),
            ("send='x'\nenv={HS_BODY_LIMIT='1'}".to_owned(), false),
        ] {
            let found = check(&format!("in_process=true\n{CASE}{text}"));
            assert_eq!(found.is_ok(), good, "{text}: {found:?}");
        }
        assert!(check(&format!("{CASE}send='x'\nneeds_socket='why'")).is_err());
    }

    #[test]
    fn a_start_says_why_it_fails() {
        assert!(check("[[start]]\nid='a'\ntitle='t'\nset={x='1'}\nsays=['no key `x`']").is_ok());
        for slip in ["says=[]", "says=['']", "set={x='1'}", "says=['x']\nexit=1"] {
            assert!(check(&format!("[[start]]\nid='a'\ntitle='t'\n{slip}")).is_err(), "{slip}");
        }
    }
}
