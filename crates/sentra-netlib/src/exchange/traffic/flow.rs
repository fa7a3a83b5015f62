//! Flows: what goes between two endpoints by one protocol, both ways, and how it stands.

use std::collections::HashMap;
use std::net::IpAddr;

use super::tally::Counts;
use crate::wire::packet::ip;
use crate::wire::packet::tcp::{Flags, Tcp};

/// One end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Its port, 0 where there are none.
    pub port: u16,
}

/// What tells a flow from others: its ends in order, and the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowKey {
    peers: [Peer; 2],
    /// The protocol over IP.
    pub protocol: u8,
}

impl FlowKey {
    /// The flow of a packet, and which of its ends has sent it.
    pub fn new(protocol: u8, addresses: (IpAddr, IpAddr), ports: (u16, u16)) -> (Self, usize) {
        let from = Peer { address: addresses.0, port: ports.0 };
        let to = Peer { address: addresses.1, port: ports.1 };
        if from <= to { (Self { peers: [from, to], protocol }, 0) } else { (Self { peers: [to, from], protocol }, 1) }
    }

    /// One of its ends.
    pub fn peer(&self, which: usize) -> Peer {
        self.peers[which & 1]
    }
}

/// How a flow stands. Of TCP as the connection does; of other protocols whether both have
/// spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Only one side has spoken.
    OneWay,
    /// Both have.
    TwoWay,
    /// Asked for, and not answered.
    SynSent,
    /// Answered, and not yet confirmed.
    SynReceived,
    /// Open, or begun before anyone looked.
    Established,
    /// One side has ended it.
    Closing,
    /// Both have.
    Closed,
    /// Ended at once.
    Reset,
    /// Asked for and refused.
    Refused,
}

impl State {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneWay => "one_way",
            Self::TwoWay => "two_way",
            Self::SynSent => "syn_sent",
            Self::SynReceived => "syn_received",
            Self::Established => "established",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Reset => "reset",
            Self::Refused => "refused",
        }
    }

    /// Whether nothing more is expected.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Reset | Self::Refused)
    }
}

/// A flow.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Who began it, as far as can be told.
    pub initiator: u8,
    /// How it stands.
    pub state: State,
    /// Who has ended it: a bit each.
    ended: u8,
    /// What each end has sent.
    pub counts: [Counts; 2],
    /// When its first packet came.
    pub first: i64,
    /// When its last packet came.
    pub last: i64,
}

impl Flow {
    fn new(key: &FlowKey, way: usize, time: i64, tcp: Option<&Tcp>) -> Self {
        let answers = tcp.is_some_and(|tcp| tcp.flags.has(Flags::SYN.with(Flags::ACK)));
        // Without a beginning, who has the lower port is taken for the server.
        let unknown = tcp.is_none_or(|tcp| !tcp.flags.has(Flags::SYN));
        let [from, to] = [key.peer(way).port, key.peer(1 - way).port];
        let initiator = if answers || unknown && from < to && from < 1024 { 1 - way } else { way };
        let state = if tcp.is_some() { State::Established } else { State::OneWay };
        Self { initiator: initiator as u8, state, ended: 0, counts: Default::default(), first: time, last: time }
    }

    /// Both ways together.
    pub fn sum(&self) -> Counts {
        self.counts[0].plus(self.counts[1])
    }

    /// The port that it was begun to.
    pub fn service_port(&self, key: &FlowKey) -> Option<u16> {
        let port = key.peer(1 - usize::from(self.initiator)).port;
        matches!(key.protocol, ip::TCP | ip::UDP | ip::SCTP).then_some(port).filter(|port| *port != 0)
    }

    fn take(&mut self, way: usize, time: i64, length: usize, tcp: Option<&Tcp>) {
        let fresh = self.sum().packets == 0;
        self.counts[way].add(length);
        self.last = self.last.max(time);
        self.state = match tcp {
            Some(tcp) => self.next(way, tcp.flags, fresh),
            None if self.counts.iter().all(|counts| counts.packets > 0) => State::TwoWay,
            None => State::OneWay,
        };
    }

    /// How it stands after a segment.
    fn next(&mut self, way: usize, flags: Flags, fresh: bool) -> State {
        let own = 1 << way;
        if flags.has(Flags::RST) {
            let refused = matches!(self.state, State::SynSent) && way != usize::from(self.initiator);
            return match self.state {
                State::Closed | State::Refused => self.state,
                _ if refused => State::Refused,
                _ => State::Reset,
            };
        }
        if flags.has(Flags::SYN) {
            let answers = flags.has(Flags::ACK);
            return match self.state {
                State::SynSent if answers => State::SynReceived,
                _ if fresh && answers => State::SynReceived,
                _ if fresh => State::SynSent,
                state => state,
            };
        }
        if flags.has(Flags::FIN) {
            self.ended |= own;
        }
        match (self.ended, self.state) {
            (_, State::Reset | State::Refused) => self.state,
            (3, _) => State::Closed,
            (0, State::SynReceived | State::Established) => State::Established,
            (0, state) => state,
            _ => State::Closing,
        }
    }
}

