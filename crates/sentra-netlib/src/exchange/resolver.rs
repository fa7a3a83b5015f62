//! Finding records: whom to ask next and what an answer means, without any I/O (RFC 1034, 5.3;
//! RFC 2308; RFC 7766).
//!
//! A [`Lookup`] asks one server at a time. Its caller sends the question, throws away what does
//! not answer it ([`crate::wire::dns::answers`]), and says what became of it.

pub mod cache;

use std::fmt::{self, Display, Formatter};
use std::net::SocketAddr;
use std::rc::Rc;

use trust_dns_proto::rr::Name;

use crate::wire::dns::reply::code;
use crate::wire::dns::system::Settings;
use crate::wire::dns::{Kind, Manner, Question, Record, Reply, name, rdata};

/// Aliases that lead from one name to the next.
const MOST_ALIASES: usize = 16;

/// How to send a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// In a datagram.
    Datagram,
    /// On a stream, behind its length.
    Stream,
    /// The same within TLS (RFC 7858).
    Secured,
}

impl Transport {
    /// The one that settings begin with.
    fn of(settings: &Settings) -> Self {
        match settings {
            Settings { tls: true, .. } => Self::Secured,
            Settings { tcp: true, .. } => Self::Stream,
            _ => Self::Datagram,
        }
    }
}

/// Whom to ask and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The server.
    pub server: SocketAddr,
    /// The way to it.
    pub transport: Transport,
}

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// Send [`Lookup::question`] and say what became of it.
    Ask(Ask),
    /// It is over.
    Done(Result<Answer, Failed>),
}

/// What servers said at last.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The replies: the last one, behind those with aliases that led there.
    pub replies: Vec<Reply>,
    /// Whether there are such records.
    pub found: Found,
    /// The name that the aliases led to.
    pub name: Name,
    /// Who said so.
    pub server: SocketAddr,
    /// Seconds that it may be remembered.
    pub ttl: u32,
}

/// Whether there is what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Records.
    Records,
    /// The name, without such records.
    NoData,
    /// Not even the name.
    NoName,
}

/// Why one server was of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It did not answer in time.
    TimedOut,
    /// It could not be reached.
    Unreachable(String),
    /// It said that it failed, or will not answer.
    Code(u16),
    /// It neither knows nor asks others.
    Lame,
    /// Its answer makes no sense.
    Malformed,
    /// Aliases lead round in a circle, or too far.
    Aliases,
}

/// No server was of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The last failure.
    pub failure: Failure,
    /// Whose.
    pub server: SocketAddr,
}

/// One lookup.
#[derive(Debug)]
pub struct Lookup {
    settings: Rc<Settings>,
    kind: Kind,
    manner: Manner,
    /// Names to try, the next one last.
    untried: Vec<Name>,
    /// The name that is asked for now, behind its aliases.
    name: Name,
    aliases: usize,
    replies: Vec<Reply>,
    question: Question,
    transport: Transport,
    /// The first server, the one that is asked now counted from there, and the round.
    first: usize,
    turn: usize,
    round: u32,
    /// What names that were tried came to.
    negative: Option<Answer>,
    failed: Option<Failed>,
}

impl Lookup {
    /// Looks for records of a kind; nothing if `host` is no name. `first` says which server is
    /// asked first, where they take turns.
    pub fn new(host: &str, kind: Kind, settings: Rc<Settings>, manner: Manner, first: usize) -> Option<Self> {
        let mut untried = candidates(host, &settings)?;
        let manner = Manner { edns: manner.edns && settings.edns, ..manner };
        let transport = Transport::of(&settings);
        let name = untried.pop()?;
        let question = Question::new(&name, kind, manner);
        let (aliases, replies) = (0, Vec::new());
        let first = if settings.rotate { first % settings.servers.len() } else { 0 };
        Some(Self {
            settings,
            kind,
            manner,
            untried,
            name,
            aliases,
            replies,
            question,
            transport,
            first,
            turn: 0,
            round: 0,
            negative: None,
            failed: None,
        })
    }

    /// Whom to ask now.
    pub fn ask(&self) -> Ask {
        let servers = &self.settings.servers;
        Ask { server: servers[(self.first + self.turn) % servers.len()], transport: self.transport }
    }

    /// What to ask.
    pub fn question(&mut self) -> &mut Question {
        &mut self.question
    }

    /// Takes a reply to the question.
    pub fn answered(&mut self, mut bytes: Vec<u8>) -> Step {
        self.question.restore(&mut bytes);
        let Some(reply) = Reply::read(bytes) else { return self.failed(Failure::Malformed) };
        if reply.flags().truncated && self.transport == Transport::Datagram {
            self.transport = Transport::Stream;
            return Step::Ask(self.ask());
        }
        match reply.code {
            code::NO_ERROR | code::NO_SUCH_NAME => self.follow(reply),
            code::FORMAT_ERROR | code::NOT_IMPLEMENTED | code::BAD_VERSION if self.manner.edns => {
                // RFC 6891, 7: who does not know EDNS says so, and is asked without.
                self.manner.edns = false;
                self.question = Question::new(&self.name, self.kind, self.manner);
                Step::Ask(self.ask())
            }
            code => self.failed(Failure::Code(code)),
        }
    }

    /// Notes that the server that was asked is of no use, and goes on to the next.
    pub fn failed(&mut self, failure: Failure) -> Step {
        self.failed = Some(Failed { failure, server: self.ask().server });
        self.turn += 1;
        if self.turn == self.settings.servers.len() {
            self.turn = 0;
            self.round += 1;
            // Some servers do not repeat letters as they came: then their answers went unseen.
            self.manner.mixed_case = false;
        }
        if self.round >= self.settings.attempts {
            return self.next_name();
        }
        self.restart(self.name.clone())
    }

