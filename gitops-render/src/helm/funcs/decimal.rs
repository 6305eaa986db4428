//! Decimal arithmetic of `addf`, `subf`, `mulf`, `divf`: exact, where binary numbers would not be.

use super::super::template::print::float::format_float;

/// How many decimals a quotient has.
const DIVISION_PLACES: i32 = 16;

/// A decimal number of any size: digits, most significant first, times a power of ten.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i32,
}

impl Decimal {
    /// The shortest decimal number that reads back as `value`.
    pub(super) fn from_float(value: f64) -> Self {
        if value == 0.0 || !value.is_finite() {
            return Self { negative: false, digits: vec![0], exponent: 0 };
        }
        let text = format_float(value, b'e', None);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let exponent = exponent - i32::try_from(fraction).unwrap_or(0);
        Self { negative: value < 0.0, digits, exponent }
    }

    /// The nearest binary number.
    pub(super) fn to_float(&self) -> f64 {
        let digits: String = self.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        let sign = if self.negative { "-" } else { "" };
        let value: f64 = format!("{sign}{digits}e{}", self.exponent).parse().unwrap_or(0.0);
        if value == 0.0 { 0.0 } else { value }
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let (a, b) = (self.scaled(exponent), other.scaled(exponent));
        if self.negative == other.negative {
            return Self { negative: self.negative, digits: add(&a, &b), exponent };
        }
        if is_less(&a, &b) {
            return Self { negative: other.negative, digits: subtract(&b, &a), exponent };
        }
        Self { negative: self.negative, digits: subtract(&a, &b), exponent }
    }

    pub(super) fn sub(&self, other: &Self) -> Self {
        self.add(&Self { negative: !other.negative, ..other.clone() })
    }

    pub(super) fn mul(&self, other: &Self) -> Self {
        let mut product = vec![0_u32; self.digits.len() + other.digits.len()];
        for (i, a) in self.digits.iter().enumerate() {
            for (j, b) in other.digits.iter().enumerate() {
                product[i + j + 1] += u32::from(*a) * u32::from(*b);
            }
        }
        for at in (1..product.len()).rev() {
            product[at - 1] += product[at] / 10;
            product[at] %= 10;
        }
        let digits = product.into_iter().map(|digit| u8::try_from(digit).unwrap_or(9)).collect();
        let exponent = self.exponent.saturating_add(other.exponent);
        Self { negative: self.negative != other.negative, digits: trimmed(digits), exponent }
    }

    /// Rounded half away from zero at the sixteenth decimal; nothing for a division by zero.
    pub(super) fn div(&self, other: &Self) -> Option<Self> {
        if other.digits.iter().all(|digit| *digit == 0) {
            return None;
        }
        // self/other = a·10^x / b·10^y: make the quotient of integers end at the last decimal.
        let shift = self.exponent - other.exponent + DIVISION_PLACES;
        let mut a = self.digits.clone();
        let mut b = other.digits.clone();
        let zeros = usize::try_from(shift.unsigned_abs()).unwrap_or(0);
        if shift >= 0 {
            a.resize(a.len() + zeros, 0);
        } else {
            b.resize(b.len() + zeros, 0);
        }
        let (mut quotient, remainder) = divide(&a, &b);
        if !is_less(&add(&remainder, &remainder), &b) {
            quotient = add(&quotient, &[1]);
        }
        let negative = self.negative != other.negative;
        Some(Self { negative, digits: trimmed(quotient), exponent: -DIVISION_PLACES })
    }

    /// The digits as they are with a lower exponent.
    fn scaled(&self, exponent: i32) -> Vec<u8> {
        let mut digits = self.digits.clone();
        let zeros = usize::try_from(self.exponent - exponent).unwrap_or(0);
        digits.resize(digits.len() + zeros, 0);
        digits
    }
}

fn trimmed(digits: Vec<u8>) -> Vec<u8> {
    match digits.iter().position(|digit| *digit != 0) {
        Some(first) => digits[first..].to_vec(),
        None => vec![0],
    }
}

fn is_less(a: &[u8], b: &[u8]) -> bool {
    let strip = |digits: &[u8]| trimmed(digits.to_vec());
    let (a, b) = (strip(a), strip(b));
    (a.len(), &a) < (b.len(), &b)
}

fn add(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(a.len().max(b.len()) + 1);
    let mut carry = 0;
    for at in 0..a.len().max(b.len()) {
        let digit = |digits: &[u8]| digits.iter().rev().nth(at).copied().unwrap_or(0);
        let sum = digit(a) + digit(b) + carry;
        out.push(sum % 10);
        carry = sum / 10;
    }
    out.push(carry);
    out.reverse();
    trimmed(out)
}

/// `a - b`, where `a` is not less.
fn subtract(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(a.len());
    let mut borrow = 0;
    for at in 0..a.len().max(b.len()) {
        let digit = |digits: &[u8]| digits.iter().rev().nth(at).copied().unwrap_or(0);
        let (from, take) = (digit(a), digit(b) + borrow);
        borrow = u8::from(from < take);
        out.push(from + 10 * borrow - take);
    }
    out.reverse();
    trimmed(out)
}

/// Long division.
fn divide(a: &[u8], b: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut quotient = Vec::with_capacity(a.len());
    let mut rest = vec![0];
    for digit in a {
        rest.push(*digit);
        rest = trimmed(rest);
        let mut count = 0;
        while !is_less(&rest, b) {
            rest = subtract(&rest, b);
            count += 1;
        }
        quotient.push(count);
    }
    (trimmed(quotient), rest)
}