/// The flows that are told apart.
pub struct Flows {
    flows: HashMap<FlowKey, Flow, foldhash::fast::RandomState>,
    most: usize,
    forgotten: u64,
    began: u64,
}

impl Flows {
    /// None yet.
    pub fn new(most: usize) -> Self {
        Self { flows: HashMap::default(), most: most.max(16), forgotten: 0, began: 0 }
    }

    /// Counts a packet. A flow that was over and begins anew is given back.
    pub fn take(
        &mut self,
        key: FlowKey,
        way: usize,
        time: i64,
        length: usize,
        tcp: Option<&Tcp>,
    ) -> Option<(FlowKey, Flow)> {
        let mut ended = None;
        let begins = tcp.is_some_and(|tcp| tcp.flags.has(Flags::SYN) && !tcp.flags.has(Flags::ACK));
        let flow = self.flows.entry(key).or_insert_with(|| {
            self.began += 1;
            Flow::new(&key, way, time, tcp)
        });
        if begins && flow.state.is_over() {
            ended = Some((key, std::mem::replace(flow, Flow::new(&key, way, time, tcp))));
            self.began += 1;
            self.forgotten += 1;
        }
        flow.take(way, time, length, tcp);
        ended
    }

    /// Whether it is time to forget some.
    pub fn is_full(&self) -> bool {
        self.flows.len() > self.most
    }

    /// Takes a quarter away: those that were quiet for the longest time.
    pub fn shrink(&mut self) -> Vec<(FlowKey, Flow)> {
        let mut times: Vec<i64> = self.flows.values().map(|flow| flow.last).collect();
        let at = times.len() / 4;
        let (_, &mut limit, _) = times.select_nth_unstable(at);
        let mut left = at + 1;
        let gone: Vec<_> = self
            .flows
            .extract_if(|_, flow| {
                let goes = left > 0 && flow.last <= limit;
                left -= usize::from(goes);
                goes
            })
            .collect();
        self.forgotten += gone.len() as u64;
        gone
    }

    /// All that are there.
    pub fn iter(&self) -> impl Iterator<Item = (&FlowKey, &Flow)> {
        self.flows.iter()
    }

    /// How many have begun, and how many of them are not there any more.
    pub fn counts(&self) -> (u64, u64) {
        (self.began, self.forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(segments: &[(usize, Flags)]) -> State {
        let (key, _) = FlowKey::new(ip::TCP, ([10, 0, 0, 1].into(), [10, 0, 0, 2].into()), (40_000, 80));
        let mut flows = Flows::new(16);
        for (way, flags) in segments {
            flows.take(key, *way, 0, 60, Some(&Tcp { flags: *flags, ..Tcp::default() }));
        }
        flows.iter().next().unwrap().1.state
    }

    #[test]
    fn connections_stand_as_their_segments_say() {
        let (syn, ack, fin, rst) = (Flags::SYN, Flags::ACK, Flags::FIN.with(Flags::ACK), Flags::RST);
        let both = syn.with(ack);
        assert_eq!(walk(&[(0, syn)]), State::SynSent);
        assert_eq!(walk(&[(0, syn), (0, syn)]), State::SynSent);
        assert_eq!(walk(&[(0, syn), (1, rst.with(ack))]), State::Refused);
        assert_eq!(walk(&[(0, syn), (1, both)]), State::SynReceived);
        assert_eq!(walk(&[(0, syn), (1, both), (0, rst)]), State::Reset);
        assert_eq!(walk(&[(0, syn), (1, both), (0, ack)]), State::Established);
        assert_eq!(walk(&[(0, syn), (1, both), (0, ack), (1, fin), (0, ack)]), State::Closing);
        assert_eq!(walk(&[(0, syn), (1, both), (0, ack), (1, fin), (0, fin), (1, ack)]), State::Closed);
        assert_eq!(walk(&[(0, ack), (1, ack)]), State::Established);
        assert_eq!(walk(&[(0, syn), (1, rst), (0, syn)]), State::SynSent);
    }

    #[test]
    fn flows_are_bounded_and_the_quiet_go_first() {
        let mut flows = Flows::new(100);
        for number in 0..10_000u32 {
            let (key, way) = FlowKey::new(ip::UDP, ([10, 0, 0, 1].into(), number.to_be_bytes().into()), (1, 2));
            flows.take(key, way, i64::from(number), 60, None);
            if flows.is_full() {
                flows.shrink().iter().for_each(|(_, gone)| assert!(gone.last < i64::from(number) - 50));
            }
            assert!(flows.flows.len() <= 101);
        }
        let (began, forgotten) = flows.counts();
        assert_eq!((began, flows.flows.len() as u64), (10_000, began - forgotten));
    }
}
