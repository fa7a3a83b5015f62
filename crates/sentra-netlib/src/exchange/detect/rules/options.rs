//! The options of a rule.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::content::{Content, Contents};
use super::limit::{Counting, Wanted};
use super::scanner::{Part, options};
use super::{Mistake, Result};
use crate::code::hex;
use crate::wire::packet::tcp;

/// A number or a range of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(u64, u64);

impl Span {
    pub fn holds(self, number: u64) -> bool {
        (self.0..=self.1).contains(&number)
    }

    /// `5`, `<5`, `>5`, `3<>5`.
    fn parse(part: &Part) -> Result<Self> {
        let wrong = || Mistake::new(part.place(), "expected a number, `<5`, `>5` or `3<>5`");
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
        let text = part.text;
        if let Some((first, last)) = text.split_once("<>") {
            return Ok(Self(number(first)? + 1, number(last)?.checked_sub(1).ok_or_else(wrong)?));
        }
        match text.as_bytes().first() {
            Some(b'<') => Ok(Self(0, number(&text[1..])?.checked_sub(1).ok_or_else(wrong)?)),
            Some(b'>') => Ok(Self(number(&text[1..])?.checked_add(1).ok_or_else(wrong)?, u64::MAX)),
            _ => number(text).map(|number| Self(number, number)),
        }
    }
}

/// Which flags are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags {
    wanted: u16,
    ignored: u16,
    how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Exactly,
    All,
    Any,
    Not,
}

impl Flags {
    pub fn hold(self, flags: tcp::Flags) -> bool {
        let flags = flags.0 & 0xff & !self.ignored;
        match self.how {
            How::Exactly => flags == self.wanted,
            How::All => flags & self.wanted == self.wanted,
            How::Any => flags & self.wanted != 0,
            How::Not => flags & self.wanted == 0,
        }
    }

    fn parse(part: &Part) -> Result<Self> {
        let letters = |part: &Part| {
            part.text.bytes().try_fold(0, |flags, letter| match letter {
                b'0' => Ok(flags),
                letter => match b"FSRPAUEC".iter().position(|known| *known == letter.to_ascii_uppercase()) {
                    Some(bit) => Ok(flags | 1 << bit),
                    None => Err(Mistake::new(part.place(), "expected flags such as `S`, `SA+` or `S,CE`")),
                },
            })
        };
        let parts = part.list();
        let first = &parts[0];
        let (how, cut) = match first.text.as_bytes() {
            [b'+', ..] => (How::All, first.cut(1..first.text.len())),
            [b'*', ..] => (How::Any, first.cut(1..first.text.len())),
            [b'!', ..] => (How::Not, first.cut(1..first.text.len())),
            [.., b'+'] => (How::All, first.cut(0..first.text.len() - 1)),
            [.., b'*'] => (How::Any, first.cut(0..first.text.len() - 1)),
            _ => (How::Exactly, first.clone()),
        };
        let ignored = parts.get(1).map_or(Ok(0), letters)?;
        Ok(Self { wanted: letters(&cut)?, ignored, how })
    }
}

/// Which part of a conversation it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    established: Option<bool>,
    from_client: Option<bool>,
}

impl Flow {
    pub fn holds(self, connection: Option<(bool, bool)>) -> bool {
        if self == Self::default() {
            return true;
        }
        let Some((established, from_client)) = connection else { return false };
        self.established.is_none_or(|wanted| wanted == established)
            && self.from_client.is_none_or(|wanted| wanted == from_client)
    }

    fn parse(part: &Part) -> Result<Self> {
        let mut flow = Self::default();
        for word in part.list() {
            match word.text {
                "established" => flow.established = Some(true),
                "not_established" => flow.established = Some(false),
                "stateless" => {}
                "to_server" | "from_client" => flow.from_client = Some(true),
                "to_client" | "from_server" => flow.from_client = Some(false),
                _ => {
                    let message = "expected `established`, `not_established`, `stateless`, `to_server` or `to_client`";
                    return Err(Mistake::new(word.place(), message));
                }
            }
        }
        Ok(flow)
    }
}

pub(super) struct Options {
    pub message: String,
    pub contents: Contents,
    pub flags: Option<Flags>,
    pub flow: Flow,
    pub size: Option<Span>,
    pub kind: Option<Span>,
    pub code: Option<Span>,
    pub limit: Option<Wanted>,
    pub sid: u32,
    pub revision: u32,
    pub class: String,
    pub priority: u32,
}

const KNOWN: &str = "msg, content, nocase, depth, offset, distance, within, startswith, endswith, pcre, flags, flow, \
                     dsize, itype, icode, threshold, detection_filter, sid, rev, classtype, priority";

