//! What the end of each connection of a scan means, and what is to be found out next.

use super::enumeration::{Enumeration, Subject};
use super::findings::{Accepted, Support};
use super::plan::{APPLICATIONS, Job, PLAIN, codes};
use super::session::Session;
use super::talk::{Dialogue, End, Talk, has_heartbeat};
use super::{Scan, robot};
use crate::wire::tls::alert::{INAPPROPRIATE_FALLBACK, PROTOCOL_VERSION};
use crate::wire::tls::flight::Flight;
use crate::wire::tls::group::Group;
use crate::wire::tls::handshake::ServerHello;
use crate::wire::tls::key_exchange::Parameters;
use crate::wire::tls::suite::Suite;
use crate::wire::tls::{Protocol, extension, ssl2};

/// Chains that are kept.
const MOST_CHAINS: usize = 8;

impl Scan {
    /// Takes in what a connection has shown.
    pub(super) fn learn(&mut self, job: Job, talk: Talk, end: End) {
        let lost = matches!(end, End::TimedOut | End::Unreachable);
        match (job, talk.dialogue) {
            (Job::Survey(_), Dialogue::Ssl2 { answer, .. }) => self.learn_ssl2(answer, end),
            (Job::Survey(protocol), Dialogue::Hello { flight, .. }) => self.survey(protocol, flight, end, true),
            (Job::PlainSurvey(protocol), Dialogue::Hello { flight, .. }) => self.survey(protocol, flight, end, false),
            (Job::Next(subject), Dialogue::Hello { flight, .. }) => self.next_answer(subject, &flight, lost),
            (Job::Next(subject), Dialogue::Session(session)) => {
                let taken = session.alpn().and_then(|name| number_of(&name));
                self.advance(subject, taken, lost);
            }
            (Job::Order(protocol), Dialogue::Hello { flight, .. }) => self.learn_order(protocol, &flight),
            (Job::Fallback(_), Dialogue::Hello { flight, .. }) => {
                let noticed = flight.alert.map(|alert| alert == INAPPROPRIATE_FALLBACK);
                self.findings.fallback_scsv = flight.hello.map(|_| false).or(noticed.filter(|noticed| *noticed));
            }
            (Job::Heartbeat(_), Dialogue::Provocation { sent, answers, .. }) => {
                self.findings.heartbleed = sent.then(|| has_heartbeat(&answers));
            }
            (Job::Padding(protocol, variant), Dialogue::Provocation { sent, answers, .. }) => {
                let seen = robot::seen(&answers, end).filter(|_| sent);
                self.learn_padding(protocol, variant, seen);
            }
            (Job::Renegotiation(_, is_safe), Dialogue::Renegotiation(asked)) => {
                let found = &mut self.findings;
                let place = if is_safe { &mut found.client_renegotiation } else { &mut found.insecure_renegotiation };
                *place = asked.accepted;
            }
            (Job::FirstSession(protocol), Dialogue::Session(session)) => self.learn_session(protocol, &session),
            (Job::SecondSession(_), Dialogue::Session(session)) => {
                self.findings.session_ids = session.stood.then(|| session.is_resumed());
            }
            _ => {}
        }
    }

    fn learn_ssl2(&mut self, answer: Option<ssl2::ServerHello>, end: End) {
        if let Some(answer) = answer {
            let suites = answer.ciphers.iter().filter_map(|&code| Suite::of(code));
            let suites = suites.map(|suite| Accepted { suite, parameters: None }).collect();
            self.add_support(Support { protocol: Protocol::Ssl2, suites, server_order: None });
            self.add_chain(Protocol::Ssl2, vec![answer.certificate]);
        }
        self.surveyed(end);
    }

    fn survey(&mut self, protocol: Protocol, flight: Flight, end: End, is_first: bool) {
        let hello = flight.hello.as_ref().filter(|hello| hello.version == protocol.code());
        let accepted = hello.and_then(|hello| accepted(hello, &flight)).filter(|one| is_offered(one.suite, protocol));
        let Some(accepted) = accepted else {
            let silent = end == End::TimedOut && self.findings.protocols.is_empty();
            let final_answer = flight.alert == Some(PROTOCOL_VERSION) || flight.is_malformed || flight.hello.is_some();
            if is_first && !silent && !final_answer && end != End::Unreachable {
                return self.add(Job::PlainSurvey(protocol));
            }
            self.alert = self.alert.or(flight.alert);
            if flight.hello.is_none() && !flight.other.is_empty() {
                self.other = Some(flight.other);
            }
            return self.surveyed(end);
        };
        let taken = accepted.suite.code as u16;
        self.note_hello(protocol, hello.cloned().unwrap_or_default());
        self.findings.wants_certificate |= flight.wants_certificate;
        self.add_support(Support { protocol, suites: vec![accepted], server_order: None });
        if flight.staple.is_some() {
            self.findings.staple = flight.staple;
        }
        self.add_chain(protocol, flight.certificates);
        let all = codes(Suite::offered_in(protocol));
        let subject = Subject::Suites(protocol);
        let mut enumeration = if is_first {
            Enumeration::new(subject, all)
        } else {
            let (one, others): (Vec<u16>, Vec<u16>) = all.iter().partition(|&&code| code == taken);
            Enumeration::in_pieces(subject, &[one, others].concat(), PLAIN)
        };
        enumeration.answer(Some(taken));
        self.begin(enumeration);
        self.surveyed(end);
    }

