//! What the suite found: its `index.json`, counted by group of cases, and held to the rules.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;

/// The verdicts on one agent's cases, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Verdicts(BTreeMap<CaseId, Outcome>);

/// `6.4.3` as `[6, 4, 3]`.
type CaseId = Vec<u32>;

#[derive(Debug)]
struct Outcome {
    verdict: Verdict,
    /// The suite's own words for the case and for its closing handshake.
    words: String,
    /// The file beside the index with all of it.
    report: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Ok,
    NonStrict,
    Informational,
    Unimplemented,
    Failed,
}

impl Verdict {
    /// An unclean end or a wrong close code is a failure, whatever the case itself came to.
    fn of(behavior: &str, close: &str) -> Self {
        match (behavior, close) {
            ("UNIMPLEMENTED", _) => Self::Unimplemented,
            ("OK", "OK" | "INFORMATIONAL") => Self::Ok,
            ("NON-STRICT", "OK" | "INFORMATIONAL") => Self::NonStrict,
            ("INFORMATIONAL", "OK" | "INFORMATIONAL") => Self::Informational,
            _ => Self::Failed,
        }
    }
}

impl Verdicts {
    /// Reads the report of `agent` in `folder`.
    pub(super) fn read(folder: &Path, agent: &str) -> Result<Self, Failure> {
        let file = folder.join("index.json");
        let text = fs::read_to_string(&file).map_err(Failure::during(file.display()))?;
        Self::parse(&text, agent)
    }

