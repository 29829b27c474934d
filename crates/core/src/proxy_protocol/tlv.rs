//! The type-length-values of version 2 (§2.2), and the nested ones about TLS (§2.2.6).

use bytes::{BufMut, Bytes, BytesMut};

use super::{ProxyError, crc32c};

pub(super) const ALPN: u8 = 0x01;
pub(super) const AUTHORITY: u8 = 0x02;
pub(super) const CRC32C: u8 = 0x03;
pub(super) const UNIQUE_ID: u8 = 0x05;
pub(super) const SSL: u8 = 0x20;
pub(super) const NETNS: u8 = 0x30;

const LONGEST_UNIQUE_ID: usize = 128;

/// One type-length-value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tlv<'a> {
    /// The type, `PP2_TYPE_…` in the specification.
    pub kind: u8,
    /// The value.
    pub value: &'a [u8],
}

/// Iterates over type-length-values.
#[derive(Clone, Debug)]
pub struct Tlvs<'a> {
    rest: &'a [u8],
}

impl<'a> Tlvs<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The number of bytes not yet read; not 0 after the end if they are no TLV.
    pub(super) const fn remaining(&self) -> usize {
        self.rest.len()
    }
}

impl<'a> Iterator for Tlvs<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        let (&[kind, high, low], rest) = self.rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
        self.rest = rest;
        Some(Tlv { kind, value })
    }
}

/// Checks the TLVs of a whole header, which begin at `at`.
pub(super) fn check(header: &[u8], at: usize) -> Result<(), ProxyError> {
    let mut tlvs = Tlvs::new(&header[at..]);
    let mut checked = false;
    while let Some(tlv) = tlvs.next() {
        match tlv.kind {
            CRC32C if checked => return Err(ProxyError::malformed("two checksums")),
            CRC32C => {
                check_crc(header, header.len() - tlvs.remaining(), tlv.value)?;
                checked = true;
            }
            SSL if ProxyTls::parse(tlv.value).is_none() => return Err(ProxyError::malformed("TLS facts")),
            UNIQUE_ID if tlv.value.len() > LONGEST_UNIQUE_ID => {
                return Err(ProxyError::malformed("unique id above 128 bytes"));
            }
            _ => {}
        }
    }
    if tlvs.remaining() == 0 { Ok(()) } else { Err(ProxyError::malformed("a TLV runs past the end")) }
}

/// §2.2.3: the checksum is that of the whole header with the checksum's own four bytes zero.
fn check_crc(header: &[u8], end: usize, value: &[u8]) -> Result<(), ProxyError> {
    let Ok(stated) = <[u8; 4]>::try_from(value) else {
        return Err(ProxyError::malformed("the checksum is not four bytes"));
    };
    let sum = crc32c::checksum([&header[..end - 4], &[0; 4], &header[end..]]);
    if sum == u32::from_be_bytes(stated) { Ok(()) } else { Err(ProxyError::checksum()) }
}

/// Where the value of the checksum stands in well-formed TLVs.
pub(super) fn crc_at(bytes: &[u8]) -> Option<usize> {
    let mut tlvs = Tlvs::new(bytes);
    while let Some(tlv) = tlvs.next() {
        if tlv.kind == CRC32C && tlv.value.len() == 4 {
            return Some(bytes.len() - tlvs.remaining() - 4);
        }
    }
    None
}

pub(super) fn appended(tlvs: &[u8], kind: u8, value: &[u8]) -> Bytes {
    let len = u16::try_from(value.len()).unwrap_or(u16::MAX);
    let mut bytes = BytesMut::with_capacity(tlvs.len() + 3 + usize::from(len));
    bytes.put_slice(tlvs);
    bytes.put_u8(kind);
    bytes.put_u16(len);
    bytes.put_slice(&value[..usize::from(len)]);
    bytes.freeze()
}

/// What a proxy says of its client's TLS session (§2.2.6).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProxyTls<'a> {
    client: u8,
    verify: u32,
    tlvs: &'a [u8],
}

impl<'a> ProxyTls<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let (&[client, a, b, c, d], tlvs) = value.split_first_chunk()?;
        let mut nested = Tlvs::new(tlvs);
        nested.by_ref().for_each(drop);
        (nested.remaining() == 0).then_some(Self { client, verify: u32::from_be_bytes([a, b, c, d]), tlvs })
    }

    fn text(&self, kind: u8) -> Option<&'a str> {
        str::from_utf8(self.tlv(kind)?).ok()
    }

    /// Whether the client connected over TLS.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.client & 0x01 != 0
    }

    /// Whether the client presented a certificate, on this connection or earlier in the session.
    #[must_use]
    pub const fn has_certificate(&self) -> bool {
        self.client & 0x06 != 0
    }

    /// Whether the client presented a certificate and the proxy verified it.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.has_certificate() && self.verify == 0
    }

    /// The protocol version, such as `TLSv1.3`.
    #[must_use]
    pub fn version(&self) -> Option<&'a str> {
        self.text(0x21)
    }

    /// The common name of the client certificate's subject.
    #[must_use]
    pub fn common_name(&self) -> Option<&'a str> {
        self.text(0x22)
    }

    /// The cipher suite.
    #[must_use]
    pub fn cipher(&self) -> Option<&'a str> {
        self.text(0x23)
    }

    /// Any nested value by its type, `PP2_SUBTYPE_SSL_…` in the specification.
    #[must_use]
    pub fn tlv(&self, kind: u8) -> Option<&'a [u8]> {
        Tlvs::new(self.tlvs).find_map(|tlv| (tlv.kind == kind).then_some(tlv.value))
    }
}
