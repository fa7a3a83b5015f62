//! The times of cookies, which are written in more ways than dates elsewhere (RFC 6265, section
//! 5.1.1): words in any order, of which the first that fit are the time, day, month and year.

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Seconds since 1970; nothing if a part is missing or out of its range.
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    let is_delimiter = |byte: u8| matches!(byte, 0x09 | 0x20..=0x2f | 0x3b..=0x40 | 0x5b..=0x60 | 0x7b..=0x7e);
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for word in text.split(|&byte| is_delimiter(byte)).filter(|word| !word.is_empty()) {
        let found = None;
        let found = found.or_else(|| take(&mut time, || clock(word)));
        let found = found.or_else(|| take(&mut day, || leading_number(word, 1, 2)));
        let found = found.or_else(|| take(&mut month, || month_of(word)));
        let _ = found.or_else(|| take(&mut year, || leading_number(word, 2, 4)));
    }
    let ((hour, minute, second), day, month) = (time?, day?, month?);
    let year = match year? {
        short @ 70..=99 => short + 1900,
        short @ 0..=69 => short + 2000,
        whole => whole,
    };
    let fits = (1..=31).contains(&day) && year >= 1601 && hour <= 23 && minute <= 59 && second <= 59;
    let length = days_before(year, month + 1) - days_before(year, month);
    (fits && day <= length).then(|| (days_before(year, month) + day - 1) * 86400 + hour * 3600 + minute * 60 + second)
}

/// Fills a place that is empty, if the word is fit for it.
fn take<T>(place: &mut Option<T>, read: impl FnOnce() -> Option<T>) -> Option<()> {
    if place.is_some() {
        return None;
    }
    *place = read();
    place.as_ref().map(|_| ())
}

/// A number of that many digits, behind which anything but a digit may stand.
fn leading_number(word: &[u8], least: usize, most: usize) -> Option<i64> {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (least..=most).contains(&digits).then(|| word[..digits].iter().fold(0, |sum, d| sum * 10 + i64::from(d - b'0')))
}

fn clock(word: &[u8]) -> Option<(i64, i64, i64)> {
    let mut parts = word.splitn(3, |&byte| byte == b':');
    let mut next = |is_last: bool| {
        let part = parts.next()?;
        let number = leading_number(part, 1, 2)?;
        (is_last || part.iter().all(u8::is_ascii_digit)).then_some(number)
    };
    Some((next(false)?, next(false)?, next(true)?))
}

fn month_of(word: &[u8]) -> Option<i64> {
    let start = word.get(..3)?;
    MONTHS.iter().position(|month| start.eq_ignore_ascii_case(month.as_bytes())).map(|at| at as i64)
}

/// Days from 1970 to the first of a month, counted from 0; the thirteenth is the next year's first.
fn days_before(year: i64, month: i64) -> i64 {
    let year = year + month / 12;
    // Years begin in March here, so that a leap day is the last of its year.
    let month = month % 12;
    let (year, from_march) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * from_march + 2) / 5 - 719_468
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn all_ways() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "6 nov 1994 8:49:37",
            "1994 06 November 08:49:37.5 +0000",
        ] {
            let parsed = parse(text.as_bytes());
            // The last has its year where a day may stand: four digits are no day.
            assert_eq!(parsed, Some(784_111_777), "{text}");
        }
        assert_eq!(parse(b"Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(parse(b"29 Feb 2024 00:00:00"), Some(1_709_164_800));
        assert_eq!(parse(b"31 Dec 1969 23:59:59"), Some(-1));
    }

    #[test]
    fn no_time() {
        for text in [
            "",
            "tomorrow",
            "06 Nov 1994",
            "06 Nov 1994 24:00:00",
            "06 Nov 1994 08:60:00",
            "32 Nov 1994 08:49:37",
            "31 Nov 1994 08:49:37",
            "29 Feb 2023 00:00:00",
            "0 Nov 1994 08:49:37",
            "06 Nov 1600 08:49:37",
            "06 Nov 08:49:37",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