impl Options {
    /// Reads what stands in the parentheses that open at a place of a line.
    pub fn parse(line: &str, open: usize) -> Result<Self> {
        let end = line.trim_end().len();
        if open >= end || !line[..end].ends_with(')') {
            return Err(Mistake::new(end.max(1) - 1..end.max(1), "expected options in parentheses at the end"));
        }
        let inner = Part { text: &line[open + 1..end - 1], start: open + 1 };
        let mut found = Self {
            message: String::new(),
            contents: Contents::default(),
            flags: None,
            flow: Flow::default(),
            size: None,
            kind: None,
            code: None,
            limit: None,
            sid: 0,
            revision: 1,
            class: String::new(),
            priority: 0,
        };
        for (keyword, value) in options(&inner) {
            found.option(&keyword, value)?;
        }
        let whole = open..end;
        if found.message.is_empty() {
            return Err(Mistake::new(whole, "expected a message: `msg:\"…\";`"));
        }
        if found.sid == 0 {
            return Err(Mistake::new(whole, "expected a number of the rule: `sid:…;`"));
        }
        if found.priority == 0 {
            found.priority = priority(&found.class);
        }
        Ok(found)
    }

    fn option(&mut self, keyword: &Part, value: Option<Part>) -> Result<()> {
        let need = || value.clone().ok_or_else(|| Mistake::new(keyword.place(), "expected `:` and a value after this"));
        match keyword.text {
            "msg" => self.message = text(&need()?)?,
            "content" => self.contents.list.push(content(&need()?)?),
            "pcre" => self.contents.patterns.push(pattern(&need()?)?),
            "nocase" => self.last(keyword)?.ignore_case(),
            "offset" => self.last(keyword)?.offset = integer(&need()?, 0)?,
            "depth" => {
                let value = need()?;
                let content = self.last(keyword)?;
                content.depth = Some(integer(&value, content.bytes.len() as i64)?);
            }
            "distance" => {
                let distance = integer(&need()?, -65_535)?;
                let content = self.last(keyword)?;
                (content.relative, content.offset) = (true, distance);
            }
            "within" => {
                let value = need()?;
                let content = self.last(keyword)?;
                content.relative = true;
                content.depth = Some(integer(&value, content.bytes.len() as i64)?);
            }
            "startswith" => {
                let content = self.last(keyword)?;
                content.depth = Some(content.bytes.len() as i64);
            }
            "endswith" => self.last(keyword)?.at_end = true,
            "flags" => self.flags = Some(Flags::parse(&need()?)?),
            "flow" => self.flow = Flow::parse(&need()?)?,
            "dsize" => self.size = Some(Span::parse(&need()?)?),
            "itype" => self.kind = Some(Span::parse(&need()?)?),
            "icode" => self.code = Some(Span::parse(&need()?)?),
            "threshold" | "detection_filter" => self.limit = Some(limit(&need()?, keyword.text == "threshold")?),
            "sid" => self.sid = integer(&need()?, 1)? as u32,
            "rev" => self.revision = integer(&need()?, 1)? as u32,
            "classtype" => self.class = need()?.text.to_string(),
            "priority" => self.priority = integer(&need()?, 1)? as u32,
            // They say nothing about packets.
            "reference" | "metadata" | "gid" | "fast_pattern" | "rawbytes" => {}
            _ => return Err(Mistake::new(keyword.place(), format!("there is no such option here (known: {KNOWN})"))),
        }
        Ok(())
    }

    fn last(&mut self, keyword: &Part) -> Result<&mut Content> {
        let message = "expected a `content` before this";
        self.contents.list.last_mut().ok_or_else(|| Mistake::new(keyword.place(), message))
    }
}

fn integer(part: &Part, least: i64) -> Result<i64> {
    let number = part.text.parse::<i64>().ok().filter(|number| *number >= least && *number <= i64::from(u32::MAX));
    number.ok_or_else(|| Mistake::new(part.place(), format!("expected a number from {least} on")))
}

fn inside_quotes<'l>(part: &Part<'l>) -> Result<Part<'l>> {
    let inner = part.text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) => Ok(Part { text: inner, start: part.start + 1 }),
        None => Err(Mistake::new(part.place(), "expected a text in quotes")),
    }
}

