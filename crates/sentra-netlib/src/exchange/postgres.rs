//! One connection to a PostgreSQL server, from the first message to the last (protocol 3.0, chapter
//! "Frontend/Backend Protocol" of its manual).
//!
//! What arrives goes through [`Session::take`] and comes out as [`Event`]s; what is to be sent lies in
//! [`Session::output`]. Statements are prepared and their parameters sent apart from them: nothing is ever put
//! into the text of a statement.

mod login;

use std::fmt::{self, Display, Formatter};
use std::io;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::IsNull;
use postgres_protocol::message::backend::{self, DataRowBody, ErrorFields, Header, Message};
use postgres_protocol::message::frontend;

pub use login::Login;

/// The port of PostgreSQL.
pub const PORT: u16 = 5432;
/// A message that says no more than this is read whole before anything is known of it.
const HEADER: usize = 5;
/// Before the login nobody has a reason to say much.
const LONGEST_GREETING: usize = 64 << 10;

/// Why a connection cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// What arrived is not what a PostgreSQL server says.
    Malformed(String),
    /// A message of so many bytes is not wanted.
    TooLong(usize),
    /// The login cannot go on as the server wants it.
    Login(String),
}

impl Display for Broken {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(out, "the server does not speak PostgreSQL's protocol: {what}"),
            Self::TooLong(len) => write!(out, "the server sent a message of {len} bytes, more than there is room for"),
            Self::Login(why) => out.write_str(why),
        }
    }
}

impl std::error::Error for Broken {}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The number of its type.
    pub kind: u32,
}

/// What a server says against a statement or a login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// Five characters that tell its kind (appendix "Error Codes").
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// More about it.
    pub detail: String,
    /// What may help.
    pub hint: String,
    /// Where in the statement, in characters from 1.
    pub position: Option<u32>,
    /// Whether the connection ends with it.
    pub is_fatal: bool,
}

/// A row whose cells are text or null.
pub struct Row(DataRowBody);

impl Row {
    /// Calls `take` with each cell.
    ///
    /// # Errors
    /// The row is damaged, or what `take` gave.
    pub fn cells<E: From<Broken>>(&self, mut take: impl FnMut(Option<&[u8]>) -> Result<(), E>) -> Result<(), E> {
        let mut ranges = self.0.ranges();
        while let Some(range) = ranges.next().map_err(Broken::from)? {
            take(range.and_then(|range| self.0.buffer().get(range)))?;
        }
        Ok(())
    }
}

/// What the owner of a connection has to know.
pub enum Event {
    /// The next request may be sent.
    Ready {
        /// A transaction is open.
        in_transaction: bool,
        /// It has failed: it can only be undone.
        failed: bool,
    },
    /// The types of a prepared statement's parameters.
    Parameters(Vec<u32>),
    /// The columns of what a statement will give, which may be none.
    Columns(Vec<Column>),
    /// A row.
    Row(Row),
    /// A statement has ended and has changed so many rows.
    Completed(u64),
    /// It failed. The connection becomes ready again, unless the failure is fatal.
    Failed(Complaint),
    /// Somebody said something on a channel that is listened to.
    Notified {
        /// The channel.
        channel: String,
        /// What was said.
        payload: String,
    },
}

/// A connection.
pub struct Session {
    input: BytesMut,
    output: BytesMut,
    login: Option<Box<login::Progress>>,
    /// What another connection names this one by to cancel its statement.
    key: Option<(i32, i32)>,
    longest: usize,
}

impl Session {
    /// Begins a connection: the greeting lies in [`Session::output`].
    ///
    /// # Errors
    /// Names that no message can hold.
    pub fn new(login: Login, longest: usize) -> Result<Self, Broken> {
        let mut output = BytesMut::new();
        let parameters =
            [("client_encoding", "UTF8"), ("DateStyle", "ISO"), ("user", &*login.user), ("database", &*login.database)];
        let names = parameters.into_iter().chain([("application_name", &*login.application)]);
        frontend::startup_message(names, &mut output).map_err(|_| Broken::Login("a name contains NUL".into()))?;
        let login = Some(Box::new(login::Progress::new(login)));
        Ok(Self { input: BytesMut::new(), output, login, key: None, longest })
    }

