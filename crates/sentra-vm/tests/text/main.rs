//! Random texts as times, random patterns with random subjects.

mod bodies;

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    /// So many pieces in a row.
    fn join(&mut self, pieces: &[&[u8]], most: usize) -> Vec<u8> {
        let count = self.below(most + 1);
        (0..count).flat_map(|_| pieces[self.below(pieces.len())]).copied().collect()
    }
}

const PATTERN: &[&[u8]] = &[
    b"a",
    b"b",
    b"x",
    "é".as_bytes(),
    b".",
    b"*",
    b"+",
    b"?",
    b"*?",
    b"|",
    b"(",
    b")",
    b"(?:",
    b"(?<n>",
    b"[",
    b"]",
    b"[^",
    b"-",
    b"^",
    b"$",
    b"\\b",
    b"\\w",
    b"\\d",
    b"\\s",
    b"\\pL",
    b"{2}",
    b"{0,3}",
    b"{",
    b"(?i)",
    b"(?-u)",
    b"(?s-u:.)",
    b"\\xFF",
    b"\\",
    b"&&",
    b"~",
    b"\xFF",
];
const SUBJECT: &[&[u8]] = &[
    b"a",
    b"b",
    b"ab",
    b"xx",
    b"A",
    "é".as_bytes(),
    "🚀".as_bytes(),
    b"\xFF",
    b"\xC3",
    b"\x80",
    b" ",
    b"\n",
    b"1",
    b"\0",
];
const TIME: &[&[u8]] = &[
    b"2024",
    b"02",
    b"29",
    b"-",
    b"T",
    b":",
    b"00",
    b"59",
    b"60",
    b"Z",
    b"+",
    b"05:30",
    b".",
    b"5",
    b" ",
    b"W09",
    b"-5",
    b"060",
    b"Sun, ",
    b"06 Nov 1994",
    b"08:49:37",
    b" GMT",
    b"%Y",
    b"%m",
    b"%",
    b"Europe/Berlin",
    b"9999-12-31",
    b"+009999",
    b"-009999",
    b"\xFF",
    "é".as_bytes(),
    b"1",
];
const WHOLE: &[&str] = &[
    "2024-02-29T23:59:59.123456Z",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "2026-W47-6T10:00+02:00",
    "2016-12-31T23:59:60Z",
];

#[test]
fn random_patterns() {
    let (mut random, mut vm) = (Random(1), bodies::machine());
    for _ in 0..4000 {
        let (pattern, subject) = (random.join(PATTERN, 8), random.join(SUBJECT, 12));
        bodies::regex_any(&mut vm, &pattern, &subject);
    }
}

#[test]
fn random_times() {
    let (mut random, mut vm) = (Random(2), bodies::machine());
    for _ in 0..2000 {
        let text = random.join(TIME, 9);
        bodies::time_any(&mut vm, &text);
    }
}

#[test]
fn damaged_times() {
    let (mut random, mut vm) = (Random(3), bodies::machine());
    for text in WHOLE.iter().cycle().take(2000) {
        let mut text = text.as_bytes().to_vec();
        let at = random.below(text.len());
        match random.below(3) {
            0 => text[at] = random.below(256) as u8,
            1 => drop(text.remove(at)),
            _ => text.truncate(at),
        }
        bodies::time_any(&mut vm, &text);
    }
}
