//! Ports of TCP, UDP and SCTP, by number, range or name of the service.

use super::hosts::directed;
use super::{Reading, Result};
use crate::filter::ast::{Expression, Protocol, Qualifiers, Shape, Subject};
use crate::filter::graph::Condition;
use crate::filter::layers::{IP, IP6};
use crate::filter::lex::{Mistake, number};
use crate::filter::services;
use crate::filter::value::Comparison;
use crate::filter::words::protocol_word;
use crate::wire::bpf::code::{B, H};

const SCTP: u32 = 132;
const TCP: u32 = 6;
const UDP: u32 = 17;

/// Ports from one to another, of one protocol or of all that have ports.
#[derive(Clone, Copy)]
struct Ports {
    first: u32,
    last: u32,
    protocol: Option<u32>,
}

impl Reading<'_> {
    pub(super) fn port(&mut self, qualifiers: &Qualifiers, name: &Expression) -> Result<Condition> {
        let wrong = |message: String| Mistake::new(name.place.clone(), message);
        let protocol = match qualifiers.protocol {
            None => None,
            Some(Protocol::Tcp) => Some(TCP),
            Some(Protocol::Udp) => Some(UDP),
            Some(Protocol::Sctp) => Some(SCTP),
            Some(other) => return Err(wrong(format!("`{}` has no ports", protocol_word(other)))),
        };
        let ports = match &name.shape {
            Shape::Number(port) => Ports { first: *port, last: *port, protocol },
            Shape::Name(text) => match text.split_once('-') {
                Some((first, last)) if is_range(qualifiers, text) => {
                    let (first, last) = (self.one(first, protocol, name)?, self.one(last, protocol, name)?);
                    let common = if first.1 == last.1 { first.1 } else { protocol };
                    Ports { first: first.0.min(last.0), last: first.0.max(last.0), protocol: common }
                }
                _ => {
                    let (port, protocol) = self.one(text, protocol, name)?;
                    Ports { first: port, last: port, protocol }
                }
            },
            _ => return Err(wrong("expected a port, such as 80 or `https`".into())),
        };
        if ports.last > 0xffff {
            return Err(wrong(format!("ports are 0 to 65535, not {}", ports.last)));
        }
        let v6 = self.ports_in(qualifiers, ports, true);
        Ok(v6.or(self.ports_in(qualifiers, ports, false)))
    }

    /// A port by number or name, and its protocol if the name tells.
    fn one(&self, text: &str, protocol: Option<u32>, at: &Expression) -> Result<(u32, Option<u32>)> {
        if let Ok(port) = number(text) {
            return Ok((port, protocol));
        }
        let wrong = |message: String| Mistake::new(at.place.clone(), message);
        let unknown = || wrong(format!("expected a port number or service, found `{text}`"));
        let service = services::find(text).ok_or_else(unknown)?;
        let own = match (service.tcp, service.udp) {
            (true, false) => Some(TCP),
            (false, true) => Some(UDP),
            _ => None,
        };
        match (own, protocol) {
            (Some(own), Some(asked)) if own != asked => {
                let name = if own == TCP { "TCP" } else { "UDP" };
                Err(wrong(format!("`{text}` is a service of {name}")))
            }
            (own, asked) => Ok((service.port, asked.or(own))),
        }
    }

    fn ports_in(&mut self, qualifiers: &Qualifiers, ports: Ports, v6: bool) -> Condition {
        let network = self.layers.network();
        let follows = self.tests().follows(if v6 { IP6 } else { IP });
        let protocols: &[u32] = match &ports.protocol {
            Some(protocol) => std::slice::from_ref(protocol),
            None => &[SCTP, TCP, UDP],
        };
        let is_protocol = protocols.iter().map(|&number| self.tests().network(if v6 { 6 } else { 9 }, B, number));
        let mut condition = is_protocol.reduce(Condition::or).unwrap_or(Condition::Constant(false));
        let base = match v6 {
            true => None,
            false => {
                condition = condition.and(self.unfragmented());
                Some(self.values.header_length(network))
            }
        };
        let start = if v6 { network + 40 } else { network };
        let in_direction = directed(qualifiers.direction, |is_source| {
            let port = self.values.load(base, start + if is_source { 0 } else { 2 }, H);
            self.port_is(port, ports)
        });
        follows.and(condition).and(in_direction)
    }

    fn port_is(&mut self, port: crate::filter::value::ValueId, ports: Ports) -> Condition {
        let mut tests = self.tests();
        if ports.first == ports.last {
            return tests.ask(port, Comparison::Equal, ports.first);
        }
        let least = tests.ask(port, Comparison::GreaterOrEqual, ports.first);
        least.and(tests.ask(port, Comparison::Greater, ports.last).not())
    }

    /// The first fragment of an IPv4 packet, or all of it: only there are the headers above IP.
    pub(super) fn unfragmented(&mut self) -> Condition {
        let network = self.layers.network();
        self.tests().masked(network + 6, H, 0x1fff, 0)
    }
}

/// Whether a name with a hyphen is a range; services have hyphens too.
fn is_range(qualifiers: &Qualifiers, text: &str) -> bool {
    qualifiers.subject == Some(Subject::PortRange) && services::find(text).is_none()
}