    fn note_hello(&mut self, protocol: Protocol, hello: ServerHello) {
        if protocol == Protocol::Tls13 {
            return;
        }
        let found = &mut self.findings;
        found.compression |= hello.compression != 0;
        found.heartbeat |= hello.has(extension::HEARTBEAT);
        if protocol > Protocol::Ssl3 {
            found.secure_renegotiation.get_or_insert(true);
            let secure =
                found.secure_renegotiation.is_some_and(|secure| secure && hello.has(extension::RENEGOTIATION_INFO));
            found.secure_renegotiation = Some(secure);
            let either = |before: Option<bool>, now| Some(before.unwrap_or(false) || now);
            found.session_tickets = either(found.session_tickets, hello.has(extension::SESSION_TICKET));
            found.extended_master_secret =
                either(found.extended_master_secret, hello.has(extension::EXTENDED_MASTER_SECRET));
            found.encrypt_then_mac = either(found.encrypt_then_mac, hello.has(extension::ENCRYPT_THEN_MAC));
        }
    }

    /// Begins what is to be known of all versions first, once the last of them is known.
    fn surveyed(&mut self, end: End) {
        self.ends.push(end);
        self.surveys_left -= 1;
        if self.surveys_left > 0 || self.findings.protocols.is_empty() {
            return;
        }
        let known: Vec<Protocol> = self.findings.protocols.iter().map(|support| support.protocol).collect();
        let streams: Vec<Protocol> = known.iter().copied().filter(|&protocol| protocol > Protocol::Ssl2).collect();
        if let [.., below, _newest] = streams[..] {
            self.add(Job::Fallback(below));
        }
        for protocol in [Protocol::Tls13, Protocol::Tls12].into_iter().filter(|protocol| known.contains(protocol)) {
            self.add(Job::FirstSession(protocol));
        }
        if known.contains(&Protocol::Tls13) {
            let all = Group::modern().map(|group| group.code).collect();
            self.begin(Enumeration::new(Subject::Groups(Protocol::Tls13), all));
        }
        if streams.last().is_some_and(|&newest| newest > Protocol::Ssl3) {
            self.begin(Enumeration::new(Subject::Applications, (0..APPLICATIONS.len() as u16).collect()));
        }
        let old = streams.iter().copied().rfind(|&protocol| protocol < Protocol::Tls13);
        self.findings.heartbleed = old.map(|_| false);
        if let Some(old) = old.filter(|_| self.findings.heartbeat) {
            self.findings.heartbleed = None;
            self.add(Job::Heartbeat(old));
        }
    }

    fn begin(&mut self, enumeration: Enumeration) {
        let subject = enumeration.subject;
        self.enumerations.push(enumeration);
        self.add(Job::Next(subject));
    }

    fn next_answer(&mut self, subject: Subject, flight: &Flight, lost: bool) {
        let hello = flight.hello.as_ref();
        let taken = match subject {
            Subject::Suites(protocol) => {
                let hello = hello.filter(|hello| hello.version == protocol.code());
                if let Some(accepted) = hello.and_then(|hello| accepted(hello, flight)) {
                    self.add_accepted(protocol, accepted);
                }
                self.add_chain(protocol, flight.certificates.clone());
                hello.map(|hello| hello.suite)
            }
            Subject::Groups(Protocol::Tls13) => hello.and_then(|hello| hello.group),
            Subject::Groups(_) => match flight.parameters {
                Some(Parameters::Curve(code)) => Some(code),
                _ => None,
            },
            Subject::Applications => hello.and_then(|hello| number_of(hello.alpn.as_deref()?)),
        };
        self.advance(subject, taken, lost);
    }

    /// An offer has had its answer.
    fn advance(&mut self, subject: Subject, taken: Option<u16>, lost: bool) {
        self.findings.is_partial |= lost;
        let Some(enumeration) = self.enumerations.iter_mut().find(|one| one.subject == subject) else { return };
        let fair = enumeration.answer(taken);
        let goes_on = enumeration.offer().is_some();
        match (subject, taken.filter(|_| fair)) {
            (Subject::Groups(_), Some(code)) if !self.findings.groups.contains(&code) => {
                self.findings.groups.push(code)
            }
            (Subject::Applications, Some(number)) => {
                self.findings.alpn.push(APPLICATIONS[usize::from(number)].as_bytes().to_vec());
            }
            _ => {}
        }
        if goes_on {
            return self.add(Job::Next(subject));
        }
        if let Subject::Suites(protocol) = subject {
            self.suites_known(protocol);
        }
    }

