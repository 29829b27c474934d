//! Holds one message against what its case awaits.

use std::time::Duration;

use super::messages::Message;
use crate::{Awaited, Fault, escape};

/// How much of an unexpected message a report shows.
const SHOWN: usize = 200;
/// The code that stands for a close without one (RFC 6455 §7.1.5).
const NO_STATUS: u16 = 1005;

/// # Errors
/// The first difference between `got`, complete `at` that time, and `wanted`, in a sentence.
pub(crate) fn judge(wanted: &Awaited, got: &Message, at: Duration) -> Result<(), Fault> {
    if got.op != wanted.op {
        return Err(Fault::new(format!("a {} came instead of a {}: {}", got.op, wanted.op, shown(got))));
    }
    let code = got.code.unwrap_or(NO_STATUS);
    if wanted.code.is_some_and(|wish| wish != code) {
        return Err(Fault::new(format!("closed with {} instead of {:?}", shown(got), wanted.code)));
    }
    content(wanted, got)?;
    on_the_wire(wanted, got)?;
    if wanted.after.is_some_and(|after| at < after) || wanted.within.is_some_and(|within| at > within) {
        return Err(Fault::new(format!("the {} came at the wrong time, after {at:.0?}", got.op)));
    }
    Ok(())
}

fn content(wanted: &Awaited, got: &Message) -> Result<(), Fault> {
    let exact = wanted.text.as_ref().map(|text| &text.0).or(wanted.hex.as_ref().map(|hex| &hex.0));
    if let Some(wish) = exact.filter(|wish| **wish != got.payload) {
        let wish = escape::show(wish, SHOWN);
        return Err(Fault::new(format!("the {} is {} instead of `{wish}`", got.op, shown(got))));
    }
    let holds = |text: &[u8]| text.is_empty() || got.payload.windows(text.len()).any(|window| window == text);
    if let Some(text) = wanted.contains.iter().find(|text| !holds(&text.0)) {
        let text = escape::show(&text.0, SHOWN);
        return Err(Fault::new(format!("the {} is {} and does not hold `{text}`", got.op, shown(got))));
    }
    match wanted.length.filter(|length| *length != got.payload.len()) {
        Some(length) => {
            Err(Fault::new(format!("the {} is {} instead of {length} bytes", got.op, shown(got))))
        }
        None => Ok(()),
    }
}

fn on_the_wire(wanted: &Awaited, got: &Message) -> Result<(), Fault> {
    if wanted.compressed.is_some_and(|wish| wish != got.compressed) {
        return Err(Fault::new(format!("the {} came compressed: {}", got.op, got.compressed)));
    }
    match wanted.at_most.filter(|most| got.wire > *most) {
        Some(most) => {
            Err(Fault::new(format!("the {} took {} bytes instead of at most {most}", got.op, got.wire)))
        }
        None => Ok(()),
    }
}

fn shown(message: &Message) -> String {
    let code = message.code.map(|code| format!("{code} ")).unwrap_or_default();
    format!("{code}`{}` ({} bytes)", escape::show(&message.payload, SHOWN), message.payload.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Opcode;

    #[test]
    fn every_wish_can_fail() {
        let text =
            Message { op: Opcode::TEXT, code: None, payload: b"hello".to_vec(), compressed: false, wire: 5 };
        let close = Message { op: Opcode::CLOSE, code: None, ..text.clone() };
        let judged = |wish: &str, got| judge(&toml::from_str(wish).unwrap(), got, Duration::from_secs(1));
        let good = "op='text'\ntext='hello'\ncontains=['ell']\nlength=5\ncompressed=false\nat_most=5\nafter='1s'\nwithin='1s'";
        assert_eq!(judged(good, &text), Ok(()));
        assert_eq!(judged("op='close'\ncode=1005", &close), Ok(()));
        for wish in [
            "op='binary'",
            "op='text'\ntext='hell'",
            "op='text'\nhex='00'",
            "op='text'\ncontains=['x']",
            "op='text'\nlength=4",
            "op='text'\ncompressed=true",
            "op='text'\nat_most=4",
            "op='text'\nafter='2s'",
            "op='text'\nwithin='999ms'",
        ] {
            assert!(judged(wish, &text).is_err(), "{wish}");
        }
        assert!(judged("op='close'\ncode=1000", &close).is_err());
    }
}
