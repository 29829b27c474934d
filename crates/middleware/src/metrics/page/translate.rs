//! From one format to the other, a line at a time.

use std::collections::HashMap;

use super::MetricsFormat;

/// Appends lines of the other format in this one.
pub(super) fn append(text: &mut String, other: &str, format: MetricsFormat) {
    match format {
        MetricsFormat::OpenMetrics => to_open_metrics(text, other),
        MetricsFormat::Prometheus => to_prometheus(text, other),
    }
}

/// `# WORD NAME REST`, of the words that mean something.
fn described(line: &str) -> Option<(&str, &str, &str)> {
    let (word, rest) = line.strip_prefix("# ")?.split_once(' ')?;
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    ["HELP", "TYPE", "UNIT"].contains(&word).then_some((word, name, rest))
}

/// Types by the name of their family.
fn types(text: &str) -> HashMap<&str, &str> {
    let described = text.lines().filter_map(described);
    described.filter(|(word, ..)| *word == "TYPE").map(|(_, name, kind)| (name, kind)).collect()
}

/// A sample's name with its labels, and what stands behind them: the value, and perhaps a time and an exemplar.
fn parts(sample: &str) -> Option<(&str, &str)> {
    let end = sample.find(['{', ' '])?;
    if sample.as_bytes().get(end) == Some(&b' ') {
        return Some((&sample[..end], &sample[end + 1..]));
    }
    let (mut quoted, mut escaped) = (false, false);
    for (place, letter) in sample.char_indices().skip(end) {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '}' if !quoted => return Some((&sample[..=place], sample[place + 1..].trim_start())),
            _ => {}
        }
    }
    None
}

fn put_line(text: &mut String, pieces: &[&str]) {
    pieces.iter().for_each(|piece| text.push_str(piece));
    text.push('\n');
}

/// Families of counters lose their `_total`; a counter that has none is of an unknown type, since its samples must have one.
/// There are no comments and no empty lines. Times are left out: they are milliseconds in the one and seconds in the other.
fn to_open_metrics(text: &mut String, prometheus: &str) {
    let types = types(prometheus);
    for line in prometheus.lines() {
        if let Some((word, name, rest)) = described(line) {
            let kind = types.get(name).copied().unwrap_or("unknown");
            let (family, kind) = match (kind, name.strip_suffix("_total")) {
                ("counter", Some(family)) => (family, kind),
                ("counter" | "untyped", None) | ("untyped", Some(_)) => (name, "unknown"),
                _ => (name, kind),
            };
            match word {
                "TYPE" => put_line(text, &["# TYPE ", family, " ", kind]),
                "HELP" => put_line(text, &["# HELP ", family, " ", &rest.replace('"', "\\\"")]),
                _ => {}
            }
        } else if let Some((name, rest)) = parts(line).filter(|_| !line.starts_with('#')) {
            let value = rest.split(' ').next().unwrap_or_default();
            put_line(text, &[name, " ", value]);
        }
    }
}

/// The older format has no units, no exemplars, and fewer types.
fn to_prometheus(text: &mut String, open: &str) {
    let types = types(open);
    for line in open.lines() {
        if let Some((word, name, rest)) = described(line) {
            let (suffix, kind) = match types.get(name).copied().unwrap_or("unknown") {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                "stateset" => ("", "gauge"),
                kind @ ("gauge" | "histogram" | "summary") => ("", kind),
                _ => ("", "untyped"),
            };
            match word {
                "TYPE" => put_line(text, &["# TYPE ", name, suffix, " ", kind]),
                "HELP" => put_line(text, &["# HELP ", name, suffix, " ", &rest.replace("\\\"", "\"")]),
                _ => {}
            }
        } else if let Some((name, rest)) = parts(line).filter(|_| !line.starts_with('#')) {
            let value = rest.split(' ').next().unwrap_or_default();
            put_line(text, &[name, " ", value]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(text: &str, format: MetricsFormat) -> String {
        let mut translated = String::new();
        append(&mut translated, text, format);
        translated
    }

    #[test]
    fn to_open_metrics() {
        let text = "# a comment\n\n# HELP a_total \"A\".\n# TYPE a_total counter\na_total{x=\"} 1\\\"\"} 5 1700000000000\n\
                    # TYPE b counter\nb 1\n# HELP c C.\n# TYPE c gauge\nc{} 2\n# TYPE d untyped\nd 3\nbare 4\n";
        assert_eq!(
            translated(text, MetricsFormat::OpenMetrics),
            "# HELP a \\\"A\\\".\n# TYPE a counter\na_total{x=\"} 1\\\"\"} 5\n# TYPE b unknown\nb 1\n\
             # HELP c C.\n# TYPE c gauge\nc{} 2\n# TYPE d unknown\nd 3\nbare 4\n"
        );
    }

    #[test]
    fn to_the_older_format() {
        let text = "# HELP a_seconds \\\"A\\\".\n# TYPE a_seconds counter\n# UNIT a_seconds seconds\n\
                    a_seconds_total{x=\"y # {\"} 5 1700000000 # {trace_id=\"7\"} 1.0\n\
                    # TYPE b info\nb_info{v=\"1\"} 1\n# TYPE c stateset\nc{c=\"on\"} 1\n# TYPE d unknown\nd 1\n# EOF\n";
        assert_eq!(
            translated(text, MetricsFormat::Prometheus),
            "# HELP a_seconds_total \"A\".\n# TYPE a_seconds_total counter\na_seconds_total{x=\"y # {\"} 5\n\
             # TYPE b_info gauge\nb_info{v=\"1\"} 1\n# TYPE c gauge\nc{c=\"on\"} 1\n# TYPE d untyped\nd 1\n"
        );
    }
}
