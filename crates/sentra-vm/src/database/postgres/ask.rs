//! The wait of a fiber for a database: for a connection, then for what comes of its work.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use super::cancel::cancel;
use super::dial::Dial;
use super::errors::failure;
use super::link::Link;
use super::pool::{Pool, Taken};
use super::tables::{DESCRIBE, Table, path};
use super::talk::{Reply, Talk};
use crate::database::datum::Datum;
use crate::database::failure::Failure;
use crate::database::{Answer, Wanted, Work};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

enum Stage {
    Wanting,
    Dialing(Box<Dial>),
    /// The work on a table is put off until it is known what the table is like.
    Describing(Box<Talk>),
    Working(Box<Talk>),
    Over,
}

/// Work for a database.
pub(crate) struct Ask<F> {
    pool: Rc<RefCell<Pool>>,
    number: u64,
    transaction: Option<u64>,
    work: Work,
    room: usize,
    /// Whether the transaction that it ends had failed.
    was_failed: bool,
    stage: Stage,
    until: Option<Instant>,
    finish: Option<F>,
}

impl<F: FnOnce(&mut Vm, Answer) -> Result<Value>> Ask<F> {
    /// Work, and what is made of what comes of it. A transaction that it begins has the number.
    pub fn new(pool: &Rc<RefCell<Pool>>, number: u64, transaction: Option<u64>, work: Work, finish: F) -> Self {
        let pool = Rc::clone(pool);
        Self {
            pool,
            number,
            transaction,
            work,
            room: 0,
            was_failed: false,
            stage: Stage::Wanting,
            until: None,
            finish: Some(finish),
        }
    }

