//! What is said to services that wait to be spoken to: a table for connections, one for datagrams.

/// Something to say on a connection.
#[derive(Debug, PartialEq, Eq)]
pub struct Probe {
    /// Whose language it is.
    pub service: &'static str,
    /// Where it is said first.
    pub ports: &'static [u16],
    /// The bytes.
    pub bytes: &'static [u8],
}

/// Ports whose services speak first: nothing is said to them.
const GREETERS: &[u16] =
    &[13, 17, 19, 21, 22, 23, 25, 37, 110, 119, 143, 220, 587, 873, 2222, 2525, 3306, 5666, 5672, 5900, 5901, 6667];

/// All that may be said, in the order in which it is tried at a port of which nothing is known.
/// What comes first makes the most other services say something too.
const PROBES: &[Probe] = &[
    Probe {
        service: "http",
        ports: &[80, 591, 631, 2375, 3000, 5000, 5985, 7001, 8000, 8008, 8080, 8081, 8088, 8888, 9000, 9090, 9200],
        bytes: b"GET / HTTP/1.0\r\nAccept: */*\r\n\r\n",
    },
    Probe {
        service: "tls",
        ports: &[
            261, 271, 443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 2376, 3269, 4433, 5061, 5671, 5986, 6443,
            6697, 8443, 8883, 9443,
        ],
        bytes: TLS,
    },
    Probe {
        service: "redis",
        ports: &[6379, 6380, 26_379],
        bytes: b"*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n",
    },
    Probe { service: "postgresql", ports: &[5432, 5433, 6432], bytes: b"\0\0\0\x08\x04\xd2\x16/" },
    Probe { service: "microsoft-ds", ports: &[445], bytes: SMB2 },
    Probe {
        service: "domain",
        ports: &[53],
        bytes: b"\0\x1e^\x17\0\0\0\x01\0\0\0\0\0\0\x07version\x04bind\0\0\x10\0\x03",
    },
    Probe {
        service: "ldap",
        ports: &[389, 3268],
        bytes: b"0%\x02\x01\x07c \x04\0\n\x01\0\n\x01\0\x02\x01\0\x02\x01\0\x01\x01\0\x87\x0bobjectclass0\0",
    },
    Probe { service: "ms-wbt-server", ports: &[3389], bytes: b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0" },
    Probe { service: "memcache", ports: &[11_211], bytes: b"version\r\n" },
    Probe { service: "mongodb", ports: &[27_017, 27_018], bytes: MONGODB },
    Probe { service: "mqtt", ports: &[1883], bytes: b"\x10\x12\0\x04MQTT\x04\x02\0<\0\x06sentra" },
    Probe { service: "amqp", ports: &[], bytes: b"AMQP\0\0\x09\x01" },
    Probe { service: "rtsp", ports: &[554, 8554], bytes: b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" },
    Probe { service: "sip", ports: &[5060], bytes: SIP },
    Probe { service: "microsoft-ds", ports: &[139], bytes: SMB1 },
    Probe {
        service: "sunrpc",
        ports: &[111],
        bytes:
            b"\x80\0\0(^\x17\0\x01\0\0\0\0\0\0\0\x02\0\x01\x86\xa0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    },
];

/// A ClientHello for TLS 1.0 to 1.3 (RFC 8446, 4.1.2).
const TLS: &[u8] = b"\x16\x03\x01\0\xc5\x01\0\0\xc1\x03\x03Sentra asks who is listening her\0\0$\x13\x01\x13\x02\x13\x03\xc0+\xc0/\xc0,\xc00\xcc\xa9\xcc\xa8\xc0\x09\xc0\x13\xc0\n\xc0\x14\0\x9c\0\x9d\0/\x005\0\n\x01\0\0t\0\x17\0\0\xff\x01\0\x01\0\0\n\0\n\0\x08\0\x1d\0\x17\0\x18\0\x19\0\x0b\0\x02\x01\0\0\r\0\x16\0\x14\x04\x03\x08\x04\x04\x01\x05\x03\x08\x05\x05\x01\x08\x06\x06\x01\x02\x01\x02\x03\0+\0\x09\x08\x03\x04\x03\x03\x03\x02\x03\x01\0-\0\x02\x01\x01\x003\0&\0$\0\x1d\0 \x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// A negotiation of SMB 2.0.2 to 3.0.2 ([MS-SMB2], 2.2.3).
const SMB2: &[u8] = b"\0\0\0l\xfeSMB@\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0$\0\x04\0\x01\0\0\0\0\0\0\0SentraClientGuid\0\0\0\0\0\0\0\0\x02\x02\x10\x02\0\x03\x02\x03";
/// A negotiation that servers of SMB 1 understand ([MS-CIFS], 2.2.4.52).
const SMB1: &[u8] = b"\0\0\0E\xffSMBr\0\0\0\0\x18S\xc8\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\x01\0\0\0\0\0\0\"\0\x02NT LM 0.12\0\x02SMB 2.002\0\x02SMB 2.???\0";
/// `{hello: 1}`.
const MONGODB: &[u8] =
    b"4\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\x1f\0\0\0\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0";
const SIP: &[u8] = b"OPTIONS sip:sentra@localhost SIP/2.0\r\nVia: SIP/2.0/UDP localhost;branch=z9hG4bKsentra;rport\r\nMax-Forwards: 70\r\nFrom: <sip:sentra@localhost>;tag=sentra\r\nTo: <sip:sentra@localhost>\r\nCall-ID: sentra\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

/// Whether the service that a port is for speaks first.
pub fn greets(port: u16) -> bool {
    GREETERS.contains(&port)
}

/// What to say to a port, one after the other: those that it is for come first.
pub fn probes(port: u16) -> impl Iterator<Item = &'static Probe> {
    let meant = move |probe: &&Probe| probe.ports.contains(&port);
    PROBES.iter().filter(meant).chain(PROBES.iter().filter(move |probe| !meant(probe)))
}

/// What is sent by UDP. A port that is not here gets a datagram without content.
const DATAGRAMS: &[(&[u16], &[u8])] = &[
    (&[7, 13, 17, 19], b"\r\n\r\n"),
    (&[53], b"^\x17\0\0\0\x01\0\0\0\0\0\0\x07version\x04bind\0\0\x10\0\x03"),
    (&[5353], b"\0\0\0\0\0\x01\0\0\0\0\0\0\x09_services\x07_dns-sd\x04_udp\x05local\0\0\x0c\x80\x01"),
    (&[5355], b"^\x17\0\0\0\x01\0\0\0\0\0\0\x09localhost\0\0\x01\0\x01"),
    // A file that is not there: the answer is an error (RFC 1350).
    (&[69], b"\0\x01sentra-no-such-file\0octet\0"),
    (&[111, 2049], b"^\x17\0\x01\0\0\0\0\0\0\0\x02\0\x01\x86\xa0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    (&[123], b"\xe3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0Sentra!!"),
    (&[137], b"^\x17\0\0\0\x01\0\0\0\0\0\0 CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0\0!\0\x01"),
    // The description of the system, from the community `public` (RFC 3416).
    (&[161], b"0)\x02\x01\0\x04\x06public\xa0\x1c\x02\x04^\x17\0\x01\x02\x01\0\x02\x01\x000\x0e0\x0c\x06\x08+\x06\x01\x02\x01\x01\x01\0\x05\0"),
    (&[177], b"\0\x01\0\x02\0\x01\0"),
    (&[389], b"0%\x02\x01\x07c \x04\0\n\x01\0\n\x01\0\x02\x01\0\x02\x01\0\x01\x01\0\x87\x0bobjectclass0\0"),
    (&[443, 853, 784, 8443], &QUIC),
    (&[500, 4500], b"Sentra!!\0\0\0\0\0\0\0\0\x01\x10\x02\0\0\0\0\0\0\0\0T\0\0\x008\0\0\0\x01\0\0\0\x01\0\0\0,\x01\x01\0\x01\0\0\0$\x01\x01\0\0\x80\x01\0\x05\x80\x02\0\x02\x80\x04\0\x02\x80\x03\0\x01\x80\x0b\0\x01\0\x0c\0\x04\0\0p\x80"),
    (&[520], b"\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10"),
    (&[623], b"\x06\0\xff\x06\0\0\x11\xbe\x80\0\0\0"),
    (&[1194], b"8Sentra!!\0\0\0\0\0"),
    (&[1434], b"\x02"),
    (&[1645, 1812], b"\x01\x17\0\x14Sentra asks you!"),
    (&[1900], b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n"),
    (&[3478, 19_302], b"\0\x01\0\0!\x12\xa4BSentra asks!"),
    (&[4433, 5684], DTLS),
    (&[5060], SIP),
    (&[5683], b"@\x01^\x17\xbb.well-known\x04core"),
    (&[11_211], b"\0\x01\0\0\0\x01\0\0version\r\n"),
    (&[27_015], b"\xff\xff\xff\xffTSource Engine Query\0"),
    (&[47_808], b"\x81\x0a\0\x11\x01\x04\0\x05\x01\x0c\x0c\x02\x3f\xff\xff\x19\x4b"),
];

/// A ClientHello of DTLS 1.2 (RFC 6347).
const DTLS: &[u8] = b"\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\\\x01\0\0P\0\0\0\0\0\0\0P\xfe\xfdSentra asks who is listening her\0\0\0\n\xc0+\xc0/\xc0\x13\0\x9c\0/\x01\0\0\x1c\0\n\0\x06\0\x04\0\x1d\0\x17\0\x0b\0\x02\x01\0\0\r\0\x08\0\x06\x04\x03\x04\x01\x05\x03";

/// A packet of a version of QUIC that nobody has: servers say which they speak (RFC 9000, 6.1),
/// if it is as long as a first packet has to be (14.1).
const QUIC: [u8; 1200] = {
    let head = *b"\xc0\x1a*:J\x08Sentra!!\x08asks you\0D\x94";
    let (mut packet, mut at) = ([0; 1200], 0);
    while at < head.len() {
        packet[at] = head[at];
        at += 1;
    }
    packet
};

/// What to send to a port by UDP.
pub fn datagram(port: u16) -> &'static [u8] {
    DATAGRAMS.iter().find(|(ports, _)| ports.contains(&port)).map_or(b"", |(_, bytes)| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_gets_each_probe_once_and_its_own_first() {
        for port in [80, 443, 6379, 40_000] {
            assert_eq!(probes(port).count(), PROBES.len());
        }
        assert_eq!(probes(5432).next().unwrap().service, "postgresql");
        assert_eq!(probes(40_000).next().unwrap().service, "http");
    }

    #[test]
    fn lengths_in_probes_are_those_of_what_follows() {
        assert_eq!(u16::from_be_bytes([TLS[3], TLS[4]]) as usize, TLS.len() - 5);
        assert_eq!(SMB2[3] as usize, SMB2.len() - 4);
        assert_eq!(SMB1[3] as usize, SMB1.len() - 4);
        assert_eq!(MONGODB[0] as usize, MONGODB.len());
        let bacnet = datagram(47_808);
        assert_eq!(bacnet[3] as usize, bacnet.len());
    }
}
