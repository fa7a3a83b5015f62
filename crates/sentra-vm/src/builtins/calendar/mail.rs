//! Times as mail and HTTP write them: RFC 1123 and 2822 (`Sun, 06 Nov 1994 08:49:37 GMT`), RFC 850
//! (`Sunday, 06-Nov-94 08:49:37 GMT`) and `asctime` (`Sun Nov  6 08:49:37 1994`).

use jiff::civil::Date;
use jiff::tz::Offset;

use super::iso::day_of_month;
use super::scanner::{Reading, Scanner};
use crate::fault::Fault;

type Result<T> = std::result::Result<T, Box<Fault>>;

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Names of zones that RFC 2822 knows, with their hours from UTC.
const ZONES: [(&str, i32); 13] = [
    ("GMT", 0),
    ("UTC", 0),
    ("UT", 0),
    ("Z", 0),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("-0000", 0),
];

/// Reads a time; years of two digits are taken to be near the present one.
pub(super) fn read(text: &[u8], present_year: i16) -> Result<Reading> {
    let mut scanner = Scanner::new(text);
    let mut weekday = None;
    if scanner.digit_run() == 0 {
        weekday = Some(name(&mut scanner, &DAYS, "a day of the week")?);
        if scanner.eat(b",").is_none() {
            return asctime(&mut scanner, weekday);
        }
        while scanner.eat(b" ").is_some() {}
    }
    let date = date(&mut scanner, present_year)?;
    scanner.spaces()?;
    let time = scanner.time(false)?;
    let offset = if scanner.eat(b" ").is_some() { Some(zone(&mut scanner)?) } else { None };
    comment(&mut scanner);
    scanner.end()?;
    check(&scanner, weekday, date)?;
    Ok(Reading { clock: time.on(date), leap: time.leap, offset })
}

/// The number of a name, whole or of three letters.
fn name(scanner: &mut Scanner, names: &[&str], what: &str) -> Result<i8> {
    let start = scanner.at;
    let word = scanner.word();
    let is =
        |name: &&str| word.eq_ignore_ascii_case(name.as_bytes()) || word.eq_ignore_ascii_case(&name.as_bytes()[..3]);
    match names.iter().position(is) {
        Some(at) => Ok(at as i8 + 1),
        None => Err(scanner.wrong_at(start, &format!("expected {what}"))),
    }
}

/// `06 Nov 1994` or `06-Nov-94`.
fn date(scanner: &mut Scanner, present_year: i16) -> Result<Date> {
    let day_at = scanner.at;
    let digits = scanner.digit_run().clamp(1, 2);
    scanner.number(digits, (1, if digits == 1 { 9 } else { 31 }), "a day")?;
    let separator = scanner.eat(b" -").ok_or_else(|| scanner.wrong("a space"))?;
    let month = name(scanner, &MONTHS, "a month")?;
    scanner.expect(separator)?;
    let year = if scanner.digit_run() == 2 {
        let short = scanner.number(2, (0, 99), "a year")?;
        full_year(short, separator == b'-', present_year)
    } else {
        scanner.number(4, (0, 9999), "a year")?
    };
    let end = std::mem::replace(&mut scanner.at, day_at);
    let date = day_of_month(scanner, year, month, digits)?;
    scanner.at = end;
    Ok(date)
}

/// HTTP takes what would be more than 50 years ahead as past; mail divides at 50.
fn full_year(short: i16, http: bool, present_year: i16) -> i16 {
    if !http {
        return if short < 50 { 2000 + short } else { 1900 + short };
    }
    let year = present_year - present_year.rem_euclid(100) + short;
    if year > present_year + 50 { year - 100 } else { year }
}

/// `Nov  6 08:49:37 1994`, perhaps with a zone before the year.
fn asctime(scanner: &mut Scanner, weekday: Option<i8>) -> Result<Reading> {
    scanner.spaces()?;
    let month = name(scanner, &MONTHS, "a month")?;
    scanner.spaces()?;
    let day_at = scanner.at;
    let digits = scanner.digit_run().clamp(1, 2);
    scanner.number(digits, (1, if digits == 1 { 9 } else { 31 }), "a day")?;
    scanner.spaces()?;
    let time = scanner.time(false)?;
    scanner.spaces()?;
    let mut offset = None;
    if scanner.digit_run() == 0 {
        offset = Some(zone(scanner)?);
        scanner.spaces()?;
    }
    let year = scanner.number(4, (0, 9999), "a year")?;
    scanner.end()?;
    scanner.at = day_at;
    let date = day_of_month(scanner, year, month, digits)?;
    check(scanner, weekday, date)?;
    Ok(Reading { clock: time.on(date), leap: time.leap, offset })
}

fn zone(scanner: &mut Scanner) -> Result<Offset> {
    if let Some(b'+' | b'-') = scanner.peek() {
        return scanner.numeric_offset();
    }
    let start = scanner.at;
    let word = scanner.word();
    match ZONES.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes())) {
        Some(&(_, hours)) => Ok(Offset::from_seconds(hours * 3600).unwrap_or(Offset::UTC)),
        None => Err(scanner.wrong_at(start, "expected a zone such as GMT or +0200")),
    }
}

/// Mail may name the zone once more: ` (CEST)`.
fn comment(scanner: &mut Scanner) {
    let rest = scanner.rest();
    if rest.starts_with(b" (") && rest.ends_with(b")") {
        scanner.at += rest.len();
    }
}

/// The day of the week must be the date's.
fn check(scanner: &Scanner, weekday: Option<i8>, date: Date) -> Result<()> {
    let actual = date.weekday().to_monday_one_offset();
    if weekday.is_none_or(|weekday| weekday == actual) {
        return Ok(());
    }
    Err(scanner.wrong_at(0, &format!("that day is a {},", DAYS[actual as usize - 1])))
}
