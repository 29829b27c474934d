//! [`Kind`]: what the values of a key look like, and how they are read.
//!
//! Durations, sizes, numbers and switches are read by the server's limits, so that there is one notation for all.

use hyperserve_server::Limits;

use super::forms;

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Switch,
    Duration,
    /// A number or a size; limits write both alike.
    Count,
    /// The same beyond 4 GiB.
    Size,
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
    /// Text that only its user understands.
    Text,
    /// A list of such texts, by what they are.
    List(&'static str),
    /// Fields of a response, a line each.
    Fields,
    /// A switch that may be left to the program.
    Auto,
    /// `module:attribute`
    Application,
    /// The part of an address before the port.
    Host,
    Port,
    /// A list of addresses, with the spellings of other servers.
    Binds,
    Descriptor,
    /// One address, which `on` picks.
    Metrics,
    /// Addresses, of which `on` picks one.
    Probes,
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
            Self::Count | Self::Size => "a whole number, or a size such as 64KiB or 2MiB",
            Self::Number => "a whole number",
            Self::Methods => "a list of method names",
            Self::Origins => "a list of origins, or `*`",
            Self::Addresses | Self::Binds => "a list of addresses",
            Self::Networks => "a list of networks",
            Self::File => "the path of a file",
            Self::Text => "text",
            Self::List(what) => return format!("a list of {what}"),
            Self::Fields => "a list of fields such as `Name: value`",
            Self::Auto => "auto, true or false",
            Self::Application => "an application such as main:app",
            Self::Host => "a host name or an address without a port",
            Self::Port => "a port from 0 to 65535",
            Self::Descriptor => "the number of a descriptor",
            Self::Metrics => "on, off or an address",
            Self::Probes => "on, off or a list of addresses",
            Self::Workers => "auto, or a number from 1 to 1024",
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
            Self::Count | Self::Size => "number or size".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Methods => "list of methods".to_owned(),
            Self::Origins => "list of origins".to_owned(),
            Self::Addresses | Self::Binds => "list of addresses".to_owned(),
            Self::Networks => "list of networks".to_owned(),
            Self::File => "file".to_owned(),
            Self::Text => "text".to_owned(),
            Self::List(what) => format!("list of {what}"),
            Self::Fields => "list of fields".to_owned(),
            Self::Auto => "switch or `auto`".to_owned(),
            Self::Application => "`module:attribute`".to_owned(),
            Self::Host => "host".to_owned(),
            Self::Port => "port".to_owned(),
            Self::Descriptor => "descriptor".to_owned(),
            Self::Metrics => "switch or address".to_owned(),
            Self::Probes => "switch or list of addresses".to_owned(),
            Self::Workers => "number or `auto`".to_owned(),
            Self::Mode => "permission bits".to_owned(),
            Self::Redirect => "switch or port".to_owned(),
            Self::Choice(words) => format!("`{}`", words.join("`, `")),
        }
    }

    pub(super) const fn is_list(self) -> bool {
        matches!(
            self,
            Self::Methods
                | Self::Origins
                | Self::Addresses
                | Self::Networks
                | Self::List(_)
                | Self::Fields
                | Self::Binds
                | Self::Probes
        )
    }

    /// What stands between the entries of a list. The values of fields hold commas.
    pub(super) const fn separator(self) -> char {
        if matches!(self, Self::Fields) { '\n' } else { ',' }
    }

    /// The entries of a list; the one value of anything else, unless it is empty.
    pub(super) fn entries(self, text: &str) -> impl Iterator<Item = &str> {
        let separator = if self.is_list() { self.separator() } else { '\0' };
        text.split(separator).map(str::trim).filter(|entry| !entry.is_empty())
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
            Self::Auto if text == "auto" => Some("auto".to_owned()),
            Self::Switch | Self::Auto => through_limit("h2c", text),
            Self::Duration => through_limit("drain_delay", text),
            Self::Count => through_limit("h2_max_streams", text),
            Self::Size => through_limit("body_limit", text),
            Self::Number if is_off(text) => Some("0".to_owned()),
            Self::Number => text.parse::<u32>().ok().map(|number| number.to_string()),
            Self::Methods => through_limit("extra_methods", unless_off(text)),
            Self::Origins => through_limit("ws_origins", unless_off(text)),
            Self::File | Self::Text => Some(unless_off(text).to_owned()),
            Self::List(_) => Some(self.entries(unless_off(text)).collect::<Vec<_>>().join(",")),
            Self::Choice(words) => choice(words, text),
            Self::Workers => forms::workers(text),
            Self::Mode => forms::mode(text).map(|bits| format!("{bits:03o}")),
            Self::Redirect => forms::redirect(text),
            Self::Host => forms::host(text),
            Self::Port => text.parse::<u16>().ok().map(|port| port.to_string()),
            Self::Descriptor => forms::descriptor(text),
            detailed => {
                let read = forms::detailed(detailed, text);
                return read.map_err(|wrong| format!("`{name}`: {wrong}"));
            }
        };
        read.ok_or_else(|| format!("`{text}` is no value for `{name}`: expected {}", self.wanted()))
    }
}

