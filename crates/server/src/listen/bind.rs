//! Where to listen, as one word of configuration.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// An address to listen on, as written in a configuration.
///
/// | text | meaning |
/// |---|---|
/// | `127.0.0.1:8080`, `[::1]:8080` | one address |
/// | `[::]:8080` | every interface, IPv6 and IPv4 (unless `v6_only`) |
/// | `:8080` | every interface, whether the machine has IPv6 or not |
/// | `8080` | `127.0.0.1:8080`: a bare port is reachable from this machine alone |
/// | `localhost:8080` | every address the name resolves to |
/// | `unix:/run/app.sock` | a Unix socket file |
/// | `unix:@app` | a Linux abstract Unix socket |
/// | `fd:3` | a listening socket this process was started with |
/// | `systemd:web`, `systemd` | the sockets a service manager passed under this name, or all of them |
///
/// A port may be 0: the system picks a free one.
///
/// ```
/// use hyperserve_server::Bind;
///
/// let bind: Bind = "localhost:8080".parse()?;
/// assert_eq!(bind.to_string(), "localhost:8080");
/// assert_eq!("8080".parse(), Ok(Bind::Tcp("127.0.0.1:8080".parse().unwrap())));
/// assert!("::1:8080".parse::<Bind>().is_err());
/// # Ok::<(), hyperserve_server::ParseBindError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bind {
    /// Every interface, IPv6 and IPv4, on this port.
    Any(u16),
    /// One TCP address.
    Tcp(SocketAddr),
    /// Every address this name resolves to when the socket is opened.
    Host {
        /// The name, without a port.
        name: String,
        /// The port, 0 for any free one.
        port: u16,
    },
    /// A Unix socket at this path.
    Unix(PathBuf),
    /// A Linux abstract Unix socket of this name (written after `@`, without the leading NUL).
    Abstract(String),
    /// A listening socket that is open under this descriptor number.
    Fd(u32),
    /// Sockets passed by a service manager (`LISTEN_FDS`): those of one name, or all.
    Systemd(Option<String>),
}

impl From<SocketAddr> for Bind {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl From<(IpAddr, u16)> for Bind {
    fn from(address: (IpAddr, u16)) -> Self {
        Self::Tcp(address.into())
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(port) => write!(f, ":{port}"),
            Self::Tcp(address) => address.fmt(f),
            Self::Host { name, port } => write!(f, "{name}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Abstract(name) => write!(f, "unix:@{name}"),
            Self::Fd(number) => write!(f, "fd:{number}"),
            Self::Systemd(None) => f.write_str("systemd"),
            Self::Systemd(Some(name)) => write!(f, "systemd:{name}"),
        }
    }
}

impl FromStr for Bind {
    type Err = ParseBindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map_err(|reason| ParseBindError { text: text.into(), reason })
    }
}

type Parsed = Result<Bind, &'static str>;

fn parse(text: &str) -> Parsed {
    if let Some(place) = text.strip_prefix("unix:") {
        return parse_unix(place);
    }
    if let Some(number) = text.strip_prefix("fd:") {
        let number = digits(number).and_then(|number| i32::try_from(number).ok());
        return number.map(|number| Bind::Fd(number.unsigned_abs())).ok_or("fd: wants a descriptor number");
    }
    match text.strip_prefix("systemd") {
        Some("") => return Ok(Bind::Systemd(None)),
        Some(rest) if rest.len() > 1 && rest.starts_with(':') => {
            return Ok(Bind::Systemd(Some(rest[1..].into())));
        }
        _ => {}
    }
    parse_tcp(text)
}

fn parse_unix(place: &str) -> Parsed {
    // `unix:///run/app.sock`, the URL spelling, names the same file.
    let place = place.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(place);
    match place.strip_prefix('@') {
        _ if place.contains('\0') => Err("a socket name holds no NUL"),
        Some("") => Err("unix:@ wants a name"),
        Some(name) => Ok(Bind::Abstract(name.into())),
        None if place.is_empty() => Err("unix: wants a path"),
        None => Ok(Bind::Unix(place.into())),
    }
}

