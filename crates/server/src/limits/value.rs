//! Reading and showing the values of limits.

use hyperserve_core::{Origins, nearest};
use std::fmt;
use std::time::Duration;

/// Why [`Limits::set`](super::Limits::set) refused a name or a value. Displays as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitError(String);

impl LimitError {
    pub(super) fn name(name: &str, known: &[&str]) -> Self {
        let hint = nearest(name, known.iter().copied())
            .map(|n| format!("; did you mean `{n}`?"))
            .unwrap_or_default();
        Self(format!("there is no limit `{name}`{hint}"))
    }

    pub(super) fn value(name: &str, value: &str, expected: &str) -> Self {
        Self(format!("`{value}` is no value for `{name}`: expected {expected}"))
    }
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LimitError {}

/// A type that a limit's value can have. `read` fails with what it expected.
pub(super) trait LimitValue: Sized {
    fn read(text: &str) -> Result<Self, &'static str>;
    fn show(&self) -> String;
}

fn is_off(text: &str) -> bool {
    matches!(text, "0" | "off" | "false")
}

/// Splits `30s` into the number 30 and the unit `s`.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit.trim()))
}

impl LimitValue for Duration {
    fn read(text: &str) -> Result<Self, &'static str> {
        if is_off(text) {
            return Ok(Self::ZERO);
        }
        let read = || {
            let (number, unit) = number_and_unit(text)?;
            let milliseconds = match unit {
                "ms" => 1,
                "s" => 1000,
                "m" => 60_000,
                "h" => 3_600_000,
                _ => return None,
            };
            number.checked_mul(milliseconds).map(Self::from_millis)
        };
        read().ok_or("a duration such as 30s or 500ms")
    }

    fn show(&self) -> String {
        let milliseconds = self.as_millis();
        match milliseconds {
            0 => "off".to_owned(),
            ms if ms % 1000 == 0 => format!("{}s", ms / 1000),
            ms => format!("{ms}ms"),
        }
    }
}

impl LimitValue for usize {
    fn read(text: &str) -> Result<Self, &'static str> {
        if is_off(text) {
            return Ok(0);
        }
        let read = || {
            let (number, unit) = number_and_unit(text)?;
            let bytes: u64 = match unit {
                "" | "B" => 1,
                "KiB" => 1024,
                "MiB" => 1024 * 1024,
                "GiB" => 1024 * 1024 * 1024,
                _ => return None,
            };
            usize::try_from(number.checked_mul(bytes)?).ok()
        };
        read().ok_or("a whole number, or a size such as 64KiB or 2MiB")
    }

    fn show(&self) -> String {
        match *self {
            n if n >= 1024 * 1024 && n % (1024 * 1024) == 0 => format!("{}MiB", n / (1024 * 1024)),
            n if n >= 1024 && n % 1024 == 0 => format!("{}KiB", n / 1024),
            n => n.to_string(),
        }
    }
}

impl LimitValue for u32 {
    fn read(text: &str) -> Result<Self, &'static str> {
        let expected = "a whole number or size below 4GiB";
        usize::read(text).ok().and_then(|n| Self::try_from(n).ok()).ok_or(expected)
    }

    fn show(&self) -> String {
        (*self as usize).show()
    }
}

impl LimitValue for bool {
    fn read(text: &str) -> Result<Self, &'static str> {
        match text {
            "true" | "on" | "1" => Ok(true),
            _ if is_off(text) => Ok(false),
            _ => Err("true or false"),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl LimitValue for Vec<String> {
    fn read(text: &str) -> Result<Self, &'static str> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let token =
            |item: &str| item.bytes().all(crate::http1::is_token) && item.len() <= crate::http1::MAX_METHOD;
        let items: Self = items.map(str::to_owned).collect();
        if items.iter().all(|item| token(item)) {
            Ok(items)
        } else {
            Err("method names with commas between them")
        }
    }

    fn show(&self) -> String {
        self.join(",")
    }
}

impl LimitValue for Origins {
    fn read(text: &str) -> Result<Self, &'static str> {
        let items: Vec<_> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
        let expected = "`*`, or origins such as https://app.example with commas between them";
        match items.as_slice() {
            [] => Ok(Self::SameOrigin),
            ["*"] => Ok(Self::Any),
            items if items.iter().all(|item| Self::is_pattern(item)) => {
                Ok(Self::List(items.iter().map(|&item| item.to_owned()).collect()))
            }
            _ => Err(expected),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::List(origins) => origins.join(","),
            Self::Any => "*".to_owned(),
            _ => String::new(),
        }
    }
}
