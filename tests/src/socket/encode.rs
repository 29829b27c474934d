//! Frames as a client writes them, rightly or wrongly (RFC 6455 §5.2).

use super::deflate;
use crate::SentFrame;

/// The key of the examples in RFC 6455 §5.7.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The bytes of one frame.
pub(crate) fn encode(frame: &SentFrame) -> Vec<u8> {
    let payload = payload(frame);
    let bits = |set: bool, bit: u8| if set { bit } else { 0 };
    let first = bits(frame.fin, 0x80)
        | bits(frame.rsv1.unwrap_or(frame.deflate.is_some()), 0x40)
        | bits(frame.rsv2, 0x20)
        | bits(frame.rsv3, 0x10);
    let mut bytes = vec![first | frame.op.0];
    let length = frame.claims.unwrap_or(payload.len() as u64);
    write_length(
        &mut bytes,
        length,
        frame.length_bits.unwrap_or(least_bits(length)),
        bits(!frame.unmasked, 0x80),
    );
    if frame.unmasked {
        bytes.extend_from_slice(&payload);
        return bytes;
    }
    let key = frame.key.as_ref().map_or(KEY.as_slice(), |key| &key.0);
    bytes.extend_from_slice(key);
    bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

fn payload(frame: &SentFrame) -> Vec<u8> {
    let mut payload = frame.code.map(|code| code.to_be_bytes().to_vec()).unwrap_or_default();
    payload.extend(frame.text.iter().flat_map(|text| &text.0));
    payload.extend(frame.hex.iter().flat_map(|hex| &hex.0));
    payload.extend(frame.deflate.iter().flat_map(|text| deflate::compress(&text.0)));
    payload
}

fn least_bits(length: u64) -> u8 {
    match length {
        0..=125 => 7,
        126..=0xFFFF => 16,
        _ => 64,
    }
}

/// A length that does not fit is cut: the case says what it wants.
#[expect(clippy::cast_possible_truncation, reason = "a case may ask for a length that does not fit")]
fn write_length(bytes: &mut Vec<u8>, length: u64, bits: u8, mask: u8) {
    match bits {
        7 => bytes.push(mask | (length as u8 & 0x7F)),
        16 => {
            bytes.push(mask | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(mask | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        encode(&toml::from_str(text).unwrap())
    }

    #[test]
    fn the_examples_of_the_rfc() {
        // RFC 6455 §5.7
        let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(bytes("op='text'\ntext='Hello'"), masked);
        assert_eq!(bytes("op='text'\ntext='Hel'\nfin=false\nunmasked=true"), b"\x01\x03Hel");
        assert_eq!(bytes("op='close'\ncode=1000\ntext='x'\nunmasked=true"), b"\x88\x03\x03\xe8x");
        assert_eq!(bytes("op='text'\ndeflate=''\nunmasked=true"), b"\xc1\x01\x00");
    }

    #[test]
    fn lengths_right_and_wrong() {
        let head = |text: &str| bytes(&format!("op='binary'\nunmasked=true\n{text}"))[1..].to_vec();
        assert_eq!(head("text='{repeat:125:x}'")[0], 125);
        assert_eq!(head("text='{repeat:126:x}'")[..3], [126, 0, 126]);
        assert_eq!(head("text='{repeat:65536:x}'")[..9], [127, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(head("text='x'\nlength_bits=16"), [126, 0, 1, b'x']);
        assert_eq!(head("claims=9223372036854775807")[..2], [127, 0x7F]);
        assert_eq!(bytes("op=11\nrsv1=true\nrsv2=true\nrsv3=true\nunmasked=true"), [0xFB, 0]);
    }
}
