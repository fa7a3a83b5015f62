//! Writes pcap files with nanoseconds, as every tool reads them.

use super::Link;

/// What frames are cut to, as the header says it: none is.
const SNAP: u32 = 262_144;

/// Appends the header of a file.
pub fn header(link: Link, out: &mut Vec<u8>) {
    out.extend(0xa1b2_3c4d_u32.to_le_bytes());
    out.extend([2, 0, 4, 0]);
    out.extend([0; 8]);
    out.extend(SNAP.to_le_bytes());
    out.extend(link.0.to_le_bytes());
}

/// Appends a frame that was `length` bytes long.
pub fn record(nanoseconds: i64, length: usize, frame: &[u8], out: &mut Vec<u8>) {
    let seconds = nanoseconds.div_euclid(1_000_000_000) as u32;
    let part = nanoseconds.rem_euclid(1_000_000_000) as u32;
    for number in [seconds, part, frame.len() as u32, length.max(frame.len()) as u32] {
        out.extend(number.to_le_bytes());
    }
    out.extend(frame);
}
