//! [`Kind`]: what the values of a key look like, and how they are read.
//!
//! Durations, sizes, numbers and switches are read by the server's limits, so that there is one notation for all.

use hyperserve_core::TrustedProxies;
use hyperserve_server::{Bind, Limits};

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Switch,
    Duration,
    /// A number or a size; limits write both alike.
    Count,
    /// A number alone.
    Number,
    Methods,
    Origins,
    Addresses,
    Networks,
    File,
    Workers,
    Choice(&'static [&'static str]),
    /// Permission bits.
    Mode,
    /// `on`, `off` or a port.
    Redirect,
}

impl Kind {
    /// The kind of a limit, by what it takes.
    pub(super) fn of_limit(name: &str) -> Self {
        // A list of methods also takes the others' texts, so it comes first.
        let probes = [
            ("PROPFIND", Self::Methods),
            ("http://a", Self::Origins),
            ("1ms", Self::Duration),
            ("true", Self::Switch),
        ];
        let taken = probes.into_iter().find(|(text, _)| Limits::default().set(name, text).is_ok());
        taken.map_or(Self::Count, |(_, kind)| kind)
    }

    /// What is wanted, to be read after "expected" or "where … is wanted".
    pub(super) fn wanted(self) -> String {
        let wanted = match self {
            Self::Switch => "true or false",
            Self::Duration => "a duration such as 30s or 500ms",
            Self::Count => "a whole number, or a size such as 64KiB or 2MiB",
            Self::Number => "a whole number",
            Self::Methods => "a list of method names",
            Self::Origins => "a list of origins, or `*`",
            Self::Addresses => "a list of addresses",
            Self::Networks => "a list of networks",
            Self::File => "the path of a file",
            Self::Workers => "auto, or a number of threads from 1 to 1024",
            Self::Mode => "permission bits as text, such as \"660\"",
            Self::Redirect => "on, off or a port",
            Self::Choice(words) => return format!("one of {}", words.join(", ")),
        };
        wanted.to_owned()
    }

    /// For the column of the documentation.
    pub(super) fn word(self) -> String {
        match self {
            Self::Switch => "switch".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Count => "number or size".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Methods => "list of methods".to_owned(),
            Self::Origins => "list of origins".to_owned(),
            Self::Addresses => "list of addresses".to_owned(),
            Self::Networks => "list of networks".to_owned(),
            Self::File => "file".to_owned(),
            Self::Workers => "number or `auto`".to_owned(),
            Self::Mode => "permission bits".to_owned(),
            Self::Redirect => "switch or port".to_owned(),
            Self::Choice(words) => format!("`{}`", words.join("`, `")),
        }
    }

    pub(super) const fn is_list(self) -> bool {
        matches!(self, Self::Methods | Self::Origins | Self::Addresses | Self::Networks)
    }

    /// Whether a bare number of a file can stand for it. Permission bits are octal, which a number of TOML or JSON
    /// no longer tells.
    pub(super) const fn takes_numbers(self) -> bool {
        !matches!(self, Self::Mode)
    }

    /// The canonical form of a value, or the sentence that says what is wrong with it.
    pub(super) fn read(self, name: &str, text: &str) -> Result<String, String> {
        let text = text.trim();
        let read = match self {
            Self::Switch => through_limit("h2c", text),
            Self::Duration => through_limit("drain_delay", text),
            Self::Count => through_limit("h2_max_streams", text),
            Self::Number if is_off(text) => Some("0".to_owned()),
            Self::Number => text.parse::<u32>().ok().map(|number| number.to_string()),
            Self::Methods => through_limit("extra_methods", if is_off(text) { "" } else { text }),
            Self::Origins => through_limit("ws_origins", if is_off(text) { "" } else { text }),
            Self::Addresses => return addresses(text).map_err(|error| format!("`{name}`: {error}")),
            Self::Networks => return networks(text).map_err(|error| format!("`{name}`: {error}")),
            Self::File => Some(if is_off(text) { String::new() } else { text.to_owned() }),
            Self::Workers => workers(text),
            Self::Mode => mode(text).map(|bits| format!("{bits:03o}")),
            Self::Redirect => redirect(text),
            Self::Choice(words) => choice(words, text),
        };
        read.ok_or_else(|| format!("`{text}` is no value for `{name}`: expected {}", self.wanted()))
    }
}

/// Whether a value switches its key off.
pub(super) fn is_off(text: &str) -> bool {
    matches!(text, "0" | "off" | "false")
}

