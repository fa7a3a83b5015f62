//! What a file of small items makes `decode` reserve stays within a small multiple of its size.
//! Alone in its process, since it looks at the whole process.

use sentra_bytecode::format::{HEADER_BYTES, seal};
use sentra_bytecode::{Module, decode, encode};

/// Bytes of memory for each byte of the file, at most; a one-byte string costs the most.
const MULTIPLE: u64 = 40;
const FILE: usize = 2 << 20;

/// The most memory that this process ever used, in kilobytes, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn number(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A file whose sections hold nothing, but for one that holds `item` as often as fits.
fn full_of(section: u8, before: &[u8], item: &[u8]) -> Vec<u8> {
    let mut bytes = encode(&Module::default())[..HEADER_BYTES].to_vec();
    for number_of in 1..=5 {
        let mut content = if number_of == 4 { vec![0] } else { Vec::new() };
        if number_of == section {
            content = before.to_vec();
            number(FILE / item.len(), &mut content);
            content.extend(item.repeat(FILE / item.len()));
        } else {
            content.push(0);
        }
        bytes.push(number_of);
        number(content.len(), &mut bytes);
        bytes.extend(content);
    }
    seal(&mut bytes);
    bytes
}

#[test]
fn decode_reserves_a_small_multiple_of_the_file() {
    let files = [
        full_of(1, &[], &[3, 1, b'x']),
        full_of(1, &[], &[4, 1, 0]),
        full_of(2, &[], &[1, b'x']),
        full_of(3, &[], &[0, 0]),
        full_of(4, &[0], &[0, 0, 0]),
        full_of(5, &[], &[0; 8]),
        full_of(5, &[1, 0, 0, 0, 0, 0, 0], &[0]),
        full_of(5, &[1, 0, 0, 0, 0, 0], &[0]),
    ];
    for (index, file) in files.iter().enumerate() {
        let before = peak();
        let outcome = decode(file);
        // The last two stop inside their one function, after its long list.
        assert!(index >= 6 || outcome.is_ok(), "file {index}: {}", outcome.unwrap_err());
        if let (Some(before), Some(after)) = (before, peak()) {
            let allowed = file.len() as u64 * MULTIPLE / 1024;
            assert!(after - before <= allowed, "file {index}: {} KB, more than {allowed}", after - before);
        }
    }
}
