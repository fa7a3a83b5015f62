//! Lookups against servers that are played here: what is asked next, and what comes out.

use std::net::SocketAddr;
use std::rc::Rc;
use std::str::FromStr;

use sentra_netlib::exchange::resolver::{Answer, Failed, Failure, Found, Lookup, Step, Transport};
use sentra_netlib::wire::dns::system::Settings;
use sentra_netlib::wire::dns::{HEADER, Kind, Manner, Reply, answers, name, rdata};
use trust_dns_proto::op::{Message, ResponseCode};
use trust_dns_proto::rr::{Name, RData, Record, rdata as data};

fn settings(text: &str) -> Rc<Settings> {
    Rc::new(Settings::parse(text))
}

fn lookup(host: &str, kind: Kind, text: &str) -> Lookup {
    Lookup::new(host, kind, settings(text), Manner::default(), 0).unwrap()
}

/// The reply to what is asked now, as `fill` makes it.
fn reply(lookup: &mut Lookup, fill: impl FnOnce(&mut Message, Name)) -> Vec<u8> {
    let asked = Message::from_vec(lookup.question().message(7)).unwrap();
    let name = asked.queries[0].name().clone();
    let mut message = Message::response(7, asked.metadata.op_code);
    message.metadata.recursion_available = true;
    message.add_queries(asked.queries.clone());
    fill(&mut message, name);
    let bytes = message.to_vec().unwrap();
    assert!(answers(&bytes, 7, lookup.question().question()));
    bytes
}

fn asked(lookup: &mut Lookup) -> String {
    let message = Message::from_vec(lookup.question().message(7)).unwrap();
    message.queries[0].name().to_ascii().to_lowercase()
}

fn of(text: &str) -> Name {
    Name::from_str(text).unwrap()
}

fn address(name: &Name, last: u8) -> Record {
    Record::from_rdata(name.clone(), 60, RData::A(data::A::new(192, 0, 2, last)))
}

fn alias(from: &Name, to: &str) -> Record {
    Record::from_rdata(from.clone(), 30, RData::CNAME(data::CNAME(of(to))))
}

fn start_of_authority() -> Record {
    let soa = data::SOA::new(of("ns.example."), of("mail.example."), 1, 2, 3, 4, 20);
    Record::from_rdata(of("example."), 900, RData::SOA(soa))
}

fn done(step: Step) -> Result<Answer, Failed> {
    match step {
        Step::Done(result) => result,
        Step::Ask(ask) => panic!("asks {ask:?}"),
    }
}

fn texts(answer: &Answer, kind: Kind) -> Vec<String> {
    answer.records(kind).map(|(reply, record)| rdata::text(reply, record)).collect()
}

fn asks(step: &Step) -> (SocketAddr, Transport) {
    match step {
        Step::Ask(ask) => (ask.server, ask.transport),
        Step::Done(result) => panic!("is over: {result:?}"),
    }
}

#[test]
fn addresses_behind_aliases_in_one_reply() {
    let mut lookup = lookup("www.example", Kind::A, "");
    let bytes = reply(&mut lookup, |message, name| {
        message.add_answer(alias(&name, "a.example.")).add_answer(alias(&of("A.example."), "b.example."));
        message.add_answer(address(&of("b.example."), 1)).add_answer(address(&of("other.example."), 9));
    });
    let answer = done(lookup.answered(bytes)).unwrap();
    assert_eq!((answer.found, name::text(&answer.name).as_str(), answer.ttl), (Found::Records, "b.example", 30));
    assert_eq!(texts(&answer, Kind::A), ["192.0.2.1"]);
}

#[test]
fn an_alias_alone_is_followed_by_another_question() {
    let mut lookup = lookup("www.example", Kind::A, "");
    let bytes = reply(&mut lookup, |message, name| {
        message.add_answer(alias(&name, "b.example."));
    });
    asks(&lookup.answered(bytes));
    assert_eq!(asked(&mut lookup), "b.example.");
    let bytes = reply(&mut lookup, |message, name| {
        message.add_answer(address(&name, 1));
    });
    assert_eq!(texts(&done(lookup.answered(bytes)).unwrap(), Kind::A), ["192.0.2.1"]);
}

#[test]
fn aliases_in_a_circle_end() {
    let mut lookup = lookup("a.example", Kind::A, "");
    let bytes = reply(&mut lookup, |message, name| {
        message.add_answer(alias(&name, "b.example.")).add_answer(alias(&of("b.example."), "a.example."));
    });
    assert_eq!(done(lookup.answered(bytes)).unwrap_err().failure, Failure::Aliases);
}