    fn restart(&mut self, name: Name) -> Step {
        self.transport = Transport::of(&self.settings);
        self.question = Question::new(&name, self.kind, self.manner);
        self.name = name;
        Step::Ask(self.ask())
    }

    /// Follows the aliases in a reply to what it says in the end.
    fn follow(&mut self, reply: Reply) -> Step {
        let wants_alias = matches!(self.kind, Kind::CNAME | Kind::ANY);
        let mut name = self.name.clone();
        while !wants_alias && let Some(target) = alias(&reply, &name) {
            self.aliases += 1;
            if self.aliases > MOST_ALIASES {
                return self.failed_for_good(Failure::Aliases);
            }
            name = target;
        }
        let moved = name != self.name;
        let found = reply.answers().iter().any(|record| self.is_wanted(record, &name));
        let no_name = reply.code == code::NO_SUCH_NAME;
        let negative = reply.authorities().iter().find_map(|record| rdata::negative_ttl(&reply, record));
        let flags = reply.flags();
        if !found && !no_name && negative.is_none() {
            if moved {
                self.replies.push(reply);
                return self.restart(name);
            }
            let refers = reply.authorities().iter().any(|record| record.kind == Kind::NS);
            if refers && !flags.recursion_available && !flags.authoritative {
                return self.failed(Failure::Lame);
            }
        }
        let found = match found {
            true => Found::Records,
            false if no_name => Found::NoName,
            false => Found::NoData,
        };
        self.replies.push(reply);
        self.conclude(found, name, negative)
    }

    fn is_wanted(&self, record: &Record, name: &Name) -> bool {
        (record.kind == self.kind || self.kind == Kind::ANY) && record.name == *name
    }

    fn conclude(&mut self, found: Found, name: Name, negative: Option<u32>) -> Step {
        let replies = std::mem::take(&mut self.replies);
        let kept = replies.iter().flat_map(Reply::answers).map(|record| record.ttl);
        // Without a word on how long, absence is not remembered (RFC 2308, 5).
        let absence = if found == Found::Records { None } else { Some(negative.unwrap_or(0)) };
        let ttl = kept.chain(absence).min().unwrap_or(0);
        let answer = Answer { replies, found, name, server: self.ask().server, ttl };
        if found == Found::Records {
            return Step::Done(Ok(answer));
        }
        // A name that is there without such records says more than one that is not there.
        if found == Found::NoData || self.negative.is_none() {
            self.negative = Some(answer);
        }
        self.next_name()
    }

    /// Tries the next name, or gives what those before came to.
    fn next_name(&mut self) -> Step {
        let Some(name) = self.untried.pop() else {
            let failed = self.failed.take().filter(|_| self.round >= self.settings.attempts);
            return Step::Done(match (self.negative.take(), failed) {
                (Some(answer), None) => Ok(answer),
                (_, Some(failed)) => Err(failed),
                (None, None) => unreachable!("every name comes to something"),
            });
        };
        (self.turn, self.round, self.aliases) = (0, 0, 0);
        self.replies.clear();
        self.restart(name)
    }

    fn failed_for_good(&mut self, failure: Failure) -> Step {
        Step::Done(Err(Failed { failure, server: self.ask().server }))
    }
}

/// The names to try for what a script or person wrote, the first one last (resolv.conf(5):
/// `search`, `ndots`).
fn candidates(host: &str, settings: &Settings) -> Option<Vec<Name>> {
    let name = name::parse(host)?;
    if host.ends_with('.') {
        return Some(vec![name]);
    }
    let mut names: Vec<Name> = settings.search.iter().rev().filter_map(|domain| within(&name, domain)).collect();
    let dots = usize::from(name.num_labels()).saturating_sub(1);
    if dots >= settings.dots {
        names.push(name)
    } else {
        names.insert(0, name)
    }
    Some(names)
}

fn within(name: &Name, domain: &Name) -> Option<Name> {
    let mut joined = name.clone().append_domain(domain).ok()?;
    joined.set_fqdn(true);
    Some(joined)
}

/// Where an alias leads.
fn alias(reply: &Reply, name: &Name) -> Option<Name> {
    let record = reply.answers().iter().find(|record| record.kind == Kind::CNAME && record.name == *name)?;
    rdata::target(reply, record)
}

impl Answer {
    /// The records that were asked for, each with the reply that it is in.
    pub fn records(&self, kind: Kind) -> impl Iterator<Item = (&Reply, &Record)> {
        let wanted = move |record: &&Record| (record.kind == kind || kind == Kind::ANY) && record.name == self.name;
        let last = self.replies.last();
        last.into_iter().flat_map(move |reply| reply.answers().iter().filter(wanted).map(move |record| (reply, record)))
    }
}

impl Display for Failure {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => out.write_str("timed out"),
            Self::Unreachable(reason) => out.write_str(reason),
            Self::Code(code::FORMAT_ERROR) => out.write_str("does not understand the question (FORMERR)"),
            Self::Code(code::SERVER_FAILURE) => out.write_str("failed (SERVFAIL)"),
            Self::Code(code::NOT_IMPLEMENTED) => out.write_str("cannot do this (NOTIMP)"),
            Self::Code(code::REFUSED) => out.write_str("refused (REFUSED)"),
            Self::Code(code) => write!(out, "answered with code {code}"),
            Self::Lame => out.write_str("knows nothing of this name and asks nobody else"),
            Self::Malformed => out.write_str("sent a malformed answer"),
            Self::Aliases => out.write_str("sent aliases that lead round in a circle"),
        }
    }
}

impl Display for Failed {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "the name server {} {}", self.server, self.failure)
    }
}
