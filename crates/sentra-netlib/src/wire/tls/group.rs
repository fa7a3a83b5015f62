//! Groups for key exchanges (the registry "TLS Supported Groups"): curves, finite fields, and
//! those that a quantum computer does not break.

/// A group: its number, its name, and its strength in bits of the field or, for curves, of the order.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// Its number on the wire.
    pub code: u16,
    /// Its name in the registry.
    pub name: &'static str,
    /// Bits of its field.
    pub bits: u16,
}

const fn group(code: u16, name: &'static str, bits: u16) -> Group {
    Group { code, name, bits }
}

/// All that have a number, those that servers prefer today first.
pub static GROUPS: &[Group] = &[
    group(0x11EC, "X25519MLKEM768", 253),
    group(0x11EB, "SecP256r1MLKEM768", 256),
    group(0x11ED, "SecP384r1MLKEM1024", 384),
    group(0x6399, "X25519Kyber768Draft00", 253),
    group(29, "x25519", 253),
    group(23, "secp256r1", 256),
    group(30, "x448", 448),
    group(24, "secp384r1", 384),
    group(25, "secp521r1", 521),
    group(31, "brainpoolP256r1tls13", 256),
    group(32, "brainpoolP384r1tls13", 384),
    group(33, "brainpoolP512r1tls13", 512),
    group(26, "brainpoolP256r1", 256),
    group(27, "brainpoolP384r1", 384),
    group(28, "brainpoolP512r1", 512),
    group(41, "curveSM2", 256),
    group(34, "GC256A", 256),
    group(35, "GC256B", 256),
    group(36, "GC256C", 256),
    group(37, "GC256D", 256),
    group(38, "GC512A", 512),
    group(39, "GC512B", 512),
    group(40, "GC512C", 512),
    group(256, "ffdhe2048", 2048),
    group(257, "ffdhe3072", 3072),
    group(258, "ffdhe4096", 4096),
    group(259, "ffdhe6144", 6144),
    group(260, "ffdhe8192", 8192),
    group(0x0200, "MLKEM512", 512),
    group(0x0201, "MLKEM768", 768),
    group(0x0202, "MLKEM1024", 1024),
    group(22, "secp256k1", 256),
    group(14, "sect571r1", 571),
    group(13, "sect571k1", 571),
    group(11, "sect409k1", 409),
    group(12, "sect409r1", 409),
    group(9, "sect283k1", 283),
    group(10, "sect283r1", 283),
    group(20, "secp224k1", 224),
    group(21, "secp224r1", 224),
    group(8, "sect239k1", 239),
    group(6, "sect233k1", 233),
    group(7, "sect233r1", 233),
    group(18, "secp192k1", 192),
    group(19, "secp192r1", 192),
    group(4, "sect193r1", 193),
    group(5, "sect193r2", 193),
    group(1, "sect163k1", 163),
    group(2, "sect163r1", 163),
    group(3, "sect163r2", 163),
    group(15, "secp160k1", 160),
    group(16, "secp160r1", 160),
    group(17, "secp160r2", 160),
];

/// The first of those that only TLS 1.3 has, and that others than curves have.
fn is_curve(code: u16) -> bool {
    (1..=30).contains(&code) || (34..=41).contains(&code)
}

impl Group {
    /// The group with a number.
    pub fn of(code: u16) -> Option<&'static Self> {
        GROUPS.iter().find(|group| group.code == code)
    }

    /// Those that a client of TLS 1.2 or older may offer.
    pub fn curves() -> impl Iterator<Item = &'static Self> {
        GROUPS.iter().filter(|group| is_curve(group.code))
    }

    /// Those that TLS 1.3 knows: binary curves and short ones it has given up (RFC 8446, 4.2.7).
    pub fn modern() -> impl Iterator<Item = &'static Self> {
        GROUPS.iter().filter(|group| group.code > 22 && !(26..=28).contains(&group.code))
    }

    /// The name of a group, or its number if it has none.
    pub fn name_of(code: u16) -> String {
        Self::of(code).map_or_else(|| format!("0x{code:04X}"), |group| group.name.to_string())
    }
}
