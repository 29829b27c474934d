//! [`Representation`]: a file with the head of its response, made once; [`Resource`]: its content codings.

use std::fs::File;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LAST_MODIFIED, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue};
use hyperserve_core::{Coding, fields};
use sha2::{Digest as _, Sha256};

use crate::conditions::Validators;
use crate::stamp::Stamp;

/// Where the bytes are.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Memory(Bytes),
    /// On disk, in the state that it was opened in.
    Disk(Arc<File>, Stamp),
}

impl Content {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Disk(_, stamp) => stamp.length(),
        }
    }

    fn tag(&self) -> HeaderValue {
        let tag = match self {
            Self::Memory(bytes) => content_tag(bytes),
            Self::Disk(_, stamp) => stamp.tag(),
        };
        HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
    }

    /// Whether a file that is open is as it was when it was opened.
    fn is_as_it_was(&self) -> bool {
        match self {
            Self::Memory(_) => true,
            Self::Disk(file, stamp) => {
                file.metadata().is_ok_and(|now| stamp.has_same_content(&Stamp::of(&now)))
            }
        }
    }

    /// What it takes of a cache.
    const fn weight(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::Disk(..) => 0,
        }
    }
}

/// The first half of the SHA-256 of the content: the same on every machine that has the file, and after a restart.
fn content_tag(bytes: &[u8]) -> String {
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in &Sha256::digest(bytes)[..16] {
        for digit in [byte >> 4, byte & 15] {
            tag.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    tag.push('"');
    tag
}

/// What the fields of a file's response are, apart from what its content tells.
#[derive(Clone, Debug)]
pub(crate) struct Labels {
    pub(crate) media_type: HeaderValue,
    pub(crate) cache_control: Option<HeaderValue>,
    pub(crate) disposition: Option<HeaderValue>,
    pub(crate) policy: Option<HeaderValue>,
}

/// A content and the fields of its responses.
#[derive(Debug)]
pub(crate) struct Representation {
    pub(crate) content: Content,
    /// Of a 200.
    pub(crate) head: HeaderMap,
    /// Of a 304 (RFC 9110 §15.4.5).
    pub(crate) short: HeaderMap,
    tag: HeaderValue,
    modified: Option<SystemTime>,
}

impl Representation {
    pub(crate) fn new(
        content: Content,
        modified: Option<SystemTime>,
        labels: &Labels,
        coding: Option<Coding>,
        varies: bool,
    ) -> Self {
        let tag = content.tag();
        let mut short = HeaderMap::with_capacity(6);
        short.insert(ETAG, tag.clone());
        let date = modified.and_then(fields::last_modified);
        let some = [(LAST_MODIFIED, date), (CACHE_CONTROL, labels.cache_control.clone())];
        short.extend(some.into_iter().filter_map(|(name, value)| Some((name, value?))));
        if varies {
            short.insert(VARY, HeaderValue::from_name(ACCEPT_ENCODING));
        }
        let mut head = short.clone();
        head.insert(CONTENT_TYPE, labels.media_type.clone());
        head.insert(CONTENT_LENGTH, content.length().into());
        head.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        head.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let some = [
            (CONTENT_ENCODING, coding.map(Coding::value)),
            (CONTENT_DISPOSITION, labels.disposition.clone()),
            (CONTENT_SECURITY_POLICY, labels.policy.clone()),
        ];
        head.extend(some.into_iter().filter_map(|(name, value)| Some((name, value?))));
        Self { content, head, short, tag, modified }
    }

    pub(crate) const fn validators(&self) -> Validators<'_> {
        Validators { tag: &self.tag, modified: self.modified }
    }

    pub(crate) fn media_type(&self) -> Option<&HeaderValue> {
        self.head.get(CONTENT_TYPE)
    }
}

/// A file in all the codings there are of it.
#[derive(Debug)]
pub(crate) struct Resource {
    plain: Representation,
    /// In the order of preference.
    coded: Vec<(Coding, Representation)>,
    codings: Vec<Coding>,
}

impl Resource {
    pub(crate) fn new(plain: Representation, coded: Vec<(Coding, Representation)>) -> Self {
        let codings = coded.iter().map(|(coding, _)| *coding).collect();
        Self { plain, coded, codings }
    }

    /// The one that the client likes best.
    pub(crate) fn chosen(&self, headers: &HeaderMap, says: bool) -> &Representation {
        if !says || self.codings.is_empty() {
            return &self.plain;
        }
        let chosen = Coding::preferred(headers.get_all(ACCEPT_ENCODING), &self.codings);
        let coded = self.coded.iter().find(|(coding, _)| Some(*coding) == chosen);
        coded.map_or(&self.plain, |(_, representation)| representation)
    }

    pub(crate) const fn plain(&self) -> &Representation {
        &self.plain
    }

    /// How many of its files are not in memory, but open.
    pub(crate) fn open_files(&self) -> usize {
        self.all().filter(|one| matches!(one.content, Content::Disk(..))).count()
    }

    /// Whether those files are as they were when they were opened.
    pub(crate) fn is_as_it_was(&self) -> bool {
        self.all().all(|one| one.content.is_as_it_was())
    }

    /// Bytes, with what the fields take.
    pub(crate) fn weight(&self) -> usize {
        const FIELDS: usize = 3 * 1024;
        self.all().map(|one| one.content.weight() + FIELDS).sum()
    }

    fn all(&self) -> impl Iterator<Item = &Representation> {
        std::iter::once(&self.plain).chain(self.coded.iter().map(|(_, one)| one))
    }
}