    fn parse(text: &str, agent: &str) -> Result<Self, Failure> {
        let index: Value =
            serde_json::from_str(text).map_err(Failure::during("reading the suite's report"))?;
        let cases = index[agent].as_object().into_iter().flatten();
        Ok(Self(cases.map(|(id, case)| (numbers(id), outcome(case))).collect()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many cases are within the rules, and the others.
    pub(super) fn judge(&self) -> (usize, Vec<&CaseId>) {
        let bad: Vec<_> =
            self.0.iter().filter(|(id, case)| !is_good(id, case.verdict)).map(|(id, _)| id).collect();
        (self.len() - bad.len(), bad)
    }

    /// A paragraph on one case: what was asked, what was expected and what came.
    pub(super) fn explain(&self, folder: &Path, id: &CaseId) -> String {
        let Some(case) = self.0.get(id) else { return String::new() };
        let name: Vec<String> = id.iter().map(u32::to_string).collect();
        let mut text = format!("case {}: {}", name.join("."), case.words);
        let report = fs::read_to_string(folder.join(&case.report)).unwrap_or_default();
        let report: Value = serde_json::from_str(&report).unwrap_or_default();
        for key in ["description", "expectation", "result", "resultClose"] {
            if let Some(words) = report[key].as_str() {
                let _ = write!(text, "\n  {key}: {}", words.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
        text
    }

    /// One row a group, in Markdown, and their sum.
    pub(super) fn table(&self) -> String {
        let mut table = "| cases | number | OK | non-strict | informational | unimplemented | failed |\n\
                         |---|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
        let mut groups: BTreeMap<u32, Vec<Verdict>> = BTreeMap::new();
        for (id, case) in &self.0 {
            groups.entry(id.first().copied().unwrap_or_default()).or_default().push(case.verdict);
        }
        for (group, verdicts) in &groups {
            row(&mut table, &format!("{group}.\\* {}", title(*group)), verdicts);
        }
        row(&mut table, "all", &groups.into_values().flatten().collect::<Vec<_>>());
        table
    }
}

/// UTF-8 must be looked at as it comes (6.4): there the suite's lenient verdict is not enough.
fn is_good(id: &[u32], verdict: Verdict) -> bool {
    match verdict {
        Verdict::Ok | Verdict::Informational => true,
        Verdict::NonStrict => !id.starts_with(&[6, 4]),
        Verdict::Unimplemented | Verdict::Failed => false,
    }
}

fn numbers(id: &str) -> CaseId {
    id.split('.').map(|number| number.parse().unwrap_or_default()).collect()
}

fn outcome(case: &Value) -> Outcome {
    let word = |key: &str| case[key].as_str().unwrap_or_default();
    let (behavior, close) = (word("behavior"), word("behaviorClose"));
    Outcome {
        verdict: Verdict::of(behavior, close),
        words: format!("{behavior}, closing {close}"),
        report: word("reportfile").to_owned(),
    }
}

fn row(table: &mut String, name: &str, verdicts: &[Verdict]) {
    use Verdict::{Failed, Informational, NonStrict, Ok, Unimplemented};
    let _ = write!(table, "| {name} | {}", verdicts.len());
    for kind in [Ok, NonStrict, Informational, Unimplemented, Failed] {
        let _ = write!(table, " | {}", verdicts.iter().filter(|verdict| **verdict == kind).count());
    }
    table.push_str(" |\n");
}

fn title(group: u32) -> &'static str {
    match group {
        1 => "frames",
        2 => "pings and pongs",
        3 => "reserved bits",
        4 => "opcodes",
        5 => "fragments",
        6 => "UTF-8",
        7 => "closing",
        9 => "large messages",
        10 => "automatic fragments",
        12 => "compression: payloads",
        13 => "compression: parameters",
        _ => "others",
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, Verdicts};

    const INDEX: &str = r#"{"ours": {
        "1.1.1": {"behavior": "OK", "behaviorClose": "OK", "reportfile": "ours_case_1_1_1.json"},
        "6.4.3": {"behavior": "NON-STRICT", "behaviorClose": "OK", "reportfile": ""},
        "6.2.1": {"behavior": "NON-STRICT", "behaviorClose": "OK", "reportfile": ""},
        "7.1.6": {"behavior": "INFORMATIONAL", "behaviorClose": "INFORMATIONAL", "reportfile": ""},
        "7.9.1": {"behavior": "OK", "behaviorClose": "WRONG CODE", "reportfile": ""},
        "10.1.1": {"behavior": "OK", "behaviorClose": "UNCLEAN", "reportfile": ""},
        "12.1.1": {"behavior": "UNIMPLEMENTED", "behaviorClose": "OK", "reportfile": ""}}}"#;

    #[test]
    fn only_full_marks_count_where_they_must() {
        let verdicts = Verdicts::parse(INDEX, "ours").unwrap();
        let (good, bad) = verdicts.judge();
        assert_eq!(good, 3);
        assert_eq!(bad, [&vec![6, 4, 3], &vec![7, 9, 1], &vec![10, 1, 1], &vec![12, 1, 1]]);
        assert_eq!(Verdicts::parse(INDEX, "others").unwrap().len(), 0);
    }

    #[test]
    fn groups_are_counted_in_their_order() {
        let table = Verdicts::parse(INDEX, "ours").unwrap().table();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(rows[0], "| 1.\\* frames | 1 | 1 | 0 | 0 | 0 | 0 |");
        assert_eq!(rows[1], "| 6.\\* UTF-8 | 2 | 0 | 2 | 0 | 0 | 0 |");
        assert_eq!(rows[2], "| 7.\\* closing | 2 | 0 | 0 | 1 | 0 | 1 |");
        assert_eq!(rows[4], "| 12.\\* compression: payloads | 1 | 0 | 0 | 0 | 1 | 0 |");
        assert_eq!(rows[5], "| all | 7 | 1 | 2 | 1 | 1 | 2 |");
    }

    #[test]
    fn what_is_not_known_has_failed() {
        for words in [("", ""), ("FAILED", "OK"), ("OK", "FAILED BY CLIENT"), ("OK", "")] {
            assert_eq!(Verdict::of(words.0, words.1), Verdict::Failed, "{words:?}");
        }
    }

    #[test]
    fn a_case_is_explained_without_its_report_too() {
        let verdicts = Verdicts::parse(INDEX, "ours").unwrap();
        let folder = std::path::Path::new("/nonexistent");
        assert_eq!(verdicts.explain(folder, &vec![7, 9, 1]), "case 7.9.1: OK, closing WRONG CODE");
    }
}
