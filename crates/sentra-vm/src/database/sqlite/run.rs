//! Running what is to be done on a connection.

use std::sync::Arc;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Row, Statement};

use super::connection::Connection;
use super::errors::failure;
use super::tables::Table;
use crate::database::datum::Datum;
use crate::database::failure::Failure;
use crate::database::rows::{Cell, Rows};
use crate::database::{Answer, Outcome, Wanted, Work};

/// What becomes of work on a connection that only reads.
pub(super) enum Ran {
    Ended(Outcome),
    /// It writes, and has not begun.
    Writes,
}

impl ToSql for Datum {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Boolean(truth) => ValueRef::Integer(i64::from(*truth)),
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Structure { json, .. } => ValueRef::Text(json.as_bytes()),
        }))
    }
}

impl Connection {
    /// Does it; a result may take so many bytes.
    pub(super) fn run(&mut self, work: &Work, room: usize) -> Ran {
        match work {
            Work::Statement { sql, parameters, wanted } => self.statement(sql, parameters, *wanted, room),
            Work::Begin { depth: 0 } => Ran::Ended(self.own("BEGIN IMMEDIATE")),
            Work::Begin { depth } => Ran::Ended(self.own(&format!("SAVEPOINT level{depth}"))),
            Work::End { depth, commit } => Ran::Ended(self.end(*depth, *commit)),
            _ => Ran::Ended(self.on_table(work, room)),
        }
    }

    /// Runs a statement of our own.
    pub(super) fn own(&self, sql: &str) -> Outcome {
        let run = || self.sql.prepare_cached(sql)?.execute([]);
        self.guard.without(run).map(|_| Answer::Done).map_err(|error| failure(error, &self.guard))
    }

    fn end(&self, depth: u32, commit: bool) -> Outcome {
        if self.sql.is_autocommit() {
            let lost = || Failure::new("closed", "the transaction was rolled back by an error within it");
            return if commit { Err(lost()) } else { Ok(Answer::Done) };
        }
        match (depth, commit) {
            (0, true) => self.own("COMMIT").inspect_err(|_| drop(self.roll_back())),
            (0, false) => self.roll_back(),
            (depth, true) => self.own(&format!("RELEASE level{depth}")),
            (depth, false) => {
                self.own(&format!("ROLLBACK TO level{depth}"))?;
                self.own(&format!("RELEASE level{depth}"))
            }
        }
    }

    /// Undoes what is not committed.
    pub(super) fn roll_back(&self) -> Outcome {
        if self.sql.is_autocommit() { Ok(Answer::Done) } else { self.own("ROLLBACK") }
    }

    fn statement(&self, sql: &str, parameters: &[Datum], wanted: Wanted, room: usize) -> Ran {
        if sql.contains('\0') {
            return Ran::Ended(Err(Failure::new("syntax", "a statement may not contain the character NUL")));
        }
        // It copies the file by statements of its own, which the guard would refuse; `INTO` names another file.
        let words = sql.trim_start().to_ascii_lowercase();
        if words.starts_with("vacuum") && !words.contains("into") {
            return self.guard.without(|| self.unguarded(sql, parameters, wanted, room));
        }
        self.unguarded(sql, parameters, wanted, room)
    }

    fn unguarded(&self, sql: &str, parameters: &[Datum], wanted: Wanted, room: usize) -> Ran {
        let wrong = |error| failure(error, &self.guard);
        let mut statement = match self.sql.prepare_cached(sql) {
            Ok(statement) => statement,
            Err(error) => return Ran::Ended(Err(wrong(error))),
        };
        if self.reads && !statement.readonly() {
            return Ran::Writes;
        }
        let wanted_count = statement.parameter_count();
        if wanted_count != parameters.len() {
            return Ran::Ended(Err(Failure::wrong_count(wanted_count, parameters.len())));
        }
        Ran::Ended(match wanted {
            Wanted::Rows => self.rows(&mut statement, parameters.iter(), room).map(Answer::Rows),
            Wanted::Changes => self.changes(&mut statement, parameters.iter()).map(Answer::Number),
        })
    }

