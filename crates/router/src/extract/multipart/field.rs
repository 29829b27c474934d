//! [`Field`]: one part of a multipart body, read while it arrives.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::{HeaderMap, header};

use super::super::Rejection;
use super::super::location::{Location, Part};
use super::Multipart;

/// One part of a [`Multipart`] body.
///
/// Read it whole with [`bytes`](Self::bytes) or [`text`](Self::text), [`spool`](Self::spool) it into a file when it is large, or
/// read it piece by piece with [`chunk`](Self::chunk) or as a [`Stream`]. What is not read is passed over when the next field is asked for.
pub struct Field<'a> {
    pub(super) multipart: &'a mut Multipart,
    name: String,
    file_name: Option<String>,
    headers: HeaderMap,
    /// The limit that was set for this name; holds however the field is read.
    limit: Option<usize>,
    read: usize,
    ended: bool,
}

impl<'a> Field<'a> {
    pub(super) fn new(
        multipart: &'a mut Multipart,
        headers: HeaderMap,
        name: String,
        file_name: Option<String>,
    ) -> Self {
        let limit = multipart.limit_of(&name);
        Self { multipart, name, file_name, headers, limit, read: 0, ended: false }
    }

    /// The name of the field (RFC 7578 §4.2).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file as the client says it, if the part is one (RFC 7578 §4.2); browsers send an empty name
    /// for a file input with no file chosen.
    ///
    /// Never use it as a path: it can hold `..`, slashes, drive letters, control characters, or a name that exists
    /// already (RFC 7578 §7). Store the file under a name of your own, and keep this one to show it. `filename*` is
    /// not allowed in forms and is not looked at.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// The media type as the client says it (RFC 7578 §4.4): a claim about the content, not a fact.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// The headers of the part.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The whole field, as far as it was not read yet.
    ///
    /// # Errors
    ///
    /// 413 when it is longer than the limit that [`Multipart::with_field_limit`] set for its name, or otherwise than
    /// [`MultipartLimits::field`](hyperserve_core::MultipartLimits::field), which is 1 MiB by default; and whatever
    /// [`chunk`](Self::chunk) reports.
    pub async fn bytes(mut self) -> Result<Bytes, Rejection> {
        let limit = self.limit.unwrap_or(self.multipart.limits.field);
        self.limit = Some(limit);
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let mut all = BytesMut::with_capacity(2 * (first.len() + second.len()));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(data) = self.chunk().await? {
            all.extend_from_slice(&data);
        }
        Ok(all.freeze())
    }

    /// The whole field as text. It must be UTF-8 (RFC 7578 §5.1.2); a `charset` parameter and a field named
    /// `_charset_` change nothing.
    ///
    /// # Errors
    ///
    /// 400 when it is not UTF-8; otherwise as [`bytes`](Self::bytes).
    pub async fn text(self) -> Result<String, Rejection> {
        let at = self.location();
        let bytes = self.bytes().await?;
        String::from_utf8(bytes.into()).map_err(|error| {
            Rejection::malformed("A field of the form is not valid UTF-8.")
                .with_location(at)
                .with_source(error)
        })
    }

    /// The next piece of the field, never an empty one; `None` at its end.
    ///
    /// # Errors
    ///
    /// 413 when the field is longer than the limit that was set for its name or the body longer than its limit, 400
    /// when the body ends before the field does, and [`BodyError`](hyperserve_core::BodyError) as the source when the
    /// client went away.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Rejection> {
        poll_fn(|cx| self.poll_chunk(cx)).await.transpose()
    }

    /// The name, the name of the file, and the headers.
    pub(super) fn into_facts(self) -> (String, Option<String>, HeaderMap) {
        (self.name, self.file_name, self.headers)
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Rejection>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let chunk = match ready!(self.multipart.poll_data(cx)) {
            Some(Ok(data)) => self.counted(data),
            Some(Err(rejection)) => Err(rejection.with_location(self.location())),
            None => {
                self.ended = true;
                return Poll::Ready(None);
            }
        };
        self.ended = chunk.is_err();
        Poll::Ready(Some(chunk))
    }

    fn counted(&mut self, data: Bytes) -> Result<Bytes, Rejection> {
        self.read = self.read.saturating_add(data.len());
        match self.limit {
            Some(limit) if self.read > limit => Err(self.too_large(limit)),
            Some(_) | None => Ok(data),
        }
    }

    fn too_large(&self, limit: usize) -> Rejection {
        let detail = format!("A field of the form is longer than {limit} bytes.");
        Rejection::too_large(detail, limit as u64).with_location(self.location())
    }

    fn location(&self) -> Location {
        Location::new(Part::Body).name(&self.name)
    }
}

impl Stream for Field<'_> {
    type Item = Result<Bytes, Rejection>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx)
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field")
            .field("name", &self.name)
            .field("file_name", &self.file_name)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
