//! The kinds of records: numbers, names, and what their data consist of. One row each; reading,
//! showing and naming the parts derive from it.

use std::fmt::{self, Display, Formatter};

use trust_dns_proto::rr::RecordType;

/// A kind of record, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind(pub u16);

/// One part of a record's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An IPv4 address.
    Address4,
    /// An IPv6 address.
    Address6,
    /// A name.
    Name,
    /// A number of one byte.
    U8,
    /// A number of two bytes.
    U16,
    /// A number of four bytes.
    U32,
    /// A kind of record.
    Kind,
    /// A text of up to 255 bytes.
    Text,
    /// All that is left, as texts of up to 255 bytes.
    Texts,
    /// All that is left, as one text.
    LongText,
    /// All that is left, in hexadecimal.
    Hex,
    /// All that is left, in base 64.
    Base64,
    /// Up to 255 bytes, in hexadecimal.
    ShortHex,
    /// Up to 255 bytes, in base 32 with the order of digits kept (RFC 4648, 7).
    ShortBase32,
    /// A time in seconds since 1970, shown as 14 digits.
    Time,
    /// A set of kinds (RFC 4034, 4.1.2).
    Kinds,
    /// Bytes in hexadecimal between hyphens.
    Eui,
    /// A tag of up to 255 bytes, bare (RFC 8659, 4.1).
    Tag,
    /// Keys and values of a service (RFC 9460, 2.1).
    ServiceParameters,
    /// A place on earth (RFC 1876).
    Location,
}

/// A kind's row.
pub struct Row {
    /// Its number.
    pub kind: Kind,
    /// Its name.
    pub name: &'static str,
    /// What its data consist of, each part with a name for programs.
    pub parts: &'static [(&'static str, Part)],
}

macro_rules! kinds {
    ($($constant:ident $number:literal $name:literal [$($part:literal: $form:ident),*];)*) => {
        #[allow(missing_docs)]
        impl Kind {
            $(pub const $constant: Kind = Kind($number);)*
        }

        /// Every kind whose data are known.
        pub const KINDS: &[Row] = &[
            $(Row { kind: Kind($number), name: $name, parts: &[$(($part, Part::$form)),*] },)*
        ];
    };
}