    fn go_on(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<Answer>, Failure> {
        loop {
            match &mut self.stage {
                Stage::Wanting => {
                    let Some(stage) = self.want(vm, waiter)? else { return Ok(None) };
                    self.stage = stage;
                    if let Stage::Over = self.stage {
                        return Ok(Some(Answer::Done));
                    }
                }
                Stage::Dialing(dial) => match dial.poll(vm, waiter) {
                    Ok(None) => return Ok(None),
                    Ok(Some(link)) => self.stage = self.begin(vm, link)?,
                    Err(failure) => {
                        self.stage = Stage::Over;
                        self.pool.borrow_mut().lose(vm, self.transaction);
                        return Err(failure);
                    }
                },
                Stage::Describing(talk) | Stage::Working(talk) => match talk.poll(vm, waiter) {
                    Ok(None) => return Ok(None),
                    Ok(Some(reply)) => {
                        if let Some(answer) = self.heed(vm, waiter, reply)? {
                            return Ok(Some(answer));
                        }
                    }
                    Err(failure) => {
                        self.drop_link(vm);
                        return Err(failure);
                    }
                },
                Stage::Over => return Ok(None),
            }
        }
    }

    /// A connection, or the wait for one.
    fn want(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<Stage>, Failure> {
        let mut pool = self.pool.borrow_mut();
        if pool.closed {
            return Err(Failure::closed());
        }
        match pool.take(vm, waiter, self.transaction) {
            Taken::Link(link) => {
                drop(pool);
                self.begin(vm, link).map(Some)
            }
            Taken::Room => Ok(Some(Stage::Dialing(Box::new(Dial::new(&pool.settings))))),
            Taken::Ended if matches!(self.work, Work::End { commit: false, .. }) => Ok(Some(Stage::Over)),
            Taken::Ended => Err(Failure::ended()),
            Taken::Wait => {
                let patience = pool.settings.patience;
                let until = *self.until.get_or_insert_with(|| Instant::now() + patience);
                if Instant::now() >= until {
                    let message =
                        "the database is busy: all of its connections are in use, and none became free in time";
                    return Err(Failure::new("busy", message));
                }
                vm.set_deadline(waiter, until);
                Ok(None)
            }
        }
    }

    /// Sends what the work begins with.
    fn begin(&mut self, vm: &mut Vm, link: Box<Link>) -> std::result::Result<Stage, Failure> {
        self.room = vm.heap.limit().map_or(usize::MAX, |limit| limit.saturating_sub(vm.heap.bytes()));
        self.was_failed = link.failed;
        let mut talk = Box::new(Talk::new(link, self.room));
        let begun = self.begin_on(&mut talk);
        match begun {
            Ok(true) => Ok(Stage::Describing(talk)),
            Ok(false) => Ok(Stage::Working(talk)),
            Err(failure) => {
                // Nothing was sent: the connection is as it was.
                let is_unused = talk.link.session.output().is_empty();
                if is_unused {
                    self.pool.borrow_mut().give(vm, talk.link, self.transaction);
                } else {
                    talk.link.close(vm);
                    self.pool.borrow_mut().lose(vm, self.transaction);
                }
                Err(failure)
            }
        }
    }

    /// Whether it begins with a question about a table.
    fn begin_on(&self, talk: &mut Talk) -> std::result::Result<bool, Failure> {
        match &self.work {
            Work::Statement { sql, parameters, .. } => talk.statement(sql.clone(), parameters.clone())?,
            Work::Begin { depth: 0 } => talk.own("BEGIN")?,
            Work::Begin { depth } => talk.own(&format!("SAVEPOINT level{depth}"))?,
            // A transaction in which a statement has failed cannot be committed.
            Work::End { depth: 0, commit } => {
                talk.own(if *commit && !talk.link.failed { "COMMIT" } else { "ROLLBACK" })?;
            }
            Work::End { depth, commit: true } => talk.own(&format!("RELEASE level{depth}"))?,
            Work::End { depth, commit: false } => {
                talk.own(&format!("ROLLBACK TO level{depth}; RELEASE level{depth}"))?;
            }
            Work::Find { table, .. }
            | Work::Insert { table, .. }
            | Work::Update { table, .. }
            | Work::Delete { table, .. }
            | Work::Count { table } => {
                let known = self.pool.borrow().tables.get(table).cloned();
                let begun = known.map(|known| self.work_on(talk, &known));
                match begun {
                    // What was known of it may be out of date.
                    None | Some(Err(Failure { kind: "schema", .. })) => {
                        talk.statement(DESCRIBE.into(), vec![Datum::Text(path(table))])?;
                        return Ok(true);
                    }
                    Some(begun) => begun?,
                }
            }
        }
        Ok(false)
    }

    fn work_on(&self, talk: &mut Talk, table: &Table) -> std::result::Result<(), Failure> {
        let (sql, parameters) = table.statement(&self.work)?;
        talk.statement(sql.into(), parameters)
    }

    /// What a reply means for the work; nothing if it goes on.
    fn heed(&mut self, vm: &mut Vm, waiter: Waiter, reply: Reply) -> std::result::Result<Option<Answer>, Failure> {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        match stage {
            Stage::Describing(mut talk) => {
                let begun = self.described(reply).and_then(|table| self.work_on(&mut talk, &table));
                if let Err(failure) = begun {
                    self.give_back(vm, waiter, talk);
                    return Err(failure);
                }
                self.stage = Stage::Working(talk);
                Ok(None)
            }
            Stage::Working(talk) => {
                let left_open = talk.in_transaction && self.transaction.is_none();
                let spoiled = left_open && !matches!(self.work, Work::Begin { .. });
                let answer = self.answer(reply, self.was_failed);
                if spoiled {
                    self.stage = Stage::Working(talk);
                    self.drop_link(vm);
                    return Err(Failure::new(
                        "permission",
                        "transactions are begun and ended by `transaction(f)`, not by statements",
                    ));
                }
                self.give_back(vm, waiter, talk);
                answer.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What a table was described to be.
    fn described(&self, reply: Reply) -> std::result::Result<Rc<Table>, Failure> {
        let rows = match reply {
            Reply::Rows(rows, _) => rows,
            Reply::Complaint(complaint) => return Err(failure(&complaint)),
            Reply::Refused(failure) => return Err(failure),
        };
        let (Work::Find { table, .. }
        | Work::Insert { table, .. }
        | Work::Update { table, .. }
        | Work::Delete { table, .. }
        | Work::Count { table }) = &self.work
        else {
            return Err(Failure::ended());
        };
        let table = Rc::new(Table::new(table, rows.names_and_marks())?);
        let name = table.name().to_string();
        self.pool.borrow_mut().tables.insert(name, Rc::clone(&table));
        Ok(table)
    }

    fn answer(&self, reply: Reply, failed: bool) -> std::result::Result<Answer, Failure> {
        let (rows, count) = match reply {
            Reply::Rows(rows, count) => (rows, count),
            Reply::Refused(failure) => return Err(failure),
            Reply::Complaint(complaint) => {
                // A key that is no value of the column's type is the key of no row.
                let no_key = matches!(complaint.code.as_str(), "22P02" | "22003" | "22007" | "22008");
                if matches!(complaint.code.as_str(), "42P01" | "42703") {
                    self.pool.borrow_mut().tables.clear();
                }
                return match self.work {
                    Work::Find { .. } if no_key => Ok(Answer::Row(Default::default())),
                    Work::Delete { .. } if no_key => Ok(Answer::Truth(false)),
                    _ => Err(failure(&complaint)),
                };
            }
        };
        Ok(match self.work {
            Work::Statement { wanted: Wanted::Rows, .. } => Answer::Rows(rows),
            Work::Statement { wanted: Wanted::Changes, .. } => Answer::Number(count as i64),
            Work::Find { .. } => Answer::Row(rows),
            Work::Insert { .. } | Work::Count { .. } => Answer::Cell(rows),
            Work::Update { .. } | Work::Delete { .. } => Answer::Truth(count > 0),
            Work::End { depth: 0, commit: true } if failed => {
                return Err(Failure::new("closed", "the transaction was rolled back by an error within it"));
            }
            Work::Begin { .. } | Work::End { .. } => Answer::Done,
        })
    }

    /// Leaves a connection to whoever has it next.
    fn give_back(&self, vm: &mut Vm, waiter: Waiter, mut talk: Box<Talk>) {
        talk.link.forget(vm, waiter);
        let mut pool = self.pool.borrow_mut();
        match (&self.work, self.transaction) {
            (Work::Begin { depth: 0 }, _) if talk.in_transaction => pool.hold(self.number, talk.link),
            (Work::End { depth: 0, .. }, Some(number)) => {
                pool.let_go(number);
                pool.give(vm, talk.link, None);
            }
            (_, transaction) => pool.give(vm, talk.link, transaction),
        }
    }

    /// Gives up the connection and what is done on it.
    fn drop_link(&mut self, vm: &mut Vm) {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Dialing(mut dial) => dial.abandon(vm),
            Stage::Describing(talk) | Stage::Working(talk) => cancel(vm, talk.link),
            Stage::Wanting | Stage::Over => return self.pool.borrow_mut().call(vm),
        }
        self.pool.borrow_mut().lose(vm, self.transaction);
    }
}

impl<F: FnOnce(&mut Vm, Answer) -> Result<Value>> Operation for Ask<F> {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let Some(answer) = self.go_on(vm, waiter)? else { return Ok(None) };
        let finish = self.finish.take().expect("a result comes once");
        finish(vm, answer).map(Some)
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.drop_link(vm);
    }
}
