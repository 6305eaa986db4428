//! Primes for RSA keys: a sieve leaves one number of 36, and two threads ask the rest for what only primes
//! are likely to answer.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::montgomery::{Modulus, multiply_add};

/// The small primes that the sieve knows are below this.
const SIEVED_MAX: usize = 1 << 16;
/// How many odd numbers after the first are looked at: one of 355 is prime at 1024 bits.
const WINDOW: usize = 1 << 13;

/// A number in words, the lowest first.
pub(super) type Number<const N: usize> = [u64; N];

/// For each of two numbers, which are odd and have their highest bit, the first prime from there on; none when it
/// is far. Of numbers that pass a first test, `confirmed` knows which are prime.
///
/// Both primes are looked for at once, by as many threads: which one finds them makes no difference.
pub(super) fn next_primes<const N: usize>(
    starts: [Number<N>; 2],
    confirmed: fn(&Number<N>) -> bool,
) -> [Option<Number<N>>; 2] {
    let small = small_primes();
    let hunts = starts.map(|start| Hunt {
        start,
        candidates: OnceLock::new(),
        next: AtomicUsize::new(0),
        found: AtomicUsize::new(usize::MAX),
    });
    let [first, second] = &hunts;
    thread::scope(|scope| {
        // Without a thread it takes longer, that is all.
        let _ = thread::Builder::new().spawn_scoped(scope, || {
            second.help(&small, confirmed);
            first.help(&small, confirmed);
        });
        first.help(&small, confirmed);
        second.help(&small, confirmed);
    });
    hunts.map(Hunt::answer)
}

/// The search for the first prime from a number on.
struct Hunt<const N: usize> {
    start: Number<N>,
    /// How many twos after the start the numbers are that the sieve leaves.
    candidates: OnceLock<Vec<usize>>,
    /// The first candidate that nobody has taken.
    next: AtomicUsize,
    /// The first candidate known to be prime.
    found: AtomicUsize,
}

impl<const N: usize> Hunt<N> {
    /// Takes candidates until a prime is known and all before it are taken.
    fn help(&self, small: &[u32], confirmed: fn(&Number<N>) -> bool) {
        let candidates = self.candidates.get_or_init(|| sieved(&self.start, small));
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            if at >= candidates.len().min(self.found.load(Ordering::Relaxed)) {
                return;
            }
            let Some(number) = after(&self.start, candidates[at]) else { return };
            if Modulus::new(&number).is_likely_prime() && confirmed(&number) {
                self.found.fetch_min(at, Ordering::Relaxed);
            }
        }
    }

    fn answer(self) -> Option<Number<N>> {
        let at = *self.candidates.get()?.get(self.found.into_inner())?;
        after(&self.start, at)
    }
}

/// The odd primes that the sieve knows.
fn small_primes() -> Vec<u32> {
    let mut composite = vec![false; SIEVED_MAX];
    let mut primes = Vec::new();
    for number in (3..SIEVED_MAX).step_by(2) {
        if composite[number] {
            continue;
        }
        primes.extend(u32::try_from(number));
        for multiple in (number * number..SIEVED_MAX).step_by(2 * number) {
            composite[multiple] = true;
        }
    }
    primes
}

/// How many twos after `start` the numbers are that no small prime divides.
fn sieved<const N: usize>(start: &Number<N>, small: &[u32]) -> Vec<usize> {
    let mut divided = vec![false; WINDOW];
    for pair in small.chunks(2) {
        // Two of the primes have their product in 32 bits.
        let product = pair.iter().product();
        let rest = remainder(start, product);
        for prime in pair {
            let missing = (prime - rest % prime) % prime;
            let twos = if missing % 2 == 0 { missing / 2 } else { (missing + prime) / 2 };
            for multiple in (twos as usize..WINDOW).step_by(*prime as usize) {
                divided[multiple] = true;
            }
        }
    }
    (0..WINDOW).filter(|at| !divided[*at]).collect()
}

/// What is left of a number divided by a small one: by products, since divisions take long.
fn remainder<const N: usize>(number: &Number<N>, by: u32) -> u32 {
    let by = u64::from(by);
    let inverse = u64::MAX / by;
    let halves = number.iter().rev().flat_map(|word| [word >> 32, word & 0xffff_ffff]);
    let rest = halves.fold(0, |rest, half| {
        let dividend = rest << 32 | half;
        // By one too low at most.
        let (_, quotient) = multiply_add(dividend, inverse, 0, 0);
        let rest = dividend - quotient * by;
        if rest < by { rest } else { rest - by }
    });
    u32::try_from(rest).unwrap_or_default()
}

/// The number that is so many twos after `start`.
fn after<const N: usize>(start: &Number<N>, twos: usize) -> Option<Number<N>> {
    let mut number = *start;
    let mut carry = 2 * twos as u64;
    for word in &mut number {
        let (sum, over) = word.overflowing_add(carry);
        *word = sum;
        carry = u64::from(over);
    }
    (carry == 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::*;

    fn number(number: [u64; 2]) -> BigUint {
        (BigUint::from(number[1]) << 64) + number[0]
    }

    #[test]
    fn the_sieve_leaves_what_small_primes_do_not_divide() {
        let small = small_primes();
        assert_eq!((small.len(), small[0], small[6540]), (6541, 3, 65_521));
        let start = [12_345, 3 << 62];
        let left = sieved(&start, &small);
        for at in 0..WINDOW {
            let candidate = number(after(&start, at).unwrap());
            let divided = small.iter().any(|prime| &candidate % prime == BigUint::ZERO);
            assert_eq!(left.contains(&at), !divided, "{candidate}");
        }
    }

    #[test]
    fn the_first_primes_are_found_whoever_finds_them() {
        // 2^256 - 189 and 2^256 - 357 are the highest primes of 256 bits.
        let high = |below: u64| [u64::MAX - below + 1, u64::MAX, u64::MAX, u64::MAX];
        for _ in 0..100 {
            let [first, second] = next_primes([high(355), high(399)], |_| true);
            assert_eq!((first, second), (Some(high(189)), Some(high(357))));
        }
    }

    #[test]
    fn no_number_is_looked_at_past_the_last() {
        let last = [u64::MAX - 150, u64::MAX, u64::MAX, u64::MAX];
        assert_eq!(next_primes([last, last], |_| true), [None, None]);
    }

    #[test]
    fn the_window_has_an_end() {
        assert_eq!(next_primes([[1, 0, 0, 3 << 62]; 2], |_| false), [None, None]);
    }
}
