//! Opening connections, and how they are set up. All of this runs on threads of the pool.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{ErrorCode, InterruptHandle, OpenFlags};

use super::errors::failure;
use super::guard::Guard;
use super::tables::Table;
use crate::database::failure::Failure;
use crate::permission::Permissions;

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 128;
/// No value and no row is larger.
const LONGEST: usize = 1_000_000_000;
/// How deep expressions may be: each level takes a piece of the thread's stack.
const DEEPEST: i32 = 500;
/// How long patterns of `LIKE` may be: matching is recursive.
const LONGEST_PATTERN: i32 = 5000;
/// SQLite is not given less memory than this.
const LEAST_MEMORY: usize = 8 << 20;

/// How to open a database.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Its file; none for one in memory.
    pub path: Option<PathBuf>,
    pub read_only: bool,
    /// Whether it may be made.
    pub create: bool,
    pub foreign_keys: bool,
    /// `full` or `normal`: whether each commit waits for the disk.
    pub synchronous: &'static str,
    /// How long to wait for other processes, and for transactions of this one.
    pub patience: Duration,
    /// The most connections that read.
    pub readers: usize,
    /// The memory that the program may have.
    pub memory: Option<usize>,
}

/// A connection, which one thread uses at a time.
pub(crate) struct Connection {
    pub(super) sql: rusqlite::Connection,
    pub(super) guard: Arc<Guard>,
    pub(super) tables: HashMap<String, Arc<Table>>,
    pub(super) interrupt: Arc<InterruptHandle>,
    /// Whether it is one of those that only read.
    pub(super) reads: bool,
}

/// Opens the connection that writes, or one that reads.
pub(crate) fn open(settings: &Settings, reads: bool) -> Result<Connection, Failure> {
    let guard = Arc::new(Guard::default());
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags |= if settings.read_only || reads && settings.path.is_some() {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    };
    if settings.create && !settings.read_only && !reads {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let opened = match &settings.path {
        Some(path) => rusqlite::Connection::open_with_flags(path, flags),
        None => rusqlite::Connection::open_in_memory_with_flags(flags),
    };
    let at = || settings.path.as_ref().map_or_else(|| "in memory".into(), |path| path.display().to_string());
    let wrong = |error| {
        let failure = failure(error, &guard);
        Failure::new(failure.kind, format!("cannot open the database {}: {}", at(), failure.message))
    };
    let mut sql = opened.map_err(wrong)?;
    set_up(&sql, settings, reads).map_err(wrong)?;
    sql.authorizer(Some(guard.duty())).map_err(wrong)?;
    let interrupt = Arc::new(sql.get_interrupt_handle());
    Ok(Connection { sql, guard, tables: HashMap::new(), interrupt, reads })
}

fn set_up(sql: &rusqlite::Connection, settings: &Settings, reads: bool) -> rusqlite::Result<()> {
    sql.set_prepared_statement_cache_capacity(STATEMENTS);
    sql.busy_timeout(settings.patience)?;
    let longest = settings.memory.unwrap_or(LONGEST).min(LONGEST);
    sql.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest as i32)?;
    sql.set_limit(Limit::SQLITE_LIMIT_EXPR_DEPTH, DEEPEST)?;
    sql.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)?;
    // A name in quotes is a name, and never silently a text if there is no such column.
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // The file may come from anywhere.
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, settings.foreign_keys)?;
    if let Some(memory) = settings.memory {
        sql.pragma_update_and_check(None, "hard_heap_limit", memory.max(LEAST_MEMORY) as i64, |_| Ok(()))?;
    }
    if settings.path.is_some() && !settings.read_only && !reads {
        begin_log(sql, settings.patience)?;
        sql.pragma_update(None, "synchronous", settings.synchronous)?;
    }
    // Only now is it known whether the file is a database.
    sql.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()))
}

/// Has the database kept in write-ahead mode. Where another process does so at the same time, SQLite does not
/// wait for it by itself.
fn begin_log(sql: &rusqlite::Connection, patience: Duration) -> rusqlite::Result<()> {
    let until = Instant::now() + patience;
    loop {
        match sql.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(5));
            }
            result => return result,
        }
    }
}

impl Settings {
    /// The same with the place that the program may use. SQLite would take some names for URLs, but no
    /// absolute path.
    pub fn permitted(mut self, permissions: &Permissions) -> Result<Self, Failure> {
        let Some(path) = &self.path else { return Ok(self) };
        let refused = |error: io::Error| {
            let kind = if error.kind() == io::ErrorKind::PermissionDenied { "permission" } else { "io" };
            Failure::new(kind, format!("cannot open the database {}: {error}", path.display()))
        };
        let mut place = permissions.read(path).map_err(refused)?;
        if !self.read_only {
            place = permissions.write(path).map_err(refused)?;
        }
        self.path = Some(std::path::absolute(place).map_err(refused)?);
        Ok(self)
    }
}