#[test]
fn absence_of_a_name_and_of_records() {
    for (code, found) in [(ResponseCode::NXDomain, Found::NoName), (ResponseCode::NoError, Found::NoData)] {
        let mut lookup = lookup("nosuch.example", Kind::A, "");
        let bytes = reply(&mut lookup, |message, _| {
            message.metadata.response_code = code;
            message.add_authority(start_of_authority());
        });
        let answer = done(lookup.answered(bytes)).unwrap();
        assert_eq!((answer.found, answer.ttl), (found, 20));
    }
}

#[test]
fn a_cut_reply_is_asked_for_on_a_stream() {
    let mut lookup = lookup("big.example", Kind::TXT, "nameserver 192.0.2.53");
    let bytes = reply(&mut lookup, |message, _| message.metadata.truncation = true);
    assert_eq!(asks(&lookup.answered(bytes)), ("192.0.2.53:53".parse().unwrap(), Transport::Stream));
}

#[test]
fn servers_take_turns_until_one_is_of_use() {
    let mut lookup = lookup("a.example", Kind::A, "nameserver 192.0.2.1\nnameserver 192.0.2.2\noptions attempts:2");
    let bytes = reply(&mut lookup, |message, _| message.metadata.response_code = ResponseCode::ServFail);
    assert_eq!(asks(&lookup.answered(bytes)).0, "192.0.2.2:53".parse().unwrap());
    assert_eq!(asks(&lookup.failed(Failure::TimedOut)).0, "192.0.2.1:53".parse().unwrap());
    asks(&lookup.failed(Failure::TimedOut));
    let failed = done(lookup.failed(Failure::Malformed)).unwrap_err();
    assert_eq!(failed.to_string(), "the name server 192.0.2.2:53 sent a malformed answer");
}

#[test]
fn a_referral_of_who_asks_nobody_is_lame() {
    let mut lookup = lookup("a.example", Kind::A, "options attempts:1");
    let bytes = reply(&mut lookup, |message, _| {
        message.metadata.recursion_available = false;
        message.add_authority(Record::from_rdata(of("example."), 5, RData::NS(data::NS(of("ns.example.")))));
    });
    assert_eq!(done(lookup.answered(bytes)).unwrap_err().failure, Failure::Lame);
}

#[test]
fn who_does_not_know_edns_is_asked_without() {
    let mut lookup = lookup("a.example", Kind::A, "");
    assert!(Message::from_vec(lookup.question().message(7)).unwrap().edns.is_some());
    let mut bytes = reply(&mut lookup, |message, _| message.metadata.response_code = ResponseCode::FormErr);
    bytes.truncate(HEADER);
    bytes[4..].fill(0);
    asks(&lookup.answered(bytes));
    assert!(Message::from_vec(lookup.question().message(7)).unwrap().edns.is_none());
}

#[test]
fn search_domains_by_the_number_of_dots() {
    let text = "search corp.example example\noptions ndots:2 attempts:1";
    let tried = |host: &str| {
        let mut lookup = lookup(host, Kind::A, text);
        let mut names = Vec::new();
        loop {
            names.push(asked(&mut lookup));
            let bytes = reply(&mut lookup, |message, _| message.metadata.response_code = ResponseCode::NXDomain);
            if let Step::Done(answer) = lookup.answered(bytes) {
                assert_eq!(answer.unwrap().found, Found::NoName);
                return names;
            }
        }
    };
    assert_eq!(tried("web"), ["web.corp.example.", "web.example.", "web."]);
    assert_eq!(tried("a.b.web"), ["a.b.web.", "a.b.web.corp.example.", "a.b.web.example."]);
    assert_eq!(tried("web."), ["web."]);
}

#[test]
fn a_reply_cut_or_changed_anywhere_is_read_or_refused() {
    let mut lookup = lookup("www.example", Kind::A, "");
    let bytes = reply(&mut lookup, |message, name| {
        message.add_answer(alias(&name, "b.example.")).add_answer(address(&of("b.example."), 1));
        message.add_authority(start_of_authority());
    });
    for cut in 0..bytes.len() {
        assert!(Reply::read(&bytes[..cut]).is_none(), "cut at {cut}");
    }
    for at in 0..bytes.len() {
        for value in [0, 1, 0x3f, 0x40, 0xc0, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            if let Some(reply) = Reply::read(changed) {
                reply.answers().iter().for_each(|record| drop(rdata::text(&reply, record)));
            }
        }
    }
}