/// Reads and shows a value as this limit does.
fn through_limit(limit: &str, text: &str) -> Option<String> {
    let mut scratch = Limits::default();
    scratch.set(limit, text).ok()?;
    scratch.entries().into_iter().find(|entry| entry.name == limit).map(|entry| entry.value)
}

/// The entries of a list.
pub(super) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

fn addresses(text: &str) -> Result<String, String> {
    if is_off(text) {
        return Ok(String::new());
    }
    let shown = |entry: &str| entry.parse::<Bind>().map(|bind| bind.to_string());
    let shown: Result<Vec<_>, _> = entries(text).map(shown).collect();
    shown.map(|shown| shown.join(",")).map_err(|error| error.to_string())
}

fn networks(text: &str) -> Result<String, String> {
    if is_off(text) {
        return Ok(String::new());
    }
    let listed: Vec<_> =
        text.split(|c: char| c == ',' || c.is_ascii_whitespace()).filter(|entry| !entry.is_empty()).collect();
    TrustedProxies::from_entries(&listed).map(drop).map_err(|error| error.to_string())?;
    Ok(listed.join(","))
}

fn workers(text: &str) -> Option<String> {
    if text == "auto" || is_off(text) {
        return Some("auto".to_owned());
    }
    let count = text.parse::<usize>().ok().filter(|count| (1..=1024).contains(count));
    count.map(|count| count.to_string())
}

/// `660`, `0660` or `0o660`.
pub(super) fn mode(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal = !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    u32::from_str_radix(digits, 8).ok().filter(|bits| octal && *bits <= 0o777)
}

fn redirect(text: &str) -> Option<String> {
    match text {
        "on" | "true" => Some("on".to_owned()),
        _ if is_off(text) => Some("off".to_owned()),
        port => port.parse::<u16>().ok().map(|port| port.to_string()),
    }
}

/// Off is a word of its own where there is one, and the first word, the most lenient, elsewhere.
fn choice(words: &[&str], text: &str) -> Option<String> {
    let word =
        if is_off(text) { words.first() } else { words.iter().find(|word| text.eq_ignore_ascii_case(word)) };
    word.map(|&word| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_apart() {
        for (name, kind) in [
            ("extra_methods", Kind::Methods),
            ("ws_origins", Kind::Origins),
            ("head_timeout", Kind::Duration),
            ("h2c", Kind::Switch),
            ("max_head", Kind::Count),
            ("h2_max_streams", Kind::Count),
        ] {
            assert_eq!(Kind::of_limit(name), kind, "{name}");
        }
    }

    #[test]
    fn values_are_shown_in_one_form() {
        let levels = Kind::Choice(&["off", "info"]);
        for (kind, text, shown) in [
            (Kind::Switch, "on", "true"),
            (Kind::Switch, "0", "false"),
            (Kind::Duration, "90000ms", "90s"),
            (Kind::Duration, "false", "off"),
            (Kind::Count, "2048", "2KiB"),
            (Kind::Number, "off", "0"),
            (Kind::Addresses, "8080, :80", "127.0.0.1:8080,:80"),
            (Kind::Addresses, "off", ""),
            (Kind::Networks, "loopback  10.0.0.0/8,::1", "loopback,10.0.0.0/8,::1"),
            (Kind::File, " a b.pem ", "a b.pem"),
            (Kind::File, "false", ""),
            (Kind::Workers, "0", "auto"),
            (Kind::Workers, "4", "4"),
            (Kind::Mode, "0o7", "007"),
            (Kind::Redirect, "true", "on"),
            (Kind::Redirect, "443", "443"),
            (levels, "INFO", "info"),
            (levels, "0", "off"),
            (Kind::Choice(&["1.2", "1.3"]), "off", "1.2"),
        ] {
            assert_eq!(kind.read("key", text).as_deref(), Ok(shown), "{kind:?} {text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_one_sentence() {
        for (kind, text, told) in [
            (Kind::Switch, "maybe", "`maybe` is no value for `key`: expected true or false"),
            (Kind::Count, "-1", "expected a whole number, or a size"),
            (Kind::Workers, "many", "a number of threads"),
            (Kind::Mode, "888", "such as \"660\""),
            (Kind::Mode, "1777", "such as \"660\""),
            (Kind::Redirect, "70000", "on, off or a port"),
            (Kind::Choice(&["a", "b"]), "c", "expected one of a, b"),
            (Kind::Addresses, "nowhere", "`key`: cannot listen on \"nowhere\": the port is missing"),
            (Kind::Networks, "10.0.0.1/8", "`key`: trusted proxy \"10.0.0.1/8\""),
        ] {
            let error = kind.read("key", text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
