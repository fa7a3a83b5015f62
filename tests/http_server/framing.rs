//! Requests as RFC 9112 allows and forbids them, and the statuses that Sentra, nginx and Node answer them with.
//!
//! Behind each request another one follows, which is answered with `200` too if the connection goes on. `-` stands
//! for a connection that is closed without an answer.
//!
//! Where the three differ:
//! - nginx takes lines that end with LF alone, a line without a colon, names with any byte, control characters in
//!   values, two blanks in the request line, and `HTTP/1.10`. Another reader in front of it or behind it may see another
//!   request in these bytes; Sentra and, for most of them, Node refuse them.
//! - Node takes two Hosts, and like nginx a Host that is none. Sentra refuses both (RFC 9112, section 3.2). nginx
//!   refuses an empty one, which is allowed.
//! - Node knows a list of methods, and nginx only those in capital letters. To Sentra a method is any token.
//! - Sentra refuses a fragment in the target, and schemes other than `http` and `https`.
//! - HTTP/1.2 is answered as HTTP/1.1 by Sentra and nginx (RFC 9110, section 2.5), and bytes beyond ASCII in a target are
//!   passed on as they are; Node refuses both.
//! - Transfer codings: `gzip, chunked` is unknown to Sentra and nginx (501), while Node passes it on undecoded. If
//!   `chunked` is not the last, only Sentra and Node say 400 (RFC 9112, section 6.3).
//! - Node answers what follows a request that was to be the last with 400; the others do not look at it. It keeps a
//!   connection of HTTP/1.0 only if it is told a length.
//! - Node has no limit for bodies: it waits for the rest. CONNECT it closes without a word.

