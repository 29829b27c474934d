//! [`Writer`]: families and their samples, in either format.

use std::fmt::{Display, Write as _};

use super::super::exemplar::Exemplar;
use super::MetricsFormat;

/// The type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

#[derive(Debug)]
pub(in super::super) struct Writer<'a> {
    text: String,
    format: MetricsFormat,
    /// What stands on every sample, a comma behind each.
    labels: &'a str,
}

impl<'a> Writer<'a> {
    pub(super) fn new(format: MetricsFormat, labels: &'a str) -> Self {
        Self { text: String::with_capacity(8 * 1024), format, labels }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Begins a family. `name` without the `_total` of a counter; `help` without anything to escape. In OpenMetrics a family
    /// is called so, and in the older format a counter's is called as its samples are.
    pub(in super::super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let open = self.format == MetricsFormat::OpenMetrics;
        let (kind, suffix) = match kind {
            Kind::Counter => ("counter", if open { "" } else { "_total" }),
            Kind::Gauge => ("gauge", ""),
            Kind::Histogram => ("histogram", ""),
        };
        self.line(format_args!("# HELP {name}{suffix} {help}"));
        self.line(format_args!("# TYPE {name}{suffix} {kind}"));
        let unit = ["seconds", "bytes"].into_iter().find(|unit| open && name.ends_with(unit));
        if let Some(unit) = unit {
            self.line(format_args!("# UNIT {name} {unit}"));
        }
    }

    /// A sample. `name` with its suffix, `_total` and the like.
    pub(in super::super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.marked_sample(name, labels, value, None);
    }

    /// A sample with an exemplar, which the older format has no room for.
    pub(super) fn marked_sample(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        value: impl Display,
        exemplar: Option<&Exemplar>,
    ) {
        self.name(name, labels);
        match exemplar.filter(|_| self.format == MetricsFormat::OpenMetrics) {
            Some(exemplar) => self.line(format_args!(" {value} # {exemplar}")),
            None => self.line(format_args!(" {value}")),
        }
    }

    fn name(&mut self, name: &str, labels: &[(&str, &str)]) {
        self.text.push_str(name);
        let start = self.text.len();
        self.text.push('{');
        self.text.push_str(self.labels);
        for (name, value) in labels {
            self.text.push_str(name);
            self.text.push_str("=\"");
            escape_label(&mut self.text, value);
            self.text.push_str("\",");
        }
        match self.text.pop() {
            Some(',') => self.text.push('}'),
            _ => self.text.truncate(start),
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // A string takes everything: there is no error.
        self.text.write_fmt(line).unwrap_or_default();
        self.text.push('\n');
    }
}

/// Both formats escape the same three characters.
pub(in super::super) fn escape_label(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            _ => text.push(letter),
        }
    }
}

/// Whether it may be the name of a label that somebody chooses: two underscores at the front are Prometheus' own.
pub(in super::super) fn is_label(name: &str) -> bool {
    let good = |letter: char| letter == '_' || letter.is_ascii_alphanumeric();
    name.chars().all(good)
        && name.starts_with(|first: char| !first.is_ascii_digit())
        && !name.starts_with("__")
}
