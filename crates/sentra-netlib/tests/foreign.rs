//! Foreign bytes of all kinds: random ones, and well-formed ones with damage.

#[path = "foreign/bodies.rs"]
mod bodies;
#[path = "foreign/dns.rs"]
mod dns;
#[path = "foreign/http.rs"]
mod http;

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
    "nameserver 192.0.2.1\nsearch a.b\noptions ndots:2\n127.0.0.1 localhost",
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
        let mut bytes = SEEDS[self.below(SEEDS.len())].as_bytes().to_vec();
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
