//! [`Reading`]: how values that are written for uvicorn are read as values of ours.

/// From uvicorn's notation to the one of a key. What is written in ours already stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Same,
    /// A plain number is seconds, with or without a fraction.
    Seconds,
    /// The same where uvicorn means "at once" by 0, which would switch a bound of ours off.
    Deadline,
    /// A plain number is MiB.
    Mebibytes,
    /// `yes`, `True` and the like, as click reads them.
    Boolean,
    /// A level of Python's logging.
    Level,
    /// `ssl.CERT_NONE`, `CERT_OPTIONAL` and `CERT_REQUIRED`, as numbers.
    Requirement,
    /// `*` is everybody.
    Networks,
    /// The name of a library that is not needed here.
    WebSocket,
}

impl Reading {
    /// What the key is to read.
    pub(super) fn translate(self, text: &str) -> String {
        let text = text.trim();
        let translated = match self {
            Self::Same => None,
            Self::Deadline if is_zero(text) => Some("1ms".to_owned()),
            Self::Seconds | Self::Deadline => seconds(text),
            Self::Mebibytes => is_number(text).then(|| format!("{text}MiB")),
            Self::Boolean => boolean(text).map(str::to_owned),
            Self::Level => level(text).map(str::to_owned),
            Self::Requirement => requirement(text).map(str::to_owned),
            Self::Networks => (text == "*").then(|| "0.0.0.0/0,::/0,unix".to_owned()),
            Self::WebSocket => {
                matches!(text, "websockets" | "websockets-sansio" | "wsproto").then(|| "auto".to_owned())
            }
        };
        translated.unwrap_or_else(|| text.to_owned())
    }

    /// The sentence about a wrong value, with what is wanted beside what the key takes.
    pub(super) fn mention(self, sentence: &str) -> String {
        let wanted = match self {
            Self::Seconds | Self::Deadline => "a number of seconds, or ",
            Self::Mebibytes => "a number of MiB, or ",
            Self::Requirement => "0, 1 or 2, or ",
            Self::Level => "critical, error, warning, info, debug or trace, or ",
            Self::Same | Self::Boolean | Self::Networks | Self::WebSocket => "",
        };
        sentence.replacen(": expected ", &format!(": expected {wanted}"), 1)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_zero(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|number| number == 0.0)
}

/// `0.25` is `250ms`, `None` is off; `None` for what has a unit, or is no time at all.
fn seconds(text: &str) -> Option<String> {
    if text.eq_ignore_ascii_case("none") || is_zero(text) {
        return Some("off".to_owned());
    }
    let decimal = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds: f64 = text.parse().ok().filter(|_| decimal)?;
    // A duration too short for the notation is not none at all.
    Some(format!("{}ms", (seconds * 1000.0).round().max(1.0)))
}

fn boolean(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" => Some("true"),
        "false" | "f" | "no" | "n" => Some("false"),
        _ => None,
    }
}

fn level(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        // Nothing here is worse than an error.
        "critical" | "50" => Some("off"),
        "40" => Some("error"),
        "warning" | "30" => Some("warn"),
        "20" => Some("info"),
        "10" => Some("debug"),
        "5" => Some("trace"),
        _ => None,
    }
}

fn requirement(text: &str) -> Option<&'static str> {
    match text {
        "0" => Some("off"),
        "1" => Some("optional"),
        "2" => Some("required"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_for_uvicorn_become_ours() {
        for (reading, text, ours) in [
            (Reading::Seconds, "20.0", "20000ms"),
            (Reading::Seconds, "0.25", "250ms"),
            (Reading::Seconds, "0.0001", "1ms"),
            (Reading::Seconds, "0", "off"),
            (Reading::Seconds, "None", "off"),
            (Reading::Seconds, "30s", "30s"),
            (Reading::Seconds, "-1", "-1"),
            (Reading::Seconds, "inf", "inf"),
            (Reading::Deadline, "0", "1ms"),
            (Reading::Deadline, "5", "5000ms"),
            (Reading::Deadline, "off", "off"),
            (Reading::Mebibytes, "512", "512MiB"),
            (Reading::Mebibytes, "1GiB", "1GiB"),
            (Reading::Boolean, "True", "true"),
            (Reading::Boolean, "NO", "false"),
            (Reading::Level, "WARNING", "warn"),
            (Reading::Level, "critical", "off"),
            (Reading::Level, "trace", "trace"),
            (Reading::Requirement, "2", "required"),
            (Reading::Networks, "*", "0.0.0.0/0,::/0,unix"),
            (Reading::WebSocket, "wsproto", "auto"),
            (Reading::WebSocket, "none", "none"),
            (Reading::Same, " x ", "x"),
        ] {
            assert_eq!(reading.translate(text), ours, "{reading:?} {text}");
        }
    }
}
