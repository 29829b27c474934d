//! [`Multipart`]: forms with files, `multipart/form-data` (RFC 7578), read while they arrive.

mod fault;
mod field;
mod parameters;
mod source;
mod spool;

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, header};
use http_body::Body as _;
use hyperserve_core::{
    Body, BodyError, DEFAULT_BODY_LIMIT, FromRequest, MultipartLimits, Request, RequestContext,
};

use self::parameters::Parameterised;
use self::source::{Gate, SharedSource};
use super::Rejection;

pub use self::field::Field;
pub use self::spool::{Persist, PersistError, Spooled, SpooledReader};

/// The most bytes of the headers of one part.
const MOST_HEAD: usize = 8 * 1024;

/// The longest boundary (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// The fields of a `multipart/form-data` body, one after the other, none of them held in memory unless asked for.
///
/// | limit | default | where it is set |
/// |---|---|---|
/// | the whole body | 2 MiB | the route's body limit, [`RequestContext::with_body_limit`] |
/// | parts of one body | 128 | [`MultipartLimits::parts`] |
/// | a field read by [`bytes`](Field::bytes) or [`text`](Field::text) | 1 MiB | [`MultipartLimits::field`] |
/// | a field of a given name, however it is read | none | [`with_field_limit`](Self::with_field_limit) |
/// | a field in memory, read by [`spool`](Field::spool) | 256 KiB | [`MultipartLimits::spool_threshold`] |
/// | the headers of a part | 8 KiB, 32 lines | fixed |
///
/// A route that takes files needs a larger body limit. [`Field::spool`] writes such fields to disk, [`Field::chunk`] hands them
/// out piece by piece.
///
/// Beyond a limit the answer is 413, for another media type 415, and for a body that is not framed as it should be,
/// or ends early, 400.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), hyperserve_router::Rejection> {
/// use hyperserve_core::{Body, FromRequest, Request};
/// use hyperserve_router::{Multipart, Rejection};
///
/// async fn upload(form: Multipart) -> Result<String, Rejection> {
///     let mut form = form.with_field_limit("photo", 512 * 1024);
///     let mut seen = String::new();
///     while let Some(mut field) = form.next_field().await? {
///         let mut length = 0;
///         while let Some(data) = field.chunk().await? {
///             length += data.len();
///         }
///         seen += &format!("{}: {length}; ", field.name());
///     }
///     Ok(seen)
/// }
///
/// let body = "--b\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nSunset\r\n\
///             --b\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"s.jpg\"\r\n\r\nJFIF\r\n--b--\r\n";
/// let request = Request::builder().header("content-type", "multipart/form-data; boundary=b");
/// let form = Multipart::from_request(request.body(Body::from(body)).unwrap(), &()).await?;
/// assert_eq!(upload(form).await?, "title: 6; photo: 4; ");
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Multipart {
    parser: multer::Multipart<'static>,
    /// The part that was handed out last, while there may be data of it.
    part: Option<multer::Field<'static>>,
    source: SharedSource,
    gate: Arc<Gate>,
    limits: MultipartLimits,
    field_limits: Vec<(Cow<'static, str>, usize)>,
    /// Where files go; the system's own directory if there is none.
    spool_directory: Option<Arc<Path>>,
    boundary: usize,
    parts: usize,
    failed: bool,
}

impl Multipart {
    /// Sets how many bytes the fields of this name may have, each of them and however they are read. The limit on the
    /// whole body stays.
    pub fn with_field_limit(mut self, name: impl Into<Cow<'static, str>>, bytes: usize) -> Self {
        self.field_limits.push((name.into(), bytes));
        self
    }

    /// The next field; `None` after the last. What was not read of the field before is passed over.
    ///
    /// Dropping the future loses nothing: it may be asked for again (it is cancel safe).
    ///
    /// # Errors
    ///
    /// 400 when the body is not framed as its boundary says, ends before its last boundary, or has a part that is not
    /// named; 413 beyond the limits on parts, their headers and the body; with a [`BodyError`] as the source when the
    /// client went away. After an error there are no more fields, and every further call is an error.
    pub async fn next_field(&mut self) -> Result<Option<Field<'_>>, Rejection> {
        if self.failed {
            return Err(Rejection::malformed("The form could not be read to its end."));
        }
        let part = poll_fn(|cx| self.poll_part(cx)).await?;
        let Some((headers, name, file_name)) = part else { return Ok(None) };
        Ok(Some(Field::new(self, headers, name, file_name)))
    }

    fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Named>, Rejection>> {
        while self.part.is_some() {
            if let Some(Err(rejection)) = ready!(self.poll_data(cx)) {
                return Poll::Ready(Err(rejection));
            }
        }
        let part = ready!(self.poll_head(cx));
        if let Ok(None) = part {
            ready!(self.source.poll_rest(cx));
        }
        let part = part.and_then(|part| self.taken(part));
        self.failed = part.is_err();
        Poll::Ready(part)
    }

    /// The next part, once its head is there.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<multer::Field<'static>>, Rejection>> {
        // Before the head there are a boundary, its dashes, padding, and before the first part a preamble.
        let most = MOST_HEAD + self.boundary + 64;
        let mut looked_again = false;
        loop {
            match self.parser.poll_next_field(cx) {
                Poll::Ready(part) => return Poll::Ready(part.map_err(fault::rejection)),
                // The parser may have read after it looked: it looks once more at what it has before it is too much.
                Poll::Pending if self.gate.is_shut() && self.gate.counted() > most => {
                    if looked_again {
                        return Poll::Ready(Err(fault::head_too_long()));
                    }
                    looked_again = true;
                }
                Poll::Pending if self.gate.open() => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Reads the head of a part, and keeps the part for its data.
    fn taken(&mut self, part: Option<multer::Field<'static>>) -> Result<Option<Named>, Rejection> {
        let Some(part) = part else { return Ok(None) };
        self.parts += 1;
        if self.parts > self.limits.parts {
            return Err(fault::too_many_parts(self.limits.parts));
        }
        let headers = part.headers().clone();
        let length: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if length > MOST_HEAD {
            return Err(fault::head_too_long());
        }
        let (name, file_name) = names(&headers)?;
        self.part = Some(part);
        Ok(Some((headers, name, file_name)))
    }

    /// The next block of the part that was handed out last; `None` at its end.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Rejection>>> {
        while let Some(part) = &mut self.part {
            match Pin::new(part).poll_next(cx) {
                Poll::Ready(Some(Ok(data))) if data.is_empty() => {}
                Poll::Ready(Some(Ok(data))) => return Poll::Ready(Some(Ok(data))),
                Poll::Ready(Some(Err(error))) => {
                    self.part = None;
                    self.failed = true;
                    return Poll::Ready(Some(Err(fault::rejection(error))));
                }
                Poll::Ready(None) => {
                    self.part = None;
                    self.gate.count();
                }
                Poll::Pending if self.gate.open() => {}
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(None)
    }

    fn limit_of(&self, name: &str) -> Option<usize> {
        let set = self.field_limits.iter().rev().find(|(limited, _)| limited == name);
        set.map(|(_, bytes)| *bytes)
    }
}

/// The headers of a part, the name of its field, and the name of its file.
type Named = (HeaderMap, String, Option<String>);

/// Reads `Content-Disposition: form-data; name="…"; filename="…"` (RFC 7578 §4.2).
fn names(headers: &HeaderMap) -> Result<(String, Option<String>), Rejection> {
    let disposition = headers.get(header::CONTENT_DISPOSITION).map(http::HeaderValue::as_bytes);
    let mut disposition = disposition
        .and_then(Parameterised::parse)
        .filter(|disposition| disposition.is("form-data"))
        .ok_or_else(fault::not_named)?;
    let name = disposition.take("name").ok_or_else(fault::not_named)?;
    let name = String::from_utf8(name).map_err(fault::name_not_utf8)?;
    let file_name = disposition.take("filename").map(String::from_utf8).transpose();
    Ok((name, file_name.map_err(fault::name_not_utf8)?))
}

/// The boundary that the content type names (RFC 2046 §5.1.1).
fn boundary(headers: &HeaderMap) -> Result<String, Rejection> {
    let value = headers.get(header::CONTENT_TYPE).map_or(&b""[..], http::HeaderValue::as_bytes);
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if !essence.eq_ignore_ascii_case(b"multipart/form-data") {
        return Err(Rejection::media_type("multipart/form-data"));
    }
    let boundary = Parameterised::parse(value).and_then(|mut value| value.take("boundary"));
    boundary
        .and_then(|boundary| String::from_utf8(boundary).ok())
        .filter(|boundary| is_boundary(boundary))
        .ok_or_else(fault::no_boundary)
}

fn is_boundary(text: &str) -> bool {
    let printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    (1..=LONGEST_BOUNDARY).contains(&text.len()) && printable && !text.ends_with(' ')
}

impl<S: Sync> FromRequest<S> for Multipart {
    type Rejection = Rejection;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Rejection> {
        let context = RequestContext::of(request.extensions());
        let limit = context.map_or(DEFAULT_BODY_LIMIT, RequestContext::body_limit);
        let limits = context.map_or_else(MultipartLimits::default, RequestContext::multipart);
        let boundary = boundary(request.headers())?;
        if request.body().size_hint().lower() > limit as u64 {
            return Err(BodyError::too_large(limit as u64).into());
        }
        Ok(Self::new(request.into_body(), boundary, limit, limits))
    }
}

impl Multipart {
    fn new(body: Body, boundary: String, limit: usize, limits: MultipartLimits) -> Self {
        let gate = Arc::new(Gate::default());
        let source = SharedSource::new(body, limit, Arc::clone(&gate));
        Self {
            boundary: boundary.len(),
            parser: multer::Multipart::new(source.clone(), boundary),
            source,
            part: None,
            gate,
            limits,
            field_limits: Vec::new(),
            spool_directory: None,
            parts: 0,
            failed: false,
        }
    }
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multipart")
            .field("limits", &self.limits)
            .field("field_limits", &self.field_limits)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
