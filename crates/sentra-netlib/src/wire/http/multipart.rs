//! Forms with files: `multipart/form-data` (RFC 7578, RFC 2046 section 5.1), read as they come.
//!
//! What some other reader of the same bytes could take for a different form is refused: a line
//! that begins like a boundary and is none, line ends without CR, parts without a name. Heads
//! and counts are bounded; contents are handed out as they come and bounded by who takes them.

use std::fmt;

use super::media_type::{self, Parameter};

/// The longest head of a part.
const LONGEST_HEAD: usize = 16 << 10;
/// The most fields in it.
const MOST_FIELDS: usize = 32;
/// The longest text before the first part, which nobody reads.
const LONGEST_PREAMBLE: usize = 64 << 10;

/// Why a body is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The media type has no boundary, or an impossible one.
    Boundary,
    /// There is no part, or too much before the first.
    NoParts,
    /// A line begins like a boundary, and is none.
    Delimiter,
    /// A part's head is not well-formed or does not name the part.
    Head,
    /// A part's head is too long.
    LongHead,
    /// There are more parts than allowed.
    TooMany,
    /// A part is encoded in a way that forms do not use.
    Encoding,
    /// It ends before its last boundary.
    CutOff,
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Boundary => "the form's media type has no proper boundary",
            Self::NoParts => "the form does not begin with its boundary",
            Self::Delimiter => "a line of the form begins like its boundary and is none",
            Self::Head => "the head of a part of the form is malformed",
            Self::LongHead => "the head of a part of the form is too long",
            Self::TooMany => "the form has too many parts",
            Self::Encoding => "a part of the form is encoded in a way that forms are not",
            Self::CutOff => "the form ends before its last boundary",
        })
    }
}

impl std::error::Error for Malformed {}

/// What is said of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The field's name.
    pub name: Vec<u8>,
    /// The file's name as the client has it, without folders: it is no path. Nothing if the
    /// part is no file.
    pub filename: Option<Vec<u8>>,
    /// The media type, if it says one.
    pub content_type: Option<Vec<u8>>,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A part begins.
    Part(Head),
    /// Some of its content.
    Data(&'a [u8]),
    /// It ends.
    PartEnd,
    /// More bytes are needed.
    Need,
    /// The form is complete; what follows means nothing.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Preamble,
    /// Behind a boundary: what kind it is.
    Line,
    Head,
    /// At the end of a head's blank line, which may be the beginning of a delimiter: then the
    /// part is empty.
    Blank,
    Content,
    End,
}

/// A reader of one form.
#[derive(Debug)]
pub struct Reader {
    /// `\r\n--boundary`
    delimiter: Vec<u8>,
    state: State,
    /// Bytes that have come; those before `at` are done with, those before `seen` hold no
    /// delimiter's beginning.
    bytes: Vec<u8>,
    at: usize,
    seen: usize,
    parts: usize,
    most: usize,
    preamble: usize,
}

/// The boundary that a media type names, if it is `multipart/form-data` at all.
pub fn boundary(content_type: &[u8]) -> Option<Result<Vec<u8>, Malformed>> {
    if !media_type::essence(content_type).eq_ignore_ascii_case(b"multipart/form-data") {
        return None;
    }
    let parameters = media_type::parameters(content_type).unwrap_or_default();
    let mut named = parameters.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"boundary"));
    let is_proper = |boundary: &[u8]| {
        let is = |byte: &u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(byte);
        (1..=70).contains(&boundary.len()) && boundary.iter().all(is) && !boundary.ends_with(b" ")
    };
    Some(match (named.next(), named.next()) {
        (Some((_, boundary)), None) if is_proper(&boundary) => Ok(boundary.into_owned()),
        _ => Err(Malformed::Boundary),
    })
}

