//! Dates in HTTP fields (RFC 9110, section 5.6.7), as seconds since 1970.

const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY: u64 = 86_400;
/// The last second of the year 9999: what is later cannot be written.
const LAST: u64 = 253_402_300_799;

/// How long a written date is.
pub const LEN: usize = 29;

/// A time as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn write(seconds: u64) -> [u8; LEN] {
    let seconds = seconds.min(LAST);
    let (days, rest) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = civil(days);
    let mut out = *b"Thu, 01 Jan 1970 00:00:00 GMT";
    out[..3].copy_from_slice(&DAYS[(days % 7) as usize].as_bytes()[..3]);
    out[8..11].copy_from_slice(MONTHS[month as usize - 1].as_bytes());
    two(&mut out[5..7], day);
    two(&mut out[12..14], year / 100);
    two(&mut out[14..16], year % 100);
    two(&mut out[17..19], rest / 3600);
    two(&mut out[20..22], rest / 60 % 60);
    two(&mut out[23..25], rest % 60);
    out
}

fn two(out: &mut [u8], number: u64) {
    out[0] = b'0' + (number / 10) as u8;
    out[1] = b'0' + (number % 10) as u8;
}

/// The year, month and day of a number of days since 1970; years begin in March meanwhile, so
/// that the odd day of leap years is the last.
pub fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// The days since 1970 of a date that may not exist: then they are those of another.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, year_of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    (era * 146_097 + of_era).checked_sub(719_468)
}

/// Reads a date in the form that is written today or one of the two that recipients must still
/// take (RFC 850 and `asctime`). A year of two digits that seems more than 50 years after `now`
/// is one of the past. Nothing for anything else, or a time before 1970.
pub fn read(text: &[u8], now: u64) -> Option<u64> {
    match text.get(3)? {
        b',' => imf(text),
        b' ' => asctime(text),
        _ => rfc850(text, now),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf(text: &[u8]) -> Option<u64> {
    let shape = text.len() == LEN && text[3..5] == *b", " && text[7] == b' ' && text[11] == b' ' && text[16] == b' ';
    if !shape || text[25..] != *b" GMT" {
        return None;
    }
    let weekday = weekday(&text[..3], false)?;
    time(weekday, digits(&text[12..16])?, month(&text[8..11])?, digits(&text[5..7])?, &text[17..25])
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(text: &[u8]) -> Option<u64> {
    if text.len() != 24 || text[7] != b' ' || text[10] != b' ' || text[19] != b' ' {
        return None;
    }
    let day = if text[8] == b' ' { digits(&text[9..10])? } else { digits(&text[8..10])? };
    time(weekday(&text[..3], false)?, digits(&text[20..])?, month(&text[4..7])?, day, &text[11..19])
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc850(text: &[u8], now: u64) -> Option<u64> {
    let comma = text.iter().position(|&byte| byte == b',')?;
    let weekday = weekday(&text[..comma], true)?;
    let rest = &text[comma + 1..];
    let shape = rest.len() == 23 && rest[0] == b' ' && rest[3] == b'-' && rest[7] == b'-' && rest[10] == b' ';
    if !shape || rest[19..] != *b" GMT" {
        return None;
    }
    let present = civil(now / DAY).0;
    let mut year = present / 100 * 100 + digits(&rest[8..10])?;
    if year > present + 50 {
        year -= 100;
    }
    time(weekday, year, month(&rest[4..7])?, digits(&rest[1..3])?, &rest[11..19])
}

/// Puts a time together if all of it is possible and the day of the week is the right one.
fn time(weekday: u64, year: u64, month: u64, day: u64, clock: &[u8]) -> Option<u64> {
    let days = days(year, month, day).filter(|&days| civil(days) == (year, month, day))?;
    let [hour, minute, second] = [digits(&clock[..2])?, digits(&clock[3..5])?, digits(&clock[6..])?];
    let possible = clock[2] == b':' && clock[5] == b':' && hour < 24 && minute < 60 && second <= 60;
    (possible && days % 7 == weekday).then_some(days * DAY + hour * 3600 + minute * 60 + second)
}

fn digits(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0')))
}

fn month(name: &[u8]) -> Option<u64> {
    MONTHS.iter().position(|month| month.as_bytes() == name).map(|at| at as u64 + 1)
}

fn weekday(name: &[u8], whole: bool) -> Option<u64> {
    let is = |day: &&str| if whole { day.as_bytes() == name } else { day.as_bytes()[..3] == *name };
    DAYS.iter().position(is).map(|at| at as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: u64 = 784_111_777;

    #[test]
    fn the_three_forms() {
        let now = 1_700_000_000;
        assert_eq!(&write(EXAMPLE), b"Sun, 06 Nov 1994 08:49:37 GMT");
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(read(text.as_bytes(), now), Some(EXAMPLE), "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in 0..146_097 {
            let seconds = day * DAY + day * 7919 % DAY;
            assert_eq!(read(&write(seconds), 0), Some(seconds));
        }
        assert_eq!(&write(u64::MAX), b"Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(&write(951_782_400), b"Tue, 29 Feb 2000 00:00:00 GMT");
    }

    #[test]
    fn what_is_no_date() {
        let wrong = [
            "",
            "Sun",
            "0",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 31 Feb 1999 00:00:00 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            "Sun Nov 06 08:49:37 1994 GMT",
            "Sat, 01 Jan 0000 00:00:00 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
        ];
        for text in wrong {
            assert_eq!(read(text.as_bytes(), 0), None, "{text}");
        }
    }

    #[test]
    fn years_of_two_digits() {
        let of_2024 = 1_720_000_000;
        assert_eq!(read(b"Wednesday, 01-Jan-74 00:00:00 GMT", of_2024), None, "2074 begins on a Monday");
        assert_eq!(read(b"Monday, 01-Jan-74 00:00:00 GMT", of_2024), Some(3_281_990_400));
        assert_eq!(read(b"Wednesday, 01-Jan-75 00:00:00 GMT", of_2024), Some(157_766_400));
    }
}