    /// Takes bytes that have arrived.
    pub fn take(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// Bytes that are to be sent; who has sent some takes them off the front.
    pub fn output(&mut self) -> &mut BytesMut {
        &mut self.output
    }

    /// How many bytes of a message may be there at once.
    pub fn set_longest(&mut self, longest: usize) {
        self.longest = longest;
    }

    /// What cancels a statement that runs on this connection, to be sent on another.
    pub fn cancel_request(&self) -> Option<Vec<u8>> {
        let (process, secret) = self.key?;
        let mut bytes = BytesMut::new();
        frontend::cancel_request(process, secret, &mut bytes);
        Some(bytes.to_vec())
    }

    /// The next of what the bytes that have arrived mean, if they mean anything yet.
    ///
    /// # Errors
    /// The connection is of no use any more.
    pub fn event(&mut self) -> Result<Option<Event>, Broken> {
        while let Some(message) = self.message()? {
            if let Some(event) = self.understand(message)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    fn message(&mut self) -> Result<Option<Message>, Broken> {
        if self.input.len() < HEADER {
            return Ok(None);
        }
        if let Some(header) = Header::parse(&self.input)? {
            let longest = if self.login.is_some() { LONGEST_GREETING } else { self.longest };
            let len = usize::try_from(header.len()).unwrap_or(usize::MAX);
            if len > longest {
                return Err(Broken::TooLong(len));
            }
        }
        Ok(Message::parse(&mut self.input)?)
    }

    fn understand(&mut self, message: Message) -> Result<Option<Event>, Broken> {
        if let Some(login) = &mut self.login {
            return match message {
                Message::BackendKeyData(body) => {
                    self.key = Some((body.process_id(), body.secret_key()));
                    Ok(None)
                }
                Message::ReadyForQuery(_) if login.is_done() => {
                    self.login = None;
                    Ok(Some(Event::Ready { in_transaction: false, failed: false }))
                }
                Message::ErrorResponse(body) => Ok(Some(Event::Failed(complaint(body.fields())?))),
                message => login.go_on(message, &mut self.output).map(|()| None),
            };
        }
        Ok(Some(match message {
            Message::ReadyForQuery(body) => {
                Event::Ready { in_transaction: body.status() != b'I', failed: body.status() == b'E' }
            }
            Message::ParameterDescription(body) => Event::Parameters(body.parameters().collect()?),
            Message::RowDescription(body) => Event::Columns(columns(&body)?),
            Message::NoData => Event::Columns(Vec::new()),
            Message::DataRow(body) => Event::Row(Row(body)),
            Message::CommandComplete(body) => Event::Completed(count(body.tag()?)),
            Message::EmptyQueryResponse | Message::PortalSuspended => Event::Completed(0),
            Message::ErrorResponse(body) => Event::Failed(complaint(body.fields())?),
            Message::NotificationResponse(body) => {
                Event::Notified { channel: body.channel()?.to_string(), payload: body.message()?.to_string() }
            }
            Message::CopyInResponse(_) => {
                // The server disregards what else it is asked until the copy ends.
                frontend::copy_fail("copying is not supported", &mut self.output)?;
                frontend::sync(&mut self.output);
                return Ok(None);
            }
            Message::CopyOutResponse(_)
            | Message::CopyData(_)
            | Message::CopyDone
            | Message::ParseComplete
            | Message::BindComplete
            | Message::CloseComplete
            | Message::NoticeResponse(_)
            | Message::ParameterStatus(_)
            | Message::BackendKeyData(_) => return Ok(None),
            _ => return Err(Broken::Malformed("a message that does not belong here".into())),
        }))
    }

    /// Prepares a statement under a name; its parameters and columns are told.
    ///
    /// # Errors
    /// What no message can hold.
    pub fn prepare(&mut self, name: &str, sql: &str) -> Result<(), Broken> {
        frontend::parse(name, sql, [], &mut self.output)?;
        frontend::describe(b'S', name, &mut self.output)?;
        frontend::sync(&mut self.output);
        Ok(())
    }

    /// Runs a prepared statement with parameters in text.
    ///
    /// # Errors
    /// What no message can hold.
    pub fn run(&mut self, name: &str, parameters: &[Option<Vec<u8>>]) -> Result<(), Broken> {
        let write = |parameter: &Option<Vec<u8>>, out: &mut BytesMut| match parameter {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        };
        frontend::bind("", name, [], parameters, write, [], &mut self.output)
            .map_err(|_| Broken::Malformed("the parameters are too long for one message".into()))?;
        frontend::execute("", 0, &mut self.output)?;
        frontend::sync(&mut self.output);
        Ok(())
    }

    /// Runs a statement of the caller's own, such as `BEGIN`.
    ///
    /// # Errors
    /// What no message can hold.
    pub fn query(&mut self, sql: &str) -> Result<(), Broken> {
        Ok(frontend::query(sql, &mut self.output)?)
    }

    /// Forgets a prepared statement. The next request goes with it.
    ///
    /// # Errors
    /// What no message can hold.
    pub fn forget(&mut self, name: &str) -> Result<(), Broken> {
        Ok(frontend::close(b'S', name, &mut self.output)?)
    }

    /// Says that the connection ends.
    pub fn end(&mut self) {
        frontend::terminate(&mut self.output);
    }
}

/// What asks a server for TLS, before anything else; it answers with one byte, `S` or `N`.
pub fn tls_request() -> Vec<u8> {
    let mut bytes = BytesMut::new();
    frontend::ssl_request(&mut bytes);
    bytes.to_vec()
}

fn columns(body: &backend::RowDescriptionBody) -> Result<Vec<Column>, Broken> {
    let one = |field: backend::Field<'_>| Ok(Column { name: field.name().to_string(), kind: field.type_oid() });
    Ok(body.fields().map(one).collect()?)
}

/// The number at the end of `INSERT 0 5`, `UPDATE 3`; what `SELECT` counts was not changed.
fn count(tag: &str) -> u64 {
    let changes = ["INSERT ", "UPDATE ", "DELETE ", "MERGE "].iter().any(|verb| tag.starts_with(verb));
    let tag = if changes { tag } else { "" };
    tag.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn complaint(mut fields: ErrorFields<'_>) -> Result<Complaint, Broken> {
    let mut complaint = Complaint::default();
    while let Some(field) = fields.next()? {
        let text = String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'C' => complaint.code = text,
            b'M' => complaint.message = text,
            b'D' => complaint.detail = text,
            b'H' => complaint.hint = text,
            b'P' => complaint.position = text.parse().ok(),
            // The severity in words that no locale changes.
            b'V' => complaint.is_fatal = text == "FATAL" || text == "PANIC",
            _ => {}
        }
    }
    Ok(complaint)
}
