//! Squares modulo a large odd number, as Montgomery takes them: enough to tell most composite numbers.

/// An odd number with its highest bit, of words with the lowest first, as many as four or eight or so on.
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
        const { assert!(N > 0 && N.is_multiple_of(4), "words are multiplied four at a time") };
        // Newton: each step doubles the bits that are right, and five are at first.
        let low = words[0];
        let mut inverse = low.wrapping_mul(3) ^ 2;
        for _ in 0..4 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(inverse)));
        }
        Self { words, inverse: inverse.wrapping_neg() }
    }

    /// Whether the number is a strong probable prime to base 2 (FIPS 186-5, B.3.1), as primes are, and hardly any
    /// other number of this size.
    pub(super) fn is_likely_prime(&self) -> bool {
        // One is 2^(64 N) in Montgomery's form: less the number, since that has its highest bit.
        let mut one = self.words.map(|word| !word);
        one[0] += 1;
        let mut minus_one = *self.words;
        subtract(&mut minus_one, &one);
        // The number less one is an odd number times 2 to the power of this.
        let mut even = *self.words;
        even[0] -= 1;
        let zeros = even.iter().take_while(|word| **word == 0).count();
        let twos = 64 * zeros + even.get(zeros).map_or(0, |word| word.trailing_zeros() as usize);
        let mut power = one;
        for at in (twos..64 * N).rev() {
            power = self.square(&power);
            if even[at / 64] >> (at % 64) & 1 == 1 {
                self.double(&mut power);
            }
        }
        let mut passes = self.is(&power, &one) || self.is(&power, &minus_one);
        for _ in 1..twos {
            power = self.square(&power);
            passes |= self.is(&power, &minus_one);
        }
        passes
    }

    /// Whether a number is this one modulo the modulus, which this one is less than.
    fn is(&self, number: &[u64; N], other: &[u64; N]) -> bool {
        let mut less = *number;
        number == other || (!subtract(&mut less, self.words) && less == *other)
    }

    /// The product of a number with itself in Montgomery's form: less than 2^(64 N), but maybe not than the modulus.
    fn square(&self, number: &[u64; N]) -> [u64; N] {
        let mut product = [[0; N]; 2];
        let wide = product.as_flattened_mut();
        add_products(number, wide);
        double_and_add_squares(number, wide);
        let mut over = 0;
        for at in 0..N / 4 {
            over = self.reduce(&mut wide[4 * at..], over);
        }
        let [_, mut high] = product;
        if over > 0 {
            subtract(&mut high, self.words);
        }
        high
    }

    /// Adds the multiple of the modulus that makes the four lowest words zero, all but those, which nobody reads
    /// again. What is over from the four words before belongs to word `N`, and what is given, to word `N + 4`.
    ///
    /// Four rows at a time: each word of the number is then read and written once for four products.
    #[inline]
    fn reduce(&self, wide: &mut [u64], over: u64) -> u64 {
        let m = self.words;
        let Some((body, rest)) = wide.split_first_chunk_mut::<N>() else { return 0 };
        let (Some([m0, m1, m2, m3]), Some([m4, m5, m6])) = (m.first_chunk(), m.last_chunk()) else {
            return 0;
        };
        let (Some([w0, w1, w2, w3]), Some(tail)) = (body.first_chunk(), rest.first_chunk_mut())
        else {
            return 0;
        };
        let f0 = w0.wrapping_mul(self.inverse);
        let (_, c0) = multiply_add(f0, *m0, *w0, 0);
        let (w1, c0) = multiply_add(f0, *m1, *w1, c0);
        let (w2, c0) = multiply_add(f0, *m2, *w2, c0);
        let (w3, c0) = multiply_add(f0, *m3, *w3, c0);
        let f1 = w1.wrapping_mul(self.inverse);
        let (_, c1) = multiply_add(f1, *m0, w1, 0);
        let (w2, c1) = multiply_add(f1, *m1, w2, c1);
        let (w3, c1) = multiply_add(f1, *m2, w3, c1);
        let f2 = w2.wrapping_mul(self.inverse);
        let (_, c2) = multiply_add(f2, *m0, w2, 0);
        let (w3, c2) = multiply_add(f2, *m1, w3, c2);
        let f3 = w3.wrapping_mul(self.inverse);
        let (_, c3) = multiply_add(f3, *m0, w3, 0);
        let factors = [f0, f1, f2, f3];
        let mut carries = [c0, c1, c2, c3];
        for (word, window) in body[4..].iter_mut().zip(m[1..].windows(4)) {
            *word = four(*word, factors, window, &mut carries);
        }
        end(tail, [f1, f2, f3], [m4, m5, m6], carries, over)
    }

    /// Doubles a number modulo this one.
    fn double(&self, number: &mut [u64; N]) {
        let mut over = 0;
        for word in number.iter_mut() {
            (*word, over) = (*word << 1 | over, *word >> 63);
        }
        // Twice when the number was not less than the modulus.
        while over > 0 && !subtract(number, self.words) {}
    }
}

/// Subtracts; whether a 1 before the highest bit was needed for that.
fn subtract<const N: usize>(number: &mut [u64; N], by: &[u64; N]) -> bool {
    let mut borrowed = false;
    for (word, by) in number.iter_mut().zip(by) {
        let (difference, less) = word.overflowing_sub(*by);
        let (difference, lesser) = difference.overflowing_sub(u64::from(borrowed));
        (*word, borrowed) = (difference, less || lesser);
    }
    borrowed
}

