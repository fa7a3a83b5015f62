//! Requests on one connection, each until the server is ready for the next.

use std::rc::Rc;
use std::sync::Arc;

use sentra_netlib::exchange::postgres::{Broken, Column, Complaint, Event};
use sentra_netlib::wire::postgres::kind::{self, Read};
use sentra_netlib::wire::postgres::places;

use super::errors::failure;
use super::link::{Link, Prepared};
use super::parameters::text;
use crate::database::datum::Datum;
use crate::database::failure::Failure;
use crate::database::rows::{Cell, Rows};
use crate::fiber::Waiter;
use crate::vm::Vm;

/// Messages are no longer, whatever memory there is.
const LONGEST: usize = 1 << 30;

/// What a request has led to.
pub(super) enum Reply {
    /// Rows, and how many were changed.
    Rows(Rows, u64),
    /// The server does not do it.
    Complaint(Complaint),
    /// It was not sent.
    Refused(Failure),
}

enum Request {
    Preparing { sql: Arc<str>, name: String, parameters: Vec<Datum> },
    Running { prepared: Rc<Prepared>, sql: Arc<str>, parameters: Vec<Datum>, fresh: bool },
    Own,
}

/// A conversation over a connection.
pub(super) struct Talk {
    pub link: Box<Link>,
    /// Whether a transaction was open when the last request had ended.
    pub in_transaction: bool,
    room: usize,
    request: Request,
    types: Vec<u32>,
    columns: Vec<Column>,
    rows: Rows,
    count: u64,
    complaint: Option<Complaint>,
}

impl Talk {
    /// A conversation whose results may take so many bytes.
    pub fn new(mut link: Box<Link>, room: usize) -> Self {
        link.session.set_longest(room.min(LONGEST));
        Self {
            link,
            in_transaction: false,
            room,
            request: Request::Own,
            types: Vec::new(),
            columns: Vec::new(),
            rows: Rows::default(),
            count: 0,
            complaint: None,
        }
    }

    /// Sends a statement of our own.
    pub fn own(&mut self, sql: &str) -> Result<(), Failure> {
        self.request = Request::Own;
        Ok(self.link.session.query(sql)?)
    }

    /// Sends a statement, or first has it prepared.
    pub fn statement(&mut self, sql: Arc<str>, parameters: Vec<Datum>) -> Result<(), Failure> {
        if sql.contains('\0') {
            return Err(Failure::new("syntax", "a statement may not contain the character NUL"));
        }
        if let Some(prepared) = self.link.statements.get(&sql).cloned() {
            return self.run(prepared, sql, parameters, false);
        }
        let name = self.link.name_statement()?;
        self.link.session.prepare(&name, &places::numbered(&sql))?;
        self.request = Request::Preparing { sql, name, parameters };
        Ok(())
    }

    fn run(
        &mut self,
        prepared: Rc<Prepared>,
        sql: Arc<str>,
        parameters: Vec<Datum>,
        fresh: bool,
    ) -> Result<(), Failure> {
        if prepared.parameters.len() != parameters.len() {
            return Err(Failure::wrong_count(prepared.parameters.len(), parameters.len()));
        }
        let texts = parameters.iter().zip(&prepared.parameters).enumerate();
        let texts = texts.map(|(at, (parameter, &of))| text(parameter, of, at + 1)).collect::<Result<Vec<_>, _>>()?;
        self.rows = Rows::new(prepared.columns.iter().map(|column| column.name.clone()).collect(), self.room);
        self.link.session.run(&prepared.name, &texts)?;
        self.request = Request::Running { prepared, sql, parameters, fresh };
        Ok(())
    }

    /// Goes on: the reply, or nothing if `waiter` will be woken. After a failure the connection is of no use.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Reply>, Failure> {
        loop {
            match self.link.next(vm, waiter)? {
                None => return Ok(None),
                Some(Event::Ready { in_transaction, failed }) => {
                    (self.in_transaction, self.link.failed) = (in_transaction, failed);
                    match self.ended() {
                        Ok(Some(reply)) => return Ok(Some(reply)),
                        Ok(None) => {}
                        Err(refused) => return Ok(Some(Reply::Refused(refused))),
                    }
                }
                Some(Event::Parameters(types)) => self.types = types,
                Some(Event::Columns(columns)) => self.columns = columns,
                Some(Event::Row(row)) => {
                    let Request::Running { prepared, .. } = &self.request else { continue };
                    self.rows.begin_row()?;
                    let mut columns = prepared.columns.iter();
                    let rows = &mut self.rows;
                    row.cells(|cell| {
                        let none = || Failure::from(Broken::Malformed("a row of another width".into()));
                        add(rows, columns.next().ok_or_else(none)?, cell)
                    })?;
                    if columns.next().is_some() {
                        return Err(Broken::Malformed("a row of another width".into()).into());
                    }
                }
                Some(Event::Completed(count)) => self.count = count,
                Some(Event::Failed(complaint)) if complaint.is_fatal => return Err(failure(&complaint)),
                Some(Event::Failed(complaint)) => self.complaint = Some(complaint),
                Some(Event::Notified { .. }) => {}
            }
        }
    }

    /// A request has ended: the reply, unless another follows.
    fn ended(&mut self) -> Result<Option<Reply>, Failure> {
        let complaint = self.complaint.take();
        match (std::mem::replace(&mut self.request, Request::Own), complaint) {
            (Request::Preparing { sql, name, parameters }, None) => {
                let (types, columns) = (std::mem::take(&mut self.types), std::mem::take(&mut self.columns));
                let prepared = Rc::new(Prepared { name, parameters: types, columns });
                self.link.statements.insert(Arc::clone(&sql), Rc::clone(&prepared));
                self.run(prepared, sql, parameters, true)?;
                Ok(None)
            }
            (Request::Running { prepared, sql, parameters, fresh: false }, Some(complaint))
                if is_outdated(&complaint) && !self.in_transaction =>
            {
                // A table was changed since the statement was prepared: it is prepared again.
                self.link.statements.remove(&sql);
                self.link.session.forget(&prepared.name)?;
                self.statement(sql, parameters)?;
                Ok(None)
            }
            (_, Some(complaint)) => Ok(Some(Reply::Complaint(complaint))),
            (_, None) => {
                let count = std::mem::take(&mut self.count);
                Ok(Some(Reply::Rows(std::mem::take(&mut self.rows), count)))
            }
        }
    }
}

fn is_outdated(complaint: &Complaint) -> bool {
    complaint.code == "26000" || complaint.code == "0A000" && complaint.message.contains("cached plan")
}

fn add(rows: &mut Rows, column: &Column, cell: Option<&[u8]>) -> Result<(), Failure> {
    let Some(text) = cell else {
        rows.push(Cell::Null);
        return Ok(());
    };
    match kind::read(column.kind, text) {
        Read::Boolean(truth) => rows.push(Cell::Boolean(truth)),
        Read::Integer(integer) => rows.push(Cell::Integer(integer)),
        Read::Real(number) => rows.push(Cell::Real(number)),
        Read::Text(text) => rows.push_bytes(text)?,
        Read::Bytes(bytes) => rows.push_bytes(&bytes)?,
        Read::Json(json) => rows.push_json(&json)?,
    }
    Ok(())
}