impl Reader {
    /// A reader of a form of at most so many parts.
    pub fn new(boundary: &[u8], most: usize) -> Self {
        let delimiter = [b"\r\n--", boundary].concat();
        // A body begins as if behind a line end.
        Self { delimiter, state: State::Preamble, bytes: b"\r\n".to_vec(), at: 0, seen: 0, parts: 0, most, preamble: 0 }
    }

    /// Takes bytes as they come.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.state == State::End {
            return;
        }
        if self.at > 0 {
            self.bytes.drain(..self.at);
            self.seen -= self.at;
            self.at = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Says that no more will come: whether that may be.
    pub fn finish(&self) -> Result<(), Malformed> {
        match self.state {
            State::End => Ok(()),
            State::Preamble => Err(Malformed::NoParts),
            _ => Err(Malformed::CutOff),
        }
    }

    /// What comes next in the bytes that are here.
    pub fn step(&mut self) -> Result<Event<'_>, Malformed> {
        loop {
            match self.state {
                State::End => return Ok(Event::End),
                State::Preamble => {
                    let (until, found) = self.scan();
                    self.preamble += until - self.at;
                    self.at = until;
                    if self.preamble > LONGEST_PREAMBLE {
                        return Err(Malformed::NoParts);
                    }
                    if !found {
                        return Ok(Event::Need);
                    }
                    self.enter(State::Line, self.delimiter.len());
                }
                State::Line => match self.line()? {
                    Some(State::End) => self.end(),
                    Some(state) => self.state = state,
                    None => return Ok(Event::Need),
                },
                State::Head => {
                    let Some(head) = self.head()? else { return Ok(Event::Need) };
                    return Ok(Event::Part(head));
                }
                State::Blank => match self.is_delimiter() {
                    Some(true) => {
                        self.enter(State::Line, self.delimiter.len());
                        return Ok(Event::PartEnd);
                    }
                    Some(false) => self.enter(State::Content, 2),
                    None => return Ok(Event::Need),
                },
                State::Content => {
                    let (until, found) = self.scan();
                    if until > self.at {
                        let from = std::mem::replace(&mut self.at, until);
                        return Ok(Event::Data(&self.bytes[from..until]));
                    }
                    if !found {
                        return Ok(Event::Need);
                    }
                    self.enter(State::Line, self.delimiter.len());
                    return Ok(Event::PartEnd);
                }
            }
        }
    }

    fn enter(&mut self, state: State, skip: usize) {
        self.state = state;
        self.at += skip;
        self.seen = self.at;
    }

    fn end(&mut self) {
        self.state = State::End;
        (self.bytes, self.at, self.seen) = (Vec::new(), 0, 0);
    }

    /// Where the next delimiter begins, or the first place where one may: what is before that is
    /// content. And whether it is a whole one.
    fn scan(&mut self) -> (usize, bool) {
        let mut from = self.seen.max(self.at);
        while let Some(offset) = memchr::memchr(b'\r', &self.bytes[from..]) {
            let rest = &self.bytes[from + offset..];
            let len = rest.len().min(self.delimiter.len());
            if rest[..len] == self.delimiter[..len] {
                self.seen = from + offset;
                return (self.seen, len == self.delimiter.len());
            }
            from += offset + 1;
        }
        self.seen = self.bytes.len();
        (self.seen, false)
    }

    /// Whether a delimiter is next, if that can be told already.
    fn is_delimiter(&self) -> Option<bool> {
        let rest = &self.bytes[self.at..];
        let len = rest.len().min(self.delimiter.len());
        let agrees = rest[..len] == self.delimiter[..len];
        (!agrees || len == self.delimiter.len()).then_some(agrees)
    }

    /// What follows a boundary: a part (after blanks and a line end) or, after `--`, nothing.
    fn line(&mut self) -> Result<Option<State>, Malformed> {
        let rest = &self.bytes[self.at..];
        if let [b'-', second, ..] = rest {
            return if *second == b'-' { Ok(Some(State::End)) } else { Err(Malformed::Delimiter) };
        }
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match &rest[blanks..] {
            [b'\r', b'\n', ..] => {
                self.enter(State::Head, blanks);
                Ok(Some(State::Head))
            }
            [] | [b'\r'] if blanks < LONGEST_HEAD => Ok(None),
            [b'-'] if blanks == 0 => Ok(None),
            _ => Err(Malformed::Delimiter),
        }
    }

    /// The head of a part, once it is here whole.
    fn head(&mut self) -> Result<Option<Head>, Malformed> {
        let rest = &self.bytes[self.at..];
        let from = (self.seen - self.at).saturating_sub(3);
        let Some(end) = memchr::memmem::find(&rest[from..], b"\r\n\r\n").map(|at| from + at) else {
            self.seen = self.bytes.len();
            return if rest.len() > LONGEST_HEAD { Err(Malformed::LongHead) } else { Ok(None) };
        };
        if end > LONGEST_HEAD {
            return Err(Malformed::LongHead);
        }
        self.parts += 1;
        if self.parts > self.most {
            return Err(Malformed::TooMany);
        }
        // From behind the boundary's line end to behind the blank line.
        let head = if end == 0 { Err(Malformed::Head) } else { read_head(&rest[2..end + 4]) }?;
        self.enter(State::Blank, end + 2);
        Ok(Some(head))
    }
}

