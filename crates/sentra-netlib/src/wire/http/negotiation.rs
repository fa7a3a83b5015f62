//! Which codings of a body a client takes (RFC 9110, section 12.5.3).

/// Whether `Accept-Encoding` lets gzip be used, and does not like the plain body better. Where
/// there is no such field, or it is malformed, the answer is no.
pub fn takes_gzip(field: &[u8]) -> bool {
    let (mut gzip, mut plain, mut others) = (None, None, None);
    for item in field.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|item| !item.is_empty()) {
        let mut parameters = item.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        let coding = parameters.next().unwrap_or_default();
        let Some(weight) = weight(parameters) else { return false };
        let is = |name: &[u8]| coding.eq_ignore_ascii_case(name);
        match () {
            () if is(b"gzip") || is(b"x-gzip") => gzip = gzip.max(Some(weight)),
            () if is(b"identity") => plain = Some(weight),
            () if is(b"*") => others = Some(weight),
            () => {}
        }
    }
    let gzip = gzip.or(others).unwrap_or(0);
    gzip > 0 && plain.is_none_or(|plain| gzip >= plain)
}

/// The weight in thousandths that parameters give; 1 without any.
fn weight<'a>(parameters: impl Iterator<Item = &'a [u8]>) -> Option<u32> {
    let mut weight = 1000;
    for parameter in parameters {
        let value = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="))?;
        weight = thousandths(value)?;
    }
    Some(weight)
}

/// `0`, `0.5`, `1.000`: at most three digits behind the point, at most 1.
fn thousandths(text: &[u8]) -> Option<u32> {
    let (whole, fraction) = match text {
        [whole @ (b'0' | b'1')] => (*whole, &b""[..]),
        [whole @ (b'0' | b'1'), b'.', fraction @ ..] if fraction.len() <= 3 => (*whole, fraction),
        _ => return None,
    };
    let mut weight = u32::from(whole - b'0') * 1000;
    for (digit, place) in fraction.iter().zip([100, 10, 1]) {
        weight += u32::from(digit.is_ascii_digit().then(|| digit - b'0')?) * place;
    }
    (weight <= 1000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_where_it_is_taken() {
        for field in [
            "gzip",
            "GZip",
            "x-gzip",
            "deflate, gzip, br, zstd",
            "gzip;q=0.001",
            "gzip ; q=1.000",
            "*",
            "br;q=1.0, *;q=0.5",
            "identity;q=0.5, gzip;q=0.5",
            "identity, gzip",
            ",, gzip ,",
        ] {
            assert!(takes_gzip(field.as_bytes()), "{field}");
        }
        for field in [
            "",
            "identity",
            "br",
            "gzip;q=0",
            "gzip;q=0.000",
            "*;q=0",
            "*, gzip;q=0",
            "gzip;q=0.4, identity;q=0.5",
            "gzip;q=2",
            "gzip;q=1.001",
            "gzip;q=0.0001",
            "gzip;q=-1",
            "gzip;q=x",
            "gzip;q=",
            "gzip;level=9",
            "gzippy",
            "gzip deflate",
        ] {
            assert!(!takes_gzip(field.as_bytes()), "{field}");
        }
    }
}
