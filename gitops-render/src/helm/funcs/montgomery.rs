//! Squares modulo a large odd number, as Montgomery takes them: enough to tell most composite numbers.

/// An odd number with its highest bit, of words with the lowest first.
///
/// What it takes depends on the number: this is for numbers that are thrown away unless they are prime.
#[derive(Debug)]
pub(super) struct Modulus<'a, const N: usize> {
    words: &'a [u64; N],
    /// What the lowest word times this gives is -1.
    inverse: u64,
}

impl<'a, const N: usize> Modulus<'a, N> {
    pub(super) fn new(words: &'a [u64; N]) -> Self {
        // Newton: each step doubles the bits that are right, and five are at first.
        let low = words[0];
        let mut inverse = low.wrapping_mul(3) ^ 2;
        for _ in 0..4 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(inverse)));
        }
        Self { words, inverse: inverse.wrapping_neg() }
    }

    /// Whether 2 to the power of the number less one is 1 modulo it: Fermat's test, which primes pass, and
    /// hardly any other number of this size.
    pub(super) fn is_likely_prime(&self) -> bool {
        // One is 2^(64 N) in Montgomery's form: less the number, since that has its highest bit.
        let mut one = self.words.map(|word| !word);
        one[0] += 1;
        let mut power = one;
        for at in (0..64 * N).rev() {
            power = self.square(&power);
            // The number less one differs from it in the lowest bit.
            if at > 0 && self.words[at / 64] >> (at % 64) & 1 == 1 {
                self.double(&mut power);
            }
        }
        power == one
    }

    /// The product of a number with itself in Montgomery's form: less than 2^(64 N), but maybe not than the modulus.
    #[expect(clippy::needless_range_loop, reason = "every build unrolls such loops, not iterators")]
    fn square(&self, number: &[u64; N]) -> [u64; N] {
        let mut product = [[0; N]; 2];
        let wide = product.as_flattened_mut();
        for at in 0..N {
            let mut carry = 0;
            for other in at + 1..N {
                (wide[at + other], carry) =
                    multiply_add(number[at], number[other], wide[at + other], carry);
            }
            wide[at + N] = carry;
        }
        // Each product of two different words is there twice.
        let (mut shifted, mut carry) = (0, false);
        for at in 0..N {
            let [low, high] = [wide[2 * at], wide[2 * at + 1]];
            let (square_low, square_high) = multiply_add(number[at], number[at], 0, 0);
            let over;
            (wide[2 * at], over) = add(low << 1 | shifted, square_low, carry);
            (wide[2 * at + 1], carry) = add(high << 1 | low >> 63, square_high, over);
            shifted = high >> 63;
        }
        let mut over = false;
        for at in 0..N {
            let factor = wide[at].wrapping_mul(self.inverse);
            let mut carry = 0;
            // Of a known size, so that no place is checked.
            if let Some(row) = wide[at..].first_chunk_mut::<N>() {
                for at in 0..N {
                    (row[at], carry) = multiply_add(factor, self.words[at], row[at], carry);
                }
            }
            (wide[at + N], over) = add(wide[at + N], carry, over);
        }
        let [_, mut high] = product;
        if over {
            self.take_from(&mut high);
        }
        high
    }

    /// Doubles a number modulo this one.
    fn double(&self, number: &mut [u64; N]) {
        let mut over = 0;
        for word in number.iter_mut() {
            (*word, over) = (*word << 1 | over, *word >> 63);
        }
        // Twice when the number was not less than the modulus.
        while over > 0 && !self.take_from(number) {}
    }

    /// Subtracts the modulus; whether a 1 before the highest bit was needed for that.
    fn take_from(&self, number: &mut [u64; N]) -> bool {
        let mut borrowed = false;
        for (word, own) in number.iter_mut().zip(self.words) {
            let (difference, less) = word.overflowing_sub(*own);
            let (difference, lesser) = difference.overflowing_sub(u64::from(borrowed));
            (*word, borrowed) = (difference, less || lesser);
        }
        borrowed
    }
}

/// `a * b + c + d`, which has room in two words: the low one, and the high one.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
pub(super) fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let sum = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
    (sum as u64, (sum >> 64) as u64)
}

/// The sum of two words and a carry, and the carry of that.
#[inline]
fn add(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, over) = a.overflowing_add(b);
    let (sum, more) = sum.overflowing_add(u64::from(carry));
    (sum, over || more)
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::*;

    fn number(words: &[u64]) -> BigUint {
        words.iter().rev().fold(BigUint::ZERO, |number, word| (number << 64) + word)
    }

    // Words at whose ends carries happen, besides any.
    fn word() -> impl Strategy<Value = u64> {
        prop_oneof![
            Just(0),
            Just(1),
            Just(u64::MAX),
            Just(u64::MAX - 1),
            Just(1 << 63),
            any::<u64>()
        ]
    }

    fn words() -> impl Strategy<Value = [u64; 4]> {
        [word(), word(), word(), word()]
    }

    proptest! {
        #[test]
        fn squares_and_doubles_are_those_of_plain_arithmetic(mut modulus in words(), of in words()) {
            modulus[0] |= 1;
            modulus[3] |= 1 << 63;
            let (tested, plain) = (Modulus::new(&modulus), number(&modulus));
            let square = number(&tested.square(&of));
            prop_assert_eq!((square << 256) % &plain, number(&of).pow(2) % &plain);
            let mut double = of;
            tested.double(&mut double);
            prop_assert_eq!(number(&double) % &plain, number(&of) * 2u32 % &plain);
        }

        #[test]
        fn what_is_likely_prime_passes_the_test_of_fermat(mut modulus in words()) {
            modulus[0] |= 1;
            modulus[3] |= 1 << 63;
            let plain = number(&modulus);
            let passes = BigUint::from(2u32).modpow(&(&plain - 1u32), &plain) == BigUint::from(1u32);
            prop_assert_eq!(Modulus::new(&modulus).is_likely_prime(), passes);
        }
    }

    #[test]
    fn a_prime_is_likely_one() {
        // 2^256 - 189 is the highest prime of 256 bits.
        let prime = [u64::MAX - 188, u64::MAX, u64::MAX, u64::MAX];
        assert!(Modulus::new(&prime).is_likely_prime());
        let other = [u64::MAX - 186, u64::MAX, u64::MAX, u64::MAX];
        assert!(!Modulus::new(&other).is_likely_prime());
    }
}
