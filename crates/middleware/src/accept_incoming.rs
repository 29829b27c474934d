//! [`AcceptIncoming`]: whose ids are taken over from the headers of a request.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use hyperserve_core::{Request, RequestContext};

/// From whom an id or a trace context in the headers of a request is taken over.
///
/// Written `never`, `trusted` or `always`.
///
/// ```
/// use hyperserve_middleware::AcceptIncoming;
///
/// assert_eq!("trusted".parse(), Ok(AcceptIncoming::Trusted));
/// let error = "yes".parse::<AcceptIncoming>().unwrap_err();
/// assert_eq!(error.to_string(), "incoming ids are accepted `never`, `trusted` or `always`, not \"yes\"");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AcceptIncoming {
    /// From nobody.
    Never,
    /// From a [trusted proxy](hyperserve_core::TrustedProxies) at the other end of the connection. A request that came
    /// through no server has no such end.
    Trusted,
    /// From everybody.
    Always,
}

impl AcceptIncoming {
    /// Whether what this request says is taken over.
    pub(crate) fn takes<B>(self, request: &Request<B>) -> bool {
        match self {
            Self::Never => false,
            Self::Trusted => RequestContext::of(request.extensions())
                .is_some_and(|context| context.trusted().trusts(context.conn())),
            Self::Always => true,
        }
    }
}

impl fmt::Display for AcceptIncoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "never",
            Self::Trusted => "trusted",
            Self::Always => "always",
        })
    }
}

impl FromStr for AcceptIncoming {
    type Err = AcceptIncomingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "never" => Ok(Self::Never),
            "trusted" => Ok(Self::Trusted),
            "always" => Ok(Self::Always),
            _ => Err(AcceptIncomingError { text: text.into() }),
        }
    }
}

/// A text that names no [`AcceptIncoming`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptIncomingError {
    text: Box<str>,
}

impl fmt::Display for AcceptIncomingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "incoming ids are accepted `never`, `trusted` or `always`, not {:?}", self.text)
    }
}

impl Error for AcceptIncomingError {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hyperserve_core::{ConnInfo, PeerAddr, TrustedProxies};

    use super::*;

    fn from(peer: &str) -> Request<()> {
        let trusted: TrustedProxies = "10.0.0.0/8".parse().unwrap();
        let conn = ConnInfo::new(PeerAddr::Tcp(peer.parse().unwrap()), PeerAddr::Unknown);
        let mut request = Request::new(());
        let context = RequestContext::new(Arc::new(conn)).with_trusted(Arc::new(trusted));
        request.extensions_mut().insert(context);
        request
    }

    #[test]
    fn trusted_is_the_other_end_of_the_connection() {
        let requests = [from("10.1.2.3:1"), from("192.0.2.1:1"), Request::new(())];
        let takes = |accept: AcceptIncoming| requests.each_ref().map(|request| accept.takes(request));
        assert_eq!(takes(AcceptIncoming::Never), [false; 3]);
        assert_eq!(takes(AcceptIncoming::Trusted), [true, false, false]);
        assert_eq!(takes(AcceptIncoming::Always), [true; 3]);
    }

    #[test]
    fn it_reads_as_it_is_written() {
        for accept in [AcceptIncoming::Never, AcceptIncoming::Trusted, AcceptIncoming::Always] {
            assert_eq!(accept.to_string().parse(), Ok(accept));
        }
    }
}
