//! [`Dice`]: numbers that look random and are the same for the same seed and request.

/// What is drawn for one request: each question has its own number, whatever else is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dice {
    seed: u64,
}

/// What a number is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    Latency,
    Error,
    Panic,
    Throttle,
    Abort,
    HowLate,
    HowLateToo,
    WhichError,
    WhereToAbort,
}

impl Dice {
    pub(super) const fn new(seed: u64, request: u64) -> Self {
        Self { seed: mixed(seed ^ mixed(request)) }
    }

    /// A number of at least 0 and below 1.
    pub(super) fn number(self, question: Question) -> f64 {
        let bits = mixed(self.seed.wrapping_add(question as u64)) >> 11; // the 53 that a float has
        bits as f64 / (1_u64 << 53) as f64
    }

    /// Yes at this rate: always at 1, never at 0.
    pub(super) fn says(self, question: Question, rate: f64) -> bool {
        self.number(question) < rate
    }

    /// One of `count`.
    pub(super) fn pick(self, question: Question, count: usize) -> usize {
        (self.number(question) * count as f64) as usize
    }
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // The first number of the reference implementation with seed 0.
        assert_eq!(mixed(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn rates_are_met() {
        let hits =
            |rate| (0..10_000).filter(|&request| Dice::new(1, request).says(Question::Error, rate)).count();
        assert_eq!((hits(0.0), hits(1.0)), (0, 10_000));
        assert!((2_800..3_200).contains(&hits(0.3)), "{}", hits(0.3));
    }

    #[test]
    fn questions_and_seeds_are_apart() {
        let both = (0..10_000).filter(|&request| {
            let dice = Dice::new(2, request);
            dice.says(Question::Error, 0.5) && dice.says(Question::Abort, 0.5)
        });
        assert!((2_300..2_700).contains(&both.count()));
        assert_ne!(Dice::new(1, 0).number(Question::Error), Dice::new(2, 0).number(Question::Error));
        assert_eq!(Dice::new(1, 5).number(Question::Error), Dice::new(1, 5).number(Question::Error));
        assert!((0..1000).all(|request| Dice::new(3, request).pick(Question::WhichError, 3) < 3));
    }
}
