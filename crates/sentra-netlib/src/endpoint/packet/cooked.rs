//! Captures on all interfaces at once: the kernel gives packets without what they begin with on
//! their links, and says that beside them. Here it is put before them again as the header that
//! libpcap writes (LINUX_SLL2), and filters for it become filters for what the kernel has.

use std::io::{self, ErrorKind};

use super::{Instruction, TAG};
use crate::wire::bpf::code::{B, H, INTERFACE, KERNEL, PACKET_TYPE, W};
use crate::wire::packet::Link;

/// What packets begin with.
pub(super) const LINK: Link = Link::COOKED_2;
/// The bytes of the header.
pub(super) const HEADER: usize = 20;
/// What the kernel knows of a frame: its EtherType, and the kind of its hardware.
const PROTOCOL: u32 = KERNEL;
const HARDWARE: u32 = KERNEL + 28;
/// Instructions that load: their class, size and the kind of place (`linux/filter.h`).
const CLASS: u16 = 0x07;
const SIZE: u16 = 0x18;
const MODE: u16 = 0xe0;
const ABSOLUTE: u16 = 0x20;
const INDIRECT: u16 = 0x40;
const HEADER_LENGTH: u16 = 0xa0;

/// Where a packet comes from, as `struct sockaddr_ll` says it.
pub(super) struct Origin {
    pub protocol: [u8; 2],
    pub interface: u32,
    pub hardware: u16,
    pub way: u8,
    pub length: u8,
    pub address: [u8; 8],
}

impl Origin {
    /// Writes the header, and the tag that was taken off.
    pub fn write(&self, tag: Option<[u8; TAG]>, out: &mut Vec<u8>) {
        out.extend(tag.map_or(self.protocol, |tag| [tag[0], tag[1]]));
        out.extend([0; 2]);
        out.extend(self.interface.to_be_bytes());
        out.extend(self.hardware.to_be_bytes());
        out.extend([self.way, self.length]);
        out.extend(self.address);
        if let Some([_, _, high, low]) = tag {
            out.extend([high, low]);
            out.extend(self.protocol);
        }
    }
}

/// A program for packets with the header as one for packets without it.
pub(super) fn without_header(program: &[Instruction]) -> io::Result<Vec<Instruction>> {
    program.iter().map(|one| translated(*one)).collect()
}

fn translated(one: Instruction) -> io::Result<Instruction> {
    let is_load = matches!(one.code & CLASS, 0 | 1);
    let is_of_packet = matches!(one.code & MODE, ABSOLUTE | INDIRECT | HEADER_LENGTH);
    if !is_load || !is_of_packet || one.k >= KERNEL {
        return Ok(one);
    }
    if let Some(k) = one.k.checked_sub(HEADER as u32) {
        return Ok(Instruction { k, ..one });
    }
    let known = match (one.code & MODE, one.k, one.code & SIZE) {
        (ABSOLUTE, 0, H) => PROTOCOL,
        (ABSOLUTE, 4, W) => INTERFACE,
        (ABSOLUTE, 8, H) => HARDWARE,
        (ABSOLUTE, 10, B) => PACKET_TYPE,
        _ => {
            let text = "the filter asks for a part of a frame that is not there on `any`";
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
    };
    Ok(Instruction { code: one.code & !SIZE & !MODE | W | ABSOLUTE, k: known, ..one })
}
