//! Numbers and addresses as text, without the machinery of `fmt`.

use std::io::Write as _;
use std::net::IpAddr;

/// Writes a number in decimal.
pub(super) fn write_number(out: &mut Vec<u8>, number: u64) {
    let mut text = [0; 20]; // u64::MAX has twenty digits
    let first = place_number(&mut text, number);
    out.extend_from_slice(&text[first..]);
}

/// Puts a number at the end of `text`; says where it begins.
fn place_number(text: &mut [u8], mut number: u64) -> usize {
    let mut first = text.len();
    loop {
        first -= 1;
        text[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return first;
        }
    }
}

/// Writes the last `width` digits of a number, with zeros in front.
pub(super) fn write_padded(out: &mut Vec<u8>, mut number: u64, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    for digit in out[start..].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Writes an address as RFC 5952 does.
pub(super) fn write_ip(out: &mut Vec<u8>, ip: IpAddr) {
    match ip {
        IpAddr::V4(v4) => {
            // Backwards, since that is how digits come.
            let mut text = [b'.'; 15];
            let mut first = text.len() + 1;
            for octet in v4.octets().into_iter().rev() {
                first = place_number(&mut text[..first - 1], u64::from(octet));
            }
            out.extend_from_slice(&text[first..]);
        }
        // A vector takes everything.
        IpAddr::V6(v6) => drop(write!(out, "{v6}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 9, 10, 200, 65_535, u64::MAX] {
            assert_eq!(text(|out| write_number(out, number)), number.to_string());
        }
        assert_eq!(text(|out| write_padded(out, 42, 6)), "000042");
        assert_eq!(text(|out| write_padded(out, 1_234, 3)), "234");
    }

    #[test]
    fn addresses_are_as_the_standard_library_writes_them() {
        for ip in ["0.0.0.0", "127.0.0.1", "255.255.255.255", "::1", "2001:db8::5"] {
            assert_eq!(text(|out| write_ip(out, ip.parse().unwrap())), ip);
        }
    }
}