kinds! {
    A 1 "A" ["address": Address4];
    NS 2 "NS" ["target": Name];
    CNAME 5 "CNAME" ["target": Name];
    SOA 6 "SOA" ["primary": Name, "mail": Name, "serial": U32, "refresh": U32, "retry": U32, "expire": U32, "minimum": U32];
    PTR 12 "PTR" ["target": Name];
    HINFO 13 "HINFO" ["cpu": Text, "os": Text];
    MX 15 "MX" ["preference": U16, "exchange": Name];
    TXT 16 "TXT" ["texts": Texts];
    RP 17 "RP" ["mail": Name, "texts": Name];
    AFSDB 18 "AFSDB" ["subtype": U16, "host": Name];
    RT 21 "RT" ["preference": U16, "host": Name];
    SIG 24 "SIG" ["covers": Kind, "algorithm": U8, "labels": U8, "original_ttl": U32, "expires": Time, "begins": Time, "key_tag": U16, "signer": Name, "signature": Base64];
    KEY 25 "KEY" ["flags": U16, "protocol": U8, "algorithm": U8, "key": Base64];
    AAAA 28 "AAAA" ["address": Address6];
    LOC 29 "LOC" ["place": Location];
    SRV 33 "SRV" ["priority": U16, "weight": U16, "port": U16, "target": Name];
    NAPTR 35 "NAPTR" ["order": U16, "preference": U16, "flags": Text, "services": Text, "regexp": Text, "replacement": Name];
    KX 36 "KX" ["preference": U16, "exchanger": Name];
    CERT 37 "CERT" ["format": U16, "key_tag": U16, "algorithm": U8, "certificate": Base64];
    DNAME 39 "DNAME" ["target": Name];
    DS 43 "DS" ["key_tag": U16, "algorithm": U8, "digest_type": U8, "digest": Hex];
    SSHFP 44 "SSHFP" ["algorithm": U8, "hash": U8, "fingerprint": Hex];
    RRSIG 46 "RRSIG" ["covers": Kind, "algorithm": U8, "labels": U8, "original_ttl": U32, "expires": Time, "begins": Time, "key_tag": U16, "signer": Name, "signature": Base64];
    NSEC 47 "NSEC" ["next": Name, "kinds": Kinds];
    DNSKEY 48 "DNSKEY" ["flags": U16, "protocol": U8, "algorithm": U8, "key": Base64];
    DHCID 49 "DHCID" ["data": Base64];
    NSEC3 50 "NSEC3" ["hash": U8, "flags": U8, "iterations": U16, "salt": ShortHex, "next": ShortBase32, "kinds": Kinds];
    NSEC3PARAM 51 "NSEC3PARAM" ["hash": U8, "flags": U8, "iterations": U16, "salt": ShortHex];
    TLSA 52 "TLSA" ["usage": U8, "selector": U8, "matching": U8, "data": Hex];
    SMIMEA 53 "SMIMEA" ["usage": U8, "selector": U8, "matching": U8, "data": Hex];
    CDS 59 "CDS" ["key_tag": U16, "algorithm": U8, "digest_type": U8, "digest": Hex];
    CDNSKEY 60 "CDNSKEY" ["flags": U16, "protocol": U8, "algorithm": U8, "key": Base64];
    OPENPGPKEY 61 "OPENPGPKEY" ["key": Base64];
    CSYNC 62 "CSYNC" ["serial": U32, "flags": U16, "kinds": Kinds];
    ZONEMD 63 "ZONEMD" ["serial": U32, "scheme": U8, "hash": U8, "digest": Hex];
    SVCB 64 "SVCB" ["priority": U16, "target": Name, "parameters": ServiceParameters];
    HTTPS 65 "HTTPS" ["priority": U16, "target": Name, "parameters": ServiceParameters];
    SPF 99 "SPF" ["texts": Texts];
    EUI48 108 "EUI48" ["address": Eui];
    EUI64 109 "EUI64" ["address": Eui];
    ANY 255 "ANY" [];
    URI 256 "URI" ["priority": U16, "weight": U16, "target": LongText];
    CAA 257 "CAA" ["flags": U8, "tag": Tag, "value": LongText];
}

impl Kind {
    /// The kind that a script names, in any case; `TYPE65400` for one without a name (RFC 3597, 5).
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let named = KINDS.iter().find(|row| row.name == upper).map(|row| row.kind);
        named.or_else(|| upper.strip_prefix("TYPE")?.parse().ok().map(Kind))
    }

    /// Its row, if its data are known.
    pub fn row(self) -> Option<&'static Row> {
        KINDS.binary_search_by_key(&self.0, |row| row.kind.0).ok().map(|index| &KINDS[index])
    }
}

impl Display for Kind {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => out.write_str(row.name),
            None => write!(out, "TYPE{}", self.0),
        }
    }
}

impl From<Kind> for RecordType {
    fn from(kind: Kind) -> Self {
        Self::from(kind.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order() {
        assert!(KINDS.is_sorted_by_key(|row| row.kind.0));
    }

    #[test]
    fn names_and_numbers() {
        assert_eq!(Kind::parse("aaaa"), Some(Kind::AAAA));
        assert_eq!(Kind::parse("type65400"), Some(Kind(65400)));
        assert_eq!(Kind::parse("type65536"), None);
        assert_eq!(Kind::parse("NOSUCH"), None);
        assert_eq!(Kind(65400).to_string(), "TYPE65400");
        assert_eq!(Kind::parse("TYPE1").unwrap().to_string(), "A");
    }
}
