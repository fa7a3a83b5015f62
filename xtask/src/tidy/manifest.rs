//! Rules for `Cargo.toml`: every dependency from outside says why it is there.

use super::{Complaint, File};

/// Each dependency that is not a crate of the workspace has a comment above it.
pub fn check(file: &File) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let (mut in_dependencies, mut explained) = (false, false);
    for (index, line) in file.text.lines().enumerate() {
        let line = line.trim();
        if let Some(table) = line.strip_prefix('[') {
            in_dependencies = table.trim_end_matches(']').ends_with("dependencies");
        } else if in_dependencies && is_foreign(line) && !explained {
            complaints.push(Complaint::new(file, index + 1, "a dependency without a comment that says why"));
        }
        explained = line.starts_with('#');
    }
    complaints
}

fn is_foreign(line: &str) -> bool {
    let Some((name, _)) = line.split_once('=') else { return false };
    !line.starts_with('#') && !name.trim().starts_with("sentra")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_need_a_reason() {
        let text =
            "[package]\nname = \"a\"\n[dependencies]\nsentra-vm.workspace = true\n# Why.\nmio = \"1\"\nlogos = \"0\"\n";
        let complaints = check(&File { path: "Cargo.toml".into(), text: text.into() });
        assert_eq!(complaints.len(), 1);
        assert_eq!(complaints[0].line, 7);
    }
}
