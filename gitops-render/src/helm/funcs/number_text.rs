//! Durations as text, both ways.

const SECOND: u64 = 1_000_000_000;

/// `time.Duration.String`: `1h2m3.5s`.
pub(crate) fn duration_text(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    if size == 0 {
        return "0s".into();
    }
    let (unit, name) = match size {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..SECOND => (1_000_000, "ms"),
        _ => {
            let (minutes, rest) = (size / (60 * SECOND), size % (60 * SECOND));
            let seconds = fraction(rest, SECOND);
            return match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            };
        }
    };
    format!("{sign}{}{name}", fraction(size, unit))
}

fn fraction(size: u64, unit: u64) -> String {
    let (whole, rest) = (size / unit, size % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    let rest = format!("{rest:0>digits$}");
    format!("{whole}.{}", rest.trim_end_matches('0'))
}