/// Reads a head that ends with a blank line.
fn read_head(text: &[u8]) -> Result<Head, Malformed> {
    let is_bare = |at: usize| text[at] == b'\n' && (at == 0 || text[at - 1] != b'\r');
    if (0..text.len()).any(is_bare) {
        return Err(Malformed::Head);
    }
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let Ok(httparse::Status::Complete((len, fields))) = httparse::parse_headers(text, &mut fields) else {
        return Err(Malformed::Head);
    };
    if len != text.len() {
        return Err(Malformed::Head);
    }
    let field = |name: &str| -> Result<Option<&[u8]>, Malformed> {
        let mut found = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Malformed::Head),
            (first, None) => Ok(first.map(|field| field.value)),
        }
    };
    let encoding = field("Content-Transfer-Encoding")?.unwrap_or(b"binary");
    if ![&b"7bit"[..], b"8bit", b"binary"].iter().any(|plain| encoding.eq_ignore_ascii_case(plain)) {
        return Err(Malformed::Encoding);
    }
    let (name, filename) = disposition(field("Content-Disposition")?.ok_or(Malformed::Head)?)?;
    Ok(Head { name, filename, content_type: field("Content-Type")?.map(<[u8]>::to_vec) })
}

/// The names in `form-data; name="…"; filename="…"`. What RFC 7578 forbids (`filename*`) is
/// not looked at.
fn disposition(field: &[u8]) -> Result<(Vec<u8>, Option<Vec<u8>>), Malformed> {
    if !media_type::essence(field).eq_ignore_ascii_case(b"form-data") {
        return Err(Malformed::Head);
    }
    let parameters = media_type::parameters(field).ok_or(Malformed::Head)?;
    let value = |name: &[u8]| -> Result<Option<Vec<u8>>, Malformed> {
        let mut found = parameters.iter().filter(|(other, _): &&Parameter<'_>| other.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Malformed::Head),
            (first, None) => Ok(first.map(|(_, value)| unescape(value))),
        }
    };
    let name = value(b"name")?.ok_or(Malformed::Head)?;
    Ok((name, value(b"filename")?.map(|filename| last_step(&filename).to_vec())))
}

/// What HTML's forms write for quotes and line ends in names.
fn unescape(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&first, behind)) = rest.split_first() {
        let escaped = match rest.get(..3) {
            Some(b"%22") => Some(b'"'),
            Some(b"%0D" | b"%0d") => Some(b'\r'),
            Some(b"%0A" | b"%0a") => Some(b'\n'),
            _ => None,
        };
        out.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &rest[3..] } else { behind };
    }
    out
}

