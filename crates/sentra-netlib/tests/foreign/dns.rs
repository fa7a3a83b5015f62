//! What holds for any bytes that the readers of DNS are given. The fuzz targets run the same.

use sentra_netlib::wire::dns::system::{Hosts, Settings};
use sentra_netlib::wire::dns::{HEADER, Reply, deframe, name, rdata};

/// Bytes behind a header that announces some records: they are refused, or every record can be
/// shown, and its names are read back as they are written.
pub fn dns(bytes: &[u8]) {
    let header: &[u8] = &[0, 7, 0x84, 0, 0, 0, 0, 2, 0, 1, 0, 0];
    for message in [bytes, &[header, bytes].concat()] {
        let Some(reply) = Reply::read(message) else { continue };
        let records = [reply.answers(), reply.authorities(), reply.additionals()];
        for record in records.into_iter().flatten() {
            assert!(rdata::text(&reply, record).is_ascii());
            let shown = name::text(&record.name);
            assert_eq!(name::parse(&shown).as_ref(), Some(&record.name), "{shown}");
        }
        assert!(message.len() >= HEADER);
    }
    if let Some((message, len)) = deframe(bytes) {
        assert_eq!(message.len() + 2, len);
    }
    let text = String::from_utf8_lossy(bytes);
    assert!(!Settings::parse(&text).servers.is_empty());
    Hosts::parse(&text);
    if let Some(name) = name::parse(&text) {
        assert_eq!(name::parse(&name::text(&name)), Some(name));
    }
}
