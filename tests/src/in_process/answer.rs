//! From a response in memory to the answer that the judge knows: framed as a server would frame it.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyperserve_core::{Body, Response as Answered};

use crate::{Fault, Framing, Response};

/// More content than this is taken for one that never ends.
const MOST: usize = 64 * 1024 * 1024;

/// A response, read to its end.
pub(super) struct Read {
    pub(super) response: Response,
    /// The content ended with an error.
    pub(super) broken: bool,
}

pub(super) async fn read(response: Answered, method: &Method) -> Result<Read, Fault> {
    let (parts, body) = response.into_parts();
    let framing = framing(parts.status, method, &body);
    let (content, trailers, broken) = collect(body).await?;
    if framing == Framing::None && !content.is_empty() {
        return Err(Fault::new(format!("{} bytes of content where there may be none", content.len())));
    }
    let mut fields = fields(&parts.headers);
    announce(&mut fields, framing);
    let status = parts.status.as_u16();
    let (body, taken) = (content, 0);
    Ok(Read { response: Response { minor: 1, status, fields, framing, body, trailers, taken }, broken })
}

/// RFC 9112 §6.3: no content to HEAD, in a 204 and in a 304.
fn framing(status: StatusCode, method: &Method, body: &Body) -> Framing {
    let bare = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if bare || method == Method::HEAD {
        return Framing::None;
    }
    body.size_hint().exact().map_or(Framing::Chunked, Framing::Length)
}

/// The framing fields that a server adds.
fn announce(fields: &mut Vec<(String, String)>, framing: Framing) {
    if fields.iter().any(|(name, _)| name == "content-length") {
        return;
    }
    match framing {
        Framing::Length(length) => fields.push(("content-length".to_owned(), length.to_string())),
        Framing::Chunked => fields.push(("transfer-encoding".to_owned(), "chunked".to_owned())),
        Framing::None | Framing::Close => {}
    }
}

fn fields(map: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| value.as_bytes().iter().map(|&byte| char::from(byte)).collect();
    map.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

type Content = (Vec<u8>, Vec<(String, String)>, bool);

async fn collect(mut body: Body) -> Result<Content, Fault> {
    let (mut content, mut trailers) = (Vec::new(), Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Ok((content, trailers, true)) };
        content.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new()));
        trailers.extend(frame.trailers_ref().map(fields).unwrap_or_default());
        if content.len() > MOST {
            return Err(Fault::new(format!("content that does not end within {MOST} bytes")));
        }
    }
    Ok((content, trailers, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(status: u16, body: Body, method: Method) -> Result<Read, Fault> {
        read(http::Response::builder().status(status).body(body).unwrap(), &method).await
    }

    #[tokio::test]
    async fn framed_as_a_server_would() {
        let known = answer(200, Body::from("abc"), Method::GET).await.unwrap().response;
        assert_eq!(
            (known.framing, known.field("content-length")),
            (Framing::Length(3), Some("3".to_owned()))
        );
        let bare = answer(304, Body::empty(), Method::GET).await.unwrap().response;
        assert_eq!((bare.framing, bare.field("content-length")), (Framing::None, None));
    }

    #[tokio::test]
    async fn content_where_there_may_be_none_is_told() {
        for (status, method) in [(200, Method::HEAD), (204, Method::GET), (304, Method::GET)] {
            assert!(answer(status, Body::from("x"), method).await.is_err(), "{status}");
        }
    }
}
