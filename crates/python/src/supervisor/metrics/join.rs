//! Joining texts in the exposition format of Prometheus: a family's samples must stand together, under one `# HELP` and one
//! `# TYPE` (prometheus.io/docs/instrumenting/exposition_formats).

use std::collections::HashMap;
use std::fmt::Write as _;

#[derive(Default)]
struct Families<'a> {
    order: Vec<Family<'a>>,
    places: HashMap<&'a str, usize>,
}

#[derive(Default)]
struct Family<'a> {
    /// Keyword and line: `HELP`, `# HELP name …`.
    comments: Vec<(&'a str, &'a str)>,
    samples: String,
}

/// One text of several, each sample with the label `worker`.
pub(super) fn join(texts: &[(usize, String)]) -> String {
    let mut families = Families::default();
    for (worker, text) in texts {
        families.add(*worker, text);
    }
    let mut joined = String::new();
    for family in &families.order {
        for (_, line) in &family.comments {
            let _ = writeln!(joined, "{line}");
        }
        joined.push_str(&family.samples);
    }
    joined
}

impl<'a> Families<'a> {
    fn add(&mut self, worker: usize, text: &'a str) {
        let mut current = "";
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if let Some(comment) = line.strip_prefix("# ") {
                let mut words = comment.splitn(3, ' ');
                if let (Some(keyword @ ("HELP" | "TYPE" | "UNIT")), Some(name)) = (words.next(), words.next())
                {
                    current = name;
                    self.family(name).comment(keyword, line);
                }
            } else if !line.starts_with('#') {
                let name = &line[..line.find(['{', ' ']).unwrap_or(line.len())];
                // `name_bucket`, `name_sum` and the like belong to the family above them.
                let family = if !current.is_empty() && name.starts_with(current) { current } else { name };
                self.family(family).sample(worker, name, line);
            }
        }
    }

    fn family(&mut self, name: &'a str) -> &mut Family<'a> {
        let place = *self.places.entry(name).or_insert_with(|| {
            self.order.push(Family::default());
            self.order.len() - 1
        });
        &mut self.order[place]
    }
}

impl<'a> Family<'a> {
    fn comment(&mut self, keyword: &'a str, line: &'a str) {
        if self.comments.iter().all(|(known, _)| *known != keyword) {
            self.comments.push((keyword, line));
        }
    }

    fn sample(&mut self, worker: usize, name: &str, line: &str) {
        let rest = &line[name.len()..];
        // Writing to a string cannot fail.
        let _ = match rest.strip_prefix('{') {
            Some(labels) if labels.starts_with('}') => {
                writeln!(self.samples, "{name}{{worker=\"{worker}\"{labels}")
            }
            Some(labels) => writeln!(self.samples, "{name}{{worker=\"{worker}\",{labels}"),
            None => writeln!(self.samples, "{name}{{worker=\"{worker}\"}}{rest}"),
        };
    }
}
