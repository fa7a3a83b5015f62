//! Foreign bytes of all kinds: random ones, and well-formed ones with damage.

#[path = "foreign/bodies.rs"]
mod bodies;
#[path = "foreign/detect.rs"]
mod detect;
#[path = "foreign/dns.rs"]
mod dns;
#[path = "foreign/filter.rs"]
mod filter;
#[path = "foreign/http.rs"]
mod http;
#[path = "foreign/link.rs"]
mod link;
#[path = "foreign/packet.rs"]
mod packet;
#[path = "foreign/postgres.rs"]
mod postgres;
#[path = "foreign/service.rs"]
mod service;
#[path = "foreign/tls_scan.rs"]
mod tls_scan;
#[path = "foreign/websocket.rs"]
mod websocket;

/// What is well-formed for some reader; damage is done to these.
const SEEDS: &[&str] = &[
    "",
    "Zm9vYmFy",
    "Zm9v\nYg==",
    "-_8",
    "41ff",
    "a%20b+c%zz",
    "a=1&b=x+y&&=z&c",
    "&lt;&euro;&#8364;&#x20ac;&copy &notit; &nosuch;",
    "HTTPS://us%40er:p%3Aw@Example.COM:8443/a/../b%2fc?x=1&y=%20#frag?/",
    "http://[2001:db8::1]:80/x",
    "http://127.0.0.1",
    "http://bücher.example/ü?ü#ü",
    "mailto:a@b",
    "file:///etc/passwd",
    "../../g;x=1/../y?q#s",
    "//g/./h",
    "10.1.2.3/20",
    "192.168.0.0/255.255.0.0",
    "2001:db8::77/64",
    "::ffff:10.0.0.1/104",
    "::/0",
    "eyJhbGciOiJIUzI1NiJ9.e30.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAkDcAApVdYWrAXBhAsAAFIUtqzjUpzqEl4teIhNeS7kM=\n-----END PUBLIC KEY-----",
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "5\r\nhello\r\n0\r\n\r\n",
    "GET /a/b?c=d HTTP/1.1\r\nHost: example.com:80\r\nConnection: keep-alive, x\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    "POST http://[::1]:80/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nPUT * HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\nHEAD / HTTP/1.9\r\nHost:\r\n\r\n",
    "5;a=\"b;c\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: value\r\n\r\nrest",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello",
    "id=7; Domain=.b.example; Path=/x; Expires=Sun, 06 Nov 2094 08:49:37 GMT; Max-Age=60; Secure",
    ": comment\nevent: a\ndata: one\ndata: two\nid: 7\nretry: 10\n\ndata\r\n\r\n",
    "Content-Type: multipart/form-data; boundary=\"a\\\"b\"; charset=utf-8, gzip;q=0.5",
    "--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"../x.txt\"\r\nContent-Type: text/plain\r\n\r\none\r\n--B--",
    "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--B\r\nContent-Disposition: form-data; name=b\r\n\r\nx\r\n--B--",
    "form-data; name=\"a\\\"b\"; x=y",
    "multipart/form-data; boundary=B",
    "bytes=0-9, 500-, -5",
    "\"abc\", W/\"x\", *",
    "gzip;q=0.5, identity;q=0.25, *;q=0",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "/a/%2e%2e/b%2f..%5c%00//.well-known/x",
    "\x03www\x07example\0\0\x01\0\x01\0\0\0\x3c\0\x04\x01\x02\x03\x04\0\0\x10\0\x01\0\0\0\x3c\0\x06\x05hello",
    "\0\x01\x08\0\x06\x04\0\x02\0\x01\x02\x03\x04\x05\x0a\0\0\x01\x02\0\0\0\0\x09\x0a\0\0\x09",
    "E\0\0\x1c\0\0\0\0@\x01\0\0\x0a\0\0\x01\x0a\0\0\x09\0\0\0\0\0\x07\0\x01",
    "nameserver 192.0.2.1\nsearch a.b\noptions ndots:2\n127.0.0.1 localhost",
    "tcp port 80 or (vlan 5 and src net 10.0.0.0/8 and tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420)",
    "ip6 protochain 6 and not host 2001:db8::1 or portrange 20-ftp and mpls 5 and ether host 2:0:0:0:0:1",
    "alert tcp [10.0.0.0/8,!10.0.0.1] any -> $HOME_NET !80 (msg:\"a\"; content:\"|0d 0a|x\"; nocase; within:9; pcre:\"/a+b/i\"; flags:S,CE; dsize:3<>9; sid:7;)",
    "content:!\"abc\"; offset:3; depth:9; threshold: type both, track by_dst, count 3, seconds 9; flow:established,to_client; itype:8;",
    "USER a\r\nPASS b\r\nGET / HTTP/1.1\r\nAuthorization: Basic YTpi\r\n\r\nuser=a&pass=b",
    "\x15\x01\x02\x03\x28\0\0\x0c\x50\0\0\x01\x48\0\0\x0e\x06\0\0\0\x16\0\0\0",
    "\x01\u{2}a\x05Hello WebSocket",
    "Sec-WebSocket-Protocol: chat, superchat\r\nOrigin: http://example.com",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n",
    "host\n/path?#\nquery\nfragment\nuser\npassword",
];

