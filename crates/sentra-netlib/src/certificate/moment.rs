//! Points in time as certificates write them.

use std::fmt::{self, Display, Formatter};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::code::der::Der;

/// Seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const DAY: i64 = 86_400;

impl Moment {
    /// Now.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self(since.map_or(0, |since| since.as_secs() as i64))
    }

    /// As ISO 8601 has it: `2024-01-31T12:00:00Z`.
    pub fn iso(self) -> String {
        self.to_string().replacen(' ', "T", 1).replace(" UTC", "Z")
    }

    /// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280, 4.1.2.5).
    pub(crate) fn read(der: &mut Der<'_>) -> Option<Self> {
        let (tag, bytes) = der.element()?;
        let digits = bytes.strip_suffix(b"Z")?;
        let (year, rest) = match tag {
            UTC_TIME => {
                let (year, rest) = two(digits)?;
                (if year < 50 { 2000 + year } else { 1900 + year }, rest)
            }
            GENERALIZED_TIME => {
                let (century, rest) = two(digits)?;
                let (year, rest) = two(rest)?;
                (100 * century + year, rest)
            }
            _ => return None,
        };
        let (month, rest) = two(rest)?;
        let (day, rest) = two(rest)?;
        let (hour, rest) = two(rest)?;
        let (minute, rest) = two(rest)?;
        let (second, rest) = two(rest)?;
        let fits = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
        (fits && rest.is_empty()).then(|| Self(days(year, month, day) * DAY + (hour * 60 + minute) * 60 + second))
    }
}

/// Two digits, and what follows.
fn two(digits: &[u8]) -> Option<(i64, &[u8])> {
    let (&[tens, ones], rest) = digits.split_first_chunk()?;
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| (i64::from(tens - b'0') * 10 + i64::from(ones - b'0'), rest))
}

/// Days from 1970 to a day of the Gregorian calendar; years begin in March, so that a leap day
/// is the last of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month < 3 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// The day so many days after 1970: its year, month and day.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (400 * era + year + i64::from(month < 3), month, day)
}

impl Display for Moment {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0.div_euclid(DAY));
        let seconds = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(out, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Moment, date, days};

    #[test]
    fn days_and_dates_agree() {
        for number in -800_000..2_932_897 {
            let (year, month, day) = date(number);
            assert_eq!(days(year, month, day), number);
        }
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(Moment(days(2024, 2, 29) * DAY + 3661).to_string(), "2024-02-29 01:01:01 UTC");
    }
}
