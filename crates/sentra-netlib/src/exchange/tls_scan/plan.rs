//! What the connections of a scan are for, and what is said on each.

use super::enumeration::Subject;
use super::keys::Keys;
use super::renegotiation::Renegotiation;
use super::session::Opening;
use super::talk::Dialogue;
use super::{Scan, key_agreement, robot};
use crate::certificate::Certificate;
use crate::network;
use crate::wire::tls::flight::{Flight, Until};
use crate::wire::tls::group::Group;
use crate::wire::tls::hello::{ClientHello, FALLBACK_SCSV, RENEGOTIATION_SCSV};
use crate::wire::tls::suite::{Authentication, KeyExchange, Suite};
use crate::wire::tls::{Protocol, heartbeat, record, ssl2};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Whether a version is spoken, by a hello with all that there is.
    Survey(Protocol),
    /// The same by a short hello, for servers that a long one is too much for.
    PlainSurvey(Protocol),
    /// The next step of an enumeration.
    Next(Subject),
    /// Whose order of suites counts.
    Order(Protocol),
    /// Whether a fall-back to a version is noticed.
    Fallback(Protocol),
    /// What is answered to a heartbeat that is too short.
    Heartbeat(Protocol),
    /// What is answered to a secret whose padding is of this kind.
    Padding(Protocol, u8),
    /// Whether a client may negotiate anew; `true`: in the way that is told from a new connection.
    Renegotiation(Protocol, bool),
    /// A whole session.
    FirstSession(Protocol),
    /// Another, which may resume the first.
    SecondSession(Protocol),
}

/// Suites in a short hello.
pub(super) const PLAIN: usize = 32;
/// Application protocols that servers are asked for (the registry "TLS ALPN Protocol IDs").
pub(super) const APPLICATIONS: &[&str] = &[
    "h2",
    "http/1.1",
    "http/1.0",
    "http/0.9",
    "spdy/3.1",
    "spdy/3",
    "spdy/2",
    "grpc-exp",
    "imap",
    "pop3",
    "managesieve",
    "ftp",
    "nntp",
    "smtp",
    "xmpp-client",
    "xmpp-server",
    "mqtt",
    "irc",
    "dot",
    "postgresql",
    "tds/8.0",
    "radius/1.1",
    "ntske/1",
    "stun.turn",
    "stun.nat-discovery",
    "webrtc",
    "c-webrtc",
    "coap",
    "sunrpc",
    "nnsp",
    "smb",
    "h2c",
    "acme-tls/1",
];

impl Scan {
    /// What to say for a job; nothing if there is no need any more.
    pub(super) fn dialogue(&mut self, job: &Job) -> Option<Dialogue> {
        match *job {
            Job::Survey(Protocol::Ssl2) => {
                let random = random();
                let challenge = random.first_chunk()?;
                Some(Dialogue::Ssl2 { hello: ssl2::client_hello(challenge), arrived: Vec::new(), answer: None })
            }
            Job::Survey(protocol) => {
                let mut hello = self.hello(protocol, codes(Suite::offered_in(protocol)));
                (hello.curious, hello.alpn) = (true, applications(0..APPLICATIONS.len() as u16));
                Some(said(&hello, Until::Done))
            }
            Job::PlainSurvey(protocol) => {
                let mut suites = codes(Suite::offered_in(protocol).into_iter().filter(|suite| is_usual(suite)));
                suites.truncate(2 * PLAIN);
                Some(said(&self.plain_hello(protocol, suites), Until::Done))
            }
            Job::Next(subject) => self.next_offer(subject),
            Job::Order(protocol) => {
                let mut suites = self.accepted(protocol);
                suites.reverse();
                Some(said(&self.plain_hello(protocol, suites), Until::Hello))
            }
            Job::Fallback(protocol) => {
                let mut suites = self.accepted(protocol);
                suites.push(FALLBACK_SCSV);
                Some(said(&self.plain_hello(protocol, suites), Until::Hello))
            }
            Job::Heartbeat(protocol) => Some(self.heartbeat(protocol)),
            Job::Padding(protocol, variant) => self.padding(protocol, variant),
            Job::Renegotiation(protocol, is_safe) => self.renegotiation(protocol, is_safe),
            Job::FirstSession(protocol) | Job::SecondSession(protocol) => self.session(job, protocol),
        }
    }

