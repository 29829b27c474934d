//! A snapshot in the text format of Prometheus, with OpenMetrics' rules for names: base units, and counters that end in
//! `_total`.

use super::{MetricsSnapshot, TIME_TO_FIRST_BYTE_BOUNDS, TIME_TO_FIRST_BYTE_SAMPLE};
use std::fmt::{self, Write};

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

impl MetricsSnapshot {
    /// The media type of [`to_prometheus`](Self::to_prometheus).
    pub const PROMETHEUS_CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// The counters in the text format of Prometheus, version 0.0.4.
    ///
    /// Names begin with `hyperserve_`. `labels` are put to every sample, such as `("worker", "0")`; bytes that the name of a
    /// label must not have become `_`. `class`, `reason` and `le` are taken.
    ///
    /// ```
    /// use hyperserve_server::MetricsSnapshot;
    ///
    /// let text = MetricsSnapshot::default().to_prometheus(&[("worker", "0")]);
    /// assert!(text.contains("\n# TYPE hyperserve_responses_total counter\n"));
    /// assert!(text.contains("\nhyperserve_responses_total{worker=\"0\",class=\"2xx\"} 0\n"));
    /// ```
    #[must_use]
    pub fn to_prometheus(&self, labels: &[(&str, &str)]) -> String {
        let mut text = Exposition { text: String::with_capacity(6 * 1024), labels: rendered(labels) };
        // A string takes everything: there is no error.
        self.expose(&mut text).map(|()| text.text).unwrap_or_default()
    }

    fn expose(&self, text: &mut Exposition) -> fmt::Result {
        text.family("connections_open", "gauge", "Connections open now.")?;
        text.sample("connections_open", "", "", self.connections_open)?;
        for (name, help, count) in self.counters() {
            let name = counter_name(name);
            text.family(&name, "counter", help.trim())?;
            text.sample(&name, "", "", count)?;
        }
        text.family("responses_total", "counter", "Responses by class of status.")?;
        for (class, count) in CLASSES.iter().zip(self.responses) {
            text.sample("responses_total", "class", class, count)?;
        }
        let help = "Requests refused before they reached the application, by reason.";
        text.family("requests_refused_total", "counter", help)?;
        for (reason, count) in &self.requests_refused {
            text.sample("requests_refused_total", "reason", reason, count)?;
        }
        self.expose_times(text)
    }

    /// Buckets hold all that is below their bound; a last one holds everything.
    fn expose_times(&self, text: &mut Exposition) -> fmt::Result {
        let help = format!(
            "Time from a request's head to its response's. One request in {TIME_TO_FIRST_BYTE_SAMPLE} is measured."
        );
        text.family("time_to_first_byte_seconds", "histogram", &help)?;
        let mut below = 0;
        for (index, count) in self.time_to_first_byte.iter().enumerate() {
            below += count;
            let bound = TIME_TO_FIRST_BYTE_BOUNDS.get(index).map(|bound| seconds(*bound).to_string());
            let bound = bound.as_deref().unwrap_or("+Inf");
            text.sample("time_to_first_byte_seconds_bucket", "le", bound, below)?;
        }
        text.sample("time_to_first_byte_seconds_sum", "", "", seconds(self.time_to_first_byte_sum))?;
        text.sample("time_to_first_byte_seconds_count", "", "", below)
    }
}

/// The unit comes before `_total`.
fn counter_name(field: &str) -> String {
    match field.strip_prefix("bytes_") {
        Some(what) => format!("{what}_bytes_total"),
        None => format!("{field}_total"),
    }
}

fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e6
}

