//! The words of a filter. Addresses, numbers with names and the words of the language are told
//! apart here; any other word is a name.

use std::net::Ipv6Addr;
use std::ops::Range;

use super::ast::{Address, Protocol};
use super::value::Comparison;
use super::words;

/// A word or sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Number(u32),
    Name(String),
    Address(Address),
    Protocol(Protocol),
    Source,
    Destination,
    Host,
    Net,
    Port,
    PortRange,
    Proto,
    ProtoChain,
    Gateway,
    Mask,
    Broadcast,
    Multicast,
    Less,
    Greater,
    Length,
    Inbound,
    Outbound,
    Interface,
    Vlan,
    Mpls,
    PppoeDiscovery,
    PppoeSession,
    And,
    Or,
    Not,
    Comparison(Comparison, bool),
    Bar,
    Caret,
    Ampersand,
    Shift(u16),
    Plus,
    Minus,
    Factor(u16),
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Colon,
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    pub place: Range<usize>,
    pub message: String,
}

impl Mistake {
    pub fn new(place: Range<usize>, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }
}

pub(super) type Lexed = Result<(usize, Token, usize), Mistake>;

/// The tokens of a text, one by one.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn word(&mut self) -> Result<Token, Mistake> {
        if let Some((token, length)) = colons(self.rest()) {
            self.at += length;
            return self.with_prefix(token);
        }
        let start = self.at;
        let word = word(self.rest());
        self.at += word.len();
        let place = start..self.at;
        if let Some(token) = words::token(word) {
            return Ok(token);
        }
        if let Some(address) = ethernet(word, &['-', '.']) {
            return Ok(Token::Address(Address::Ethernet(address)));
        }
        if word.starts_with(|first: char| first.is_ascii_digit())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return number(word).map(Token::Number).map_err(|message| Mistake::new(place, message));
        }
        match dotted(word) {
            Some(Ok((number, bits))) => self.with_prefix(Token::Address(Address::V4 { number, bits, prefix: None })),
            Some(Err(message)) => Err(Mistake::new(place, message)),
            None => Ok(Token::Name(word.to_string())),
        }
    }

    /// Takes the length of a prefix too, if there is one.
    fn with_prefix(&mut self, token: Token) -> Result<Token, Mistake> {
        let before = self.at;
        self.skip_space();
        let Some(rest) = self.rest().strip_prefix('/') else {
            self.at = before;
            return Ok(token);
        };
        let spaces = rest.len() - rest.trim_start().len();
        let digits = word(rest.trim_start());
        let start = self.at + 1 + spaces;
        self.at = start + digits.len();
        let most = if matches!(token, Token::Address(Address::V6(..))) { 128 } else { 32 };
        let length = number(digits).ok().filter(|&length| length <= most);
        let Some(length) = length else {
            let place = start..self.at.max(start + 1);
            return Err(Mistake::new(place, format!("expected the length of a prefix, 0 to {most}")));
        };
        Ok(match token {
            Token::Address(Address::V4 { number, bits, .. }) => {
                Token::Address(Address::V4 { number, bits, prefix: Some(length) })
            }
            Token::Address(Address::V6(address, _)) => Token::Address(Address::V6(address, Some(length))),
            other => return Err(Mistake::new(before..self.at, format!("{other:?} has no prefix"))),
        })
    }

    fn sign(&mut self) -> Result<Token, Mistake> {
        let found = words::SIGNS.iter().find(|(sign, _)| self.rest().starts_with(sign));
        if let Some((sign, token)) = found {
            self.at += sign.len();
            return Ok(token.clone());
        }
        let first = self.rest().chars().next().unwrap_or_default();
        let place = self.at..self.at + first.len_utf8();
        Err(Mistake::new(place, format!("`{}` has no meaning in a filter", first.escape_debug())))
    }
}

impl Iterator for Lexer<'_> {
    type Item = Lexed;

    fn next(&mut self) -> Option<Lexed> {
        self.skip_space();
        let start = self.at;
        let first = self.rest().chars().next()?;
        let token = match first {
            '\\' => {
                self.at += 1;
                let word = word(self.rest());
                self.at += word.len();
                match word {
                    "" => Err(Mistake::new(start..start + 1, "expected a name after `\\`")),
                    word => Ok(Token::Name(word.to_string())),
                }
            }
            ':' if self.rest().starts_with("::") => self.word(),
            first if first.is_ascii_alphanumeric() => self.word(),
            _ => self.sign(),
        };
        if token.is_err() {
            let failed = token.map(|token| (start, token, self.at));
            self.at = self.text.len();
            return Some(failed);
        }
        Some(token.map(|token| (start, token, self.at)))
    }
}

/// The word at the start: letters, digits, and what may join them.
fn word(text: &str) -> &str {
    let joins = |other: char| !other.is_ascii_alphanumeric() && !matches!(other, '-' | '_' | '.');
    text[..text.find(joins).unwrap_or(text.len())].trim_end_matches(['-', '_'])
}

/// An IPv6 or Ethernet address with colons at the start, and its length.
fn colons(text: &str) -> Option<(Token, usize)> {
    let end = text.find(|other: char| !other.is_ascii_hexdigit() && other != ':' && other != '.').unwrap_or(text.len());
    let run = &text[..end];
    let ends = !text[end..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_');
    if run.bytes().filter(|&byte| byte == b':').count() < 2 || !ends {
        return None;
    }
    let token = match ethernet(run, &[':']) {
        Some(address) => Address::Ethernet(address),
        None => Address::V6(run.parse::<Ipv6Addr>().ok()?, None),
    };
    Some((Token::Address(token), end))
}

fn ethernet(text: &str, separators: &[char]) -> Option<[u8; 6]> {
    let mut address = [0; 6];
    let separator = separators.iter().find(|&&separator| text.contains(separator));
    let digits = match separator {
        Some(&separator) => {
            let parts: Vec<&str> = text.split(separator).collect();
            let width = match parts.len() {
                6 => 2,
                3 => 4,
                _ => return None,
            };
            if parts.iter().any(|part| part.is_empty() || part.len() > width || width == 4 && part.len() != 4) {
                return None;
            }
            parts.iter().map(|part| format!("{part:0>width$}")).collect()
        }
        None => text.to_string(),
    };
    if digits.len() != 12 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, pair) in address.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(address)
}

/// A number as C writes it.
pub(super) fn number(word: &str) -> Result<u32, String> {
    let (digits, base) = match word.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&word[2..], 16),
        [b'0', _, ..] => (&word[1..], 8),
        _ => (word, 10),
    };
    let number = u64::from_str_radix(digits, base).map_err(|_| format!("`{word}` is no number"))?;
    u32::try_from(number).map_err(|_| format!("{word} is more than {}", u32::MAX))
}

/// Two to four decimal numbers with dots, and how many bits they are.
fn dotted(word: &str) -> Option<Result<(u32, u32), String>> {
    let parts: Vec<&str> = word.split('.').collect();
    let numbers = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !numbers || !(2..=4).contains(&parts.len()) {
        return None;
    }
    let bytes: Option<Vec<u8>> = parts.iter().map(|part| part.parse().ok()).collect();
    Some(match bytes {
        Some(bytes) => {
            let number = bytes.iter().fold(0, |number, &byte| number << 8 | u32::from(byte));
            Ok((number, 8 * bytes.len() as u32))
        }
        None => Err(format!("`{word}` is no address: its parts are 0 to 255")),
    })
}
