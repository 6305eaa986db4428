//! Faults by chance, from a seed.

use std::time::Duration;

use serde_json::json;

use super::{
    Fault,
    asked::{is_watch, is_write},
};

/// How often what goes wrong.
#[derive(Clone, Debug)]
pub struct Odds {
    draws: u64,
    one_in: u64,
    left: u64,
}

impl Odds {
    /// Lets one request in `one_in` suffer a fault, drawn from `seed`.
    pub fn one_in(one_in: u32, seed: u64) -> Self {
        Self { draws: seed, one_in: u64::from(one_in.max(1)), left: u64::MAX }
    }

    /// Lets at most so many faults happen, so that a test ends.
    #[must_use]
    pub fn at_most(mut self, faults: u64) -> Self {
        self.left = faults;
        self
    }

    /// Draws the fate of a request.
    pub(super) fn draw(&mut self, head: &http::request::Parts) -> Option<Fault> {
        if self.left == 0 || self.below(self.one_in) != 0 {
            return None;
        }
        self.left -= 1;
        let seconds = Duration::from_secs(1 + self.below(20));
        let number = self.below(1_000);
        if is_watch(head) {
            let after = usize::try_from(number % 4).unwrap_or_default();
            return Some(Fault::CutWatch { after });
        }
        let faults: &[Fault] = if is_write(&head.method) {
            &[
                Fault::LostBefore,
                Fault::LostAfter,
                Fault::Conflict,
                Fault::TooManyRequests { seconds: 1 },
                Fault::ServerError(503),
                Fault::Slow(seconds),
                Fault::Rival(json!({ "metadata": { "annotations": {
                    "rival.example.com/number": number.to_string(),
                }}})),
                Fault::Deleted,
            ]
        } else {
            &[
                Fault::LostBefore,
                Fault::TooManyRequests { seconds: 1 },
                Fault::ServerError(500),
                Fault::Slow(seconds),
            ]
        };
        let count = u64::try_from(faults.len()).unwrap_or(1);
        let at = usize::try_from(self.below(count)).unwrap_or_default();
        faults.get(at).cloned()
    }

    /// Draws a number below `end`, by a counter that is mixed (`SplitMix64`).
    fn below(&mut self, end: u64) -> u64 {
        self.draws = self.draws.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.draws;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}
