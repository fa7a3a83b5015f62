//! Places on earth (RFC 1876, 2 and 3).

/// Thousandths of a second of arc at the equator and at Greenwich.
const ORIGIN: u32 = 1 << 31;
/// Centimetres below the reference spheroid from which altitudes count.
const DEPTH: i64 = 10_000_000;

/// Latitude, longitude, altitude, size and precisions; nothing if malformed.
pub(super) fn show(data: &[u8]) -> Option<String> {
    let data: [u8; 16] = data.try_into().ok()?;
    let [0, size, horizontal, vertical, ..] = data else { return None };
    let number = |at: usize| u32::from_be_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]]);
    let altitude = i64::from(number(12)) - DEPTH;
    Some(format!(
        "{} {} {}m {} {} {}",
        angle(number(4), ['N', 'S']),
        angle(number(8), ['E', 'W']),
        metres(altitude),
        length(size)?,
        length(horizontal)?,
        length(vertical)?
    ))
}

fn angle(value: u32, [above, below]: [char; 2]) -> String {
    let (off, side) = (value.abs_diff(ORIGIN), if value >= ORIGIN { above } else { below });
    let (seconds, thousandths) = (off / 1000, off % 1000);
    format!("{} {} {}.{thousandths:03} {side}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn metres(centimetres: i64) -> String {
    let sign = if centimetres < 0 { "-" } else { "" };
    let off = centimetres.unsigned_abs();
    format!("{sign}{}.{:02}", off / 100, off % 100)
}

/// A digit and a power of ten, in centimetres.
fn length(coded: u8) -> Option<String> {
    let (digit, power) = (i64::from(coded >> 4), u32::from(coded & 15));
    if digit > 9 || power > 9 {
        return None;
    }
    let centimetres = digit * 10_i64.pow(power);
    // Whole metres are shown without a fraction, as dig shows them.
    let text = if centimetres % 100 == 0 { (centimetres / 100).to_string() } else { metres(centimetres) };
    Some(format!("{text}m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        // RFC 1876, 4: 42 21 54 N 71 06 18 W -24m 30m
        let data = [0, 0x33, 0x16, 0x13, 0x89, 0x17, 0x2d, 0xd0, 0x70, 0xbe, 0x15, 0xf0, 0x00, 0x98, 0x8d, 0x20];
        assert_eq!(show(&data).unwrap(), "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m");
        assert_eq!(show(&data[..15]), None);
    }
}
