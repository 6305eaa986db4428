//! Times in the language of cron: five fields, or a word such as `@daily`.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use super::MISSED_TIMES_MAX;

/// How far ahead a time is looked for, in days: 29 February of a leap year lies within.
pub(crate) const SCHEDULE_DAYS_MAX: usize = 366 * 8 + 2;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When something happens.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Schedule {
    /// The bits of minute, hour, day, month and weekday, and whether either day is free.
    Fields {
        bits: [u64; 5],
        free: bool,
    },
    Every(SignedDuration),
}

fn field(text: &str, (low, high): (u32, u32), names: &[&str], base: u32) -> Option<u64> {
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let value = |text: &str| {
            let lower = text.to_ascii_lowercase();
            match names.iter().position(|name| *name == lower) {
                Some(at) => u32::try_from(at).ok().map(|at| at + base),
                None => text.parse().ok(),
            }
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (low, high),
            Some((first, last)) => (value(first)?, value(last)?),
            None if part.contains('/') => (value(range)?, high),
            None => (value(range)?, value(range)?),
        };
        if first < low || high < last || last < first {
            return None;
        }
        for at in (first..=last).step_by(usize::try_from(step).ok()?) {
            bits |= 1_u64 << at;
        }
    }
    Some(bits)
}

impl Schedule {
    /// Reads a schedule.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        if let Some(every) = text.strip_prefix("@every ") {
            let every: SignedDuration = every.parse().ok()?;
            return (every.as_secs() > 0).then_some(Self::Every(every));
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
        let bits = [
            field(minute, (0, 59), &[], 0)?,
            field(hour, (0, 23), &[], 0)?,
            field(day, (1, 31), &[], 0)?,
            field(month, (1, 12), &MONTHS, 1)?,
            field(weekday, (0, 7), &DAYS, 0)?,
        ];
        let free = [day, weekday].iter().any(|text| text.starts_with(['*', '?']));
        Some(Self::Fields { bits, free })
    }

    /// Returns the first time after `from`.
    pub(super) fn next(&self, from: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let (bits, free) = match self {
            Self::Every(every) => return from.checked_add(*every).ok(),
            Self::Fields { bits, free } => (bits, *free),
        };
        let has = |bits: u64, at: i8| u32::try_from(at).is_ok_and(|at| bits >> at & 1 == 1);
        let begin = from.to_zoned(zone.clone()).datetime();
        let mut date = begin.date();
        for _ in 0..SCHEDULE_DAYS_MAX {
            let weekday = date.weekday().to_sunday_zero_offset();
            let by_weekday = has(bits[4], weekday) || (weekday == 0 && has(bits[4], 7));
            let by_day = has(bits[2], date.day());
            let fits = if free { by_day && by_weekday } else { by_day || by_weekday };
            if fits && has(bits[3], date.month()) {
                let hours = (0..24).filter(|hour| has(bits[1], *hour));
                let times = hours.flat_map(|hour| {
                    (0..60).filter(|minute| has(bits[0], *minute)).map(move |minute| (hour, minute))
                });
                let mut times = times.map(|(hour, minute)| date.at(hour, minute, 0, 0));
                let found = times.find_map(|at: DateTime| {
                    let at = zone.to_ambiguous_zoned(at).compatible().ok()?.timestamp();
                    (at > from).then_some(at)
                });
                if found.is_some() {
                    return found;
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// Returns the last time after `from` and not after `now`, and the first one after `now`.
    pub(super) fn last_and_next(
        &self,
        from: Timestamp,
        now: Timestamp,
        zone: &TimeZone,
    ) -> (Option<Timestamp>, Option<Timestamp>) {
        let mut last = None;
        let mut at = from;
        for _ in 0..MISSED_TIMES_MAX {
            match self.next(at, zone) {
                Some(next) if next <= now => {
                    last = Some(next);
                    at = next;
                }
                next => return (last, next),
            }
        }
        // Too many were missed: look back from now, further and further.
        let mut back = SignedDuration::from_mins(1);
        while let Ok(begin) = now.checked_sub(back)
            && begin > from
        {
            if let Some(next) = self.next(begin, zone).filter(|next| *next <= now) {
                last = Some(next);
                break;
            }
            back = back.saturating_mul(2);
        }
        (last, self.next(now, zone))
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};

    use super::Schedule;

    fn next(schedule: &str, from: &str) -> Option<String> {
        let from: Timestamp = from.parse().ok()?;
        Some(Schedule::parse(schedule)?.next(from, &TimeZone::UTC)?.to_string())
    }

    #[test]
    fn finds_the_next_time() {
        let cases = [
            ("*/15 * * * *", "2026-01-02T03:04:05Z", "2026-01-02T03:15:00Z"),
            ("0 0 29 2 *", "2026-01-02T03:04:05Z", "2028-02-29T00:00:00Z"),
            ("30 4 1,15 * 5", "2026-01-02T04:30:00Z", "2026-01-09T04:30:00Z"),
            ("@hourly", "2026-01-02T03:00:00Z", "2026-01-02T04:00:00Z"),
            ("@every 90s", "2026-01-02T03:00:00Z", "2026-01-02T03:01:30Z"),
            ("0 12 * jan sun-tue", "2026-01-02T00:00:00Z", "2026-01-04T12:00:00Z"),
        ];
        for (schedule, from, wanted) in cases {
            assert_eq!(next(schedule, from).as_deref(), Some(wanted), "{schedule}");
        }
        assert_eq!(next("0 0 31 2 *", "2026-01-02T00:00:00Z"), None, "never comes");
        assert_eq!(next("61 * * * *", "2026-01-02T00:00:00Z"), None, "no such minute");
    }

    #[test]
    fn counts_no_more_missed_times_than_the_limit() {
        let schedule = Schedule::parse("* * * * *").expect("a schedule");
        let from: Timestamp = "2026-01-02T00:00:00Z".parse().expect("a time");
        let now: Timestamp = "2026-01-09T00:00:30Z".parse().expect("a time");
        let (last, next) = schedule.last_and_next(from, now, &TimeZone::UTC);
        assert_eq!(last.map(|at| at.to_string()).as_deref(), Some("2026-01-09T00:00:00Z"));
        assert_eq!(next.map(|at| at.to_string()).as_deref(), Some("2026-01-09T00:01:00Z"));
    }
}
