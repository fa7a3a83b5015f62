//! Where things are in a frame: which bytes say what the next header is, and where that header
//! starts. VLAN tags, MPLS labels and PPPoE move them for the rest of a filter.

use super::graph::Condition;
use super::value::{Asked, Comparison, ValueId, Values};
use crate::wire::bpf::code::{AND, B, H, W};
use crate::wire::packet::Link;

/// What frames start with, as far as filters tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Ethernet,
    /// An IP header.
    Raw,
    /// The address family in four bytes, the least significant first.
    Null,
    /// The address family in four bytes, the most significant first.
    Loop,
    /// Linux's cooked frames.
    Cooked,
    /// Their second version.
    Cooked2,
    /// What is within PPPoE; no frame starts with it.
    Ppp,
}

impl Framing {
    pub fn of(link: Link) -> Option<Self> {
        Some(match link {
            Link::ETHERNET => Self::Ethernet,
            Link::RAW | Link::OLD_RAW | Link::IPV4 | Link::IPV6 | Link(14) => Self::Raw,
            Link::NULL => Self::Null,
            Link::LOOP => Self::Loop,
            Link::COOKED => Self::Cooked,
            Link::COOKED_2 => Self::Cooked2,
            _ => return None,
        })
    }
}

pub(super) const IP: u32 = 0x0800;
pub(super) const ARP: u32 = 0x0806;
pub(super) const RARP: u32 = 0x8035;
pub(super) const IP6: u32 = 0x86dd;

/// The greatest number in the place of an Ethernet type that is a length.
const LENGTHS: u32 = 1500;
const ATALK: u32 = 0x809b;
const AARP: u32 = 0x80f3;
const ISO: u32 = 0xfe;
const STP: u32 = 0x42;
const NETBEUI: u32 = 0xf0;
const IPX: u32 = 0xe0;
const IPX_TYPE: u32 = 0x8137;
/// What cooked frames say of frames with an LLC header, and of those without one.
const COOKED_LLC: u32 = 4;
const COOKED_RAW_802_3: u32 = 1;

/// Where the headers of a frame are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layers {
    pub link: Framing,
    /// Where the header of the link is.
    pub header: u32,
    /// Where it says what follows.
    kind: u32,
    /// Where what follows it starts.
    payload: u32,
    /// Bytes of labels before the header of the network.
    labels: u32,
    /// VLAN tags that were passed.
    pub tags: u32,
}

impl Layers {
    pub fn new(link: Framing) -> Self {
        let (kind, payload) = match link {
            Framing::Ethernet => (12, 14),
            Framing::Raw => (0, 0),
            Framing::Null | Framing::Loop => (0, 4),
            Framing::Cooked => (14, 16),
            Framing::Cooked2 => (0, 20),
            Framing::Ppp => (0, 2),
        };
        Self { link, header: 0, kind, payload, labels: 0, tags: 0 }
    }

    /// Where the header of the network starts.
    pub fn network(&self) -> u32 {
        self.payload + self.labels
    }

    pub fn has_labels(&self) -> bool {
        self.labels > 0
    }

    pub fn pass_tag(&mut self) {
        self.payload += 4;
        self.kind += 4;
    }

    pub fn pass_label(&mut self) {
        self.labels += 4;
    }

    /// Goes on within a session of PPPoE.
    pub fn enter_session(&mut self) {
        let header = self.network() + 6;
        *self = Self { link: Framing::Ppp, header, kind: header, payload: header + 2, labels: 0, tags: self.tags };
    }
}

/// Tests of bytes of the frame.
pub(super) struct Tests<'v> {
    pub values: &'v mut Values,
    pub layers: &'v Layers,
}

