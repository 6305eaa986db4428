//! Resource quantities in the one form the server writes them.

/// How many digits a quantity may have before and after its point together.
pub(crate) const QUANTITY_DIGITS_MAX: usize = 60;

/// A quantity as a whole number of units of `10^-9`, and the family of its suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quantity {
    nanos: i128,
    family: Family,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Binary,
    Decimal,
    Exponent,
}

const NANO: i128 = 1_000_000_000;

/// The parts of a quantity as it is written.
struct Written<'t> {
    negative: bool,
    number: &'t str,
    whole: &'t str,
    fraction: &'t str,
    suffix: &'t str,
}

impl<'t> Written<'t> {
    fn of(text: &'t str) -> Self {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        Self { negative, number, whole, fraction, suffix }
    }
}

impl Quantity {
    /// Reads a quantity such as `100m`, `2Gi` or `1e3`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let Written { negative, number, whole, fraction, suffix } = Written::of(text);
        if (whole.is_empty() && fraction.is_empty())
            || fraction.contains('.')
            || QUANTITY_DIGITS_MAX < number.len()
        {
            return None;
        }
        let (base, exponent, family) = scale(suffix)?;
        // value = digits * 10^-fraction.len() * base^exponent, in units of 10^-9, rounded up.
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let mut numerator = digits;
        let mut denominator: i128 = 1;
        let mut power = 9 - i32::try_from(fraction.len()).ok()?;
        if base == 10 {
            power += exponent;
        } else {
            numerator =
                numerator.checked_mul(1_i128.checked_shl(u32::try_from(exponent).ok()?)?)?;
        }
        for _ in 0..power.abs() {
            let at = if 0 < power { &mut numerator } else { &mut denominator };
            *at = at.checked_mul(10)?;
        }
        let nanos = match denominator {
            1 => numerator,
            _ => numerator / denominator + i128::from(numerator % denominator != 0),
        };
        Some(Self { nanos: if negative { -nanos } else { nanos }, family })
    }

    pub(crate) fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Compares the amounts, whatever they were written in.
    pub(crate) fn amount(self) -> i128 {
        self.nanos
    }

    /// Rounds up to a whole number of thousandths.
    pub(crate) fn rounded_to_milli(self) -> Self {
        const MILLI: i128 = NANO / 1000;
        let rest = self.nanos.rem_euclid(MILLI);
        let nanos = if rest == 0 { self.nanos } else { self.nanos - rest + MILLI };
        Self { nanos, ..self }
    }

    /// Writes the quantity with the largest suffix that needs no fraction.
    pub(crate) fn text(self) -> String {
        if self.nanos == 0 {
            return "0".to_owned();
        }
        let sign = if self.nanos < 0 { "-" } else { "" };
        let amount = self.nanos.abs();
        let binary = self.family == Family::Binary && amount % NANO == 0 && 1024 <= amount / NANO;
        if binary {
            let mut value = amount / NANO;
            let suffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
            let mut at = 0;
            while value % 1024 == 0 && at + 1 < suffixes.len() {
                value /= 1024;
                at += 1;
            }
            return format!("{sign}{value}{}", suffixes[at]);
        }
        let mut value = amount;
        let mut power = -9;
        while value % 1000 == 0 && power < 18 {
            value /= 1000;
            power += 3;
        }
        let suffix = match (self.family, power) {
            (_, 0) => String::new(),
            (Family::Exponent, power) => format!("e{power}"),
            (_, power) => {
                let names = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
                let at = usize::try_from((power + 9) / 3).unwrap_or(3);
                names[at.min(names.len() - 1)].to_owned()
            }
        };
        format!("{sign}{value}{suffix}")
    }
}

/// Whether the server keeps a quantity as it was written, though not in its shortest form.
pub(crate) fn is_kept(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = whole.trim_start_matches('0');
    let digits = format!("{whole}{fraction}");
    let Some((base, exponent, _)) = scale(suffix) else { return false };
    let Ok(places) = i32::try_from(fraction.len()) else { return false };
    if base == 2 {
        let Ok(value) = digits.parse::<i64>() else { return false };
        return fraction.is_empty() && value & 7 != 0 && digits.len() + 1 < 15;
    }
    let scale = exponent - places;
    (-9..).contains(&scale)
        && digits.len() <= 18
        && scale % 3 == 0
        && !digits.ends_with("000")
        && !digits.is_empty()
        && !digits.starts_with('0')
}

/// Whether an amount that was written in one form is in memory something else than in the form
/// it is kept in.
pub(crate) fn is_reworded(written: &str, kept: &str) -> bool {
    written != kept && (is_kept(kept) || kept == "0" || short(written) != short(kept))
}

/// Returns an amount as the digits and the power of ten that a server holds it in, where it fits.
fn short(text: &str) -> Option<(i64, i32)> {
    let Written { negative, whole, fraction, suffix, .. } = Written::of(text);
    let (base, exponent, _) = scale(suffix)?;
    let digits: i64 = format!("{whole}{fraction}").parse().ok()?;
    let (value, power) = if base == 2 {
        if !fraction.is_empty() {
            return None;
        }
        (digits.checked_mul(1_i64.checked_shl(u32::try_from(exponent).ok()?)?)?, 0)
    } else {
        (digits, exponent - i32::try_from(fraction.len()).ok()?)
    };
    Some((if negative { -value } else { value }, power))
}

fn scale(suffix: &str) -> Option<(u32, i32, Family)> {
    let known = match suffix {
        "" => (10, 0, Family::Decimal),
        "n" => (10, -9, Family::Decimal),
        "u" => (10, -6, Family::Decimal),
        "m" => (10, -3, Family::Decimal),
        "k" => (10, 3, Family::Decimal),
        "M" => (10, 6, Family::Decimal),
        "G" => (10, 9, Family::Decimal),
        "T" => (10, 12, Family::Decimal),
        "P" => (10, 15, Family::Decimal),
        "E" => (10, 18, Family::Decimal),
        "Ki" => (2, 10, Family::Binary),
        "Mi" => (2, 20, Family::Binary),
        "Gi" => (2, 30, Family::Binary),
        "Ti" => (2, 40, Family::Binary),
        "Pi" => (2, 50, Family::Binary),
        "Ei" => (2, 60, Family::Binary),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let exponent: i32 = exponent.parse().ok()?;
            // Larger exponents than any suffix are not worth their digits.
            if 18 < exponent.abs() {
                return None;
            }
            (10, exponent, Family::Exponent)
        }
    };
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_remember_how_they_were_written() {
        for (written, kept, reworded) in [
            ("1024Mi", "1Gi", true),
            ("1Gi", "1Gi", false),
            ("8Gi", "8Gi", false),
            ("16384Mi", "16Gi", false),
            ("0.5Gi", "512Mi", true),
            ("1000M", "1G", true),
            ("1.50", "1500m", true),
        ] {
            assert_eq!(is_reworded(written, kept), reworded, "{written}");
        }
    }

    #[test]
    fn one_amount_has_one_text() {
        for (written, kept) in [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("2048Mi", "2Gi"),
            ("1.5Gi", "1536Mi"),
            ("100k", "100k"),
            ("1e3", "1e3"),
            ("1500m", "1500m"),
            ("0", "0"),
            ("1000", "1k"),
            ("1024", "1024"),
            ("-250m", "-250m"),
            ("0.0000000001", "1n"),
        ] {
            assert_eq!(Quantity::parse(written).unwrap().text(), kept, "{written}");
        }
        for wrong in ["", "x", "1.2.3", "1Xi", "1e999", "."] {
            assert_eq!(Quantity::parse(wrong), None, "{wrong}");
        }
    }
}
