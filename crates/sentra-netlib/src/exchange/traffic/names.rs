//! Names that traffic is about: asked of DNS, wanted in TLS, called in HTTP.

use std::collections::HashMap;

use super::flow::FlowKey;
use super::tally::{Counts, Tally};
use crate::wire::packet::application::HttpHead;
use crate::wire::packet::dns::Message;
use crate::wire::packet::hello::Hello;
use crate::wire::packet::{Application, Packet, Tcp, Transport};

/// Greetings that go on in another segment: how many are kept, and how much of each.
const MOST_UNFINISHED: usize = 1024;
const LONGEST_GREETING: usize = 8192;
/// The longest name that is kept.
const LONGEST_NAME: usize = 255;

/// A greeting as far as it has come, and the number of its next byte.
struct Unfinished {
    way: usize,
    next: u32,
    bytes: Vec<u8>,
}

/// The names, and how often each was used.
pub struct Names {
    pub dns: Tally<String>,
    pub tls: Tally<String>,
    pub http: Tally<String>,
    unfinished: HashMap<FlowKey, Unfinished, foldhash::fast::RandomState>,
}

impl Names {
    /// At most so many of each kind.
    pub fn new(most: usize) -> Self {
        let [dns, tls, http] = [(); 3].map(|()| Tally::new(most));
        Self { dns, tls, http, unfinished: HashMap::default() }
    }

    /// Notes the name in a packet, if there is one.
    pub fn take(&mut self, key: &FlowKey, way: usize, application: Option<Application>, packet: &Packet) {
        let payload = packet.payload;
        if let Transport::Tcp(tcp) = &packet.transport
            && !self.unfinished.is_empty()
            && !payload.is_empty()
        {
            self.go_on(key, way, tcp, payload);
        }
        match application {
            Some(Application::Dns | Application::MulticastDns | Application::Llmnr) => {
                let stream = matches!(packet.transport, Transport::Tcp(_));
                let message = if stream { Message::read_stream(payload) } else { Message::read(payload) };
                if let Some(message) = message.filter(|message| !message.response && message.counts[0] > 0) {
                    note(&mut self.dns, &message.name);
                }
            }
            Some(Application::Tls) => self.greet(key, way, packet),
            Some(Application::Http) => {
                let head = HttpHead::read(payload).filter(|head| !head.line.starts_with("HTTP/"));
                head.and_then(|head| head.field("host")).into_iter().for_each(|host| note(&mut self.http, host));
            }
            _ => {}
        }
    }

    fn greet(&mut self, key: &FlowKey, way: usize, packet: &Packet) {
        let (Some(hello), Transport::Tcp(tcp)) = (Hello::read(packet.payload), &packet.transport) else { return };
        match hello.server_name {
            Some(name) => note(&mut self.tls, name),
            None if hello.cut && self.unfinished.len() < MOST_UNFINISHED => {
                let next = tcp.sequence.wrapping_add(packet.payload.len() as u32);
                self.unfinished.insert(*key, Unfinished { way, next, bytes: packet.payload.to_vec() });
            }
            None => {}
        }
    }

    /// Puts the next segment behind a greeting that was cut.
    fn go_on(&mut self, key: &FlowKey, way: usize, tcp: &Tcp, payload: &[u8]) {
        let Some(greeting) = self.unfinished.get_mut(key) else { return };
        if greeting.way != way || greeting.next != tcp.sequence {
            // What comes from the other side, again or out of order. An answer ends the wait.
            if greeting.way != way {
                self.unfinished.remove(key);
            }
            return;
        }
        greeting.next = greeting.next.wrapping_add(payload.len() as u32);
        greeting.bytes.extend_from_slice(payload);
        let hello = Hello::read(&greeting.bytes);
        let done = greeting.bytes.len() > LONGEST_GREETING || hello.as_ref().is_none_or(|hello| !hello.cut);
        let name = hello.and_then(|hello| hello.server_name);
        let found = name.is_some();
        name.into_iter().for_each(|name| note(&mut self.tls, name));
        if found || done {
            self.unfinished.remove(key);
        }
    }
}

fn note(tally: &mut Tally<String>, name: &str) {
    if !name.is_empty() && name.len() <= LONGEST_NAME {
        tally.add(name.to_ascii_lowercase(), Counts { packets: 1, bytes: 1 });
    }
}
