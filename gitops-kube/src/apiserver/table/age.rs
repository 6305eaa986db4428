//! Times as people read them.

use jiff::Timestamp;

/// Prints the time since a moment in at most two units.
pub(super) fn since(moment: &str, now: Timestamp) -> String {
    match moment.parse::<Timestamp>() {
        Ok(moment) => human(now.duration_since(moment).as_secs()),
        Err(_) => "<unknown>".to_owned(),
    }
}

/// Prints the time between two moments.
pub(super) fn between(start: &str, end: &str) -> String {
    match (start.parse::<Timestamp>(), end.parse::<Timestamp>()) {
        (Ok(start), Ok(end)) => human(end.duration_since(start).as_secs()),
        _ => "<unknown>".to_owned(),
    }
}

/// Prints a number of seconds in at most two units.
pub(super) fn human(seconds: i64) -> String {
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |big: i64, unit: char, small: i64, of: char| match small {
        0 => format!("{big}{unit}"),
        small => format!("{big}{unit}{small}{of}"),
    };
    if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        two(minutes, 'm', seconds % 60, 's')
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        two(hours, 'h', minutes % 60, 'm')
    } else if hours < 48 {
        format!("{hours}h")
    } else if hours < 192 {
        two(days, 'd', hours % 24, 'h')
    } else if days < 730 {
        format!("{days}d")
    } else if days < 2920 {
        two(days / 365, 'y', days % 365, 'd')
    } else {
        format!("{}y", days / 365)
    }
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn ages_have_at_most_two_units() {
        const DAY: i64 = 86_400;
        let found: Vec<String> = [-2, -1, 119, 120, 150, 600, 10_800, 30_000, 3 * DAY + 7200]
            .into_iter()
            .chain([8 * DAY, 730 * DAY, 731 * DAY, 2920 * DAY])
            .map(human)
            .collect();
        let wanted = [
            "<invalid>",
            "0s",
            "119s",
            "2m",
            "2m30s",
            "10m",
            "3h",
            "8h",
            "3d2h",
            "8d",
            "2y",
            "2y1d",
            "8y",
        ];
        assert_eq!(found, wanted);
    }
}