/// A file's name without what looks like folders, whatever system they are from.
fn last_step(filename: &[u8]) -> &[u8] {
    let step = filename.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or_default();
    if matches!(step, b"." | b"..") || step.contains(&0) { b"" } else { step }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader makes of a body in pieces: each part's head and content.
    fn read(body: &[u8], piece: usize) -> Result<Vec<(Head, Vec<u8>)>, Malformed> {
        let mut reader = Reader::new(b"XyZ", 5);
        let mut parts: Vec<(Head, Vec<u8>)> = Vec::new();
        for bytes in body.chunks(piece.max(1)) {
            reader.push(bytes);
            loop {
                match reader.step()? {
                    Event::Part(head) => parts.push((head, Vec::new())),
                    Event::Data(data) => parts.last_mut().unwrap().1.extend_from_slice(data),
                    Event::PartEnd => {}
                    Event::Need | Event::End => break,
                }
            }
        }
        reader.finish().map(|()| parts)
    }

    /// The same, whole and in pieces of every size.
    fn always(body: &str) -> Result<Vec<(Head, Vec<u8>)>, Malformed> {
        let whole = read(body.as_bytes(), body.len());
        for piece in 1..body.len().min(100) {
            assert_eq!(read(body.as_bytes(), piece), whole, "pieces of {piece} of {body:?}");
        }
        whole
    }

    fn part(disposition: &str, rest: &str) -> String {
        format!("--XyZ\r\nContent-Disposition: form-data; {disposition}\r\n{rest}")
    }

    fn contents(body: &str) -> Vec<String> {
        let parts = always(body).unwrap_or_else(|wrong| panic!("{wrong}: {body:?}"));
        parts.iter().map(|(_, content)| String::from_utf8_lossy(content).into_owned()).collect()
    }

    #[test]
    fn fields_and_files() {
        let body = part("name=\"a\"", "\r\none\r\n")
            + &part("name=b; filename=\"x.txt\"", "Content-Type: text/plain\r\n\r\ntwo\r\nlines\r\n\r\n")
            + &part("name=\"\"", "\r\n\r\n")
            + "--XyZ--\r\nepilogue";
        let parts = always(&body).unwrap();
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0], (Head { name: b"a".to_vec(), ..Head::default() }, b"one".to_vec()));
        assert_eq!(parts[1].0.filename.as_deref(), Some(&b"x.txt"[..]));
        assert_eq!(parts[1].0.content_type.as_deref(), Some(&b"text/plain"[..]));
        assert_eq!(parts[1].1, b"two\r\nlines\r\n");
        assert_eq!(parts[2].1, b"");
    }

    #[test]
    fn what_is_like_a_boundary_within_content() {
        for content in
            ["\r--XyZ", "\n--XyZ", "\r\n-XyZ", "\r\n--Xy", "\r\n--xyz", "\r\n\r", "\r\r\n--", "-", "\r\n - --XyZ"]
        {
            let body = part("name=a", &format!("\r\n{content}")) + "\r\n--XyZ--";
            assert_eq!(contents(&body), [content]);
        }
    }

    #[test]
    fn blanks_and_preambles() {
        let body = part("name=a", "\r\nx\r\n").replace("--XyZ", "--XyZ \t");
        assert_eq!(contents(&format!("{body}--XyZ--")), ["x"]);
        assert_eq!(contents(&format!("before\r\nit --XyZ\r\n{body}--XyZ--")), ["x"]);
        assert_eq!(contents("--XyZ--"), [""; 0]);
        // The line end of a head's blank line may be that before the boundary.
        assert_eq!(contents(&(part("name=a", "\r\n") + "--XyZ--")), [""]);
    }

    #[test]
    fn what_is_refused() {
        let ok = part("name=a", "\r\nx\r\n");
        let head = |text: &str| format!("--XyZ\r\n{text}\r\n\r\nx\r\n--XyZ--");
        for (body, wanted) in [
            (String::new(), Malformed::NoParts),
            ("x".into(), Malformed::NoParts),
            ("--Xy".into(), Malformed::NoParts),
            (" --XyZ\r\n".into(), Malformed::NoParts),
            ("--XyZ".into(), Malformed::CutOff),
            ("--XyZ-".into(), Malformed::CutOff),
            (ok.clone(), Malformed::CutOff),
            (format!("{ok}--XyZ"), Malformed::CutOff),
            (format!("{ok}--XyZ\r\n"), Malformed::CutOff),
            (format!("{ok}--XyZW\r\n"), Malformed::Delimiter),
            (format!("{ok}--XyZ-x"), Malformed::Delimiter),
            (format!("{ok}--XyZ\n"), Malformed::Delimiter),
            (format!("{ok}--XyZ \rx"), Malformed::Delimiter),
            ("--XyZ\r\n\r\nx\r\n--XyZ--".into(), Malformed::Head),
            (head("Content-Type: text/plain"), Malformed::Head),
            (head("Content-Disposition: form-data"), Malformed::Head),
            (head("Content-Disposition: attachment; name=a"), Malformed::Head),
            (head("Content-Disposition: form-data; name=a; name=b"), Malformed::Head),
            (head("Content-Disposition: form-data; name=\"a"), Malformed::Head),
            (head("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b"), Malformed::Head),
            (head("Content-Disposition: form-data;\r\n name=a"), Malformed::Head),
            (head("Content-Disposition : form-data; name=a"), Malformed::Head),
            (head("A: b\nContent-Disposition: form-data; name=a"), Malformed::Head),
            (head("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64"), Malformed::Encoding),
            (head(&format!("Content-Disposition: form-data; name={}", "a".repeat(LONGEST_HEAD))), Malformed::LongHead),
            (head(&"A: b\r\n".repeat(40)), Malformed::Head),
            (format!("{}--XyZ--", ok.repeat(6)), Malformed::TooMany),
            ("x".repeat(LONGEST_PREAMBLE + 1), Malformed::NoParts),
        ] {
            assert_eq!(always(&body), Err(wanted), "{body:.80}");
        }
    }

    #[test]
    fn names_of_files_are_no_paths() {
        for (sent, wanted) in [
            ("a.txt", "a.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\dir\\a.txt", "a.txt"),
            ("/", ""),
            ("..", ""),
            ("a/..", ""),
            ("say %22hi%22%0D%0A", "say \"hi\"\r\n"),
            ("100%25", "100%25"),
            ("\\\"q\\\"", "\"q\""),
        ] {
            let parts = always(&(part(&format!("name=a; filename=\"{sent}\""), "\r\n\r\n") + "--XyZ--")).unwrap();
            let filename = parts[0].0.filename.clone().unwrap();
            assert_eq!(String::from_utf8_lossy(&filename), wanted, "{sent}");
        }
    }

    #[test]
    fn boundaries() {
        let of = |text: &str| boundary(text.as_bytes());
        assert_eq!(of("text/plain; boundary=a"), None);
        assert_eq!(of("multipart/form-data; boundary=----WebKit7f"), Some(Ok(b"----WebKit7f".to_vec())));
        assert_eq!(of("Multipart/Form-Data; charset=x; Boundary=\"a b\""), Some(Ok(b"a b".to_vec())));
        let long = format!("multipart/form-data; boundary={}", "a".repeat(71));
        for text in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"a \"",
            "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=a; boundary=b",
            "multipart/form-data; boundary=a\u{fc}",
            &long,
        ] {
            assert_eq!(of(text), Some(Err(Malformed::Boundary)), "{text}");
        }
    }

    #[test]
    fn what_is_kept_stays_small() {
        let mut reader = Reader::new(b"XyZ", 5);
        reader.push(part("name=a", "\r\n").as_bytes());
        for _ in 0..1000 {
            reader.push(&[b'\r'; 4096]);
            while !matches!(reader.step(), Ok(Event::Need)) {}
            assert!(reader.bytes.len() - reader.at < 100);
        }
    }
}
