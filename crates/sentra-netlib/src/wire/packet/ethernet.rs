//! Ethernet frames, with the tags of virtual networks (IEEE 802.3, 802.1Q, 802.1ad).

use super::{Mac, split, word};

/// EtherTypes: what a frame carries.
pub mod kind {
    /// IPv4.
    pub const IPV4: u16 = 0x0800;
    /// ARP.
    pub const ARP: u16 = 0x0806;
    /// A tag of a virtual network.
    pub const VLAN: u16 = 0x8100;
    /// IPv6.
    pub const IPV6: u16 = 0x86dd;
    /// A tag of a provider around another.
    pub const PROVIDER_VLAN: u16 = 0x88a8;
    /// The same before it had a number of its own.
    pub const OLD_PROVIDER_VLAN: u16 = 0x9100;
    /// The least EtherType: below are lengths.
    pub const LEAST: u16 = 0x0600;
}

/// The most tags that a frame is read for.
pub const MOST_TAGS: usize = 4;

/// A tag of a virtual network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// The EtherType that announces it.
    pub kind: u16,
    /// Its priority, from 0 to 7.
    pub priority: u8,
    /// Whether it may be dropped first.
    pub drop_eligible: bool,
    /// The number of the virtual network.
    pub id: u16,
}

impl Tag {
    /// A tag from its two bytes.
    pub fn new(kind: u16, control: u16) -> Self {
        Self { kind, priority: (control >> 13) as u8, drop_eligible: control & 0x1000 != 0, id: control & 0xfff }
    }

    /// Its two bytes.
    pub fn control(self) -> u16 {
        u16::from(self.priority) << 13 | u16::from(self.drop_eligible) << 12 | self.id & 0xfff
    }
}

/// The tags of a frame, the outermost first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    tags: [Tag; MOST_TAGS],
    count: u8,
}

impl Tags {
    /// Adds one within the others, unless there are too many.
    pub fn push(&mut self, tag: Tag) -> bool {
        let place = self.tags.get_mut(usize::from(self.count));
        let fits = place.is_some();
        place.into_iter().for_each(|place| *place = tag);
        self.count += u8::from(fits);
        fits
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Tag] {
        &self.tags[..usize::from(self.count)]
    }
}

/// The header of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ethernet {
    /// To whom.
    pub destination: Mac,
    /// From whom.
    pub source: Mac,
    /// Its virtual networks.
    pub tags: Tags,
    /// What it carries; below [`kind::LEAST`] its length, and then it carries LLC.
    pub kind: u16,
}

/// Whether an EtherType announces a tag.
pub fn is_tag(kind: u16) -> bool {
    matches!(kind, kind::VLAN | kind::PROVIDER_VLAN | kind::OLD_PROVIDER_VLAN)
}

/// Reads the tags before an EtherType, and what it is.
pub fn read_tags(mut kind: u16, mut bytes: &[u8]) -> (Tags, u16, &[u8]) {
    let mut tags = Tags::default();
    while is_tag(kind)
        && let Some((tag, rest)) = split::<4>(bytes)
        && tags.push(Tag::new(kind, word(tag, 0)))
    {
        (kind, bytes) = (word(tag, 2), rest);
    }
    (tags, kind, bytes)
}

impl Ethernet {
    /// Reads a header and its tags.
    pub fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = split::<14>(bytes)?;
        let (&destination, _) = split::<6>(head)?;
        let (&source, _) = split::<6>(&head[6..])?;
        let (tags, kind, rest) = read_tags(word(head, 12), rest);
        Some((Self { destination: Mac(destination), source: Mac(source), tags, kind }, rest))
    }

    /// Appends a header.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.destination.0);
        out.extend(self.source.0);
        for tag in self.tags.as_slice() {
            out.extend(tag.kind.to_be_bytes());
            out.extend(tag.control().to_be_bytes());
        }
        out.extend(self.kind.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_written() {
        let mut ethernet = Ethernet { kind: kind::IPV4, source: Mac([1, 2, 3, 4, 5, 6]), ..Ethernet::default() };
        ethernet.tags.push(Tag { kind: kind::PROVIDER_VLAN, priority: 5, drop_eligible: true, id: 7 });
        ethernet.tags.push(Tag { kind: kind::VLAN, id: 4095, ..Tag::default() });
        let mut bytes = Vec::new();
        ethernet.write(&mut bytes);
        bytes.push(9);
        assert_eq!(Ethernet::read(&bytes), Some((ethernet, &[9u8][..])));
        for length in 0..14 {
            assert_eq!(Ethernet::read(&bytes[..length]), None);
        }
    }
}