    fn hello(&self, protocol: Protocol, suites: Vec<u16>) -> ClientHello {
        let groups = match protocol {
            Protocol::Tls13 => Group::modern().map(|group| group.code).collect(),
            _ => Group::curves().map(|group| group.code).collect(),
        };
        let server_name = self.target.server_name.clone();
        let shares = self.is_plain(protocol);
        let (alpn, renegotiates) = (vec![], vec![]);
        ClientHello {
            protocol,
            suites,
            groups,
            server_name,
            alpn,
            curious: false,
            shares,
            random: random(),
            renegotiates,
        }
    }

    /// Without the extension, a number among the suites says the same of renegotiation.
    fn plain_hello(&self, protocol: Protocol, mut suites: Vec<u16>) -> ClientHello {
        if protocol < Protocol::Tls13 {
            suites.push(RENEGOTIATION_SCSV);
        }
        self.hello(protocol, suites)
    }

    fn is_plain(&self, protocol: Protocol) -> bool {
        self.enumerations.iter().any(|one| one.subject == Subject::Suites(protocol) && one.is_plain)
    }

    pub(super) fn accepted(&self, protocol: Protocol) -> Vec<u16> {
        let support = self.findings.support(protocol);
        support.iter().flat_map(|support| &support.suites).map(|accepted| accepted.suite.code as u16).collect()
    }

    fn next_offer(&self, subject: Subject) -> Option<Dialogue> {
        let enumeration = self.enumerations.iter().find(|one| one.subject == subject)?;
        let offer = enumeration.offer()?.to_vec();
        match subject {
            Subject::Suites(protocol) => Some(said(&self.plain_hello(protocol, offer), until(protocol))),
            Subject::Groups(Protocol::Tls13) => {
                let suites = self.accepted(Protocol::Tls13);
                Some(said(
                    &ClientHello { groups: offer, shares: false, ..self.hello(Protocol::Tls13, suites) },
                    Until::Hello,
                ))
            }
            Subject::Groups(protocol) => {
                let (suites, needed) = self.curve_suites(protocol);
                let groups = offer.into_iter().chain(needed).collect();
                Some(said(&ClientHello { groups, ..self.plain_hello(protocol, suites) }, Until::KeyExchange))
            }
            Subject::Applications => match self.findings.protocols.iter().rfind(|one| one.protocol < Protocol::Tls13) {
                Some(support) if support.protocol > Protocol::Ssl3 => {
                    let suites = self.accepted(support.protocol);
                    let alpn = applications(offer.into_iter());
                    Some(said(&ClientHello { alpn, ..self.plain_hello(support.protocol, suites) }, Until::Hello))
                }
                _ => {
                    let opening = Opening::new(Protocol::Tls13, &self.target.host, &applications(offer.into_iter()))?;
                    Some(Dialogue::Session(Box::new(opening.begin(None)?)))
                }
            },
        }
    }

    /// The suites to find out curves with, and the curve that has to be offered for them: that of
    /// the certificate's key, where its signature is on a curve (RFC 8422, 5.3).
    pub(super) fn curve_suites(&self, protocol: Protocol) -> (Vec<u16>, Option<u16>) {
        let support = self.findings.support(protocol);
        let suites = || support.iter().flat_map(|support| &support.suites).map(|accepted| accepted.suite);
        let ephemeral = || suites().filter(|suite| suite.key_exchange == KeyExchange::Ecdhe);
        let others = codes(ephemeral().filter(|suite| suite.authentication != Authentication::Ecdsa));
        if !others.is_empty() {
            return (others, None);
        }
        let own = self.chains.iter().filter_map(|(_, chain)| Certificate::read(chain.first()?));
        let curve = own.filter_map(|certificate| certificate.key.curve).next();
        let curve = curve.and_then(|name| Group::curves().find(|group| group.name == name));
        (codes(ephemeral()), curve.map(|group| group.code))
    }

    /// Behind the heartbeat an alert ends the connection, so that a server that rightly keeps
    /// silent need not be waited for.
    fn heartbeat(&self, protocol: Protocol) -> Dialogue {
        let mut hello = self.hello(protocol, self.accepted(protocol));
        hello.curious = true;
        let mut sends = heartbeat::request_without_padding(protocol.code());
        record::write(&mut sends, record::ALERT, protocol.code(), &[2, 0]);
        provocation(&hello, sends)
    }

