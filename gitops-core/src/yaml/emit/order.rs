//! The order of keys: go-yaml's natural one, in which `a2` comes before `a10`.

use serde_json::{Map, Value};

/// Returns the entries of a mapping in the order in which they are printed.
pub(super) fn sorted(map: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let entries: Vec<_> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    if entries.windows(2).all(|pair| !is_less(pair[1].0, pair[0].0)) {
        return entries;
    }
    merge_sort(entries)
}

// The order is none for some sets of long numbers, where the standard library's sort may panic.
fn merge_sort<'v>(mut entries: Vec<(&'v str, &'v Value)>) -> Vec<(&'v str, &'v Value)> {
    if entries.len() < 2 {
        return entries;
    }
    let right = merge_sort(entries.split_off(entries.len() / 2));
    let left = merge_sort(entries);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let from_right = is_less(b.0, a.0);
        merged.extend(if from_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

// Whether `a` comes before `b`: letters after anything else, numbers by their value.
fn is_less(a: &str, b: &str) -> bool {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let same = (0..=same).rev().find(|at| a.is_char_boundary(*at)).unwrap_or(0);
    let (Some(char_a), Some(char_b)) = (a[same..].chars().next(), b[same..].chars().next()) else {
        return a.len() < b.len();
    };
    let letters = (is_letter(char_a), is_letter(char_b));
    match letters {
        (true, true) => return char_a < char_b,
        (false, false) => {}
        (_, b_is_letter) => return b_is_letter,
    }
    // After a number that has started, zeros count.
    let started = char_a == '0' || char_b == '0';
    let digits = a[..same].bytes().rev().take_while(u8::is_ascii_digit);
    let start = i64::from(started && digits.into_iter().any(|digit| digit != b'0'));
    let (number_a, len_a) = number(&a[same..], start);
    let (number_b, len_b) = number(&b[same..], start);
    if number_a != number_b {
        return number_a < number_b;
    }
    if len_a != len_b {
        return len_a < len_b;
    }
    char_a < char_b
}

// Reads the digits at the start of `text` after those that gave `start`. Long numbers wrap
// around, as in Go.
fn number(text: &str, start: i64) -> (i64, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold((start, 0), |(number, len), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')), len + 1)
    })
}

fn is_letter(char: char) -> bool {
    // Letter numbers, such as Roman ones, are alphabetic but no letters.
    char.is_alphabetic() && !char.is_numeric()
}
