//! Random numbers that a seed decides.

use std::sync::{Mutex, PoisonError};

/// A generator of random numbers: equal seeds give equal numbers. It keeps no secret.
#[derive(Debug)]
pub(super) struct Random {
    state: Mutex<u64>,
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: Mutex::new(seed) }
    }

    /// Returns a number below `end`, or 0 where `end` is 0.
    pub(super) fn below(&self, end: u64) -> u64 {
        // The high half of the product: the bias is one part in 2^64.
        let product = u128::from(self.next()) * u128::from(end);
        u64::try_from(product >> 64).unwrap_or(u64::MAX)
    }

    // SplitMix64, see <https://prng.di.unimi.it/splitmix64.c>.
    fn next(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_seed() {
        // The first number that the reference implementation gives for 0.
        assert_eq!(Random::new(0).next(), 0xe220_a839_7b1d_cdaf);
        let (one, other) = (Random::new(7), Random::new(7));
        for end in [0, 1, 2, 1000, u64::MAX] {
            let number = one.below(end);
            assert_eq!(number, other.below(end));
            assert!(number < end.max(1), "{number} is not below {end}");
        }
    }
}
