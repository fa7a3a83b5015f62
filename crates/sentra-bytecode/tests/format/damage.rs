//! Damaged and hostile files: an answer, never a panic, in bounded time and memory.

use std::time::{Duration, Instant};

use sentra_bytecode::format::{HEADER_BYTES, MAGIC, VERSION, seal};
use sentra_bytecode::{decode, encode};

use crate::random::Random;
use crate::{bodies, build, valid};

fn file(seed: u64) -> Vec<u8> {
    encode(&valid::module(&mut Random::new(seed)))
}

/// One of the ways in which files go wrong.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..1 + random.below(3) {
        let at = random.below(bytes.len().max(1));
        match random.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.extend_from_within(at..),
            2 => drop(bytes.splice(at..at, [0xFF, 0xFF, 0xFF, 0xFF, 0x0F])),
            3 if at < bytes.len() => drop(bytes.remove(at)),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
}

#[test]
fn damaged_files_are_refused_by_the_checksum() {
    let mut random = Random::new(7);
    for seed in 0..2500 {
        let whole = file(seed % 50);
        let mut bytes = whole.clone();
        damage(&mut bytes, &mut random);
        if bytes != whole {
            assert!(decode(&bytes).is_err(), "seed {seed}");
        }
    }
}

#[test]
fn damaged_files_with_a_repaired_checksum_are_judged() {
    let started = Instant::now();
    let mut random = Random::new(8);
    let (mut refused, mut invalid, mut accepted) = (0, 0, 0);
    for seed in 0..6000 {
        let mut bytes = file(seed % 50);
        damage(&mut bytes, &mut random);
        match bodies::verify_any(&bytes) {
            None => refused += 1,
            Some(Err(_)) => invalid += 1,
            Some(Ok(())) => accepted += 1,
        }
    }
    assert!(refused > 100 && invalid > 100 && accepted > 100, "{refused} refused, {invalid} invalid, {accepted} good");
    assert!(started.elapsed() < Duration::from_secs(60));
    assert!(peak_memory().is_none_or(|kilobytes| kilobytes < 100_000), "{:?} KB", peak_memory());
}

#[test]
fn random_bytes_behind_a_header_are_judged() {
    let mut random = Random::new(9);
    let header = file(0)[..HEADER_BYTES].to_vec();
    for _ in 0..2000 {
        let mut bytes = header.clone();
        bytes.extend(random.list(300, |random| random.next() as u8));
        bodies::verify_any(&bytes);
    }
}

#[test]
fn every_cut_is_refused() {
    let whole = file(3);
    for end in 0..whole.len() {
        let mut cut = whole[..end].to_vec();
        assert!(decode(&cut).is_err());
        seal(&mut cut);
        let only_positions_missing = decode(&cut).is_ok_and(|module| module.functions[0].positions.is_empty());
        assert!(decode(&cut).is_err() || only_positions_missing, "cut at {end}");
    }
}

/// The most memory that this process ever used, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A file with these sections.
fn sections(parts: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = file(0)[..HEADER_BYTES].to_vec();
    for (number, content) in parts {
        bytes.push(*number);
        assert!(content.len() < 128);
        bytes.push(content.len() as u8);
        bytes.extend_from_slice(content);
    }
    seal(&mut bytes);
    bytes
}

const EMPTY: (&[u8], &[u8]) = (&[0], &[0, 0]);

#[test]
fn each_kind_of_damage_has_its_message() {
    let end = build::program(vec![build::end()]);
    let whole = encode(&end);
    let with = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    let (none, files) = EMPTY;
    let constants = |content: &[u8]| sections(&[(1, content), (2, none), (3, none), (4, files), (5, none)]);
    let functions = |content: &[u8]| sections(&[(1, none), (2, none), (3, none), (4, files), (5, content)]);
    let positions = |content: &[u8]| {
        sections(&[(1, none), (2, none), (3, none), (4, files), (5, &[1, 0, 0, 0, 0, 0, 0, 0, 0]), (6, content)])
    };
    let debug = |content: &[u8]| {
        sections(&[(1, none), (2, none), (3, none), (4, files), (5, &[1, 0, 0, 0, 0, 0, 0, 0, 0]), (7, content)])
    };
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"let x = 1\n".to_vec(), "byte 0: this is not a Sentra bytecode file"),
        (MAGIC.to_vec(), "byte 4: the file ends inside the header"),
        (with(4, VERSION + 1), "byte 4: format version 3; this program reads version 2"),
        (with(5, whole[5] ^ 1), "byte 5: built by a Sentra with other instructions"),
        (with(9, whole[9] ^ 1), "byte 13: the checksum does not match"),
        (sections(&[(9, none)]), "byte 13: unknown section 9"),
        (sections(&[(1, none), (1, none)]), "section constants comes twice"),
        (sections(&[(1, none), (3, none)]), "section externs is missing"),
        (sections(&[(1, none), (2, none), (3, none), (4, files)]), "section functions is missing"),
        (constants(&[0, 7]), "1 bytes too many in section constants"),
        (constants(&[100]), "constants: 100 of them cannot fit the remaining 0 bytes"),
        (constants(&[0x80, 0]), "constants is not written in the shortest way"),
        (constants(&[1, 0, 1, 2]), "a constant should have 8 bytes, but only 2 remain"),
        (constants(&[1, 9, 0]), "unknown kind of constant 9"),
        (constants(&[1, 3, 5, 1]), "a string constant: 5 of them cannot fit"),
        (constants(&[1, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]), "too large for a whole number"),
        (constants(&[1, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2]), "a constant is too large"),
        (sections(&[(1, none), (2, &[1, 1, 0xFF])]), "an extern's name is not valid UTF-8"),
        (sections(&[(1, none), (2, none), (3, &[1, 0, 2])]), "a global's flag is 2, not 0 or 1"),
        (functions(&[1, 0, 0, 0, 0, 0, 0, 1, 255]), "unknown opcode 255"),
        (functions(&[1, 0, 0, 0, 0, 0, 0, 9, 0]), "instructions: 9 of them cannot fit the remaining 1 bytes"),
        (functions(&[1, 0, 0, 0x80, 0x80, 0x08, 0, 0, 0, 0]), "a function's parameters is too large: 65536"),
        (positions(&[1, 3, 0, 0]), "unknown kind of position"),
        (positions(&[1, 0, 1, 0]), "a position lies outside its file"),
        (debug(&[9, 0, 0]), "statements: 9 of them cannot fit the remaining 2 bytes"),
        (debug(&[1, 0, 1, 1, 0]), "a position lies outside its file"),
        (debug(&[0, 1, 1, b'v', 0xFC, 0xFF, 0x3F, 0, 0]), "a variable's place is too large"),
        (debug(&[0, 1, 1, 0xFF, 0, 0, 0]), "a variable's name is not valid UTF-8"),
    ];
    for (bytes, expected) in cases {
        let message = decode(&bytes).unwrap_err().to_string();
        assert!(message.contains(expected), "{message:?} does not say {expected:?}");
    }
}