/// A request, what it is about, and the statuses of Sentra, nginx and Node.
pub type Case = (&'static str, &'static [u8], [&'static str; 3]);

/// What follows each request.
pub const NEXT: &[u8] = b"GET / HTTP/1.1\r\nHost: next\r\nConnection: close\r\n\r\n";

/// The table.
pub const CASES: &[Case] = &[
    ("a plain request", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", ["200 200", "200 200", "200 200"]),
    ("names of fields in any case", b"GET / HTTP/1.1\r\nhOST: a\r\n\r\n", ["200 200", "200 200", "200 200"]),
    ("an empty line before it", b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", ["200 200", "200 200", "200 200"]),
    ("blanks around a value", b"GET / HTTP/1.1\r\nHost: \t a \t\r\nX:\r\n\r\n", ["200 200", "400", "200 200"]),
    (
        "bytes beyond ASCII in a value",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \xe4\r\n\r\n",
        ["200 200", "200 200", "200 200"],
    ),
    ("HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n", ["200", "200", "400"]),
    ("HTTP/1.0 that stays", b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", ["200 200", "200 200", "200"]),
    ("HTTP/1.2", b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", ["200 200", "200 200", "400"]),
    ("HTTP/2.0", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", ["505", "505", "400"]),
    ("the beginning of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ["505", "400", "400"]),
    ("HTTP/0.9", b"GET /\r\n", ["400", "-", "400"]),
    ("a version in small letters", b"GET / http/1.1\r\nHost: a\r\n\r\n", ["400", "400", "400"]),
    ("a version with more digits", b"GET / HTTP/1.10\r\nHost: a\r\n\r\n", ["400", "200 200", "400"]),
    ("close", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", ["200", "200", "400"]),
    ("no Host", b"GET / HTTP/1.1\r\n\r\n", ["400", "400", "400"]),
    ("two Hosts", b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", ["400", "400", "200 200"]),
    ("an empty Host", b"GET / HTTP/1.1\r\nHost:\r\n\r\n", ["200 200", "400", "200 200"]),
    ("a Host with a path", b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", ["400", "400", "200 200"]),
    ("a Host with a user", b"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", ["400", "200 200", "200 200"]),
    ("a Host with a port that is none", b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", ["400", "200 200", "200 200"]),
    ("a Host in IPv6", b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", ["200 200", "200 200", "200 200"]),
    ("a list of Hosts", b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", ["400", "400", "200 200"]),
    ("absolute form", b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", ["200 200", "200 200", "200 200"]),
    ("absolute form without a path", b"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", ["200 200", "200 200", "200 200"]),
    ("absolute form of another host", b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", ["200 200", "200 200", "200 200"]),
    ("absolute form of another scheme", b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "200 200", "200 200"]),
    ("authority form", b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", ["501", "400", "-"]),
    ("authority form with another method", b"GET a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", ["400", "400", "400"]),
    ("asterisk form", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ["204 200", "400", "200 200"]),
    ("asterisk form with another method", b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "400", "200 200"]),
    ("a target with a fragment", b"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "200 200", "200 200"]),
    ("a target with a blank", b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "400", "400"]),
    ("a target with a tabulator", b"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "400", "400"]),
    ("a target with a NUL", b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "400", "400"]),
    ("a target with bytes beyond ASCII", b"GET /?\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", ["200 200", "200 200", "400"]),
    ("no target", b"GET HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "400", "400"]),
    ("two blanks", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "200 200", "200 200"]),
    ("a blank at the end of the line", b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", ["400", "200 200", "400"]),
    ("a tabulator for a blank", b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "400", "400"]),
    ("a blank in front", b" GET / HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "400", "400"]),
    ("a method that is no token", b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "400", "400"]),
    ("a method of its own", b"FETCH-IT / HTTP/1.1\r\nHost: a\r\n\r\n", ["200 200", "200 200", "400"]),
    ("a method in small letters", b"get / HTTP/1.1\r\nHost: a\r\n\r\n", ["200 200", "400", "400"]),
    ("a handshake of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", ["400", "400", "400"]),
    ("lines that end with LF", b"GET / HTTP/1.1\nHost: a\n\n", ["400", "200 200", "400"]),
    ("one line that ends with LF", b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", ["400", "200 200", "400"]),
    ("a header that ends with LF", b"GET / HTTP/1.1\r\nHost: a\r\n\n", ["400", "200 200", "400"]),
    ("a CR in a value", b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", ["400", "400", "400"]),
    ("a CR in the request line", b"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", ["400", "400", "400"]),
    ("a NUL in a value", b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", ["400", "400", "400"]),
    ("a control character in a value", b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n", ["400", "200 200", "400"]),
    ("a blank before the colon", b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", ["400", "400", "400"]),
    ("a blank in a name", b"GET / HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n", ["400", "400", "400"]),
    ("a name with bytes beyond ASCII", b"GET / HTTP/1.1\r\nHost: a\r\n\xc3\xa4: z\r\n\r\n", ["400", "200 200", "400"]),
    ("no name", b"GET / HTTP/1.1\r\nHost: a\r\n: z\r\n\r\n", ["400", "400", "400"]),
    ("no colon", b"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", ["400", "200 200", "400"]),
    ("a value on two lines", b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", ["400", "400", "400"]),
    ("a first field on two lines", b"GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n", ["400", "400", "400"]),
    ("a length", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", ["200 200", "200 200", "200 200"]),
    (
        "a length of nothing",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        ["200 200", "200 200", "200 200"],
    ),
    (
        "a length with zeros in front",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc",
        ["200 200", "200 200", "200 200"],
    ),
    (
        "GET with a body",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        ["200 200", "200 200", "200 200"],
    ),
    (
        "the same length twice",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        ["400", "400", "400"],
    ),
    (
        "two lengths",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        ["400", "400", "400"],
    ),
    ("a list of two lengths", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 4\r\n\r\nabc", ["400", "400", "400"]),
    ("a length with a sign", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", ["400", "400", "400"]),
    ("a negative length", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc", ["400", "400", "400"]),
    ("a hexadecimal length", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc", ["400", "400", "400"]),
    ("a length with a blank", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3 0\r\n\r\nabc", ["400", "400", "400"]),
    ("an empty length", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nabc", ["400", "400", "400"]),
    (
        "a length beyond 64 bits",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551619\r\n\r\nabc",
        ["400", "400", "400"],
    ),
    (
        "a length beyond the limit",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\nabc",
        ["413", "413", "408"],
    ),
    (
        "chunks",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ["200 200", "200 200", "200 200"],
    ),
    (
        "chunks in large letters",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
        ["200 200", "200 200", "200 200"],
    ),
    (
        "chunks with an extension",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b;c=\"d\"\r\nabc\r\n0;e\r\n\r\n",
        ["200 200", "200 200", "200 200"],
    ),
    (
        "chunks with a trailer",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
        ["200 200", "200 200", "200 200"],
    ),
    (
        "a size with zeros in front",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0003\r\nabc\r\n00\r\n\r\n",
        ["200 200", "200 200", "200 200"],
    ),
    (
        "a size with a sign",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "a size with 0x",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "a size with a blank in front",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "a size with a blank behind",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n",
        ["400", "200 200", "400"],
    ),
    (
        "no size",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "a size beyond 64 bits",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "a chunk longer than its size",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "a chunk whose size ends with LF",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
        ["400", "200 200", "400"],
    ),
    (
        "a chunk that ends with LF",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n",
        ["400", "200 200", "400"],
    ),
    (
        "an extension with LF",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a\nabc\r\n0\r\n\r\n",
        ["400", "200 200", "400"],
    ),
    (
        "an extension with CR",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a\rb\r\nabc\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "a trailer without a colon",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX\r\n\r\n",
        ["400", "200 200", "400"],
    ),
    (
        "both lengths",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "both lengths the other way",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "two transfer codings",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        ["501", "501", "200 200"],
    ),
    (
        "chunked twice",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        ["400", "501", "400"],
    ),
    (
        "chunked in two fields",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "chunked before another coding",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        ["400", "501", "400"],
    ),
    (
        "an unknown coding",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        ["400", "501", "400"],
    ),
    (
        "a coding with a vertical tabulator",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        ["400", "501", "400"],
    ),
    ("an empty coding", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n", ["400", "501", "400"]),
    (
        "chunks in HTTP/1.0",
        b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ["400", "400", "400"],
    ),
    (
        "100-continue",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
        ["200 200", "200 200", "200 200"],
    ),
    (
        "another expectation",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: x\r\n\r\nabc",
        ["417", "200 200", "417 200"],
    ),
];
