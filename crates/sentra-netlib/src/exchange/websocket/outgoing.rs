//! Bytes that wait to be sent. A frame that many clients get is there once for all of them.

use std::collections::VecDeque;
use std::rc::Rc;

/// Up to here frames are copied behind one another, so that they leave together.
const TOGETHER: usize = 64 << 10;
/// Shared frames up to here are rather copied than sent by themselves.
const SMALL: usize = 4 << 10;
/// Room that is kept for the next frames.
const KEPT: usize = 256;

#[derive(Debug)]
enum Piece {
    Own(Vec<u8>),
    Shared(Rc<[u8]>),
}

impl Piece {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

/// A queue of bytes.
#[derive(Debug, Default)]
pub struct Outgoing {
    pieces: VecDeque<Piece>,
    /// How much of the first piece has been sent.
    sent: usize,
    len: usize,
    /// An empty buffer for the next frames.
    spare: Vec<u8>,
}

impl Outgoing {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The next bytes to send; none if there are none.
    pub fn next(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| &piece.bytes()[self.sent..])
    }

    /// Forgets so many bytes, which were sent.
    pub fn sent(&mut self, count: usize) {
        self.sent += count;
        self.len -= count;
        if self.pieces.front().is_some_and(|piece| piece.bytes().len() == self.sent) {
            self.sent = 0;
            if let Some(Piece::Own(mut bytes)) = self.pieces.pop_front()
                && bytes.capacity() <= KEPT
            {
                bytes.clear();
                self.spare = bytes;
            }
        }
    }

    /// Appends what `write` writes.
    pub fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if !matches!(self.pieces.back(), Some(Piece::Own(bytes)) if bytes.len() < TOGETHER) {
            self.pieces.push_back(Piece::Own(std::mem::take(&mut self.spare)));
        }
        let Some(Piece::Own(bytes)) = self.pieces.back_mut() else { return };
        let before = bytes.len();
        write(bytes);
        self.len += bytes.len() - before;
        if bytes.is_empty() {
            self.pieces.pop_back();
        }
    }

    /// Appends bytes that others send too.
    pub fn share(&mut self, bytes: &Rc<[u8]>) {
        if bytes.len() <= SMALL && !self.is_empty() {
            return self.append(|out| out.extend_from_slice(bytes));
        }
        self.len += bytes.len();
        if bytes.is_empty() {
            return;
        }
        self.pieces.push_back(Piece::Shared(Rc::clone(bytes)));
    }

    /// Forgets everything but what has been sent in part, whose rest the peer needs.
    pub fn keep_begun(&mut self) {
        self.pieces.truncate(usize::from(self.sent > 0));
        self.len = self.next().len();
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept() {
        let (mut outgoing, mut wanted, mut sent) = (Outgoing::default(), Vec::new(), Vec::new());
        for number in 0..100_u32 {
            let bytes: Vec<u8> = (0..number * 997 % 9000).map(|at| (at ^ number) as u8).collect();
            wanted.extend_from_slice(&bytes);
            match number % 3 {
                0 => outgoing.share(&bytes.into()),
                _ => outgoing.append(|out| out.extend_from_slice(&bytes)),
            }
            let count = outgoing.next().len() * 2 / 3;
            sent.extend_from_slice(&outgoing.next()[..count]);
            outgoing.sent(count);
            assert_eq!(outgoing.len(), wanted.len() - sent.len());
        }
        while !outgoing.is_empty() {
            let next = outgoing.next().to_vec();
            sent.extend_from_slice(&next);
            outgoing.sent(next.len());
        }
        assert_eq!(sent, wanted);
    }
}
