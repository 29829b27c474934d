//! What messages carry.

use std::str::FromStr;

use super::frame::{BINARY, TEXT};

/// A kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Binary messages that do not compress.
    Random,
    /// Text messages: JSON as a service would send it, no two alike.
    Json,
}

impl FromStr for Payload {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "random" => Ok(Self::Random),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

impl Payload {
    /// First byte of a frame that carries it whole.
    #[must_use]
    pub fn first_byte(self) -> u8 {
        match self {
            Self::Random => BINARY,
            Self::Json => TEXT,
        }
    }

    /// `count` messages of `size` bytes each; the same ones in every run.
    #[must_use]
    pub fn messages(self, count: usize, size: usize) -> Vec<Vec<u8>> {
        let mut random = Random(0x2545_F491_4F6C_DD1D);
        (0..count)
            .map(|number| match self {
                Self::Random => (0..size).map(|_| random.next() as u8).collect(),
                Self::Json => json(number, size, &mut random),
            })
            .collect()
    }
}

/// An array of records, its last string filled up to `size` bytes.
fn json(number: usize, size: usize, random: &mut Random) -> Vec<u8> {
    let mut text = format!(r#"{{"type":"update","sequence":{number},"items":["#);
    while text.len() + 180 < size {
        let (id, price, amount) = (random.next() % 100_000, random.next() % 1_000_000, random.next() % 500);
        let state = ["open", "filled", "cancelled"][(random.next() % 3) as usize];
        text += &format!(r#"{{"id":{id},"price":{price},"amount":{amount},"state":"{state}"}},"#);
    }
    text += r#"{"id":0}],"note":""#;
    let words = ["market ", "order ", "delayed ", "partial ", "settled ", "review "];
    while text.len() + 2 < size {
        text += words[(random.next() % 6) as usize];
    }
    text.truncate(size.saturating_sub(2));
    text += r#""}"#;
    text.into_bytes()
}

/// Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Payload;

    #[test]
    fn sizes_are_met_and_no_two_are_alike() {
        for (kind, size) in [(Payload::Random, 16), (Payload::Random, 65_536), (Payload::Json, 1024)] {
            let messages = kind.messages(3, size);
            assert!(messages.iter().all(|message| message.len() == size));
            assert_ne!(messages[0], messages[1]);
            assert_eq!(messages, kind.messages(3, size));
        }
    }

    #[test]
    fn json_is_json() {
        let message = &Payload::Json.messages(1, 1024)[0];
        serde_json::from_slice::<serde_json::Value>(message).unwrap();
    }
}
