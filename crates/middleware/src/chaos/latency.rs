//! [`Latency`]: how late an answer is.

use std::time::Duration;

use super::dice::{Dice, Question};

/// The most that a drawn latency is, so that a long tail ends: an hour.
const LONGEST: Duration = Duration::from_secs(3600);

/// How late an answer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Fixed(Duration),
    Between(Duration, Duration),
    Normal { mean: Duration, deviation: Duration },
    Exponential { mean: Duration },
}

impl Latency {
    /// Always the same.
    #[must_use]
    pub const fn fixed(time: Duration) -> Self {
        Self { kind: Kind::Fixed(time) }
    }

    /// Anything from `least` to `most`, all alike. The order of the two does not matter.
    #[must_use]
    pub const fn between(least: Duration, most: Duration) -> Self {
        Self { kind: Kind::Between(least, most) }
    }

    /// Around a mean, by the normal distribution; what would be below zero is zero.
    #[must_use]
    pub const fn normal(mean: Duration, deviation: Duration) -> Self {
        Self { kind: Kind::Normal { mean, deviation } }
    }

    /// Mostly short and sometimes long, by the exponential distribution: the tail of a service under load.
    #[must_use]
    pub const fn exponential(mean: Duration) -> Self {
        Self { kind: Kind::Exponential { mean } }
    }

    pub(super) fn draw(self, dice: Dice) -> Duration {
        let number = dice.number(Question::HowLate);
        let seconds = match self.kind {
            Kind::Fixed(time) => return time.min(LONGEST),
            Kind::Between(one, other) => {
                let (least, most) = (one.min(other), one.max(other));
                (most - least).as_secs_f64().mul_add(number, least.as_secs_f64())
            }
            Kind::Normal { mean, deviation } => {
                deviation.as_secs_f64().mul_add(normal(number, dice), mean.as_secs_f64())
            }
            Kind::Exponential { mean } => -mean.as_secs_f64() * (-number).ln_1p(),
        };
        Duration::try_from_secs_f64(seconds.max(0.0)).map_or(LONGEST, |time| time.min(LONGEST))
    }
}

/// Box and Muller's way from two even numbers to one of the standard normal distribution.
fn normal(number: f64, dice: Dice) -> f64 {
    let radius = (-2.0 * (-number).ln_1p()).sqrt();
    radius * (std::f64::consts::TAU * dice.number(Question::HowLateToo)).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn draws(latency: Latency) -> Vec<f64> {
        (0..10_000).map(|request| latency.draw(Dice::new(1, request)).as_secs_f64() * 1000.0).collect()
    }

    fn mean(draws: &[f64]) -> f64 {
        draws.iter().sum::<f64>() / draws.len() as f64
    }

    #[test]
    fn draws_have_the_shape_that_was_asked_for() {
        assert!(draws(Latency::fixed(MS(20))).iter().all(|&ms| (ms - 20.0).abs() < 1e-6));
        let even = draws(Latency::between(MS(30), MS(10)));
        assert!(even.iter().all(|ms| (10.0..=30.0).contains(ms)) && (mean(&even) - 20.0).abs() < 0.5);
        let around = draws(Latency::normal(MS(100), MS(10)));
        assert!((mean(&around) - 100.0).abs() < 1.0);
        let near = around.iter().filter(|&&ms| (ms - 100.0).abs() < 10.0).count();
        assert!((6_500..7_150).contains(&near), "68 % are within one deviation: {near}");
        let tail = draws(Latency::exponential(MS(50)));
        assert!((mean(&tail) - 50.0).abs() < 2.0);
        assert!(tail.iter().any(|&ms| ms > 250.0));
    }

    #[test]
    fn no_draw_is_below_zero_or_without_end() {
        assert!(draws(Latency::normal(MS(1), MS(10))).iter().all(|&ms| ms >= 0.0));
        assert_eq!(Latency::fixed(Duration::MAX).draw(Dice::new(1, 1)), LONGEST);
        assert_eq!(Latency::exponential(Duration::MAX).draw(Dice::new(1, 1)), LONGEST);
    }
}
