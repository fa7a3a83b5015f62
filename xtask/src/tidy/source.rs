//! Rules for Rust files: a first line that says what the file is, names, sizes, `unsafe`.

use super::{Complaint, File};

/// More lines than this only by name.
const MOST_LINES: usize = 800;
/// A file above this is large; at most one file in ten is.
const LARGE: usize = 400;
/// The median length at most.
const MEDIAN: usize = 150;

/// The grammar, tables and the interpreter's loop may be long.
const LONG: &[&str] = &["crates/sentra-vm/src/interpret.rs", "crates/sentra-vm/src/interpret/run.rs"];

/// Where `unsafe` may stand: modules whose blocks state the invariant that they need.
const UNSAFE: &[&str] = &[
    "crates/sentra-vm/src/value",
    "crates/sentra-vm/src/heap",
    "crates/sentra-vm/src/stack",
    "crates/sentra-vm/src/fiber",
    "crates/sentra-vm/src/image",
    "crates/sentra-vm/src/interpret",
    "crates/sentra-vm/src/call",
    "crates/sentra-vm/src/debug/code",
    "crates/sentra-netlib/src/endpoint/system",
    "crates/sentra-playground/src/boundary",
];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "misc", "common", "new", "v2"];

/// Checks what can be seen in one file.
pub fn check(file: &File) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if !file.text.starts_with("//! ") {
        complaints.push(Complaint::new(file, 1, "the first line does not say what the file is (`//! …`)"));
    }
    let name = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    if name == "mod" {
        complaints.push(Complaint::new(file, 0, "`foo.rs` beside `foo/`, not `foo/mod.rs`"));
    }
    if EMPTY_NAMES.contains(&name) {
        complaints.push(Complaint::new(file, 0, format!("the name `{name}` says nothing")));
    }
    if !UNSAFE.iter().any(|allowed| is_under(&file.path, allowed)) {
        let guilty = file.text.lines().enumerate().filter(|(_, line)| has_unsafe(line));
        complaints.extend(guilty.map(|(index, _)| Complaint::new(file, index + 1, "`unsafe` outside its modules")));
    }
    complaints
}

/// `module` is `…/heap`, the path `…/heap.rs` or `…/heap/….rs`.
fn is_under(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Whether a line of code opens something unsafe: the keyword, outside comments and strings.
fn has_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let keyword = ["{", "fn", "impl", "extern", "trait"];
    code.match_indices("unsafe").any(|(at, word)| {
        let after = code[at + word.len()..].trim_start();
        let starts = !code[..at].ends_with(|before: char| before.is_alphanumeric() || "_\"`".contains(before));
        starts && keyword.iter().any(|next| after.starts_with(next))
    })
}

/// Checks how long files are.
pub fn check_sizes(files: &[File]) -> Vec<Complaint> {
    let sized: Vec<(&File, usize)> = rust_files(files).map(|file| (file, file.text.lines().count())).collect();
    let too_long = sized.iter().filter(|(file, lines)| *lines > MOST_LINES && !LONG.contains(&file.path.as_str()));
    let mut complaints: Vec<Complaint> = too_long
        .map(|(file, lines)| Complaint::new(file, 0, format!("{lines} lines, more than {MOST_LINES}")))
        .collect();
    let large: Vec<_> = sized.iter().filter(|(_, lines)| *lines > LARGE).collect();
    if large.len() * 10 > sized.len() {
        let what = format!("more than one file in ten has over {LARGE} lines; this one has");
        complaints.extend(large.iter().map(|(file, lines)| Complaint::new(file, 0, format!("{what} {lines}"))));
    }
    complaints
}

/// One line about how long files are.
pub fn sizes(files: &[File]) -> String {
    let mut lines: Vec<usize> = rust_files(files).map(|file| file.text.lines().count()).collect();
    lines.sort_unstable();
    let median = lines.get(lines.len() / 2).copied().unwrap_or(0);
    let judgement = if median > MEDIAN { ", which is too long" } else { "" };
    format!("median of {} Rust files: {median} lines{judgement}", lines.len())
}

fn rust_files(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| file.path.ends_with(".rs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.into(), text: text.into() };
        check(&file).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn files_open_with_their_purpose_and_have_a_name() {
        assert!(complaints("src/a.rs", "//! Reads.\n").is_empty());
        assert_eq!(complaints("src/a.rs", "use x;\n").len(), 1);
        assert_eq!(complaints("src/a/mod.rs", "//! Reads.\n").len(), 1);
        assert_eq!(complaints("src/utils.rs", "//! Reads.\n").len(), 1);
    }

    #[test]
    fn unsafe_stays_in_its_modules() {
        let text = concat!("//! A.\nfn f() { uns", "afe { g() } }\n");
        assert!(complaints("crates/sentra-vm/src/heap/map.rs", text).is_empty());
        assert_eq!(complaints("crates/sentra-vm/src/heapless.rs", text).len(), 1);
        assert!(complaints("src/a.rs", "//! A.\n#![forbid(unsafe_code)] // no unsafe { }\n").is_empty());
    }

    #[test]
    fn long_files_are_named() {
        let file = |path: &str, lines| File { path: path.into(), text: "x\n".repeat(lines) };
        let mut files: Vec<File> = (0..20).map(|index| file(&format!("{index}.rs"), 10)).collect();
        files.push(file("long.rs", 801));
        files.push(file(LONG[0], 2000));
        assert_eq!(check_sizes(&files).len(), 1);
        files.push(file("large.rs", 500));
        assert_eq!(check_sizes(&files).len(), 4);
    }
}
