//! What holds for any bytes that a service says. The fuzz targets run the same.

use std::time::{Duration, Instant};

use sentra_netlib::exchange::scan::{Inquiry, Need};
use sentra_netlib::wire::service::{is_complete, recognise};

/// What services say, in the order of their names below.
#[allow(dead_code)] // Fuzzing finds its own.
pub const SEEDS: &[&[u8]] = &[
    b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    b"220 mail.example ESMTP Postfix\r\n",
    b"220 (vsFTPd 3.0.3)\r\n",
    b"+OK Dovecot ready.\r\n",
    b"* OK [CAPABILITY IMAP4rev1] ready\r\n",
    b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n",
    b"\x16\x03\x03\0\x5a\x02\0\0\x56\x03\x03................................\0\x13\x01\0\0\x0e\0+\0\x02\x03\x04\0\x0a\0\x04\0\0\0\0",
    b"\x15\x03\x01\0\x02\x02\x46",
    b"+PONG\r\n$60\r\n# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n\r\n",
    b"-NOAUTH Authentication required.\r\n",
    b"\x4a\0\0\0\x0a8.0.36\0\x0b\0\0\0abcdefgh\0\xff\xf7\x21\x02\0\xff\xc1\x15\0\0\0\0\0\0\0\0\0\0abcdefghijkl\0caching_sha2_password\0",
    b"\x45\0\0\0\xff\x6a\x04Host '10.0.0.1' is not allowed to connect to this MariaDB server.....",
    b"S",
    b"E\0\0\0\x35SFATAL\0C0A000\0Munsupported frontend protocol\0F\0\0",
    b"\0\0\0\x48\xfeSMB@\0\0\0\0\0\0\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x41\0\x01\0\x02\x03\0\0",
    b"\0\x37^\x17\x85\0\0\x01\0\x01\0\0\0\0\x07version\x04bind\0\0\x10\0\x03\xc0\x0c\0\x10\0\x03\0\0\0\0\0\x0d\x0c9.18.28-Debi",
    b"\xff\xfd\x18\xff\xfd\x20\xff\xfb\x01\r\nlogin: ",
    b"RFB 003.008\n",
    b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\0\x08\0\x02\0\0\0",
    b"0\x0c\x02\x01\x07\x65\x07\x0a\x01\0\x04\0\x04\0",
    b"\x20\x02\0\0",
    b"AMQP\0\0\x09\x01",
    b"VERSION 1.6.18\r\n",
];

/// Who says it.
#[allow(dead_code)]
pub const KNOWN: &[&str] = &[
    "ssh",
    "smtp",
    "ftp",
    "pop3",
    "imap",
    "http",
    "tls",
    "tls",
    "redis",
    "redis",
    "mysql",
    "mysql",
    "postgresql",
    "postgresql",
    "microsoft-ds",
    "domain",
    "telnet",
    "rfb",
    "ms-wbt-server",
    "ldap",
    "mqtt",
    "amqp",
    "memcache",
];

/// Whatever it is, it makes a line that disturbs nobody; an inquiry that hears it ends in time.
pub fn service(bytes: &[u8]) {
    let identity = recognise(bytes);
    assert!(identity.banner.chars().count() <= 256);
    assert!(!identity.banner.chars().any(char::is_control), "{:?}", identity.banner);
    let _ = is_complete(bytes);
    for (port, size) in [(21, 1), (443, 7), (40_000, 4096)] {
        inquire(port, bytes, size);
    }
}

/// Bytes that come in pieces, on every connection the same.
fn inquire(port: u16, bytes: &[u8], size: usize) {
    let begun = Instant::now();
    let patience = Duration::from_secs(3);
    let mut now = begun;
    let mut inquiry = Inquiry::new(port, now, patience);
    let mut pieces = bytes.chunks(size);
    for _ in 0..bytes.len() + 200 {
        match inquiry.step(now) {
            Need::Done => {
                assert!(now <= begun + patience);
                assert!(!inquiry.identity().banner.chars().any(char::is_control));
                return;
            }
            Need::Connect => {
                pieces = bytes.chunks(size);
                inquiry.connected(now);
            }
            Need::Say(_) => {}
            Need::Wait(until) => match pieces.next() {
                Some(piece) => inquiry.hears(piece, now),
                None => {
                    inquiry.ended();
                    now = until.min(now + Duration::from_millis(1));
                }
            },
        }
    }
    // Each connection takes as many steps as there are pieces.
    while inquiry.step(now) != Need::Done {
        now += Duration::from_millis(100);
        inquiry.ended();
    }
}
