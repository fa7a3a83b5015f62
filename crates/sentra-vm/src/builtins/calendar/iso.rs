//! Times as ISO 8601 and RFC 3339 write them: dates by month, week or day of the year, with
//! or without dashes and colons.

use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::Offset;

use super::scanner::{Reading, Scanner, Time};
use crate::fault::Fault;

type Result<T> = std::result::Result<T, Box<Fault>>;

pub(super) fn read(text: &[u8]) -> Result<Reading> {
    let mut scanner = Scanner::new(text);
    let date = date(&mut scanner)?;
    let mut time = Time::default();
    let mut offset = None;
    if scanner.eat(b"Tt ").is_some() {
        time = scanner.time(true)?;
        offset = zone(&mut scanner)?;
    }
    scanner.end()?;
    Ok(Reading { clock: time.on(date), leap: time.leap, offset })
}

fn date(scanner: &mut Scanner) -> Result<Date> {
    let year = year(scanner)?;
    let dashes = scanner.eat(b"-").is_some();
    if scanner.eat(b"Ww").is_some() {
        return week_date(scanner, year, dashes);
    }
    let start = scanner.at;
    if scanner.digit_run() == 3 {
        let days = if Date::new(year, 1, 1).is_ok_and(Date::in_leap_year) { 366 } else { 365 };
        let day = scanner.number(3, (1, days), "a day of the year")?;
        let first = Date::new(year, 1, 1).map_err(|_| scanner.wrong_at(0, "no such year"))?;
        return first.with().day_of_year(day).build().map_err(|_| scanner.wrong_at(start, "no such day"));
    }
    let month = scanner.number(2, (1, 12), "a month")?;
    if dashes {
        scanner.expect(b'-')?;
    }
    day_of_month(scanner, year, month as i8, 2)
}

/// The day of a month that exists, in so many digits.
pub(super) fn day_of_month(scanner: &mut Scanner, year: i16, month: i8, digits: usize) -> Result<Date> {
    let first = Date::new(year, month, 1).map_err(|_| scanner.wrong_at(0, "no such year"))?;
    let day = scanner.number(digits, (1, i16::from(first.days_in_month())), "a day")?;
    Date::new(year, month, day as i8).map_err(|_| scanner.wrong("a day"))
}

/// Four digits, or a sign and six.
fn year(scanner: &mut Scanner) -> Result<i16> {
    match scanner.eat(b"+-") {
        None => scanner.number(4, (0, 9999), "a year"),
        Some(sign) => {
            if !scanner.rest().starts_with(b"00") {
                return Err(scanner.wrong("a year from 000000 to 009999"));
            }
            scanner.at += 2;
            let year = scanner.number(4, (0, 9999), "a year")?;
            Ok(if sign == b'-' { -year } else { year })
        }
    }
}

/// What follows `2026-W`: the week, and a day unless Monday is meant.
fn week_date(scanner: &mut Scanner, year: i16, dashes: bool) -> Result<Date> {
    let monday = Weekday::Monday;
    let weeks = ISOWeekDate::new(year, 1, monday).map_err(|_| scanner.wrong_at(0, "no such year"))?.weeks_in_year();
    let week = scanner.number(2, (1, i16::from(weeks)), "a week")? as i8;
    let has_day = if dashes { scanner.eat(b"-").is_some() } else { scanner.digit_run() > 0 };
    let day = if has_day { scanner.number(1, (1, 7), "a day of the week")? } else { 1 };
    let weekday = Weekday::from_monday_one_offset(day as i8).unwrap_or(monday);
    let date = ISOWeekDate::new(year, week, weekday).map_err(|_| scanner.wrong_at(0, "no such day"))?;
    Ok(date.date())
}

/// `Z`, `+02:00` and the like, `UTC` or `GMT`, perhaps behind a space.
fn zone(scanner: &mut Scanner) -> Result<Option<Offset>> {
    scanner.eat(b" ");
    match scanner.peek() {
        None => Ok(None),
        Some(b'+' | b'-') => scanner.numeric_offset().map(Some),
        Some(_) => {
            let start = scanner.at;
            match scanner.word() {
                b"Z" | b"z" | b"UTC" | b"GMT" => Ok(Some(Offset::UTC)),
                _ => Err(scanner.wrong_at(start, "expected an offset such as Z or +02:00")),
            }
        }
    }
}