/// Whether a value switches its key off.
pub(super) fn is_off(text: &str) -> bool {
    matches!(text, "0" | "off" | "false")
}

fn unless_off(text: &str) -> &str {
    if is_off(text) { "" } else { text }
}

/// Reads and shows a value as this limit does.
fn through_limit(limit: &str, text: &str) -> Option<String> {
    let mut scratch = Limits::default();
    scratch.set(limit, text).ok()?;
    scratch.entries().into_iter().find(|entry| entry.name == limit).map(|entry| entry.value)
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
            (Kind::Size, "8GiB", "8192MiB"),
            (Kind::Text, " a, b ", "a, b"),
            (Kind::List("folders"), "src, lib,", "src,lib"),
            (Kind::Fields, "A: b, c\nX-Y:z", "A: b, c\nX-Y: z"),
            (Kind::Auto, "auto", "auto"),
            (Kind::Auto, "on", "true"),
            (Kind::Application, "shop.main:create.app", "shop.main:create.app"),
            (Kind::Host, "[::1]", "::1"),
            (Kind::Host, "0.0.0.0", "0.0.0.0"),
            (Kind::Port, "0", "0"),
            (Kind::Binds, "fd://3, unix:/a,[::]:80", "fd:3,unix:/a,[::]:80"),
            (Kind::Descriptor, "0", "0"),
            (Kind::Descriptor, "off", ""),
            (Kind::Metrics, "on", "127.0.0.1:9090"),
            (Kind::Metrics, ":9100", ":9100"),
            (Kind::Metrics, "0", ""),
            (Kind::Probes, "on", ":9080"),
            (Kind::Probes, "9081, unix:/run/probes.sock", "127.0.0.1:9081,unix:/run/probes.sock"),
            (Kind::Probes, "off", ""),
        ] {
            assert_eq!(kind.read("key", text).as_deref(), Ok(shown), "{kind:?} {text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_one_sentence() {
        for (kind, text, told) in [
            (Kind::Switch, "maybe", "`maybe` is no value for `key`: expected true or false"),
            (Kind::Count, "-1", "expected a whole number, or a size"),
            (Kind::Workers, "many", "or a number from 1"),
            (Kind::Mode, "888", "such as \"660\""),
            (Kind::Mode, "1777", "such as \"660\""),
            (Kind::Redirect, "70000", "on, off or a port"),
            (Kind::Choice(&["a", "b"]), "c", "expected one of a, b"),
            (Kind::Addresses, "nowhere", "`key`: cannot listen on \"nowhere\": the port is missing"),
            (Kind::Networks, "10.0.0.1/8", "`key`: \"10.0.0.1/8\": has bits below its prefix"),
            (Kind::Fields, "no colon", "`key`: `no colon` is no field: expected `Name: value`"),
            (Kind::Fields, "a b: c", "`a b: c` is no field"),
            (
                Kind::Application,
                "main.py",
                "`main.py` is a file: name the module and the application in it, such as main:app",
            ),
            (
                Kind::Application,
                "main",
                "`main` names no application: expected module:attribute, such as main:app",
            ),
            (Kind::Host, "a:80", "a host name or an address without a port"),
            (Kind::Port, "70000", "a port from 0 to 65535"),
            (Kind::Descriptor, "-1", "the number of a descriptor"),
            (Kind::Metrics, "nowhere", "`key`: cannot listen on"),
        ] {
            let error = kind.read("key", text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
