//! Changes to `sentra.toml` that leave everything else in it as people wrote it.

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::source::Source;

/// The text with a dependency added, or with another source for one that it has.
///
/// # Errors
/// Why it cannot be.
pub fn add(text: &str, name: &str, source: &Source) -> Result<String, String> {
    change(text, |dependencies| {
        dependencies.insert(name, Item::Value(Value::InlineTable(inline(source))));
        Ok(())
    })
}

/// The text without a dependency.
///
/// # Errors
/// Why it cannot be: there is none of that name.
pub fn remove(text: &str, name: &str) -> Result<String, String> {
    change(text, |dependencies| match dependencies.remove(name) {
        Some(_) => Ok(()),
        None => Err(format!("there is no dependency `{name}`")),
    })
}

fn change(text: &str, edit: impl FnOnce(&mut dyn TableLike) -> Result<(), String>) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let entry = document.entry("dependencies").or_insert_with(|| Item::Table(Table::new()));
    edit(entry.as_table_like_mut().ok_or("`dependencies` is no table")?)?;
    Ok(document.to_string())
}

fn inline(source: &Source) -> InlineTable {
    let mut table = InlineTable::new();
    match source {
        Source::Path(path) => drop(table.insert("path", path.as_str().into())),
        Source::Git(git) => {
            table.insert("git", git.url.as_str().into());
            if let Some((key, value)) = git.reference.field() {
                table.insert(key, value.into());
            }
            if !git.subdir.is_empty() {
                table.insert("subdir", git.subdir.as_str().into());
            }
        }
    }
    table
}