fn text(part: &Part) -> Result<String> {
    let inner = inside_quotes(part)?;
    let mut text = String::new();
    let mut chars = inner.text.chars();
    while let Some(char) = chars.next() {
        text.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    Ok(text)
}

fn content(part: &Part) -> Result<Content> {
    let (not, part) = match part.text.strip_prefix('!') {
        Some(_) => (true, part.cut(1..part.text.len()).trimmed()),
        None => (false, part.clone()),
    };
    let inner = inside_quotes(&part)?;
    let mut bytes = vec![];
    let mut rest = inner.text.char_indices();
    while let Some((at, char)) = rest.next() {
        match char {
            '\\' => bytes.extend(rest.next().into_iter().flat_map(|(_, char)| char.to_string().into_bytes())),
            '|' => {
                let digits: String = rest.by_ref().map(|(_, char)| char).take_while(|char| *char != '|').collect();
                let pairs = digits.split_whitespace().collect::<String>();
                let wrong = || Mistake::new(inner.start + at..inner.start + at + 1, "expected bytes such as `|0d 0a|`");
                let mut decoded = vec![0; pairs.len() / 2];
                hex::decode_into(pairs.as_bytes(), &mut decoded).map_err(|_| wrong())?;
                bytes.extend(decoded);
            }
            char => bytes.extend(char.to_string().into_bytes()),
        }
    }
    if bytes.is_empty() {
        return Err(Mistake::new(part.place(), "expected bytes to look for"));
    }
    Ok(Content::new(bytes, not))
}

/// `"/…/flags"`, run in linear time: without references back and without looking around.
fn pattern(part: &Part) -> Result<(bool, Regex)> {
    const SIZE: usize = 1 << 20;
    let not = part.text.starts_with('!');
    let part = part.cut(usize::from(not)..part.text.len());
    let inner = inside_quotes(&part)?;
    let wrong = || Mistake::new(inner.place(), "expected `/pattern/` with flags of `i`, `s`, `m`, `x`");
    let body = inner.text.strip_prefix('/').ok_or_else(wrong)?;
    let slash = body.rfind('/').ok_or_else(wrong)?;
    let mut how = syntax::Config::new().utf8(false).unicode(false);
    for flag in body[slash + 1..].chars() {
        how = match flag {
            'i' => how.case_insensitive(true),
            's' => how.dot_matches_new_line(true),
            'm' => how.multi_line(true),
            'x' => how.ignore_whitespace(true),
            _ => return Err(wrong()),
        };
    }
    let config = Regex::config().nfa_size_limit(Some(SIZE)).utf8_empty(false);
    let regex = Regex::builder().syntax(how).configure(config).build(&body[..slash]);
    let message = |error: regex_automata::meta::BuildError| match error.syntax_error() {
        Some(error) => error.to_string().lines().last().unwrap_or("it is no pattern").to_string(),
        None => error.to_string(),
    };
    regex.map(|regex| (not, regex)).map_err(|error| Mistake::new(inner.place(), message(error)))
}

fn limit(part: &Part, is_threshold: bool) -> Result<Wanted> {
    let mut wanted = Wanted { counting: Counting::Beyond, by_source: true, count: 0, seconds: 0 };
    let mut has_type = !is_threshold;
    for word in part.list() {
        let mut words = word.text.split_whitespace();
        let (name, value) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let number = || value.parse::<u64>().ok().filter(|number| (1..1 << 30).contains(number));
        let wrong = || Mistake::new(word.place(), "expected `type limit`, `track by_src`, `count 5` or `seconds 60`");
        match (name, value) {
            ("type", "limit") if is_threshold => (wanted.counting, has_type) = (Counting::Limit, true),
            ("type", "threshold") if is_threshold => (wanted.counting, has_type) = (Counting::Threshold, true),
            ("type", "both") if is_threshold => (wanted.counting, has_type) = (Counting::Both, true),
            ("track", "by_src") => wanted.by_source = true,
            ("track", "by_dst") => wanted.by_source = false,
            ("count", _) => wanted.count = number().ok_or_else(wrong)?,
            ("seconds", _) => wanted.seconds = number().ok_or_else(wrong)?,
            _ => return Err(wrong()),
        }
    }
    if !has_type || wanted.count == 0 || wanted.seconds == 0 {
        let message =
            "expected `type`, `track`, `count` and `seconds`, such as `type limit, track by_src, count 1, seconds 60`";
        return Err(Mistake::new(part.place(), message));
    }
    Ok(wanted)
}

/// How urgent a class usually is.
fn priority(class: &str) -> u32 {
    match class {
        "attempted-admin"
        | "attempted-user"
        | "successful-admin"
        | "successful-user"
        | "shellcode-detect"
        | "trojan-activity"
        | "web-application-attack"
        | "policy-violation"
        | "command-and-control"
        | "credential-theft"
        | "exploit-kit" => 1,
        "attempted-dos"
        | "attempted-recon"
        | "bad-unknown"
        | "denial-of-service"
        | "misc-attack"
        | "non-standard-protocol"
        | "rpc-portmap-decode"
        | "successful-dos"
        | "successful-recon-largescale"
        | "successful-recon-limited"
        | "suspicious-filename-detect"
        | "suspicious-login"
        | "system-call-detect"
        | "unusual-client-port-connection"
        | "web-application-activity" => 2,
        _ => 3,
    }
}