/// Labels as they stand between braces, a comma after each.
fn rendered(labels: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in labels {
        for (index, letter) in name.chars().enumerate() {
            let good =
                letter == '_' || letter.is_ascii_alphabetic() || (index > 0 && letter.is_ascii_digit());
            text.push(if good { letter } else { '_' });
        }
        text.push_str("=\"");
        text.push_str(&value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
        text.push_str("\",");
    }
    text
}

struct Exposition {
    text: String,
    labels: String,
}

impl Exposition {
    fn family(&mut self, name: &str, kind: &str, help: &str) -> fmt::Result {
        writeln!(self.text, "# HELP hyperserve_{name} {help}")?;
        writeln!(self.text, "# TYPE hyperserve_{name} {kind}")
    }

    /// `label` may be empty.
    fn sample(&mut self, name: &str, label: &str, of: &str, value: impl fmt::Display) -> fmt::Result {
        let own = if label.is_empty() { String::new() } else { format!("{label}=\"{of}\"") };
        let labels = format!("{}{own}", self.labels);
        match labels.trim_end_matches(',') {
            "" => writeln!(self.text, "hyperserve_{name} {value}"),
            labels => writeln!(self.text, "hyperserve_{name}{{{labels}}} {value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::BUCKETS;
    use super::*;
    use std::collections::BTreeMap;

    /// One sample, as a scraper reads it.
    #[derive(Debug, PartialEq)]
    struct Sample {
        name: String,
        labels: BTreeMap<String, String>,
        value: f64,
    }

    #[derive(Debug)]
    struct Family {
        name: String,
        kind: String,
        samples: Vec<Sample>,
    }

    fn is_name(text: &str, colon: bool) -> bool {
        let good = |letter: char| letter == '_' || letter.is_ascii_alphanumeric() || (colon && letter == ':');
        text.chars().all(good) && !text.is_empty() && !text.starts_with(|first: char| first.is_ascii_digit())
    }

    /// Reads labels up to the closing brace; gives what follows.
    fn labels(mut text: &str) -> (BTreeMap<String, String>, &str) {
        let mut labels = BTreeMap::new();
        loop {
            let (name, rest) = text.split_once("=\"").unwrap();
            assert!(is_name(name, false), "label {name:?}");
            let (mut value, mut letters) = (String::new(), rest.chars());
            loop {
                match letters.next().unwrap() {
                    '"' => break,
                    '\\' => value.push(match letters.next().unwrap() {
                        'n' => '\n',
                        letter @ ('\\' | '"') => letter,
                        other => panic!("\\{other}"),
                    }),
                    letter => value.push(letter),
                }
            }
            assert!(labels.insert(name.to_owned(), value).is_none(), "label {name} twice");
            text = letters.as_str();
            if let Some(rest) = text.strip_prefix('}') {
                return (labels, rest);
            }
            text = text.strip_prefix(',').unwrap();
        }
    }

    fn sample(line: &str) -> Sample {
        let end = line.find(['{', ' ']).unwrap();
        let (name, rest) = line.split_at(end);
        assert!(is_name(name, true), "{line}");
        let (labels, value) = match rest.strip_prefix('{') {
            Some(rest) => labels(rest),
            None => (BTreeMap::new(), rest),
        };
        let value = value.strip_prefix(' ').unwrap();
        assert!(!value.contains([' ', 'e', 'E']), "{line}");
        Sample { name: name.into(), labels, value: value.parse().unwrap() }
    }

    /// Strict: HELP, TYPE, then the family's samples; each family and each sample once.
    fn parsed(text: &str) -> Vec<Family> {
        assert!(text.ends_with('\n') && !text.contains("\n\n") && !text.contains('\r'));
        let mut families: Vec<Family> = Vec::new();
        let mut helped = None;
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, sentence) = help.split_once(' ').unwrap();
                assert!(
                    is_name(name, true) && sentence.trim() == sentence && sentence.ends_with('.'),
                    "{line}"
                );
                assert!(families.iter().all(|family| family.name != name), "{name} twice");
                helped = Some(name);
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert_eq!(helped.take(), Some(name), "{line}");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                families.push(Family { name: name.into(), kind: kind.into(), samples: Vec::new() });
            } else {
                let (sample, family) = (sample(line), families.last_mut().unwrap());
                let suffix = sample.name.strip_prefix(&family.name).unwrap();
                let known: &[&str] =
                    if family.kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
                assert!(known.contains(&suffix), "{line}");
                let again = |other: &Sample| other.name == sample.name && other.labels == sample.labels;
                assert!(!family.samples.iter().any(again), "{line} twice");
                family.samples.push(sample);
            }
        }
        families
    }

    fn snapshot() -> MetricsSnapshot {
        let mut time_to_first_byte = [1; BUCKETS];
        time_to_first_byte[0] = 5;
        MetricsSnapshot {
            connections_open: 2,
            connections_accepted: 7,
            bytes_sent: u64::MAX,
            responses: [0, 10, 20, 30, 40],
            requests_refused: vec![("host", 3), ("target", 1)],
            time_to_first_byte,
            time_to_first_byte_sum: 1_234_567,
            ..MetricsSnapshot::default()
        }
    }

    fn value(families: &[Family], name: &str, label: Option<(&str, &str)>) -> f64 {
        let mut samples =
            families.iter().flat_map(|family| &family.samples).filter(|sample| sample.name == name);
        let wanted = |sample: &&Sample| {
            label.is_none_or(|(name, value)| sample.labels.get(name).is_some_and(|other| other == value))
        };
        samples.find(wanted).unwrap().value
    }

    #[test]
    fn a_strict_reader_finds_every_value() {
        let families = parsed(&snapshot().to_prometheus(&[]));
        let of = |name, label| value(&families, name, label);
        assert!((of("hyperserve_connections_open", None) - 2.0).abs() < 1e-9);
        assert!((of("hyperserve_connections_accepted_total", None) - 7.0).abs() < 1e-9);
        assert!((of("hyperserve_sent_bytes_total", None) - u64::MAX as f64).abs() < 1e-9);
        assert!((of("hyperserve_responses_total", Some(("class", "5xx"))) - 40.0).abs() < 1e-9);
        assert!((of("hyperserve_requests_refused_total", Some(("reason", "host"))) - 3.0).abs() < 1e-9);
        assert_eq!(families.len(), 17);
    }

    #[test]
    fn the_histogram_is_cumulative_and_in_seconds() {
        let families = parsed(&snapshot().to_prometheus(&[("worker", "1")]));
        let histogram = families.iter().find(|family| family.kind == "histogram").unwrap();
        assert_eq!(histogram.name, "hyperserve_time_to_first_byte_seconds");
        let (rest, buckets): (Vec<_>, Vec<_>) =
            histogram.samples.iter().partition(|sample| !sample.name.ends_with("_bucket"));
        let bounds: Vec<&str> = buckets.iter().map(|bucket| &*bucket.labels["le"]).collect();
        let expected = [
            "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.05", "0.1", "0.5", "1",
            "5", "+Inf",
        ];
        assert_eq!(bounds, expected);
        let counts: Vec<u64> = buckets.iter().map(|bucket| bucket.value as u64).collect();
        assert_eq!(counts, (5..18).collect::<Vec<u64>>());
        assert!((rest[0].value - 1.234_567).abs() < 1e-9);
        assert!((rest[1].value - 17.0).abs() < 1e-9);
    }

    #[test]
    fn labels_stand_on_every_sample_and_cannot_break_out() {
        let text = snapshot().to_prometheus(&[("worker", "0"), ("0a-b", "x\"} 1\n\\")]);
        for sample in parsed(&text).iter().flat_map(|family| &family.samples) {
            assert_eq!(sample.labels["worker"], "0");
            assert_eq!(sample.labels["_a_b"], "x\"} 1\n\\");
        }
    }

    #[test]
    fn nothing_counted_is_text_all_the_same() {
        let families = parsed(&MetricsSnapshot::default().to_prometheus(&[]));
        let refused =
            families.iter().find(|family| family.name == "hyperserve_requests_refused_total").unwrap();
        assert!(refused.samples.is_empty());
    }
}
