//! Arithmetic: whole numbers wrap as Go's do, fractions are exact decimals.

use super::super::template::parse_uint;
use super::super::value::{Elem, List, Type, Value};
use super::args::{any, int};
use super::cast::{to_float64, to_int64};
use super::decimal::Decimal;
use super::strings::shown;
use super::{Answer, Call, Function, fixed, variadic};
use std::cmp::Ordering;
use std::rc::Rc;

const ANY: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];
const INT: &[Type] = &[Type::Int];

pub(super) const TABLE: &[Function] = &[
    fixed("int", ANY, Type::Int, |_, v| Ok(Value::int(to_int64(&v[0])))),
    fixed("int64", ANY, Type::Int64, |_, v| Ok(Value::int64(to_int64(&v[0])))),
    fixed("float64", ANY, Type::Float64, |_, v| Ok(Value::Float(to_float64(&v[0])))),
    fixed("toDecimal", ANY, Type::Int64, |_, v| Ok(Value::int64(octal(&shown(&v[0]))))),
    fixed("add1", ANY, Type::Int64, |_, v| Ok(Value::int64(to_int64(&v[0]).wrapping_add(1)))),
    variadic("add", ANY, Type::Int64, |_, v| {
        Ok(Value::int64(v.iter().fold(0, |sum: i64, value| sum.wrapping_add(to_int64(value)))))
    }),
    fixed("sub", TWO, Type::Int64, |_, v| {
        Ok(Value::int64(to_int64(&v[0]).wrapping_sub(to_int64(&v[1]))))
    }),
    fixed("div", TWO, Type::Int64, |_, v| by(v, i64::wrapping_div)),
    fixed("mod", TWO, Type::Int64, |_, v| by(v, i64::wrapping_rem)),
    variadic("mul", TWO, Type::Int64, |_, v| {
        Ok(Value::int64(v.iter().fold(1, |all: i64, value| all.wrapping_mul(to_int64(value)))))
    }),
    fixed("add1f", ANY, Type::Float64, |_, v| {
        let one = Value::int(1);
        exact(&v[0], &[one], |a, b| Some(a.add(b)))
    }),
    variadic("addf", ANY, Type::Float64, |_, v| {
        exact(&Value::Float(0.0), v, |a, b| Some(a.add(b)))
    }),
    variadic("subf", TWO, Type::Float64, |_, v| exact(&v[0], &v[1..], |a, b| Some(a.sub(b)))),
    variadic("mulf", TWO, Type::Float64, |_, v| exact(&v[0], &v[1..], |a, b| Some(a.mul(b)))),
    variadic("divf", TWO, Type::Float64, |_, v| exact(&v[0], &v[1..], Decimal::div)),
    variadic("max", TWO, Type::Int64, |_, v| whole(v, i64::max)),
    variadic("biggest", TWO, Type::Int64, |_, v| whole(v, i64::max)),
    variadic("min", TWO, Type::Int64, |_, v| whole(v, i64::min)),
    variadic("maxf", TWO, Type::Float64, |_, v| fraction(v, true)),
    variadic("minf", TWO, Type::Float64, |_, v| fraction(v, false)),
    fixed("floor", ANY, Type::Float64, |_, v| Ok(Value::Float(to_float64(&v[0]).floor()))),
    fixed("ceil", ANY, Type::Float64, |_, v| Ok(Value::Float(to_float64(&v[0]).ceil()))),
    variadic("round", &[Type::Any, Type::Int, Type::Float64], Type::Float64, |_, v| {
        let edge = if v.len() > 2 { to_float64(&v[2]) } else { 0.5 };
        Ok(Value::Float(round(to_float64(&v[0]), int(v, 1), edge)))
    }),
    fixed("until", INT, Type::List, |call, v| {
        let count = int(v, 0);
        numbers(call, 0, count, if count < 0 { -1 } else { 1 })
    }),
    fixed("untilStep", &[Type::Int, Type::Int, Type::Int], Type::List, |call, v| {
        numbers(call, int(v, 0), int(v, 1), int(v, 2))
    }),
    variadic("seq", INT, Type::Str, sequence),
];

fn by(values: &[Value], operation: impl Fn(i64, i64) -> i64) -> Answer {
    let (a, b) = (to_int64(&values[0]), to_int64(&values[1]));
    if b == 0 {
        return Err("runtime error: integer divide by zero".into());
    }
    Ok(Value::int64(operation(a, b)))
}