    fn padding(&self, protocol: Protocol, variant: u8) -> Option<Dialogue> {
        let suites = self.suites_by_key(protocol);
        let own = self.chains.iter().filter_map(|(_, chain)| Certificate::read(chain.first()?));
        let key = own.map(|certificate| certificate.key).find(|key| key.rsa.is_some())?;
        let sends = robot::messages(variant % robot::VARIANTS, protocol, &key)?;
        Some(provocation(&self.plain_hello(protocol, suites), sends))
    }

    /// A client without the extension of RFC 5746 says nothing of it, as those did that are older.
    fn renegotiation(&self, protocol: Protocol, is_safe: bool) -> Option<Dialogue> {
        let known = |code: &u16| Suite::of(u32::from(*code)).is_some_and(Keys::are_known_for);
        let suites: Vec<u16> = self.accepted(protocol).into_iter().filter(known).collect();
        if suites.is_empty() {
            return None;
        }
        let hello = if is_safe { self.plain_hello(protocol, suites) } else { self.hello(protocol, suites) };
        let groups = key_agreement::GROUPS.to_vec();
        Some(Dialogue::Renegotiation(Box::new(Renegotiation::new(ClientHello { groups, ..hello }, is_safe))))
    }

    /// Suites whose secret is encrypted with the certificate's key.
    pub(super) fn suites_by_key(&self, protocol: Protocol) -> Vec<u16> {
        let support = self.findings.support(protocol);
        let suites = support.iter().flat_map(|support| &support.suites).map(|accepted| accepted.suite);
        codes(suites.filter(|suite| suite.key_exchange == KeyExchange::Rsa))
    }

    fn session(&mut self, job: &Job, protocol: Protocol) -> Option<Dialogue> {
        let first = matches!(job, Job::FirstSession(_));
        let host = self.target.server_name.clone().unwrap_or_else(|| self.target.host.clone());
        if first {
            self.openings.push((protocol, Opening::new(protocol, &host, &[])?));
        }
        let (_, opening) = self.openings.iter().find(|(known, _)| *known == protocol)?;
        let newest = self.findings.best().is_some_and(|best| best.protocol == protocol);
        let asks = first && newest && self.target.is_http && self.target.starttls.is_none();
        Some(Dialogue::Session(Box::new(opening.begin(asks.then(|| request(&host)))?)))
    }
}

/// The name to ask for, which addresses are not (RFC 6066, 3).
pub fn server_name(host: &str) -> Option<String> {
    let is_address = network::parse_address(host.as_bytes()).is_ok();
    let name = host.strip_suffix('.').unwrap_or(host);
    (!is_address && !name.is_empty() && name.is_ascii()).then(|| name.to_string())
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    // Without chance from the system the hello is still one: nothing is kept secret by it.
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    bytes
}

fn said(hello: &ClientHello, until: Until) -> Dialogue {
    Dialogue::Hello { hello: hello.write(), until, flight: Flight::default() }
}

fn provocation(hello: &ClientHello, sends: Vec<u8>) -> Dialogue {
    Dialogue::Provocation { hello: hello.write(), flight: Flight::default(), sends, sent: false, answers: Vec::new() }
}

/// Before TLS 1.3 the whole flight counts.
fn until(protocol: Protocol) -> Until {
    if protocol == Protocol::Tls13 { Until::Hello } else { Until::Done }
}

pub(super) fn codes<'a>(suites: impl IntoIterator<Item = &'a Suite>) -> Vec<u16> {
    suites.into_iter().map(|suite| suite.code as u16).collect()
}

/// What most servers choose among.
fn is_usual(suite: &Suite) -> bool {
    let key = matches!(suite.key_exchange, KeyExchange::Any | KeyExchange::Rsa | KeyExchange::Dhe | KeyExchange::Ecdhe);
    let authentication =
        matches!(suite.authentication, Authentication::Any | Authentication::Rsa | Authentication::Ecdsa);
    key && authentication && suite.openssl.contains(['A', 'C', 'D']) && suite.bits > 0
}

fn applications(numbers: impl Iterator<Item = u16>) -> Vec<Vec<u8>> {
    numbers.map(|number| APPLICATIONS[usize::from(number)].as_bytes().to_vec()).collect()
}

fn request(host: &str) -> Vec<u8> {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_string() };
    format!("GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: sentra\r\nAccept: */*\r\nConnection: close\r\n\r\n").into()
}
