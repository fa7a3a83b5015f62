//! Formats: the well-known ones by name, others by the letters of `strftime`.

use std::fmt::Display;

use jiff::fmt::strtime::{BrokenDownTime, Config, PosixCustom};
use jiff::tz::TimeZone;

use super::moment::Moment;
use super::scanner::{self, Reading};
use super::{iso, mail, zone};
use crate::fault::Fault;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// The longest format.
const LONGEST: usize = 4096;

/// A format.
pub(super) enum Format<'a> {
    Rfc3339,
    /// As `now` writes it: always with milliseconds.
    Iso,
    /// ISO 8601 with the week: `2026-W47-6`.
    Week,
    /// As HTTP demands: always GMT.
    Http,
    /// As mail writes it: with the zone's offset.
    Mail,
    Rfc850,
    Asctime,
    Pattern(&'a str),
}

const NAMES: [(&str, Format<'static>); 9] = [
    ("rfc3339", Format::Rfc3339),
    ("iso", Format::Iso),
    ("iso8601", Format::Iso),
    ("week", Format::Week),
    ("http", Format::Http),
    ("rfc1123", Format::Http),
    ("rfc2822", Format::Mail),
    ("rfc850", Format::Rfc850),
    ("asctime", Format::Asctime),
];

impl<'a> Format<'a> {
    /// The format that a script means.
    pub fn parse(text: &'a [u8]) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(Fault::new("time", format!("a format has at most {LONGEST} bytes, got {}", text.len())));
        }
        let text = str::from_utf8(text).map_err(|_| Fault::new("time", "a format is UTF-8"))?;
        if text.contains('%') {
            return Ok(Self::Pattern(text));
        }
        let known = NAMES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        known.map(|(_, format)| format).ok_or_else(|| {
            let names = NAMES.map(|(name, _)| name).join(", ");
            let text: String = text.chars().take(60).collect();
            Fault::new("time", format!("unknown time format `{text}` (known: {names}, or letters as in `%Y-%m-%d`)"))
        })
    }

    /// The moment in this format.
    pub fn write(&self, moment: Moment, zone: &TimeZone) -> Result<String> {
        let in_zone = || moment.broken_down(zone);
        let in_gmt = || moment.broken_down(&TimeZone::UTC);
        let time = match self {
            Self::Http | Self::Rfc850 => in_gmt()?,
            _ => in_zone()?,
        };
        let is_utc = time.offset().is_some_and(|offset| offset.is_zero());
        match (self, is_utc) {
            (Self::Rfc3339, _) => {
                let fraction = if time.subsec_nanosecond().unwrap_or(0) < 1_000_000 { "" } else { "%.3f" };
                let offset = if is_utc { "Z" } else { "%:z" };
                strftime(&format!("%FT%T{fraction}{offset}"), &time)
            }
            (Self::Iso, true) => strftime("%FT%T%.3fZ", &time),
            (Self::Iso, false) => strftime("%FT%T%.3f%:z", &time),
            (Self::Week, _) => strftime("%G-W%V-%u", &time),
            (Self::Http, _) => strftime("%a, %d %b %Y %T GMT", &time),
            (Self::Mail, _) => strftime("%a, %d %b %Y %T %z", &time),
            (Self::Rfc850, _) => strftime("%A, %d-%b-%y %T GMT", &time),
            (Self::Asctime, _) => strftime("%a %b %e %T %Y", &time),
            (Self::Pattern(pattern), _) => strftime(pattern, &time),
        }
    }

    /// The moment that a text means in this format; `zone` holds where the text has none.
    pub fn read(&self, text: &[u8], zone: &TimeZone) -> Result<Moment> {
        let text = text.trim_ascii();
        let reading = match self {
            Self::Rfc3339 | Self::Iso | Self::Week => iso::read(text)?,
            Self::Http | Self::Mail | Self::Rfc850 | Self::Asctime => mail::read(text, present_year())?,
            Self::Pattern(pattern) => return strptime(pattern, text, zone),
        };
        moment(&reading, text, zone)
    }
}

/// The moment that a text means which may be in any well-known format.
pub(super) fn read_any(text: &[u8], zone: &TimeZone) -> Result<Moment> {
    let text = text.trim_ascii();
    // Mail writes letters before the third digit.
    let is_mail = text.iter().take(4).any(u8::is_ascii_alphabetic);
    let reading = if is_mail { mail::read(text, present_year())? } else { iso::read(text)? };
    moment(&reading, text, zone)
}

fn present_year() -> i16 {
    Moment::now().local(&TimeZone::UTC).map_or(2000, |local| local.clock.year())
}

fn moment(reading: &Reading, text: &[u8], zone: &TimeZone) -> Result<Moment> {
    let moment = match reading.offset {
        Some(offset) => Moment::with_offset(reading.clock, offset),
        None => Moment::in_zone(reading.clock, zone),
    };
    if !reading.leap {
        return Ok(moment);
    }
    // Time as computers count it has no leap seconds: one falls on the second that follows.
    let moment = moment.plus_second();
    if moment.is_within_first_second_of_a_month() {
        return Ok(moment);
    }
    let at = text.windows(2).rposition(|pair| pair == b"60").unwrap_or(0);
    Err(scanner::wrong(text, at, "no minute but the last of a month (UTC) has a second 60,"))
}

/// The most characters of a format, or of what is wrong with it, in a message.
const MOST_SHOWN: usize = 200;

/// What a message may show: reasons may repeat the whole of a text that came from elsewhere.
fn cut(text: impl Display) -> String {
    let text = text.to_string();
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn strftime(pattern: &str, time: &BrokenDownTime) -> Result<String> {
    let mut out = String::new();
    let config = Config::new().custom(PosixCustom::new());
    match time.format_with_config(&config, pattern, &mut out) {
        Ok(()) => Ok(out),
        Err(error) => Err(Fault::new("time", format!("cannot format a time by `{}`: {}", cut(pattern), cut(error)))),
    }
}

fn strptime(pattern: &str, text: &[u8], zone: &TimeZone) -> Result<Moment> {
    let unfit = |at: usize, error: &jiff::Error| {
        scanner::wrong(text, at, &format!("it does not fit the format `{}` ({}),", cut(pattern), cut(error)))
    };
    let time = BrokenDownTime::parse(pattern, text).map_err(|error| unfit(fitting(pattern, text), &error))?;
    if let Some(timestamp) = time.timestamp() {
        return Ok(Moment::at(timestamp));
    }
    let clock = time.to_datetime().map_err(|error| unfit(0, &error))?;
    if let Some(offset) = time.offset() {
        return Ok(Moment::with_offset(clock, offset));
    }
    match time.iana_time_zone() {
        Some(name) => Ok(Moment::in_zone(clock, &zone::zone(name.as_bytes())?)),
        None => Ok(Moment::in_zone(clock, zone)),
    }
}

/// How far a text fits a format: to the end of what the longest fitting start of the format takes.
fn fitting(pattern: &str, text: &[u8]) -> usize {
    let starts = (1..=pattern.len()).rev().filter(|&end| pattern.is_char_boundary(end));
    let taken = |end: usize| BrokenDownTime::parse_prefix(&pattern[..end], text).ok().map(|(_, taken)| taken);
    starts.take(LONGEST).find_map(taken).unwrap_or(0)
}
