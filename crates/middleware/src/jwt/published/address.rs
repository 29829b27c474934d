//! [`Address`]: an address of a JWK Set, and asking it: one request, one connection, no redirects.

use std::fmt;
use std::future::Future as _;
use std::task::Poll;

use http::{HeaderValue, Request, StatusCode, Uri, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use hyperserve_core::Body;

use super::connect::{Stream, connect};
use super::source::LONGEST;
use crate::jwt::JwtError;

#[derive(Debug)]
pub(crate) struct Address {
    uri: Uri,
    pub(super) secure: bool,
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    #[cfg(feature = "jwt-https")]
    pub(super) trust: super::tls::Trust,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, JwtError> {
        let bad = |why: &str| JwtError::new(format!("the address of the JWK Set {why}"));
        let uri: Uri = url.parse().map_err(|_| bad("is no address; write https://host/path"))?;
        let authority = uri.authority().ok_or_else(|| bad("has no host; write https://host/path"))?;
        if authority.as_str().contains('@') {
            return Err(bad("has a user name in it; leave it out"));
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let secure = match uri.scheme_str() {
            Some("https") if cfg!(feature = "jwt-https") => true,
            Some("https") => return Err(bad("is of https; enable the feature `jwt-https`")),
            Some("http") if is_here(&host) => false,
            _ => return Err(bad("is not of https; keys that come by http could be anybody's")),
        };
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Self {
            uri,
            secure,
            host,
            port,
            #[cfg(feature = "jwt-https")]
            trust: super::tls::Trust::default(),
        })
    }

    #[cfg(feature = "jwt-https")]
    pub(crate) fn trust(&mut self, pem: &[u8]) -> Result<(), JwtError> {
        self.trust = super::tls::Trust::certificates(pem)?;
        Ok(())
    }

    pub(super) async fn get(&self) -> Result<Vec<u8>, JwtError> {
        let failed = |error: hyper::Error| {
            JwtError::new(format!("the answer of {self} is no HTTP")).with_source(error)
        };
        let stream: Box<dyn Stream> = connect(self).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
        let exchange = async {
            let response = sender.send_request(self.request()?).await.map_err(failed)?;
            if response.status() != StatusCode::OK {
                return Err(JwtError::new(format!("{self} answers {}", response.status())));
            }
            let body = Body::from(response.into_body()).collect(LONGEST).await;
            let body = body.map_err(|error| {
                JwtError::new(format!("the JWK Set at {self} is cut or longer than 256 KiB"))
                    .with_source(error)
            })?;
            Ok(body.to_vec())
        };
        // The connection runs as long as the exchange does, and no longer.
        let (mut exchange, mut connection) = (std::pin::pin!(exchange), std::pin::pin!(connection));
        let mut ended = false;
        std::future::poll_fn(|cx| {
            if let Poll::Ready(done) = exchange.as_mut().poll(cx) {
                return Poll::Ready(done);
            }
            ended = ended || connection.as_mut().poll(cx).is_ready();
            // What the connection has read is there for the exchange now.
            exchange.as_mut().poll(cx)
        })
        .await
    }

    fn request(&self) -> Result<Request<Body>, JwtError> {
        let target = self.uri.path_and_query().map_or("/", |target| target.as_str());
        let host = self.uri.authority().map_or("", |authority| authority.as_str());
        let request = Request::get(target)
            .header(header::HOST, host)
            .header(header::ACCEPT, HeaderValue::from_static("application/jwk-set+json, application/json"))
            .header(header::USER_AGENT, HeaderValue::from_static("hyperserve"))
            .header(header::CONNECTION, HeaderValue::from_static("close"))
            .body(Body::empty());
        request.map_err(|error| JwtError::new(format!("{self} cannot be asked")).with_source(error))
    }
}

/// Whether what is said to this host stays on this machine.
fn is_here(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        write!(f, "{scheme}://{authority}{}", self.uri.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_taken() {
        for (url, host, port) in [
            ("http://127.0.0.1:8080/jwks?x=1", "127.0.0.1", 8080),
            ("http://localhost/jwks", "localhost", 80),
            ("http://[::1]:81/", "::1", 81),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!((&*address.host, address.port, address.secure), (host, port, false));
        }
        assert_eq!(Address::parse("https://id.example/jwks").is_ok(), cfg!(feature = "jwt-https"));
    }

    #[test]
    fn addresses_that_are_not() {
        for url in [
            "",
            "/jwks",
            "ftp://localhost/",
            "http://id.example/jwks",
            "http://a:b@localhost/",
            "http://10.0.0.1/",
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.starts_with("the address of the JWK Set "), "{url}: {error}");
        }
    }
}
