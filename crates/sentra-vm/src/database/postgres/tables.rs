//! What a database says of its tables: names that scripts give are looked up before a statement is made of
//! them, and stand in it only in quotes.

use sentra_netlib::wire::postgres::kind;

use crate::database::Work;
use crate::database::datum::Datum;
use crate::database::failure::Failure;

/// Names of columns, and whether each belongs to the primary key.
pub(super) const DESCRIBE: &str = "SELECT a.attname::text, coalesce(a.attnum = ANY(i.indkey::int2[]), false) \
    FROM pg_catalog.pg_attribute a \
    LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
    WHERE a.attrelid = pg_catalog.to_regclass($1::text) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// A table or view.
pub(super) struct Table {
    name: String,
    columns: Vec<String>,
    /// The column that tells rows apart, if one does.
    key: Option<String>,
}

/// A table's name as it stands in a statement; one part may be its schema.
pub(super) fn path(name: &str) -> String {
    name.splitn(2, '.').map(kind::quoted).collect::<Vec<_>>().join(".")
}

impl Table {
    pub fn new(name: &str, described: Vec<(String, bool)>) -> Result<Self, Failure> {
        if described.is_empty() {
            return Err(Failure::no_table(name));
        }
        let mut keys = described.iter().filter(|(_, key)| *key).map(|(name, _)| name.clone());
        let key = keys.next().filter(|_| keys.next().is_none());
        let columns = described.iter().map(|(name, _)| name.clone()).collect();
        Ok(Self { name: name.to_string(), columns, key })
    }

    /// What scripts call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn key(&self) -> Result<String, Failure> {
        let none = || {
            let name = self.name.escape_debug();
            Failure::new("schema", format!("the table \"{name}\" has no primary key of one column"))
        };
        self.key.as_deref().map(kind::quoted).ok_or_else(none)
    }

    fn check_columns(&self, columns: &[(String, Datum)]) -> Result<(), Failure> {
        match columns.iter().find(|(name, _)| !self.columns.contains(name)) {
            Some((name, _)) => Err(Failure::no_column(&self.name, name, self.columns.iter().map(String::as_str))),
            None => Ok(()),
        }
    }

    /// The statement for work on a row, and its parameters.
    pub fn statement(&self, work: &Work) -> Result<(String, Vec<Datum>), Failure> {
        let table = path(&self.name);
        Ok(match work {
            Work::Find { key, .. } => (format!("SELECT * FROM {table} WHERE {} = $1", self.key()?), vec![key.clone()]),
            Work::Delete { key, .. } => (format!("DELETE FROM {table} WHERE {} = $1", self.key()?), vec![key.clone()]),
            Work::Insert { columns, .. } => {
                self.check_columns(columns)?;
                (self.insert(&table, columns), columns.iter().map(|(_, value)| value.clone()).collect())
            }
            Work::Update { key, columns, .. } => {
                self.check_columns(columns)?;
                let set = |(at, (name, _)): (usize, &(String, Datum))| format!("{} = ${}", kind::quoted(name), at + 1);
                let sets: Vec<String> = columns.iter().enumerate().map(set).collect();
                let sql =
                    format!("UPDATE {table} SET {} WHERE {} = ${}", sets.join(", "), self.key()?, columns.len() + 1);
                (sql, columns.iter().map(|(_, value)| value.clone()).chain([key.clone()]).collect())
            }
            _ => (format!("SELECT count(*) FROM {table}"), Vec::new()),
        })
    }

    fn insert(&self, table: &str, columns: &[(String, Datum)]) -> String {
        let names: Vec<String> = columns.iter().map(|(name, _)| kind::quoted(name)).collect();
        let marks: Vec<String> = (1..=columns.len()).map(|at| format!("${at}")).collect();
        let what = if columns.is_empty() {
            "DEFAULT VALUES".to_string()
        } else {
            format!("({}) VALUES ({})", names.join(", "), marks.join(", "))
        };
        let back = self.key.as_deref().map_or_else(String::new, |key| format!(" RETURNING {}", kind::quoted(key)));
        format!("INSERT INTO {table} {what}{back}")
    }
}