    fn suites_known(&mut self, protocol: Protocol) {
        if self.accepted(protocol).len() > 1 {
            self.add(Job::Order(protocol));
        }
        let newer = self.findings.protocols.iter().any(|one| one.protocol > protocol && one.protocol < Protocol::Tls13);
        if protocol < Protocol::Tls13 && !newer {
            if self.suites_by_key(protocol).is_empty() {
                self.findings.robot = Some(false);
            } else {
                (0..robot::VARIANTS).for_each(|variant| self.add(Job::Padding(protocol, variant)));
            }
        }
        if protocol < Protocol::Tls13 && protocol > Protocol::Ssl3 && !newer {
            if self.findings.secure_renegotiation == Some(true) {
                self.add(Job::Renegotiation(protocol, true));
            }
            self.add(Job::Renegotiation(protocol, false));
        }
        if protocol < Protocol::Tls13
            && protocol > Protocol::Ssl3
            && !newer
            && !self.curve_suites(protocol).0.is_empty()
        {
            let all = Group::curves().map(|group| group.code).collect();
            self.begin(Enumeration::new(Subject::Groups(protocol), all));
        }
    }

    fn learn_order(&mut self, protocol: Protocol, flight: &Flight) {
        let first = self.accepted(protocol).first().copied();
        let support = self.findings.protocols.iter_mut().find(|support| support.protocol == protocol);
        if let (Some(support), Some(hello)) = (support, &flight.hello) {
            support.server_order = Some(Some(hello.suite) == first);
        }
    }

    /// Answers that differ have to differ again in the same way.
    fn learn_padding(&mut self, protocol: Protocol, variant: u8, seen: Option<String>) {
        self.paddings.push((variant, seen));
        let known = self.paddings.len();
        if !known.is_multiple_of(usize::from(robot::VARIANTS)) {
            return;
        }
        self.paddings.sort_by_key(|(variant, _)| *variant);
        let seen: Option<Vec<&String>> = self.paddings.iter().map(|(_, seen)| seen.as_ref()).collect();
        let Some(seen) = seen else { return };
        let (first, second) = seen.split_at(usize::from(robot::VARIANTS));
        let differ = first.iter().any(|one| *one != first[0]);
        if differ && second.is_empty() {
            let again = robot::VARIANTS..2 * robot::VARIANTS;
            return again.for_each(|variant| self.add(Job::Padding(protocol, variant)));
        }
        self.findings.robot = Some(differ && first == second);
    }

    fn learn_session(&mut self, protocol: Protocol, session: &Session) {
        self.add_chain(protocol, session.certificates());
        self.findings.staple = self.findings.staple.take().or_else(|| session.staple());
        if protocol == Protocol::Tls13 && session.stood {
            let tickets = session.tickets() > 0;
            self.findings.session_tickets = Some(tickets || self.findings.session_tickets.unwrap_or(false));
        }
        if let Some((status, hsts)) = response(&session.head) {
            (self.findings.http_status, self.findings.hsts) = (Some(status), hsts);
        }
        if protocol == Protocol::Tls12 && session.stood {
            self.add(Job::SecondSession(protocol));
        }
    }

    fn add_support(&mut self, support: Support) {
        self.findings.protocols.push(support);
        self.findings.protocols.sort_by_key(|support| support.protocol);
    }

    fn add_accepted(&mut self, protocol: Protocol, accepted: Accepted) {
        let support = self.findings.protocols.iter_mut().find(|support| support.protocol == protocol);
        if let Some(support) = support
            && support.suites.iter().all(|known| known.suite.code != accepted.suite.code)
            && is_offered(accepted.suite, protocol)
        {
            support.suites.push(accepted);
        }
    }

    /// A server may show several: one for each kind of key, and others to old clients.
    fn add_chain(&mut self, protocol: Protocol, chain: Vec<Vec<u8>>) {
        let Some(own) = chain.first() else { return };
        if let Some((newest, _)) = self.chains.iter_mut().find(|(_, known)| known.first() == Some(own)) {
            *newest = protocol.max(*newest);
        } else if self.chains.len() < MOST_CHAINS {
            self.chains.push((protocol, chain));
        }
    }
}

fn is_offered(suite: &Suite, protocol: Protocol) -> bool {
    Suite::offered_in(protocol).iter().any(|offered| offered.code == suite.code)
}

fn accepted(hello: &ServerHello, flight: &Flight) -> Option<Accepted> {
    Some(Accepted { suite: Suite::of(hello.suite.into())?, parameters: flight.parameters.clone() })
}

fn number_of(name: &[u8]) -> Option<u16> {
    APPLICATIONS.iter().position(|known| known.as_bytes() == name).map(|position| position as u16)
}

/// The status of a response, and its field about HSTS.
fn response(head: &[u8]) -> Option<(u16, Option<String>)> {
    let mut fields = [httparse::EMPTY_HEADER; 128];
    let mut response = httparse::Response::new(&mut fields);
    response.parse(head).ok()?;
    let hsts = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case("strict-transport-security"));
    Some((response.code?, hsts.map(|field| String::from_utf8_lossy(field.value).into_owned())))
}
