//! How the values of single kinds are read: addresses, networks, applications and the like.

use std::net::IpAddr;

use http::{HeaderName, HeaderValue};
use hyperserve_core::Networks;
use hyperserve_server::Bind;

use super::kind::{Kind, is_off};

/// Where counters are served when nothing but `on` is said: the port that Prometheus gives to such listeners.
const METRICS: &str = "127.0.0.1:9090";

/// Where probes are answered when nothing but `on` is said: who probes is rarely on the same machine.
const PROBES: &str = ":9080";

/// The kinds whose faults have a sentence of their own. In canonical form, or that sentence.
pub(super) fn detailed(kind: Kind, text: &str) -> Result<String, String> {
    if text.is_empty() || is_off(text) {
        return Ok(String::new());
    }
    match kind {
        Kind::Networks => networks(text),
        Kind::Fields => fields(kind, text),
        Kind::Application => application(text),
        Kind::Metrics if matches!(text, "on" | "true") => Ok(METRICS.to_owned()),
        Kind::Metrics => address(text),
        Kind::Probes if matches!(text, "on" | "true") => Ok(PROBES.to_owned()),
        Kind::Binds => addresses(&text.replace("fd://", "fd:")),
        _ => addresses(text),
    }
}

fn address(text: &str) -> Result<String, String> {
    text.parse::<Bind>().map(|bind| bind.to_string()).map_err(|error| error.to_string())
}

fn addresses(text: &str) -> Result<String, String> {
    let shown: Result<Vec<_>, _> = Kind::Addresses.entries(text).map(address).collect();
    shown.map(|shown| shown.join(","))
}

fn networks(text: &str) -> Result<String, String> {
    let listed: Vec<_> =
        text.split(|c: char| c == ',' || c.is_ascii_whitespace()).filter(|entry| !entry.is_empty()).collect();
    // A word of ours alone, for clients over a Unix socket.
    let networks = listed.iter().filter(|entry| **entry != "unix");
    Networks::try_new(networks).map_err(|error| error.to_string())?;
    Ok(listed.join(","))
}

fn fields(kind: Kind, text: &str) -> Result<String, String> {
    let shown: Result<Vec<_>, _> = kind.entries(text).map(field).collect();
    shown.map(|shown| shown.join("\n"))
}

fn field(entry: &str) -> Result<String, String> {
    let read = || {
        let (name, value) = entry.split_once(':')?;
        let (name, value) = (name.trim(), value.trim());
        HeaderName::from_bytes(name.as_bytes()).ok()?;
        HeaderValue::from_str(value).ok()?;
        Some(format!("{name}: {value}"))
    };
    read().ok_or_else(|| format!("`{}` is no field: expected `Name: value`", entry.escape_debug()))
}

fn application(text: &str) -> Result<String, String> {
    if text.ends_with(".py") || text.contains('/') {
        return Err(format!(
            "`{text}` is a file: name the module and the application in it, such as main:app"
        ));
    }
    match text.split_once(':') {
        Some((module, attribute)) if !module.is_empty() && !attribute.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("`{text}` names no application: expected module:attribute, such as main:app")),
    }
}

/// Without the brackets of IPv6.
pub(super) fn host(text: &str) -> Option<String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let read = with_port(bare, "0").parse::<Bind>();
    matches!(read, Ok(Bind::Tcp(_) | Bind::Host { .. })).then(|| bare.to_owned())
}

/// `host:port`, with brackets where they are wanted.
pub(super) fn with_port(host: &str, port: &str) -> String {
    match host.parse() {
        Ok(IpAddr::V6(_)) => format!("[{host}]:{port}"),
        _ => format!("{host}:{port}"),
    }
}

/// 0 is a descriptor as any other, and so does not switch off.
pub(super) fn descriptor(text: &str) -> Option<String> {
    match text {
        "" | "off" | "false" => Some(String::new()),
        number => number.parse::<u16>().ok().map(|number| number.to_string()),
    }
}

pub(super) fn workers(text: &str) -> Option<String> {
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

pub(super) fn redirect(text: &str) -> Option<String> {
    match text {
        "on" | "true" => Some("on".to_owned()),
        _ if is_off(text) => Some("off".to_owned()),
        port => port.parse::<u16>().ok().map(|port| port.to_string()),
    }
}