fn parse_tcp(text: &str) -> Parsed {
    if let Ok(address) = text.parse() {
        return Ok(Bind::Tcp(address));
    }
    if text.contains("://") {
        return Err("this is a URL, an address is wanted");
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Bind::Tcp((Ipv4Addr::LOCALHOST, port(text)?).into()));
    }
    if text.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6()) {
        return Err("an IPv6 address is written in brackets, with a port after them");
    }
    match text.rsplit_once(':') {
        None => Err("the port is missing"),
        Some(("", number)) => Ok(Bind::Any(port(number)?)),
        Some((name, number)) => host(name, port(number)?),
    }
}

fn host(name: &str, port: u16) -> Parsed {
    if name.contains(':') {
        return Err("an IPv6 address is written in brackets");
    }
    // A name whose last label is a number is an IPv4 address, and this one did not parse (URL standard, "ends in a
    // number checker").
    let last = name.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("this is no IPv4 address");
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if name.len() > 253 || name.contains("..") || name.starts_with(['.', '-']) || !name.bytes().all(fits) {
        return Err("this is no host name");
    }
    Ok(Bind::Host { name: name.into(), port })
}

fn port(number: &str) -> Result<u16, &'static str> {
    digits(number).and_then(|port| u16::try_from(port).ok()).ok_or("a port is a number from 0 to 65535")
}

/// Digits alone: `u32::from_str` would also take a sign.
fn digits(number: &str) -> Option<u32> {
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?
}

/// Why a text is no [`Bind`] address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseBindError {
    text: String,
    reason: &'static str,
}

impl fmt::Display for ParseBindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, reason } = self;
        write!(
            f,
            "cannot listen on {text:?}: {reason} (write host:port, :port, port, unix:/path, unix:@name, fd:N or \
             systemd:name)"
        )
    }
}

impl Error for ParseBindError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written_back() {
        let host = |name: &str, port| Bind::Host { name: name.into(), port };
        let cases = [
            ("127.0.0.1:8080", Bind::Tcp("127.0.0.1:8080".parse().unwrap())),
            ("[::]:8080", Bind::Tcp("[::]:8080".parse().unwrap())),
            ("[::1]:0", Bind::Tcp("[::1]:0".parse().unwrap())),
            (":8080", Bind::Any(8080)),
            ("localhost:80", host("localhost", 80)),
            ("my-host_1.example:65535", host("my-host_1.example", 65535)),
            ("unix:/run/app.sock", Bind::Unix("/run/app.sock".into())),
            ("unix:app.sock", Bind::Unix("app.sock".into())),
            ("unix:@app", Bind::Abstract("app".into())),
            ("fd:3", Bind::Fd(3)),
            ("systemd", Bind::Systemd(None)),
            ("systemd:web", Bind::Systemd(Some("web".into()))),
        ];
        for (text, bind) in cases {
            assert_eq!(text.parse(), Ok(bind.clone()));
            assert_eq!(bind.to_string(), text);
        }
    }

    #[test]
    fn a_bare_port_is_loopback_only() {
        assert_eq!("8080".parse(), Ok(Bind::Tcp("127.0.0.1:8080".parse().unwrap())));
    }

    #[test]
    fn the_url_spelling_of_a_unix_path_is_the_same_file() {
        assert_eq!("unix:///run/app.sock".parse(), Ok(Bind::Unix("/run/app.sock".into())));
    }

    #[test]
    fn a_bad_address_says_what_is_wrong() {
        let cases = [
            ("", "the port is missing"),
            ("localhost", "the port is missing"),
            ("127.0.0.1", "the port is missing"),
            ("systemd:", "a port is"),
            ("http://localhost:80", "this is a URL"),
            ("::1", "in brackets, with a port"),
            ("::1:8080", "in brackets"),
            ("65536", "a port is a number"),
            (":-1", "a port is a number"),
            (":+80", "a port is a number"),
            (":", "a port is a number"),
            ("localhost:http", "a port is a number"),
            ("256.0.0.1:80", "no IPv4 address"),
            ("1.2.3:80", "no IPv4 address"),
            ("a b:80", "no host name"),
            ("a..b:80", "no host name"),
            ("-a:80", "no host name"),
            ("[::1:80", "in brackets"),
            ("unix:", "wants a path"),
            ("unix:@", "wants a name"),
            ("unix:/a\0b", "no NUL"),
            ("fd:", "descriptor number"),
            ("fd:-1", "descriptor number"),
            ("fd:4294967295", "descriptor number"),
        ];
        for (text, reason) in cases {
            let error = text.parse::<Bind>().expect_err(text).to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }
}