/// Adds the products of all pairs of different words, each once, to zeros: four rows at a time.
#[inline]
fn add_products<const N: usize>(number: &[u64; N], wide: &mut [u64]) {
    for at in (0..N).step_by(4) {
        let own = &number[at..];
        let (Some([a0, a1, a2, a3]), wide) = (own.first_chunk(), &mut wide[2 * at..]) else {
            return;
        };
        let later = |at: usize| own.get(at).copied().unwrap_or_default();
        let mut carries = [0; 4];
        let factors = [*a0, *a1, *a2, *a3];
        // Below the diagonal there is nothing.
        let beginnings = [
            [*a1, 0, 0, 0],
            [*a2, 0, 0, 0],
            [*a3, *a2, 0, 0],
            [later(4), *a3, 0, 0],
            [later(5), later(4), *a3, 0],
            [later(6), later(5), later(4), 0],
        ];
        for (word, [b0, b1, b2, b3]) in wide[1..].iter_mut().zip(beginnings) {
            *word = four(*word, factors, &[b3, b2, b1, b0], &mut carries);
        }
        let Some(ends) = own.get(4..).and_then(<[u64]>::last_chunk) else {
            // The last four rows: their carries are all of the last word but one.
            wide[7] = carries.iter().sum();
            continue;
        };
        let (body, tail) = wide.split_at_mut(own.len());
        for (word, window) in body[7..].iter_mut().zip(own[4..].windows(4)) {
            *word = four(*word, factors, window, &mut carries);
        }
        let Some(tail) = tail.first_chunk_mut() else { return };
        end(tail, [*a1, *a2, *a3], ends.each_ref(), carries, 0);
    }
}

/// A word, and the products that belong to it of four rows: of the first with the last of `window`.
#[inline]
fn four(word: u64, factors: [u64; 4], window: &[u64], carries: &mut [u64; 4]) -> u64 {
    let &[b3, b2, b1, b0] = window else { return word };
    let mut sum = word;
    (sum, carries[0]) = multiply_add(factors[0], b0, sum, carries[0]);
    (sum, carries[1]) = multiply_add(factors[1], b1, sum, carries[1]);
    (sum, carries[2]) = multiply_add(factors[2], b2, sum, carries[2]);
    (sum, carries[3]) = multiply_add(factors[3], b3, sum, carries[3]);
    sum
}

/// The four words behind those of the first row: the ends of the other three, and what is over from before. What
/// is over then.
#[inline]
fn end(
    tail: &mut [u64; 4],
    [f1, f2, f3]: [u64; 3],
    [m4, m5, m6]: [&u64; 3],
    [c0, c1, c2, c3]: [u64; 4],
    over: u64,
) -> u64 {
    let [t0, t1, t2, t3] = *tail;
    let (t0, c0) = multiply_add(over, 1, t0, c0);
    let (t0, c1) = multiply_add(f1, *m6, t0, c1);
    let (t0, c2) = multiply_add(f2, *m5, t0, c2);
    let (t0, c3) = multiply_add(f3, *m4, t0, c3);
    let (t1, c1) = multiply_add(c0, 1, t1, c1);
    let (t1, c2) = multiply_add(f2, *m6, t1, c2);
    let (t1, c3) = multiply_add(f3, *m5, t1, c3);
    let (t2, c2) = multiply_add(c1, 1, t2, c2);
    let (t2, c3) = multiply_add(f3, *m6, t2, c3);
    let (t3, over) = multiply_add(c2, 1, t3, c3);
    *tail = [t0, t1, t2, t3];
    over
}

/// Doubles what was added so far, since each product of two different words is there twice, and adds the squares.
#[inline]
fn double_and_add_squares<const N: usize>(number: &[u64; N], wide: &mut [u64]) {
    let (mut shifted, mut carry) = (0, false);
    for ([low, high], word) in wide.as_chunks_mut().0.iter_mut().zip(number) {
        let (square_low, square_high) = multiply_add(*word, *word, 0, 0);
        let (doubled_low, doubled_high) = (*low << 1 | shifted, *high << 1 | *low >> 63);
        shifted = *high >> 63;
        let over;
        (*low, over) = add(doubled_low, square_low, carry);
        (*high, carry) = add(doubled_high, square_high, over);
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
        fn what_is_likely_prime_passes_the_strong_test(mut modulus in words(), small in any::<bool>()) {
            // Of small numbers with zeros before them, many are prime; all that matters is the highest bit.
            if small {
                modulus = [modulus[0] & 0xffff, 0, 0, 1 << 63];
            }
            modulus[0] |= 1;
            modulus[3] |= 1 << 63;
            let plain = number(&modulus);
            let (one, below) = (BigUint::from(1u32), &plain - 1u32);
            let twos = below.trailing_zeros().unwrap();
            let mut power = BigUint::from(2u32).modpow(&(&below >> twos), &plain);
            let mut passes = power == one || power == below;
            for _ in 1..twos {
                power = power.pow(2) % &plain;
                passes |= power == below;
            }
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

    #[test]
    fn squares_of_more_words_are_those_of_plain_arithmetic() {
        for seed in 1..200u64 {
            let word = |at: usize| match (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> at) % 5 {
                0 => u64::MAX,
                1 => 0,
                _ => seed.wrapping_mul(0x2545_f491_4f6c_dd1d ^ at as u64),
            };
            let mut modulus: [u64; 16] = std::array::from_fn(|at| word(at + 16));
            let of: [u64; 16] = std::array::from_fn(word);
            modulus[0] |= 1;
            modulus[15] |= 1 << 63;
            let square = number(&Modulus::new(&modulus).square(&of));
            let plain = number(&modulus);
            assert_eq!((square << 1024) % &plain, number(&of).pow(2) % &plain, "{seed}");
        }
    }
}
