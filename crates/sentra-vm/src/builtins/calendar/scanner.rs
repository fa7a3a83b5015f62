//! A text that is read from left to right; whatever does not fit is a fault that names its place.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use crate::fault::Fault;
use crate::show;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// What a text says of a moment.
pub(super) struct Reading {
    pub clock: DateTime,
    /// Whether the second was written 60; the clock then has 59.
    pub leap: bool,
    pub offset: Option<Offset>,
}

/// A time of day with microseconds.
#[derive(Default)]
pub(super) struct Time {
    pub hour: i8,
    pub minute: i8,
    pub second: i8,
    pub microsecond: i32,
    pub leap: bool,
}

impl Time {
    pub fn on(&self, date: Date) -> DateTime {
        date.at(self.hour, self.minute, self.second, self.microsecond * 1000)
    }
}

pub(super) struct Scanner<'a> {
    text: &'a [u8],
    pub at: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    pub fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Takes one of some bytes.
    pub fn eat(&mut self, bytes: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| bytes.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    pub fn expect(&mut self, byte: u8) -> Result<()> {
        match self.eat(&[byte]) {
            Some(_) => Ok(()),
            None => Err(self.wrong(&format!("`{}`", char::from(byte)))),
        }
    }

    /// Takes spaces, at least one.
    pub fn spaces(&mut self) -> Result<()> {
        self.expect(b' ').map_err(|_| self.wrong("a space"))?;
        while self.eat(b" ").is_some() {}
        Ok(())
    }

    /// How many digits come next.
    pub fn digit_run(&self) -> usize {
        self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Takes the letters that come next.
    pub fn word(&mut self) -> &'a [u8] {
        let len = self.rest().iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word = &self.rest()[..len];
        self.at += len;
        word
    }

    /// Takes a number of so many digits that lies within bounds.
    pub fn number(&mut self, digits: usize, (least, most): (i16, i16), what: &str) -> Result<i16> {
        let start = self.at;
        let taken = self.rest().get(..digits).filter(|taken| taken.iter().all(u8::is_ascii_digit));
        let number = taken.and_then(|taken| str::from_utf8(taken).ok()?.parse().ok());
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => {
                self.at = start + digits;
                Ok(number)
            }
            None => Err(self.wrong(&format!("{what} from {least:0digits$} to {most:0digits$}"))),
        }
    }

    /// A part of a time of day: two digits below a bound.
    fn clock_part(&mut self, most: i16, what: &str) -> Result<i8> {
        self.number(2, (0, most), what).map(|number| number as i8)
    }

    /// `HH:MM[:SS[.fraction]]`, or without the colons where `basic` allows it.
    pub fn time(&mut self, basic: bool) -> Result<Time> {
        let mut time = Time { hour: self.clock_part(23, "an hour")?, ..Time::default() };
        let colons = self.eat(b":").is_some();
        if !colons && (!basic || self.digit_run() == 0) {
            return if basic { Ok(time) } else { Err(self.wrong("`:`")) };
        }
        time.minute = self.clock_part(59, "a minute")?;
        let seconds = if colons { self.eat(b":").is_some() } else { self.digit_run() > 0 };
        if seconds {
            let second = self.clock_part(60, "a second")?;
            time.leap = second == 60;
            time.second = second.min(59);
            if self.eat(b".,").is_some() {
                time.microsecond = self.fraction()?;
            }
        }
        Ok(time)
    }

    /// The digits of a fraction as microseconds; further ones are dropped.
    fn fraction(&mut self) -> Result<i32> {
        let digits = self.digit_run();
        if digits == 0 {
            return Err(self.wrong("digits of a fraction"));
        }
        let digit = |at: usize| self.rest().get(at).filter(|_| at < digits).map_or(0, |byte| i32::from(byte - b'0'));
        let fraction = (0..6).fold(0, |sum, at| sum * 10 + digit(at));
        self.at += digits;
        Ok(fraction)
    }

    /// `+HH`, `+HHMM`, `+HH:MM`, `+HH:MM:SS`, or with `-`.
    pub fn numeric_offset(&mut self) -> Result<Offset> {
        let sign = if self.eat(b"+-") == Some(b'-') { -1 } else { 1 };
        let mut seconds = i32::from(self.clock_part(23, "hours")?) * 3600;
        let colon = self.eat(b":").is_some();
        if colon || self.digit_run() > 0 {
            seconds += i32::from(self.clock_part(59, "minutes")?) * 60;
            if if colon { self.eat(b":").is_some() } else { self.digit_run() > 0 } {
                seconds += i32::from(self.clock_part(59, "seconds")?);
            }
        }
        Ok(Offset::from_seconds(sign * seconds).unwrap_or(Offset::UTC))
    }

    pub fn end(&self) -> Result<()> {
        if self.at == self.text.len() { Ok(()) } else { Err(self.wrong("the end")) }
    }

    /// A fault: something else should stand here.
    #[cold]
    pub fn wrong(&self, expected: &str) -> Box<Fault> {
        wrong(self.text, self.at, &format!("expected {expected}"))
    }

    /// A fault: what stands at a place does not fit.
    #[cold]
    pub fn wrong_at(&self, at: usize, why: &str) -> Box<Fault> {
        wrong(self.text, at, why)
    }
}

/// "…" is no time: why, at a place.
#[cold]
pub(super) fn wrong(text: &[u8], at: usize, why: &str) -> Box<Fault> {
    let mut shown = Vec::new();
    show::quote(&mut shown, &text[..text.len().min(60)]);
    let place = String::from_utf8_lossy(&text[..at]).chars().count() + 1;
    Fault::new("parse", format!("{} is no time: {why} at character {place}", String::from_utf8_lossy(&shown)))
}
