//! What `encode` and `decode` agree on: the header and the sections of a `.sbc` file.
//!
//! A file is the magic bytes, the format version, the fingerprint of the opcode table, the
//! checksum of all that follows, and then the sections in rising order, each with its number
//! and its length. Numbers are LEB128, at their shortest, texts are preceded by their length.

use crate::checksum;
use crate::opcode::Opcode;

/// The first bytes of every `.sbc` file; no source text starts like this.
pub const MAGIC: [u8; 4] = *b"\x7fSBC";

/// The version of the layout of sections; the opcode table has its own [`FINGERPRINT`].
pub const VERSION: u8 = 2;

/// Magic, version, fingerprint, checksum.
pub const HEADER_BYTES: usize = 4 + 1 + 4 + 4;

/// Tells one opcode table from another: a checksum of the mnemonics and operands in order.
pub const FINGERPRINT: u32 = {
    let mut sum = 0;
    let mut index = 0;
    while index < Opcode::ALL.len() {
        let opcode = Opcode::ALL[index];
        sum = checksum::extend(sum, opcode.mnemonic().as_bytes());
        let operands = opcode.operands();
        let mut operand = 0;
        while operand < operands.len() {
            sum = checksum::extend(sum, &[operands[operand] as u8]);
            operand += 1;
        }
        sum = checksum::extend(sum, &[0xFF]);
        index += 1;
    }
    sum
};

/// A part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Section {
    Constants = 1,
    Externs,
    Globals,
    Sources,
    Functions,
    /// Where instructions come from; left out when there are no positions at all.
    Positions,
    /// Statements and variables; left out when nothing is known of them.
    Debug,
}

impl Section {
    pub(crate) const ALL: [Self; 7] =
        [Self::Constants, Self::Externs, Self::Globals, Self::Sources, Self::Functions, Self::Positions, Self::Debug];

    /// Whether a file may be without it.
    pub(crate) fn is_optional(self) -> bool {
        matches!(self, Self::Positions | Self::Debug)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Constants => "constants",
            Self::Externs => "externs",
            Self::Globals => "globals",
            Self::Sources => "sources",
            Self::Functions => "functions",
            Self::Positions => "positions",
            Self::Debug => "debug",
        }
    }
}

/// The first byte of a constant.
pub(crate) mod constant_kind {
    /// Eight bytes, little-endian.
    pub(crate) const DOUBLE: u8 = 0;
    /// A double that is a whole number below 2^53, as a signed number.
    pub(crate) const WHOLE: u8 = 1;
    /// A signed number of 2^53 or more in magnitude.
    pub(crate) const INTEGER: u8 = 2;
    /// A length and as many bytes.
    pub(crate) const STRING: u8 = 3;
    /// A count and as many indices of constants.
    pub(crate) const KEYS: u8 = 4;
}

/// The magnitude from which on integers are not exact in a double.
pub(crate) const EXACT: f64 = 9_007_199_254_740_992.0;

/// How a position's line is written, in the two low bits of its first number.
pub(crate) mod line_step {
    /// The line of the position before; the column follows as a difference.
    pub(crate) const SAME: u64 = 0;
    /// The next line; the column follows.
    pub(crate) const NEXT: u64 = 1;
    /// The difference of the lines and the column follow.
    pub(crate) const FAR: u64 = 2;
}

/// Where a variable is, in the two low bits of the number of its place.
pub(crate) mod place_kind {
    pub(crate) const SLOT: u64 = 0;
    pub(crate) const CAPTURE: u64 = 1;
    pub(crate) const GLOBAL: u64 = 2;
    pub(crate) const FUNCTION: u64 = 3;
}

/// Whether these bytes claim to be a `.sbc` file.
pub fn is_bytecode(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Writes the checksum of a file's sections into its header. Bytes that are too short for a
/// header stay as they are.
pub fn seal(file: &mut [u8]) {
    if let Some((header, sections)) = file.split_at_mut_checked(HEADER_BYTES) {
        header[HEADER_BYTES - 4..].copy_from_slice(&checksum::checksum(sections).to_le_bytes());
    }
}
