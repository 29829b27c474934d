//! Sends plain HTTP to HTTPS.

use http::header::{HOST, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use hyperserve_core::{Body, IntoResponse, Problem, Response};

/// A listener that answers every request with 308 to the same place over HTTPS.
#[derive(Clone, Debug)]
pub(crate) struct Redirect {
    /// Appended to the host, empty for 443.
    port: String,
}

impl Redirect {
    pub(crate) fn to_port(port: u16) -> Self {
        Self { port: if port == 443 { String::new() } else { format!(":{port}") } }
    }

    /// 308 keeps method and body (RFC 9110 §15.4.9). The host was checked by the guard; HTTP/1.0 may lack it.
    pub(crate) fn answer(&self, uri: &Uri, headers: &HeaderMap) -> Response<Body> {
        let host =
            uri.host().or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()).map(without_port));
        let Some(host) = host.filter(|host| !host.is_empty()) else {
            let detail = "This address is served over HTTPS only, and the request names no host to go to.";
            return Problem::new(StatusCode::BAD_REQUEST).with_detail(detail).into_response();
        };
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let location = format!("https://{host}{}{target}", self.port);
        match HeaderValue::try_from(location) {
            Ok(location) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response(),
            Err(_) => Problem::new(StatusCode::BAD_REQUEST).into_response(),
        }
    }
}

/// `example.com:80` and `[::1]:80` without their ports.
fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        Some(at) if !host[at..].contains(']') => &host[..at],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(port: u16, uri: &str, host: Option<&str>) -> Option<String> {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(HOST, host.parse().unwrap());
        }
        let response = Redirect::to_port(port).answer(&uri.parse().unwrap(), &headers);
        response.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_place_stays_and_the_port_changes() {
        assert_eq!(location(443, "/a?b=c", Some("example.com:80")).unwrap(), "https://example.com/a?b=c");
        assert_eq!(location(8443, "/", Some("[::1]:8080")).unwrap(), "https://[::1]:8443/");
        assert_eq!(
            location(443, "http://example.org/x", Some("example.org")).unwrap(),
            "https://example.org/x"
        );
        assert_eq!(location(443, "/", None), None);
    }
}