impl Tests<'_> {
    pub fn ask(&mut self, value: ValueId, comparison: Comparison, operand: u32) -> Condition {
        let operand = self.values.constant(operand);
        asked(self.values, value, comparison, operand)
    }

    /// Bytes at an offset into the frame.
    pub fn at(&mut self, offset: u32, size: u16) -> ValueId {
        self.values.load(None, offset, size)
    }

    pub fn equal(&mut self, offset: u32, size: u16, wanted: u32) -> Condition {
        let value = self.at(offset, size);
        self.ask(value, Comparison::Equal, wanted)
    }

    /// Bytes under a mask.
    pub fn masked(&mut self, offset: u32, size: u16, mask: u32, wanted: u32) -> Condition {
        let (value, mask) = (self.at(offset, size), self.values.constant(mask));
        match self.values.compute(AND, value, mask) {
            Some(value) => self.ask(value, Comparison::Equal, wanted),
            None => Condition::Constant(false),
        }
    }

    /// Bytes relative to the header of the network.
    pub fn network(&mut self, offset: u32, size: u16, wanted: u32) -> Condition {
        self.equal(self.layers.network() + offset, size, wanted)
    }

    /// What follows the link's header is of an Ethernet type or, below 1500, of an LLC protocol.
    pub fn follows(&mut self, kind: u32) -> Condition {
        if self.layers.has_labels() {
            return self.follows_labels(kind);
        }
        let at = self.layers.kind;
        match self.layers.link {
            Framing::Ethernet => self.follows_ethernet(kind),
            Framing::Cooked => self.follows_cooked(kind),
            Framing::Cooked2 => self.equal(at, H, kind),
            Framing::Raw => self.version(at, kind),
            Framing::Ppp => ppp(kind).map_or(Condition::Constant(false), |kind| self.equal(at, H, kind)),
            Framing::Null | Framing::Loop => {
                let order = |family: u32| match self.layers.link {
                    Framing::Null => family.swap_bytes(),
                    _ => family,
                };
                // BSDs and macOS do not agree on the number of IPv6.
                let families: &[u32] = match kind {
                    IP => &[2],
                    IP6 => &[24, 28, 30],
                    _ => &[],
                };
                let wanted: Vec<u32> = families.iter().map(|&family| order(family)).collect();
                let tests = wanted.into_iter().map(|family| self.equal(at, W, family));
                tests.reduce(Condition::or).unwrap_or(Condition::Constant(false))
            }
        }
    }

    fn follows_labels(&mut self, kind: u32) -> Condition {
        let label = self.layers.network() - 4;
        let last = self.masked(label + 2, B, 1, 1);
        last.and(self.version(self.layers.network(), kind))
    }

    /// The version of IP in the first byte of its header.
    fn version(&mut self, at: u32, kind: u32) -> Condition {
        match kind {
            IP => self.masked(at, B, 0xf0, 0x40),
            IP6 => self.masked(at, B, 0xf0, 0x60),
            _ => Condition::Constant(false),
        }
    }

    /// The place of the Ethernet type holds a length, so that an LLC header follows.
    fn has_length(&mut self) -> Condition {
        let value = self.at(self.layers.kind, H);
        self.ask(value, Comparison::Greater, LENGTHS).not()
    }

    /// A SNAP header of an organisation with a type.
    fn snap(&mut self, organisation: u32, kind: u32) -> Condition {
        let at = self.layers.payload;
        let end = self.equal(at + 4, W, (organisation & 0xffff) << 16 | kind);
        end.and(self.equal(at, W, 0xaaaa_0300 | organisation >> 16))
    }

    fn follows_ethernet(&mut self, kind: u32) -> Condition {
        let payload = self.layers.payload;
        match kind {
            ISO | NETBEUI => self.has_length().and(self.equal(payload, H, kind << 8 | kind)),
            IPX => {
                let llc = self.equal(payload, B, IPX).or(self.equal(payload, H, 0xffff));
                let llc = llc.or(self.snap(0, IPX_TYPE));
                self.equal(self.layers.kind, H, IPX_TYPE).or(self.has_length().and(llc))
            }
            ATALK | AARP => {
                let organisation = if kind == ATALK { 0x08_0007 } else { 0 };
                let snap = self.has_length().and(self.snap(organisation, kind));
                self.equal(self.layers.kind, H, kind).or(snap)
            }
            kind if kind <= LENGTHS => self.has_length().and(self.equal(payload, B, kind)),
            kind => self.equal(self.layers.kind, H, kind),
        }
    }

    fn follows_cooked(&mut self, kind: u32) -> Condition {
        let (at, payload) = (self.layers.kind, self.layers.payload);
        match kind {
            ISO | NETBEUI => self.equal(at, H, COOKED_LLC).and(self.equal(payload, H, kind << 8 | kind)),
            IPX => {
                let llc = self.equal(payload, B, IPX).or(self.snap(0, IPX_TYPE));
                let llc = self.equal(at, H, COOKED_LLC).and(llc);
                self.equal(at, H, COOKED_RAW_802_3).or(llc).or(self.equal(at, H, IPX_TYPE))
            }
            ATALK | AARP => {
                let organisation = if kind == ATALK { 0x08_0007 } else { 0 };
                let snap = self.equal(at, H, COOKED_LLC).and(self.snap(organisation, kind));
                self.equal(at, H, kind).or(snap)
            }
            kind if kind <= LENGTHS => self.equal(at, H, COOKED_LLC).and(self.equal(payload, B, kind)),
            kind => self.equal(at, H, kind),
        }
    }
}

/// The number of a protocol within PPP.
fn ppp(kind: u32) -> Option<u32> {
    Some(match kind {
        IP => 0x0021,
        IP6 => 0x0057,
        ISO => 0x0023,
        STP => 0x0031,
        IPX | IPX_TYPE => 0x002b,
        0x6003 => 0x0027,
        ATALK => 0x0029,
        0x0600 => 0x0025,
        other => other,
    })
}

/// The condition that a comparison is.
pub(super) fn asked(values: &mut Values, value: ValueId, comparison: Comparison, operand: ValueId) -> Condition {
    match values.ask(value, comparison, operand) {
        Asked::Constant(holds) => Condition::Constant(holds),
        Asked::Test(test, false) => Condition::Test(test),
        Asked::Test(test, true) => Condition::Test(test).not(),
    }
}
