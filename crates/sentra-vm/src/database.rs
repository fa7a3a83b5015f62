//! Databases: what a script's connection to one stands for, whatever it is connected to.
//!
//! SQLite runs on threads of the pool (`sqlite`), connections to PostgreSQL on the loop (`postgres`). What goes to a database and what comes back are plain data
//! (`datum`, `rows`): values of the script exist on the loop only.

pub(crate) mod datum;
pub(crate) mod failure;
pub(crate) mod postgres;
pub(crate) mod rows;
pub(crate) mod sqlite;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crate::heap::Marker;
use crate::heap::object::Payload;
use datum::Datum;
use failure::Failure;
use rows::Rows;

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Work {
    /// A statement as the script wrote it.
    Statement { sql: Arc<str>, parameters: Vec<Datum>, wanted: Wanted },
    /// The row of a table with this key.
    Find { table: String, key: Datum },
    /// A new row.
    Insert { table: String, columns: Vec<(String, Datum)> },
    /// Changes of the row with this key.
    Update { table: String, key: Datum, columns: Vec<(String, Datum)> },
    /// The end of the row with this key.
    Delete { table: String, key: Datum },
    /// How many rows there are.
    Count { table: String },
    /// A transaction begins, or one within it if it is of one.
    Begin { depth: u32 },
    /// It ends.
    End { depth: u32, commit: bool },
}

/// What of a statement's result is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Its rows.
    Rows,
    /// How many rows it has changed.
    Changes,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Nothing is told.
    Done,
    Rows(Rows),
    /// A row or none.
    Row(Rows),
    Number(i64),
    Truth(bool),
    Value(Datum),
    /// The first cell of the first row.
    Cell(Rows),
}

pub(crate) type Outcome = Result<Answer, Failure>;

/// A transaction that is open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    pub number: u64,
    /// The fiber that has begun it, whose statements belong to it.
    pub fiber: u32,
    /// How many transactions within it are open.
    pub depth: u32,
}

/// What a database is.
pub(crate) enum Engine {
    Sqlite(Arc<sqlite::Queue>),
    Postgres(Rc<RefCell<postgres::Pool>>),
}

/// A database as a value of the script.
pub(crate) struct Database {
    pub engine: Engine,
    pub open: RefCell<Vec<Open>>,
    pub jobs: Cell<u64>,
}

/// What a database costs besides what it reads: its caches.
const HOLDS: usize = 64 << 10;

impl Payload for Database {
    fn type_name(&self) -> &'static str {
        "database"
    }

    fn trace(&self, _: &mut Marker) {}

    fn holds(&self) -> usize {
        HOLDS
    }
}

impl Database {
    /// The number of the next thing to be done.
    pub fn next_number(&self) -> u64 {
        self.jobs.set(self.jobs.get() + 1);
        self.jobs.get()
    }

    /// The transaction that a fiber has begun and not ended.
    pub fn transaction_of(&self, fiber: u32) -> Option<u64> {
        self.open.borrow().iter().find(|open| open.fiber == fiber).map(|open| open.number)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Engine::Sqlite(queue) = &self.engine {
            queue.close();
        }
    }
}
