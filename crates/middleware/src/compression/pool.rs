//! Encoders that wait on their thread for the next response: making one takes longer than a small body.

use std::cell::RefCell;
use std::io;

use super::Coding;
use super::encoder::Encoder;

/// Encoders that a thread keeps, of all codings and levels together.
const MOST_IDLE: usize = 4;

thread_local! {
    static IDLE: RefCell<Vec<Encoder>> = const { RefCell::new(Vec::new()) };
}

/// An encoder at its beginning; it goes back to the thread that drops it.
pub(super) fn lend(coding: Coding, level: u8) -> io::Result<Lent> {
    let idle = IDLE.with(|idle| {
        let mut idle = idle.borrow_mut();
        let fits = idle.iter().position(|encoder| encoder.is(coding, level))?;
        Some(idle.swap_remove(fits))
    });
    let encoder = idle.map_or_else(|| Encoder::new(coding, level), Ok)?;
    Ok(Lent { encoder: Some(encoder) })
}

pub(super) struct Lent {
    /// Taken out only to be given back.
    encoder: Option<Encoder>,
}

impl Lent {
    pub(super) const fn get(&mut self) -> Option<&mut Encoder> {
        self.encoder.as_mut()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut encoder) = self.encoder.take().filter(Encoder::is_worth_keeping) else { return };
        if encoder.reset().is_err() {
            return;
        }
        // A thread that ends has no place any more; then the encoder goes.
        let _ = IDLE.try_with(|idle| match idle.try_borrow_mut() {
            Ok(mut idle) if idle.len() < MOST_IDLE => idle.push(encoder),
            _ => {}
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle() -> usize {
        IDLE.with(|idle| idle.borrow().len())
    }

    #[test]
    fn encoders_come_back_and_are_few() {
        let first = lend(Coding::Gzip, 5).unwrap();
        assert_eq!(idle(), 0);
        drop(first);
        assert_eq!(idle(), 1);
        let other_level = lend(Coding::Gzip, 6).unwrap();
        let other_coding = lend(Coding::Zstd, 5).unwrap();
        assert_eq!(idle(), 1);
        let again = lend(Coding::Gzip, 5).unwrap();
        assert_eq!(idle(), 0);
        let many: Vec<_> = (0..10).map(|_| lend(Coding::Gzip, 1).unwrap()).collect();
        drop((other_level, other_coding, again, many));
        assert_eq!(idle(), MOST_IDLE);
    }

    #[test]
    fn an_encoder_may_end_on_another_thread() {
        let lent = lend(Coding::Zstd, 3).unwrap();
        std::thread::spawn(move || drop(lent)).join().unwrap();
        assert_eq!(idle(), 0);
    }
}
