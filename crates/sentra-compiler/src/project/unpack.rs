//! A commit's files as a package: taken from Git's objects one by one, each path looked at first. Nothing that a
//! repository says of itself, such as filters or line ends, is obeyed.

use std::io::Write;
use std::path::Path;

use super::git::Repository;
use crate::load::reason;
use crate::package::tree::{Intake, counts};

/// A file of a commit.
struct Entry {
    object: String,
    size: usize,
    path: String,
}

/// Writes the files of a commit that count into a folder, which is made.
pub(super) fn unpack(repository: &Repository, commit: &str, folder: &Path) -> Result<(), String> {
    let listed = repository.list(commit)?;
    let entries = entries(&listed)?;
    let wanted: String = entries.iter().map(|entry| format!("{}\n", entry.object)).collect();
    let contents = repository.ask(&["cat-file", "--batch"], wanted.into_bytes())?;
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {}", folder.display(), reason(&error)))?;
    let mut rest = contents.as_slice();
    for entry in entries {
        let content =
            content(&mut rest, &entry).ok_or_else(|| format!("{}: git does not give the file", entry.path))?;
        write(&folder.join(&entry.path), content).map_err(|error| format!("{}: {}", entry.path, reason(&error)))?;
    }
    Ok(())
}

/// The files that count of what Git has listed.
fn entries(listed: &[u8]) -> Result<Vec<Entry>, String> {
    let (mut intake, mut found) = (Intake::default(), Vec::new());
    for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        let tab = line.iter().position(|byte| *byte == b'\t').ok_or("git lists files in an unknown way")?;
        let (head, path) = (String::from_utf8_lossy(&line[..tab]), &line[tab + 1..]);
        if !counts(path) {
            continue;
        }
        let mut words = head.split_whitespace();
        let mut next = || words.next().unwrap_or_default();
        let (mode, _, object, size) = (next(), next(), next(), next().parse().unwrap_or(0));
        let path = intake.admit(path, size)?;
        if !matches!(mode, "100644" | "100755" | "100664") {
            return Err(format!("{path}: a link or a submodule, and no file"));
        }
        found.push(Entry { object: object.to_owned(), size: size as usize, path });
    }
    Ok(found)
}

/// Takes `OBJECT TYPE SIZE\nCONTENT\n` off what Git has printed.
fn content<'c>(rest: &mut &'c [u8], entry: &Entry) -> Option<&'c [u8]> {
    let line = rest.iter().position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(&rest[..line]).ok()?;
    let expected = format!("{} blob {}", entry.object, entry.size);
    let content = rest.get(line + 1..line + 1 + entry.size).filter(|_| head == expected)?;
    *rest = rest.get(line + 2 + entry.size..)?;
    Some(content)
}

/// Writes a file that must not be there yet, and that nobody changes by mistake.
fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    let mut file = std::fs::File::create_new(path)?;
    file.write_all(content)?;
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)
}
