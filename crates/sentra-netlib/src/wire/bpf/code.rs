//! Operation codes of classic BPF: class, size or operation, source. And the addresses behind
//! which the kernel of Linux keeps what it knows about a frame beside its bytes.

/// The class: what kind of instruction.
pub const CLASS: u16 = 0x07;
/// A := …
pub const LD: u16 = 0x00;
/// X := …
pub const LDX: u16 = 0x01;
/// `M[k]` := A
pub const ST: u16 = 0x02;
/// `M[k]` := X
pub const STX: u16 = 0x03;
/// A := A … operand
pub const ALU: u16 = 0x04;
/// On to another instruction.
pub const JMP: u16 = 0x05;
/// The end.
pub const RET: u16 = 0x06;
/// Between A and X.
pub const MISC: u16 = 0x07;

/// Four bytes.
pub const W: u16 = 0x00;
/// Two bytes.
pub const H: u16 = 0x08;
/// One byte.
pub const B: u16 = 0x10;

/// The constant itself.
pub const IMM: u16 = 0x00;
/// Bytes of the frame at k.
pub const ABS: u16 = 0x20;
/// Bytes of the frame at X + k.
pub const IND: u16 = 0x40;
/// `M[k]`.
pub const MEM: u16 = 0x60;
/// The length of the frame on the wire.
pub const LEN: u16 = 0x80;
/// Four times the lower half of the byte at k: the length of an IPv4 header.
pub const MSH: u16 = 0xa0;

/// Operations of [`ALU`].
pub const ADD: u16 = 0x00;
/// A - operand.
pub const SUB: u16 = 0x10;
/// A * operand.
pub const MUL: u16 = 0x20;
/// A / operand.
pub const DIV: u16 = 0x30;
/// A | operand.
pub const OR: u16 = 0x40;
/// A & operand.
pub const AND: u16 = 0x50;
/// A << operand.
pub const LSH: u16 = 0x60;
/// A >> operand.
pub const RSH: u16 = 0x70;
/// -A.
pub const NEG: u16 = 0x80;
/// A % operand.
pub const MOD: u16 = 0x90;
/// A ^ operand.
pub const XOR: u16 = 0xa0;

/// Jumps whatever A is.
pub const JA: u16 = 0x00;
/// Jumps if A == operand.
pub const JEQ: u16 = 0x10;
/// If A > operand.
pub const JGT: u16 = 0x20;
/// If A >= operand.
pub const JGE: u16 = 0x30;
/// If A & operand is not zero.
pub const JSET: u16 = 0x40;

/// The operand is k.
pub const K: u16 = 0x00;
/// The operand is X.
pub const X: u16 = 0x08;
/// What is returned is A.
pub const A: u16 = 0x10;

/// X := A.
pub const TAX: u16 = MISC;
/// A := X.
pub const TXA: u16 = MISC | 0x80;
/// Returns k.
pub const RET_K: u16 = RET | K;
/// Returns A.
pub const RET_A: u16 = RET | A;

/// Words of memory.
pub const MEMORY: usize = 16;

/// Where the kernel's own knowledge about a frame starts, as an offset.
pub const KERNEL: u32 = 0xffff_f000;
/// Which way the frame goes.
pub const PACKET_TYPE: u32 = KERNEL + 4;
/// Number of the interface.
pub const INTERFACE: u32 = KERNEL + 8;
/// The VLAN tag that was taken off the frame.
pub const VLAN_TAG: u32 = KERNEL + 44;
/// Whether one was.
pub const VLAN_PRESENT: u32 = KERNEL + 48;
/// The packet type of frames that this machine sends.
pub const OUTGOING: u32 = 4;
