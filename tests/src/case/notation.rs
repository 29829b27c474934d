//! How bytes and times are written in case files.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::escape;

/// Bytes in the notation of case files, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        escape::decode(&text).map(Bytes).map_err(D::Error::custom)
    }
}

pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    duration(from).map(Some)
}

pub(super) fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse_duration(&text)
        .ok_or_else(|| D::Error::custom(format!("`{text}` is no duration such as 1s or 300ms")))
}

fn parse_duration(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(number) => number.parse().ok().map(Duration::from_millis),
        None => text.strip_suffix('s')?.parse().ok().map(Duration::from_secs),
    }
}

/// Bytes in hexadecimal digits, with spaces where they help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let digits: Vec<_> = text.chars().filter(|c| *c != ' ').collect();
        let pair = |two: &[char]| u8::from_str_radix(&two.iter().collect::<String>(), 16).ok();
        let bytes = digits.chunks(2).map(|two| if two.len() == 2 { pair(two) } else { None }).collect();
        let bytes: Option<Vec<u8>> = bytes;
        bytes
            .map(Hex)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no even number of hexadecimal digits")))
    }
}
