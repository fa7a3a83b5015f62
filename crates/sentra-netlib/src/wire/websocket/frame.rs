//! The heads of frames (RFC 6455, section 5.2).
//!
//! Writing is tungstenite's; reading is not, because a connection that was failed still has to
//! find the peer's close frame among frames that tungstenite refuses to measure.

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, OpCode};
pub use tungstenite::protocol::frame::coding::{Control, Data};

use super::mask;

/// The longest head.
pub const LONGEST_HEAD: usize = 14;
/// The longest payload of a control frame.
pub const LONGEST_CONTROL: usize = 125;

/// A frame's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whether it is the last frame of its message.
    pub last: bool,
    /// Whether bits are set that extensions would have to explain.
    pub reserved: bool,
    /// What the frame is, 0 to 15.
    pub opcode: u8,
    /// The mask.
    pub mask: Option<[u8; 4]>,
    /// The payload's length.
    pub length: u64,
    /// Whether the length is written in more bytes than it needs, or in more bits than there may be.
    pub overlong: bool,
}

impl Head {
    /// Reads a head, and says how long it is; nothing if it has not arrived whole.
    pub fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let &[first, second, ref rest @ ..] = bytes else { return None };
        let (length, overlong, rest) = match second & 0x7f {
            126 => {
                let (length, rest) = rest.split_first_chunk()?;
                let length = u64::from(u16::from_be_bytes(*length));
                (length, length < 126, rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk()?;
                let length = u64::from_be_bytes(*length);
                (length, length <= u64::from(u16::MAX) || length >> 63 == 1, rest)
            }
            length => (u64::from(length), false, rest),
        };
        let (mask, rest) = if second & 0x80 == 0 {
            (None, rest)
        } else {
            let (mask, rest) = rest.split_first_chunk()?;
            (Some(*mask), rest)
        };
        let (last, reserved, opcode) = (first & 0x80 != 0, first & 0x70 != 0, first & 0x0f);
        Some((Self { last, reserved, opcode, mask, length, overlong }, bytes.len() - rest.len()))
    }

    /// Whether the frame is about the connection and not a part of a message.
    pub fn is_control(&self) -> bool {
        self.opcode & 8 != 0
    }
}

/// Writes a frame that is a message or control frame of its own.
pub fn write(out: &mut Vec<u8>, opcode: OpCode, payload: &[u8], mask: Option<[u8; 4]>) {
    let header = FrameHeader { is_final: true, opcode, mask, ..FrameHeader::default() };
    let length = payload.len() as u64;
    out.reserve(header.len(length) + payload.len());
    // Only writing to the buffer could fail, and a buffer takes everything.
    let _ = header.format(length, out);
    let from = out.len();
    out.extend_from_slice(payload);
    if let Some(mask) = mask {
        mask::apply(&mut out[from..], mask, 0);
    }
}

/// Whether a code may stand in a close frame (section 7.4).
pub fn is_close_code(code: u16) -> bool {
    CloseCode::from(code).is_allowed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(length: u64, mask: Option<[u8; 4]>) -> (Head, usize) {
        let header = FrameHeader { opcode: OpCode::Data(Data::Text), mask, ..FrameHeader::default() };
        let mut bytes = Vec::new();
        header.format(length, &mut bytes).unwrap();
        for end in 0..bytes.len() {
            assert_eq!(Head::parse(&bytes[..end]), None);
        }
        Head::parse(&bytes).unwrap()
    }

    #[test]
    fn what_tungstenite_writes_is_read() {
        for (length, own) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10), (u64::MAX >> 1, 10)] {
            let head = Head { last: true, reserved: false, opcode: 1, mask: None, length, overlong: false };
            assert_eq!(parsed(length, None), (head, own));
            let mask = Some([1, 2, 3, 4]);
            assert_eq!(parsed(length, mask), (Head { mask, ..head }, own + 4));
        }
    }

    #[test]
    fn lengths_have_one_form() {
        for bytes in
            [&[0x81, 126, 0, 125][..], &[0x81, 127, 0, 0, 0, 0, 0, 0, 255, 255], &[0x81, 127, 128, 0, 0, 0, 0, 1, 0, 0]]
        {
            assert!(Head::parse(bytes).unwrap().0.overlong, "{bytes:?}");
        }
    }

    #[test]
    fn codes_that_may_be_sent() {
        let allowed = |code: &u16| is_close_code(*code);
        let codes: Vec<u16> = (0..=u16::MAX).filter(allowed).collect();
        let own = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013];
        assert!(own.iter().all(|code| codes.contains(code)));
        assert!(
            [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
                .iter()
                .all(|code| !codes.contains(code))
        );
        assert!((3000..5000).all(|code| codes.contains(&code)));
    }
}
