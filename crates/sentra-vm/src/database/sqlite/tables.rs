//! What a connection knows of tables: names that scripts give are looked up here before any statement is
//! made of them, and stand in it only in quotes.

use std::fmt::Write;
use std::sync::Arc;

use super::connection::Connection;
use super::errors::failure;
use crate::database::datum::Datum;
use crate::database::failure::Failure;

/// A table or view.
#[derive(Debug)]
pub(crate) struct Table {
    name: String,
    columns: Vec<String>,
    /// The column that tells rows apart; none if it takes several, or there is none.
    key: Option<String>,
    /// Whether that is SQLite's own number of rows.
    pub key_is_rowid: bool,
    pub find: String,
    pub delete: String,
    pub count: String,
}

/// A name as it stands in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Table {
    fn new(name: &str, described: Vec<(String, String, i64)>) -> Self {
        let keys: Vec<_> = described.iter().filter(|(_, _, key)| *key > 0).collect();
        let (key, key_is_rowid) = match keys[..] {
            [(name, kind, _)] => (Some(name.clone()), kind.eq_ignore_ascii_case("integer")),
            // Rows without a key of their own are told apart by their number.
            [] => (Some("rowid".to_string()), true),
            _ => (None, false),
        };
        let table = quoted(name);
        let at = key.as_ref().map_or_else(String::new, |key| format!("{table}.{} = ?1", quoted(key)));
        Self {
            find: format!("SELECT * FROM {table} WHERE {at}"),
            delete: format!("DELETE FROM {table} WHERE {at}"),
            count: format!("SELECT COUNT(*) FROM {table}"),
            name: name.to_string(),
            columns: described.into_iter().map(|(name, ..)| name).collect(),
            key,
            key_is_rowid,
        }
    }

    /// Fails unless one column tells rows apart.
    pub fn check_key(&self) -> Result<(), Failure> {
        let several = || {
            let name = self.name.escape_debug();
            Failure::new("schema", format!("the key of the table \"{name}\" is more than one column"))
        };
        self.key.as_ref().map(drop).ok_or_else(several)
    }

    /// Fails unless it has all these columns.
    pub fn check_columns(&self, columns: &[(String, Datum)]) -> Result<(), Failure> {
        let has = |name: &str| self.columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        match columns.iter().find(|(name, _)| !has(name)) {
            Some((name, _)) => Err(Failure::no_column(&self.name, name, self.columns.iter().map(String::as_str))),
            None => Ok(()),
        }
    }

    /// A statement that adds a row.
    pub fn insert(&self, columns: &[(String, Datum)]) -> String {
        let mut sql = format!("INSERT INTO {} ", quoted(&self.name));
        if columns.is_empty() {
            sql.push_str("DEFAULT VALUES");
        } else {
            let names: Vec<String> = columns.iter().map(|(name, _)| quoted(name)).collect();
            let marks = vec!["?"; columns.len()].join(", ");
            let _ = write!(sql, "({}) VALUES ({marks})", names.join(", "));
        }
        if let Some(key) = self.key.as_ref().filter(|_| !self.key_is_rowid) {
            let _ = write!(sql, " RETURNING {}", quoted(key));
        }
        sql
    }

    /// A statement that changes the row whose key is the last parameter.
    pub fn update(&self, columns: &[(String, Datum)]) -> String {
        let (table, key) = (quoted(&self.name), quoted(self.key.as_deref().unwrap_or_default()));
        let sets: Vec<String> = columns.iter().map(|(name, _)| format!("{} = ?", quoted(name))).collect();
        format!("UPDATE {table} SET {} WHERE {table}.{key} = ?", sets.join(", "))
    }
}

impl Connection {
    /// The table of that name.
    pub(super) fn table(&mut self, name: &str) -> Result<Arc<Table>, Failure> {
        if let Some(table) = self.tables.get(name) {
            return Ok(Arc::clone(table));
        }
        if name.contains('\0') {
            // SQLite would look for what stands before it.
            return Err(Failure::no_table(name));
        }
        let described = self.describe(name).map_err(|error| failure(error, &self.guard))?;
        if described.is_empty() {
            return Err(Failure::no_table(name));
        }
        let table = Arc::new(Table::new(name, described));
        self.tables.insert(name.to_string(), Arc::clone(&table));
        Ok(table)
    }

    /// Names, types and places in the key of a table's columns.
    fn describe(&self, name: &str) -> rusqlite::Result<Vec<(String, String, i64)>> {
        let mut statement =
            self.sql.prepare_cached("SELECT name, type, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1")?;
        let rows = statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    }
}
