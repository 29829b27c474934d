//! What a case asks of one answer.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::{
    notation::{Bytes, time},
    pattern::Pattern,
};
use crate::{Asked, Part};

/// What an answer must look like; what is not named is free.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The request's method where it decides the answer's framing.
    #[serde(default)]
    pub to: Asked,
    /// Fields and their exact values; a repeated field is joined with `, `.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Fields and the exact values of their lines, in order.
    #[serde(default)]
    pub lines: BTreeMap<String, Vec<String>>,
    /// Fields and the patterns of their values; a repeated field is joined with `, `.
    #[serde(default)]
    pub like: BTreeMap<String, Pattern>,
    /// Fields that must be there.
    #[serde(default)]
    pub present: Vec<String>,
    /// Fields that must not be there.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Fields whose value is a list with commas, and its members in any order.
    #[serde(default)]
    pub members: BTreeMap<String, Vec<String>>,
    /// Fields whose value is a list with semicolons, and its members in any order.
    #[serde(default)]
    pub parameters: BTreeMap<String, Vec<String>>,
    /// What `Set-Cookie` lines say of cookies, by name.
    #[serde(default)]
    pub cookies: BTreeMap<String, SetCookie>,
    /// The exact content.
    #[serde(default)]
    pub body: Option<Bytes>,
    /// The exact content once its content codings are undone.
    #[serde(default)]
    pub decoded: Option<Bytes>,
    /// The parts of `multipart/byteranges`, in order.
    #[serde(default)]
    pub parts: Option<Vec<Part>>,
    /// Texts that the content holds.
    #[serde(default)]
    pub contains: Vec<Bytes>,
    /// Texts that the content does not hold.
    #[serde(default)]
    pub lacks: Vec<Bytes>,
    /// The content's length in bytes.
    #[serde(default)]
    pub length: Option<usize>,
    /// JSON pointers into the content and the text each must point to.
    #[serde(default)]
    pub json: BTreeMap<String, String>,
    /// JSON pointers into the content and the pattern of the text each must point to.
    #[serde(default)]
    pub json_like: BTreeMap<String, Pattern>,
    /// Pointers that must lead to something that is not empty.
    #[serde(default)]
    pub json_present: Vec<String>,
    /// Pointers that must lead nowhere.
    #[serde(default)]
    pub json_absent: Vec<String>,
    /// The content is problem details for this status (RFC 9457).
    #[serde(default)]
    pub problem: bool,
    /// Whether the content is sent in chunks.
    #[serde(default)]
    pub chunked: Option<bool>,
    /// The trailer fields, exactly.
    #[serde(default)]
    pub trailers: Option<BTreeMap<String, String>>,
    /// The content must break off before its end.
    #[serde(default)]
    pub truncated: bool,
    /// The answer may be missing.
    #[serde(default)]
    pub optional: bool,
    /// The answer must not be complete earlier than this after the connection was opened.
    #[serde(default, deserialize_with = "time")]
    pub after: Option<Duration>,
    /// The answer must be complete by this time after the connection was opened.
    #[serde(default, deserialize_with = "time")]
    pub within: Option<Duration>,
}

impl Answer {
    pub(super) fn refusal(status: u16) -> Self {
        Self { status, problem: true, ..Self::default() }
    }
}

/// What the `Set-Cookie` line of a cookie must say; what is not named is free.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetCookie {
    /// The value, percent-decoded.
    #[serde(default)]
    pub value: Option<String>,
    /// The attributes, in any order.
    #[serde(default)]
    pub attributes: Option<Vec<String>>,
    /// The cookie is removed: no value, `Max-Age=0`, and a time of expiry.
    #[serde(default)]
    pub expired: bool,
    /// No line may name the cookie.
    #[serde(default)]
    pub absent: bool,
}
