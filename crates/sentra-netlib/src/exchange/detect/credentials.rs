//! Cleartext Credentials: a name and a password that anybody on the way can read. What the
//! server refuses is none; the password itself is not kept.

use std::net::IpAddr;

use super::brute::refuses;
use super::table::Table;
use super::{Alert, Alerts, Detector, Flow, Kind, Party, Seen, Thresholds};
use crate::code::base64::Alphabet;
use crate::wire::packet::Transport;

const FLOWS: usize = 16_384;
const LONGEST_NAME: usize = 64;

/// What a client has sent, until the server answers.
#[derive(Clone, Default)]
struct Login {
    at: u64,
    service: &'static str,
    user: String,
    /// It has sent the password too.
    complete: bool,
}

pub(super) struct Cleartext {
    kind: Kind,
    logins: Table<Flow, Login>,
    known: Table<(IpAddr, IpAddr, &'static str), bool>,
}

impl Cleartext {
    pub fn new(kind: Kind, _: &Thresholds) -> Self {
        Self { kind, logins: Table::new(FLOWS), known: Table::new(FLOWS) }
    }

    fn raise(&mut self, flow: Flow, login: Login, alerts: &mut Alerts) {
        let known = self.known.entry(&(flow.source, flow.target, login.service));
        if std::mem::replace(known, true) || login.user.eq_ignore_ascii_case("anonymous") {
            return;
        }
        let Flow { source, target, to, .. } = flow;
        let (service, user) = (login.service, login.user);
        let alert = Alert::new(self.kind, login.at, Party::Host(source), Party::Host(target))
            .over("TCP", Some(to))
            .saying(format!("{source} logged in to {service} of {target} in the clear, as {}", user.escape_debug()))
            .text("service", service)
            .text("user", user);
        alerts.raise(alert);
    }

    /// A client's bytes.
    fn client(&mut self, at: u64, flow: Flow, payload: &[u8]) {
        let before = self.logins.get(&flow).cloned();
        let Some(login) = login(flow.to, payload, before) else { return };
        *self.logins.entry(&flow) = Login { at, ..login };
    }
}

/// Bytes as a short text.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST_NAME)]).trim().to_string()
}

/// What stands after a word, whatever its case.
fn after<'p>(payload: &'p [u8], word: &str) -> Option<&'p [u8]> {
    let head = payload.get(..word.len())?;
    head.eq_ignore_ascii_case(word.as_bytes()).then(|| &payload[word.len()..])
}

/// The login that a client's bytes begin or complete.
fn login(port: u16, payload: &[u8], before: Option<Login>) -> Option<Login> {
    let line = payload.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let new = |service, user, complete| Some(Login { at: 0, service, user, complete });
    match port {
        21 | 110 => {
            let service = if port == 21 { "FTP" } else { "POP3" };
            if let Some(user) = after(line, "USER ") {
                // Name and password may come together.
                let both = payload.windows(6).any(|part| part.eq_ignore_ascii_case(b"\nPASS "));
                return new(service, shown(user), both);
            }
            after(line, "PASS ")?;
            new(service, before.map(|login| login.user).unwrap_or_default(), true)
        }
        25 | 587 => {
            let token = after(line, "AUTH PLAIN ").and_then(|code| Alphabet::Standard.decode(code).ok())?;
            new("SMTP", shown(token.split(|byte| *byte == 0).nth(1)?), true)
        }
        143 => {
            let mut words = line.split(|byte| *byte == b' ').skip(1);
            let is_login = words.next()?.eq_ignore_ascii_case(b"LOGIN");
            let user = words.next().filter(|_| is_login)?;
            words.next()?;
            new("IMAP", shown(user).trim_matches('"').to_string(), true)
        }
        6379 => {
            let is_login = memchr::memmem::find(payload, b"AUTH").is_some_and(|at| at < 16);
            is_login.then(|| new("Redis", String::new(), true))?
        }
        _ => http(payload).and_then(|user| new("HTTP", user, true)),
    }
}

/// Who logs in by a request of HTTP: by its authorization, or by a form.
fn http(payload: &[u8]) -> Option<String> {
    const METHODS: [&[u8]; 5] = [b"GET ", b"POST ", b"PUT ", b"HEAD ", b"DELETE "];
    METHODS.iter().find(|method| payload.starts_with(method))?;
    let end = memchr::memmem::find(payload, b"\r\n\r\n").unwrap_or(payload.len());
    let (head, body) = payload.split_at(end);
    for line in head.split(|byte| *byte == b'\n') {
        if let Some(code) = after(line, "authorization: basic ") {
            let token = Alphabet::Standard.decode(code.trim_ascii()).ok()?;
            let colon = memchr::memchr(b':', &token)?;
            return Some(shown(&token[..colon]));
        }
    }
    let body = body.trim_ascii_start();
    let fields: Vec<(&[u8], &[u8])> = body.split(|byte| *byte == b'&').filter_map(field).collect();
    let named = |names: &[&str]| {
        let is = |name: &[u8]| names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
        fields.iter().find(|(name, value)| is(name) && !value.is_empty()).map(|(_, value)| *value)
    };
    named(&["password", "passwd", "pass", "pwd"])?;
    Some(named(&["user", "username", "login", "email", "name"]).map(shown).unwrap_or_default())
}

fn field(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = memchr::memchr(b'=', pair)?;
    Some((&pair[..equals], &pair[equals + 1..]))
}

impl Detector for Cleartext {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let payload = seen.packet.payload;
        let (Transport::Tcp(_), Some(flow), false) = (&seen.packet.transport, seen.flow(), payload.is_empty()) else {
            return;
        };
        // What comes back after the password says whether it was right.
        if let Some(login) = self.logins.get(&flow.back()) {
            if login.complete {
                let login = login.clone();
                self.logins.remove(&flow.back());
                if refuses(flow.from, payload).is_none() {
                    self.raise(flow.back(), login, alerts);
                }
            }
            return;
        }
        self.client(seen.at, flow, payload);
    }

    fn end(&mut self, alerts: &mut Alerts) {
        let open: Vec<(Flow, Login)> = self.logins.drain().filter(|(_, login)| login.complete).collect();
        for (flow, login) in open {
            self.raise(flow, login, alerts);
        }
    }
}
