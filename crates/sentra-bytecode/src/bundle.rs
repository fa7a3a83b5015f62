//! A program within an executable: behind the virtual machine's own bytes stand the `.sbc` file, the flags that it runs
//! with, each ended by a zero byte, and last a tail of fixed size that says how long both are. Systems load an
//! executable as if none of it was there.

/// The last bytes of such an executable.
pub const MAGIC: [u8; 16] = *b"\x7fSENTRA BUNDLE\x01\n";

/// The name by which such an executable is started to see whether program and flags fit the virtual machine: it ends
/// before the program's first instruction.
pub const CHECK: &str = "sentra check";

/// The length of the tail: how long the program and the flags are, then [`MAGIC`].
pub const TAIL_BYTES: usize = 8 + 8 + MAGIC.len();

/// Where an executable's parts lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Where the program begins: so long is the virtual machine.
    pub program: u64,
    /// Where the flags begin.
    pub flags: u64,
    /// Where the tail begins.
    pub tail: u64,
}

impl Bundle {
    /// Reads the last bytes of a file of `length` bytes; nothing if it is no such executable.
    pub fn read(tail: &[u8; TAIL_BYTES], length: u64) -> Option<Self> {
        let (lengths, magic) = tail.split_at(16);
        let (program, flags) = lengths.split_at(8);
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let at = length.checked_sub(TAIL_BYTES as u64)?;
        let bundle = Self {
            flags: at.checked_sub(number(flags))?,
            program: at.checked_sub(number(flags))?.checked_sub(number(program))?,
            tail: at,
        };
        (magic == MAGIC).then_some(bundle)
    }
}

/// What is put behind a virtual machine.
pub fn append<'a>(executable: &mut Vec<u8>, program: &[u8], flags: impl IntoIterator<Item = &'a [u8]>) {
    executable.extend_from_slice(program);
    let before = executable.len();
    for flag in flags {
        executable.extend_from_slice(flag);
        executable.push(0);
    }
    let length = (executable.len() - before) as u64;
    executable.extend((program.len() as u64).to_le_bytes());
    executable.extend(length.to_le_bytes());
    executable.extend(MAGIC);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8]) -> Option<Bundle> {
        Bundle::read(file.last_chunk()?, file.len() as u64)
    }

    #[test]
    fn parts_are_found_again() {
        let mut file = b"machine".to_vec();
        append(&mut file, b"program", [b"--sandbox".as_slice(), b"--max-time=3"]);
        let bundle = read(&file).expect("it has a tail");
        assert_eq!((bundle.program, bundle.flags), (7, 14));
        assert_eq!(&file[14..bundle.tail as usize], b"--sandbox\0--max-time=3\0");
    }

    #[test]
    fn other_files_are_none() {
        assert_eq!(read(&[0; 100]), None);
        let mut file = b"machine".to_vec();
        append(&mut file, b"program", []);
        for at in 0..TAIL_BYTES - MAGIC.len() {
            for value in [1, 0x7f, 0xff] {
                let mut damaged = file.clone();
                let place = damaged.len() - TAIL_BYTES + at;
                damaged[place] = value;
                // Whatever the lengths say, parts lie within the file.
                if let Some(bundle) = read(&damaged) {
                    assert!(bundle.program <= bundle.flags && bundle.flags <= bundle.tail);
                }
            }
        }
        file.pop();
        assert_eq!(read(&file), None);
    }
}