/// Bytes that readers treat in a way of their own.
const SPECIAL: &[u8] = b"\0\t\n\r !\"#$%&'*+,-./0189:;<=>?@AZ[\\]^_`az{|}~\x7f\x80\xc3\xff";

/// xorshift: the same cases each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn byte(&mut self) -> u8 {
        if self.below(2) == 0 { SPECIAL[self.below(SPECIAL.len())] } else { self.below(256) as u8 }
    }

    /// A seed with some bytes changed, removed, added or doubled; or only random bytes.
    fn case(&mut self) -> Vec<u8> {
        if self.below(8) == 0 {
            return (0..self.below(64)).map(|_| self.byte()).collect();
        }
        let seed = self.below(SEEDS.len());
        self.damaged(SEEDS[seed].as_bytes())
    }

    fn damaged(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..self.below(5) {
            let at = self.below(bytes.len() + 1);
            match self.below(4) {
                0 if at < bytes.len() => bytes[at] = self.byte(),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 => bytes.extend_from_within(at..),
                _ => bytes.insert(at, self.byte()),
            }
        }
        bytes
    }
}

/// How many cases; `SENTRA_CASES` asks for more.
fn cases(usual: u64) -> u64 {
    std::env::var("SENTRA_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

fn run(body: fn(&[u8]), usual: u64) {
    SEEDS.iter().for_each(|seed| body(seed.as_bytes()));
    for number in 1..=cases(usual) {
        let bytes = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).case();
        let outcome = std::panic::catch_unwind(|| body(&bytes));
        assert!(outcome.is_ok(), "case {number}: {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn codes() {
    run(bodies::codes, 30_000);
}

#[test]
fn frames_of_a_link() {
    run(link::link, 30_000);
}

#[test]
fn queries() {
    run(bodies::query, 30_000);
}

#[test]
fn compressed_data() {
    run(bodies::compressed, 3_000);
}

#[test]
fn urls() {
    run(bodies::url, 60_000);
}

#[test]
fn parts_of_urls() {
    run(bodies::parts, 30_000);
}

#[test]
fn networks() {
    run(bodies::network, 60_000);
}

#[test]
fn tokens() {
    run(bodies::token, 5_000);
}

#[test]
fn http_bodies() {
    run(http::body, 60_000);
}

#[test]
fn http_fields() {
    run(http::field, 30_000);
}

#[test]
fn forms() {
    run(bodies::form, 30_000);
}

#[test]
fn conditions_and_ranges() {
    run(bodies::conditions, 60_000);
}

#[test]
fn paths_of_files() {
    run(bodies::file_path, 30_000);
}

#[test]
fn log_lines() {
    run(bodies::log_line, 10_000);
}

#[test]
fn certificates() {
    run(bodies::certificate, 10_000);
}

#[test]
fn tls_handshakes() {
    run(bodies::tls, 3_000);
}

#[test]
fn http_requests() {
    run(http::request, 60_000);
}

#[test]
fn http_responses() {
    run(http::response, 30_000);
}

#[test]
fn cookies() {
    run(http::cookies, 30_000);
}

#[test]
fn event_streams() {
    run(http::events, 30_000);
}

#[test]
fn dns_replies() {
    run(dns::dns, 60_000);
}

#[test]
fn filters() {
    run(filter::filter, 6_000);
}

#[test]
fn programs_of_filters() {
    run(filter::bpf, 60_000);
}

#[test]
fn packets_before_detectors() {
    run(detect::frames, 3_000);
}

#[test]
fn rules() {
    run(detect::rules, 20_000);
}

/// Frames and capture files, as hexadecimal digits, that damage is done to.
const FRAMES: &[&str] = &[
    // A segment with options, in a virtual network.
    "0200000000010200000000028100000708004500003c1c4640004006b1e6c0a80001c0a80002d4310050000000010000000070020fff00000000020405b40402080a0000000100000000010303070000",
    // A fragment of IPv6 behind options.
    "02000000000102000000000286dd60000000001800400000000000000000000000000000000100000000000000000000000000000001003c00000502000001002c00010400000000110000010000000500350035000a0000ab",
    // A question and a request for an address.
    "0200000000010200000000020800450000390001000040117c83c0a80001c0a800020035003500250000123401000001000000000000037777770765786d706c65000001000100",
    "ffffffffffff02000000000208060001080006040001020000000002c0a80001000000000000c0a80002",
    // Capture files: little-endian with microseconds, big-endian with nanoseconds, pcapng.
    "d4c3b2a1020004000000000000000000ffff000001000000010000000200000004000000040000000102030401000000ffffffff02000000ff0000000506",
    "a1b23c4d00020004000000000000000000040000000000650000000100000002000000140000001445000014000000004001000001020304050607 08",
    "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000010000002000000001000000ffff00000900010009000000000000002000000006000000240000000000000000000000010000000400000004000000aabbccdd2400000003000000140000000400000001020304140000000500000010000000000000001000000a",
];

fn bytes_of(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter_map(|digit| char::from(digit).to_digit(16)).map(|d| d as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Runs a body on frames and files, each cut at every place, and with damage.
fn run_frames(body: fn(&[u8]), usual: u64) {
    let seeds: Vec<Vec<u8>> = FRAMES.iter().map(|digits| bytes_of(digits)).collect();
    for seed in &seeds {
        (0..=seed.len()).for_each(|length| body(&seed[..length]));
    }
    for number in 1..=cases(usual) {
        let mut random = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut bytes = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len() + 1);
            match random.below(4) {
                0 if at < bytes.len() => bytes[at] = random.below(256) as u8,
                1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
                2 => bytes.truncate(at.max(8)),
                _ => bytes.insert(at, random.byte()),
            }
        }
        let outcome = std::panic::catch_unwind(|| body(&bytes));
        assert!(outcome.is_ok(), "case {number}: {bytes:02x?}");
    }
}

#[test]
fn frames() {
    run_frames(packet::frame, 60_000);
}

#[test]
fn captures() {
    run_frames(packet::capture, 3_000);
}

#[test]
fn services() {
    run(service::service, 5_000);
    for (number, seed) in (1..=cases(5_000)).zip(service::SEEDS.iter().cycle()) {
        let bytes = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).damaged(seed);
        service::service(&bytes);
    }
}

#[test]
fn services_are_known_by_what_they_say() {
    for (seed, known) in service::SEEDS.iter().zip(service::KNOWN) {
        assert_eq!(sentra_netlib::wire::service::recognise(seed).service, Some(*known), "{seed:?}");
    }
}

#[test]
fn postgres_servers() {
    run(postgres::postgres, 5_000);
    for (number, seed) in (1..=cases(5_000)).zip(postgres::SEEDS.iter().cycle()) {
        postgres::postgres(seed);
        let bytes = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).damaged(seed);
        postgres::postgres(&bytes);
    }
}

#[test]
fn flights_of_tls() {
    run(tls_scan::flights, 10_000);
}

#[test]
fn scans_of_tls() {
    run(tls_scan::scan, 1_000);
}

#[test]
fn websocket_frames() {
    run(websocket::frames, 30_000);
}

#[test]
fn websocket_handshakes() {
    run(websocket::handshake, 30_000);
}
