//! What an expression asks of a frame. It is read from left to right: qualifiers hold for the
//! names after them, and tags that were asked for move everything that follows.

mod arithmetic;
mod hosts;
mod ports;
mod protocols;

use super::ast::{Expression, Protocol, Qualifiers, Shape, Subject};
use super::graph::{Condition, Join};
use super::layers::{Framing, IP, IP6, Layers, Tests};
use super::lex::Mistake;
use super::value::{Comparison, Values};
use super::{Names, Target};
use crate::wire::bpf::code::{self, B, H, W};

type Result<T> = std::result::Result<T, Mistake>;

/// Compares the payload's type with those of VLAN tags.
const TAGS: [u32; 3] = [0x8100, 0x88a8, 0x9100];
const MPLS: u32 = 0x8847;
const PPPOE_DISCOVERY: u32 = 0x8863;
const PPPOE_SESSION: u32 = 0x8864;

/// The reading of one filter.
pub(super) struct Reading<'n> {
    pub values: Values,
    framing: Framing,
    layers: Layers,
    target: &'n Target,
    names: &'n dyn Names,
    /// The frame had a tag that the kernel took off.
    untagged: bool,
    /// What bare names and numbers are.
    qualifiers: Option<Qualifiers>,
}

impl<'n> Reading<'n> {
    pub fn new(framing: Framing, target: &'n Target, names: &'n dyn Names) -> Self {
        let layers = Layers::new(framing);
        Self { values: Values::default(), framing, layers, target, names, untagged: false, qualifiers: None }
    }

    /// The condition that a filter is.
    pub fn read(&mut self, expression: &Expression) -> Result<Condition> {
        if !(self.target.kernel && self.framing == Framing::Ethernet && has_vlan(expression)) {
            return self.condition(expression);
        }
        // The kernel keeps the first tag beside the frame, or the frame has it as it came.
        let plain = self.condition(expression)?;
        (self.layers, self.qualifiers, self.untagged) = (Layers::new(self.framing), None, true);
        let untagged = self.condition(expression)?;
        let taken = self.tests().equal(code::VLAN_PRESENT, B, 1);
        Ok(taken.clone().and(untagged).or(taken.not().and(plain)))
    }

