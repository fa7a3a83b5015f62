//! Rules for every text file: no words that must not be left behind, clean line ends.

use super::{Complaint, File};

/// What must not occur, and why. Each is split so that this file obeys its own rule.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("TO", "DO", "finish it or write an issue"),
    ("FIX", "ME", "finish it or write an issue"),
    ("XX", "X", "finish it or write an issue"),
    ("todo", "!(", "no stubs"),
    ("unimplemented", "!(", "no stubs"),
    ("#[igno", "re]", "say why the test is ignored, or delete it"),
    ("/wor", "k/", "a path of one machine"),
    ("/ro", "ot/", "a path of one machine"),
];

/// Files whose content is not ours to choose.
const EXEMPT: &[&str] = &["Cargo.lock", "LICENSE"];

/// Checks the words and line ends of a file.
pub fn check(file: &File) -> Vec<Complaint> {
    if EXEMPT.contains(&file.path.as_str()) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for (index, line) in file.text.split('\n').enumerate() {
        for (start, end, why) in FORBIDDEN {
            let word = format!("{start}{end}");
            if contains_word(line, &word) {
                complaints.push(Complaint::new(file, index + 1, format!("`{word}`: {why}")));
            }
        }
        // Scripts may test how lines end.
        if line.ends_with('\r') && !file.path.ends_with(".sn") {
            complaints.push(Complaint::new(file, index + 1, "a carriage return"));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        complaints.push(Complaint::new(file, 0, "the last line has no end"));
    }
    complaints
}

/// Whether the word occurs and is not the middle of a longer one.
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let ends_in_letter = word.ends_with(char::is_alphanumeric);
        !(before.is_some_and(is_word) || ends_in_letter && after.is_some_and(is_word))
    })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> usize {
        check(&File { path: "a.md".into(), text: text.into() }).len()
    }

    #[test]
    fn forbidden_words_are_found_as_words() {
        assert_eq!(complaints(concat!("a // TO", "DO: later\n")), 1);
        assert_eq!(complaints(concat!("MASTO", "DON and TO", "DOS\n")), 0);
        assert_eq!(complaints(concat!("see /wor", "k/main\n")), 1);
        assert_eq!(complaints(concat!("frame", "/wor", "k/x\n")), 0);
    }

    #[test]
    fn line_ends_are_checked() {
        assert_eq!(complaints("a\r\n"), 1);
        assert_eq!(complaints("a"), 1);
    }
}
