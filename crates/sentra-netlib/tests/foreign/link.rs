//! What holds for any frames that a sweep of a link hears. The fuzz target runs the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sentra_netlib::exchange::sweep::link::{Heard, OwnSide};
use sentra_netlib::wire::fingerprint::Traits;
use sentra_netlib::wire::packet::Mac;

const MAC: Mac = Mac([2, 0, 0, 0, 0, 9]);

/// Frames to this machine's card with any bytes behind what their heads say: nothing is heard, or
/// a neighbour, an echo or a segment of the right family whose traits can be told.
pub fn link(bytes: &[u8]) {
    let own: [(IpAddr, [u8; 2]); 3] = [
        (Ipv4Addr::new(10, 0, 0, 9).into(), [8, 6]),
        (Ipv4Addr::new(10, 0, 0, 9).into(), [8, 0]),
        (Ipv6Addr::LOCALHOST.into(), [0x86, 0xdd]),
    ];
    for (ip, kind) in own {
        let own = OwnSide::new(MAC, ip, 40_000, 7);
        let head = [&MAC.0[..], &[0, 1, 2, 3, 4, 5], &kind].concat();
        for frame in [bytes, &[&head[..], bytes].concat()] {
            match own.read(frame) {
                None => {}
                Some(Heard::Neighbour(from, mac)) => assert!(from.is_ipv4() && !mac.is_group()),
                Some(Heard::Echo(from, ..)) => assert_eq!(from.is_ipv4(), ip.is_ipv4()),
                Some(Heard::Segment { from, ttl, tcp, .. }) => {
                    assert_eq!(from.is_ipv4(), ip.is_ipv4());
                    let mut traits = Traits { ttl: Some(ttl), ..Traits::default() };
                    traits.accepted(&tcp);
                    traits.system();
                }
            }
        }
    }
}