    fn tests(&mut self) -> Tests<'_> {
        Tests { values: &mut self.values, layers: &self.layers }
    }

    fn condition(&mut self, expression: &Expression) -> Result<Condition> {
        let before = self.qualifiers;
        let place = &expression.place;
        let condition = match &expression.shape {
            Shape::Number(_) | Shape::Name(_) | Shape::Address(_) => return self.bare(expression),
            Shape::Not(inner) => return Ok(self.condition(inner)?.not()),
            Shape::Qualified(qualifiers, operand) => {
                self.qualifiers = Some(*qualifiers);
                let condition = self.operand(operand)?;
                self.qualifiers = Some(*qualifiers);
                return Ok(condition);
            }
            Shape::Group(inner) => {
                let condition = self.condition(inner)?;
                self.qualifiers = before;
                return Ok(condition);
            }
            Shape::Chain(first, rest) => return self.chain(first, rest),
            Shape::Compare(comparison, fails, left, right) => self.comparison(*comparison, *fails, left, right)?,
            Shape::Protocol(protocol) => self.protocol(*protocol, place)?,
            Shape::Broadcast(protocol) => self.broadcast(*protocol, place)?,
            Shape::Multicast(protocol) => self.multicast(*protocol, place)?,
            Shape::AtMost(length) => self.length(Comparison::Greater, *length).not(),
            Shape::AtLeast(length) => self.length(Comparison::GreaterOrEqual, *length),
            Shape::Inbound => self.outgoing(expression)?.not(),
            Shape::Outbound => self.outgoing(expression)?,
            Shape::Interface(number) => self.interface(*number, expression)?,
            Shape::Vlan(id) => self.vlan(*id, expression)?,
            Shape::Mpls(label) => self.mpls(*label, expression)?,
            Shape::PppoeDiscovery => self.tests().follows(PPPOE_DISCOVERY),
            Shape::PppoeSession(id) => self.session(*id, expression)?,
            Shape::Bytes { .. } | Shape::Length | Shape::Negative(_) | Shape::Compute(..) => {
                return Err(Mistake::new(
                    place.clone(),
                    "this is a number: expected a comparison after it, such as `= 1`",
                ));
            }
        };
        self.qualifiers = None;
        Ok(condition)
    }

    fn chain(&mut self, first: &Expression, rest: &[(Join, Expression)]) -> Result<Condition> {
        let mut condition = Condition::Chain(Box::new(self.condition(first)?), vec![]);
        for (join, part) in rest {
            condition = condition.join(*join, self.condition(part)?);
        }
        Ok(condition)
    }

    /// What stands after qualifiers: a name, or several in parentheses.
    fn operand(&mut self, operand: &Expression) -> Result<Condition> {
        match &operand.shape {
            Shape::Group(inner) => self.operand(inner),
            Shape::Not(inner) => Ok(self.operand(inner)?.not()),
            Shape::Chain(first, rest) => {
                let mut condition = Condition::Chain(Box::new(self.operand(first)?), vec![]);
                for (join, part) in rest {
                    condition = condition.join(*join, self.operand(part)?);
                }
                Ok(condition)
            }
            Shape::Number(_) | Shape::Name(_) | Shape::Address(_) => self.bare(operand),
            _ => Err(Mistake::new(operand.place.clone(), "expected a number, a name or an address after qualifiers")),
        }
    }

    fn bare(&mut self, name: &Expression) -> Result<Condition> {
        let Some(qualifiers) = self.qualifiers else {
            let message = "expected a qualifier such as `host` or `port` before a name or number";
            return Err(Mistake::new(name.place.clone(), message));
        };
        match qualifiers.subject {
            None | Some(Subject::Host | Subject::Net) => self.host(&qualifiers, name),
            Some(Subject::Port | Subject::PortRange) => self.port(&qualifiers, name),
            Some(Subject::Protocol) => self.numbered_protocol(&qualifiers, name),
            Some(Subject::ProtocolChain) => self.protocol_chain(&qualifiers, name),
            Some(Subject::Gateway) => {
                let message = "`gateway` is not supported: write `ether host …` and `not host …`";
                Err(Mistake::new(name.place.clone(), message))
            }
        }
    }

    fn length(&mut self, comparison: Comparison, length: u32) -> Condition {
        let value = self.values.length();
        self.tests().ask(value, comparison, length)
    }

    fn outgoing(&mut self, at: &Expression) -> Result<Condition> {
        let outgoing = code::OUTGOING;
        match self.framing {
            Framing::Cooked => Ok(self.tests().equal(0, H, outgoing)),
            Framing::Cooked2 => Ok(self.tests().equal(10, B, outgoing)),
            _ if self.target.kernel => Ok(self.tests().equal(code::PACKET_TYPE, H, outgoing)),
            _ => Err(Mistake::new(at.place.clone(), "a file does not say which frames came in and which went out")),
        }
    }

    fn interface(&mut self, number: u32, at: &Expression) -> Result<Condition> {
        match self.framing {
            Framing::Cooked2 => Ok(self.tests().equal(4, W, number)),
            _ if self.target.kernel => Ok(self.tests().equal(code::INTERFACE, W, number)),
            _ => Err(Mistake::new(at.place.clone(), "a file does not say which interface a frame came by")),
        }
    }

    fn vlan(&mut self, id: Option<u32>, at: &Expression) -> Result<Condition> {
        self.check_number(id, 0xfff, "a VLAN", at)?;
        if self.layers.has_labels() {
            return Err(Mistake::new(at.place.clone(), "no VLAN tag follows an MPLS label"));
        }
        if self.framing != Framing::Ethernet || self.layers.link != Framing::Ethernet {
            return Err(Mistake::new(at.place.clone(), "only Ethernet frames have VLAN tags"));
        }
        let first = self.layers.tags == 0;
        self.layers.tags += 1;
        if self.untagged && first {
            let holds = |id| self.tests().masked(code::VLAN_TAG, H, 0xfff, id);
            return Ok(id.map_or(Condition::Constant(true), holds));
        }
        let mut tests = self.tests();
        let mut condition = tests.follows(TAGS[0]).or(tests.follows(TAGS[1])).or(tests.follows(TAGS[2]));
        if let Some(id) = id {
            let at = tests.layers.network();
            condition = condition.and(tests.masked(at, H, 0xfff, id));
        }
        self.layers.pass_tag();
        Ok(condition)
    }

    fn mpls(&mut self, label: Option<u32>, at: &Expression) -> Result<Condition> {
        self.check_number(label, 0xf_ffff, "an MPLS label", at)?;
        let network = self.layers.network();
        let mut condition = match (self.layers.has_labels(), self.layers.link) {
            (true, _) => self.tests().masked(network - 2, B, 1, 0),
            (false, Framing::Ethernet) => self.tests().follows(MPLS),
            (false, Framing::Ppp) => self.tests().follows(0x0281),
            _ => return Err(Mistake::new(at.place.clone(), "only Ethernet and PPP frames have MPLS labels")),
        };
        if let Some(label) = label {
            condition = condition.and(self.tests().masked(network, W, 0xffff_f000, label << 12));
        }
        self.layers.pass_label();
        Ok(condition)
    }

    fn session(&mut self, id: Option<u32>, at: &Expression) -> Result<Condition> {
        self.check_number(id, 0xffff, "a PPPoE session", at)?;
        let mut condition = self.tests().follows(PPPOE_SESSION);
        if let Some(id) = id {
            let at = self.layers.network();
            condition = condition.and(self.tests().masked(at, W, 0xffff, id));
        }
        self.layers.enter_session();
        Ok(condition)
    }

    fn check_number(&self, number: Option<u32>, most: u32, what: &str, at: &Expression) -> Result<()> {
        match number {
            Some(number) if number > most => {
                Err(Mistake::new(at.place.clone(), format!("the number of {what} is at most {most}")))
            }
            _ => Ok(()),
        }
    }

    /// An address of everybody on the link, or on the network as its mask says.
    fn broadcast(&mut self, protocol: Option<Protocol>, place: &std::ops::Range<usize>) -> Result<Condition> {
        match protocol {
            None | Some(Protocol::Link) => {
                self.check_ethernet(place, "`broadcast`")?;
                Ok(self.ethernet_address(0, [0xff; 6]))
            }
            Some(Protocol::Ip) => {
                let hosts = !self.target.netmask;
                let is_ip = self.tests().follows(IP);
                let at = self.layers.network() + 16;
                let none = self.tests().masked(at, W, hosts, 0);
                Ok(is_ip.and(none.or(self.tests().masked(at, W, hosts, hosts))))
            }
            Some(_) => Err(Mistake::new(place.clone(), "only `ether` and `ip` know broadcasts")),
        }
    }

    fn multicast(&mut self, protocol: Option<Protocol>, place: &std::ops::Range<usize>) -> Result<Condition> {
        let network = self.layers.network();
        match protocol {
            None | Some(Protocol::Link) => {
                self.check_ethernet(place, "`multicast`")?;
                let header = self.layers.header;
                Ok(self.tests().masked(header, B, 1, 1))
            }
            Some(Protocol::Ip) => {
                let is_ip = self.tests().follows(IP);
                let first = self.tests().at(network + 16, B);
                Ok(is_ip.and(self.tests().ask(first, Comparison::GreaterOrEqual, 224)))
            }
            Some(Protocol::Ip6) => Ok(self.tests().follows(IP6).and(self.tests().network(24, B, 255))),
            Some(_) => Err(Mistake::new(place.clone(), "only `ether`, `ip` and `ip6` know multicasts")),
        }
    }

    fn check_ethernet(&self, place: &std::ops::Range<usize>, what: &str) -> Result<()> {
        match self.layers.link {
            Framing::Ethernet => Ok(()),
            _ => Err(Mistake::new(place.clone(), format!("{what} needs the addresses that only Ethernet frames have"))),
        }
    }
}

fn has_vlan(expression: &Expression) -> bool {
    match &expression.shape {
        Shape::Vlan(_) => true,
        Shape::Not(inner) | Shape::Group(inner) => has_vlan(inner),
        Shape::Chain(first, rest) => has_vlan(first) || rest.iter().any(|(_, part)| has_vlan(part)),
        _ => false,
    }
}