    fn bind<'a>(&self, statement: &mut Statement, parameters: impl Iterator<Item = &'a Datum>) -> Result<(), Failure> {
        for (at, parameter) in parameters.enumerate() {
            statement.raw_bind_parameter(at + 1, parameter).map_err(|error| failure(error, &self.guard))?;
        }
        Ok(())
    }

    /// The rows of a statement.
    fn rows<'a>(
        &self,
        statement: &mut CachedStatement,
        parameters: impl Iterator<Item = &'a Datum>,
        room: usize,
    ) -> Result<Rows, Failure> {
        self.bind(statement, parameters)?;
        let mut rows = Rows::new(Vec::new(), room);
        let mut booleans = Vec::new();
        let mut found = statement.raw_query();
        while let Some(row) = found.next().map_err(|error| failure(error, &self.guard))? {
            // The first step prepares a statement anew whose table has changed: only now its columns are known.
            if rows.count() == 0 {
                let (names, are_booleans) = columns(row.as_ref());
                (rows, booleans) = (Rows::new(names, room), are_booleans);
            }
            rows.begin_row()?;
            for (at, &boolean) in booleans.iter().enumerate() {
                add(&mut rows, row, at, boolean)?;
            }
        }
        Ok(rows)
    }

    /// How many rows a statement changes. What it gives is not looked at.
    fn changes<'a>(
        &self,
        statement: &mut CachedStatement,
        parameters: impl Iterator<Item = &'a Datum>,
    ) -> Result<i64, Failure> {
        self.bind(statement, parameters)?;
        let before = self.sql.total_changes();
        let mut found = statement.raw_query();
        while found.next().map_err(|error| failure(error, &self.guard))?.is_some() {}
        drop(found);
        Ok(if self.sql.total_changes() == before { 0 } else { self.sql.changes() as i64 })
    }

    /// Work on a row of a table. What was known of tables may be out of date: then once more.
    fn on_table(&mut self, work: &Work, room: usize) -> Outcome {
        let known = self.tables.len();
        let outcome = self.try_on_table(work, room);
        match &outcome {
            Err(failure) if failure.kind == "schema" && known > 0 => {
                self.tables.clear();
                self.try_on_table(work, room)
            }
            _ => outcome,
        }
    }

    fn try_on_table(&mut self, work: &Work, room: usize) -> Outcome {
        match work {
            Work::Find { table, key } => {
                let table = self.keyed(table)?;
                let mut statement = self.prepare(&table.find)?;
                self.rows(&mut statement, [key].into_iter(), room).map(Answer::Row)
            }
            Work::Delete { table, key } => {
                let table = self.keyed(table)?;
                let mut statement = self.prepare(&table.delete)?;
                self.changes(&mut statement, [key].into_iter()).map(|count| Answer::Truth(count > 0))
            }
            Work::Count { table } => {
                let table = self.table(table)?;
                let count = self.prepare(&table.count)?.query_row([], |row| row.get(0));
                count.map(Answer::Number).map_err(|error| failure(error, &self.guard))
            }
            Work::Insert { table, columns } => self.insert(table, columns),
            Work::Update { table, key, columns } => {
                let table = self.keyed(table)?;
                table.check_columns(columns)?;
                let mut statement = self.prepare(&table.update(columns))?;
                let parameters = columns.iter().map(|(_, value)| value).chain([key]);
                self.changes(&mut statement, parameters).map(|count| Answer::Truth(count > 0))
            }
            Work::Statement { .. } | Work::Begin { .. } | Work::End { .. } => Ok(Answer::Done),
        }
    }

    fn insert(&mut self, table: &str, columns: &[(String, Datum)]) -> Outcome {
        let table = self.table(table)?;
        table.check_columns(columns)?;
        let mut statement = self.prepare(&table.insert(columns))?;
        let parameters = columns.iter().map(|(_, value)| value);
        if table.key_is_rowid {
            self.changes(&mut statement, parameters)?;
            return Ok(Answer::Number(self.sql.last_insert_rowid()));
        }
        self.bind(&mut statement, parameters)?;
        let wrong = |error| failure(error, &self.guard);
        let mut found = statement.raw_query();
        let key = match found.next().map_err(wrong)? {
            Some(row) => row.get_ref(0).map_or(Datum::Null, |value| datum(value)),
            None => Datum::Null,
        };
        while found.next().map_err(wrong)?.is_some() {}
        Ok(Answer::Value(key))
    }

    fn keyed(&mut self, table: &str) -> Result<Arc<Table>, Failure> {
        let table = self.table(table)?;
        table.check_key()?;
        Ok(table)
    }

    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, Failure> {
        self.sql.prepare_cached(sql).map_err(|error| failure(error, &self.guard))
    }
}

/// The columns' names, and which of them are declared to be booleans.
fn columns(statement: &Statement) -> (Vec<String>, Vec<bool>) {
    let is_boolean = |kind: &str| kind.eq_ignore_ascii_case("boolean") || kind.eq_ignore_ascii_case("bool");
    let one = |column: rusqlite::Column| (column.name().to_string(), column.decl_type().is_some_and(is_boolean));
    statement.columns().map(one).unzip()
}

fn add(rows: &mut Rows, row: &Row, at: usize, boolean: bool) -> Result<(), Failure> {
    let value = row.get_ref(at).map_err(|error| Failure::new("sql", error.to_string()))?;
    match value {
        ValueRef::Null => rows.push(Cell::Null),
        ValueRef::Integer(integer @ (0 | 1)) if boolean => rows.push(Cell::Boolean(integer == 1)),
        ValueRef::Integer(integer) => rows.push(Cell::Integer(integer)),
        ValueRef::Real(number) => rows.push(Cell::Real(number)),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => rows.push_bytes(bytes)?,
    }
    Ok(())
}

fn datum(value: ValueRef) -> Datum {
    match value {
        ValueRef::Null => Datum::Null,
        ValueRef::Integer(integer) => Datum::Integer(integer),
        ValueRef::Real(number) => Datum::Real(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Datum::Bytes(bytes.to_vec()),
    }
}