fn exact(
    first: &Value,
    others: &[Value],
    operation: impl Fn(&Decimal, &Decimal) -> Option<Decimal>,
) -> Answer {
    let mut result = Decimal::from_float(to_float64(first));
    for other in others {
        let other = Decimal::from_float(to_float64(other));
        match operation(&result, &other) {
            Some(next) => result = next,
            None => return Err("decimal division by 0".into()),
        }
    }
    Ok(Value::Float(result.to_float()))
}

fn whole(values: &[Value], choose: impl Fn(i64, i64) -> i64) -> Answer {
    let first = to_int64(&any(values, 0));
    let rest = values.iter().skip(1);
    Ok(Value::int64(rest.fold(first, |best, value| choose(best, to_int64(value)))))
}

fn fraction(values: &[Value], largest: bool) -> Answer {
    let mut best = to_float64(&any(values, 0));
    for value in values.iter().skip(1) {
        let value = to_float64(value);
        if best.is_nan() || value.is_nan() {
            best = f64::NAN;
        } else if best.total_cmp(&value) == if largest { Ordering::Less } else { Ordering::Greater }
        {
            best = value;
        }
    }
    Ok(Value::Float(best))
}

/// Rounds at so many decimals; a rest from `edge` on goes up.
fn round(value: f64, places: i64, edge: f64) -> f64 {
    let power = power_of_ten(places);
    let digit = power * value;
    let rest = digit.fract();
    let rounded = if rest >= edge { digit.ceil() } else { digit.floor() };
    rounded / power
}

/// Ten to the power of `places`, to the last bit as Go's `math.Pow` computes it: by squaring a
/// fraction beside its exponent.
fn power_of_ten(places: i64) -> f64 {
    // Beyond this the exponent overflows whatever is left.
    const EXPONENT_MAX: i32 = 1 << 12;
    let (mut power, mut exponent) = (1.0_f64, 0_i32);
    // 10 = 0.625 * 2^4
    let (mut square, mut doubled) = (0.625_f64, 4_i32);
    let mut left = places.unsigned_abs();
    while left != 0 {
        if EXPONENT_MAX < doubled {
            exponent += doubled;
            break;
        }
        if left & 1 == 1 {
            power *= square;
            exponent += doubled;
        }
        square *= square;
        doubled *= 2;
        if square < 0.5 {
            square += square;
            doubled -= 1;
        }
        left >>= 1;
    }
    if places < 0 {
        (power, exponent) = (1.0 / power, -exponent);
    }
    // In two steps, for the whole power of two may be out of range where the result is not.
    let half = exponent / 2;
    power * 2_f64.powi(half) * 2_f64.powi(exponent - half)
}

/// What the digits mean in base 8; 0 when they are none.
fn octal(text: &str) -> i64 {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    let size = parse_uint(&format!("0o{digits}")).map_or(i128::MAX, i128::from);
    i64::try_from(if negative { -size } else { size }).unwrap_or(0)
}

fn steps(start: i64, stop: i64, step: i64) -> Option<(usize, i64)> {
    let span = i128::from(stop) - i128::from(start);
    let step_wide = i128::from(step);
    if span == 0 || step == 0 || (span > 0) != (step > 0) {
        return None;
    }
    let count = (span.abs() + step_wide.abs() - 1) / step_wide.abs();
    Some((usize::try_from(count).unwrap_or(usize::MAX), step))
}

/// The numbers from `start` up to, but without, `stop`.
fn series(call: &Call<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, super::Failure> {
    let Some((count, step)) = steps(start, stop, step) else {
        return Ok(Vec::new());
    };
    call.room_for_items(count)?;
    let numbers = (0..count).scan(start, |next, _| {
        let number = *next;
        *next = next.wrapping_add(step);
        Some(number)
    });
    Ok(numbers.collect())
}

fn numbers(call: &mut Call<'_>, start: i64, stop: i64, step: i64) -> Answer {
    let items = series(call, start, stop, step)?.into_iter().map(Value::int).collect();
    Ok(Value::List(Rc::new(List::new(Elem::Int, items))))
}

fn sequence(call: &mut Call<'_>, values: &[Value]) -> Answer {
    let (start, end, step) = match values.len() {
        1 => (1, int(values, 0), None),
        2 => (int(values, 0), int(values, 1), None),
        3 => (int(values, 0), int(values, 2), Some(int(values, 1))),
        _ => return Ok(Value::text("")),
    };
    let increment: i64 = if end < start { -1 } else { 1 };
    if end < start && step.is_some_and(|step| step > 0) {
        return Ok(Value::text(""));
    }
    let stop = end.wrapping_add(increment);
    let numbers = series(call, start, stop, step.unwrap_or(increment))?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let text = texts.join(" ");
    call.room(text.len())?;
    Ok(Value::text(text))
}
