//! PROXY protocol headers: no input panics, lengths are honest, and what is read writes and reads back.

#![no_main]

use hyperserve_core::proxy_protocol::{
    MAX_HEADER_LEN, Parsed, ProxyCommand, ProxyHeader, ProxyVersion, parse,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    match parse(input) {
        Ok(Parsed::Complete { header, len }) => complete(input, &header, len),
        Ok(Parsed::Incomplete(needed)) => {
            assert!(input.len() < needed && needed <= MAX_HEADER_LEN);
            prefixes(input, input.len(), needed);
        }
        Err(error) => {
            // What is wrong stays wrong, whatever follows.
            assert!(parse(&[input, b"\r\n"].concat()).is_err());
            assert!(!error.to_string().is_empty());
        }
        Ok(other) => panic!("{other:?}"),
    }
});

fn complete(input: &[u8], header: &ProxyHeader, len: usize) {
    assert!((15..=input.len().min(MAX_HEADER_LEN)).contains(&len));
    let whole = Parsed::Complete { header: header.clone(), len };
    assert_eq!(parse(&input[..len]).as_ref(), Ok(&whole), "what follows the header plays a part");
    prefixes(input, len, len);
    match header.version() {
        ProxyVersion::V1 => {
            assert!(len <= 107 && input[..len].ends_with(b"\r\n"));
            assert_eq!(header.tlvs().count(), 0);
        }
        ProxyVersion::V2 => {
            assert_eq!(len, 16 + usize::from(u16::from_be_bytes([input[14], input[15]])));
        }
    }
    if header.command() == ProxyCommand::Local {
        assert_eq!(header.source_ip(), None);
    }
    look_at_everything(header);
    let written = header.encode();
    let again = Parsed::Complete { header: header.clone(), len: written.len() };
    assert_eq!(parse(&written), Ok(again), "what is written does not read back");
}

/// Every beginning of a header asks for more, and never for more than the header needs in the end.
fn prefixes(input: &[u8], len: usize, most: usize) {
    for cut in [0, 1, 5, 6, 12, 15, 16, len / 2, len - len.min(1)] {
        if cut < len {
            let Ok(Parsed::Incomplete(needed)) = parse(&input[..cut]) else {
                panic!("decided at {cut} of {len}")
            };
            assert!(cut < needed && needed <= most.max(16));
        }
    }
}

fn look_at_everything(header: &ProxyHeader) {
    let values: usize = header.tlvs().map(|tlv| tlv.value.len() + 3).sum();
    assert!(values <= MAX_HEADER_LEN);
    assert!(header.unique_id().is_none_or(|id| id.len() <= 128));
    let _ = (header.alpn(), header.authority(), header.netns(), header.is_secure());
    if let Some(tls) = header.tls() {
        assert!(!tls.is_verified() || tls.has_certificate());
        let _ = (tls.version(), tls.common_name(), tls.cipher(), tls.tlv(0x28));
    }
    let _ = format!("{header:?}");
}
