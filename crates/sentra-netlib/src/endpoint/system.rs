//! System calls on packet sockets that no safe wrapper offers, and nothing else: the one place
//! here that may say `unsafe`.
#![allow(unsafe_code)]

pub mod ring;

use std::io;
use std::mem::{MaybeUninit, size_of, size_of_val, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd};

use libc::{c_int, c_void, socklen_t};

/// Room for what the kernel tells about a frame: its time and its tag.
const CONTROL: usize = 128;

/// A frame that was received, as the kernel describes it.
pub struct Received {
    /// How many bytes of it are in the buffer.
    pub captured: usize,
    /// How many it has.
    pub length: usize,
    /// When it came, in nanoseconds since 1970; 0 if that is not known.
    pub nanoseconds: i64,
    /// How it came here (`PACKET_HOST` and its like).
    pub way: u8,
    /// The tag that was taken off it: the EtherType that announced it, and its two bytes.
    pub tag: Option<(u16, u16)>,
}

/// Binds a packet socket to the interface with number `index`, for frames of all protocols.
pub fn bind(socket: BorrowedFd, index: u32) -> io::Result<()> {
    // SAFETY: all bytes zero is a value of this structure of integers.
    let mut address: libc::sockaddr_ll = unsafe { zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    address.sll_ifindex = index as c_int;
    let size = size_of_val(&address) as socklen_t;
    // SAFETY: the pointer is to a whole `sockaddr_ll`, which `size` says, and the call only reads it.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size) }).map(drop)
}

/// The kind of hardware (`ARPHRD_…`) of the interface that a packet socket is bound to.
pub fn hardware(socket: BorrowedFd) -> io::Result<u16> {
    // SAFETY: all bytes zero is a value of this structure of integers.
    let mut address: libc::sockaddr_ll = unsafe { zeroed() };
    let mut size = size_of_val(&address) as socklen_t;
    // SAFETY: `address` is as large as `size` says, and of integers, for which any bytes do.
    check(unsafe { libc::getsockname(socket.as_raw_fd(), (&raw mut address).cast(), &mut size) })?;
    Ok(address.sll_hatype)
}

/// Has an interface take frames that are for other cards, as long as the socket is open.
pub fn set_promiscuous(socket: BorrowedFd, index: u32) -> io::Result<()> {
    let request = libc::packet_mreq {
        mr_ifindex: index as c_int,
        mr_type: libc::PACKET_MR_PROMISC as u16,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    set(socket, libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &request)
}

/// Has the kernel tell the time and the tag of each frame.
pub fn tell_more(socket: BorrowedFd) -> io::Result<()> {
    let on: c_int = 1;
    set(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &on)?;
    set(socket, libc::SOL_PACKET, libc::PACKET_AUXDATA, &on)
}

/// How many frames the filter took since the last question, those among them that were dropped
/// for want of room, and how many these are.
pub fn statistics(socket: BorrowedFd) -> io::Result<(u32, u32)> {
    let mut counts = [0u32; 2];
    let mut size = size_of_val(&counts) as socklen_t;
    // SAFETY: `counts` is as large as `size` says, and of integers, for which any bytes do.
    let result = unsafe {
        let place = counts.as_mut_ptr().cast();
        libc::getsockopt(socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_STATISTICS, place, &mut size)
    };
    check(result)?;
    Ok((counts[0], counts[1]))
}

/// Receives a frame without waiting.
pub fn receive(socket: BorrowedFd, buffer: &mut [u8]) -> io::Result<Received> {
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let mut control = MaybeUninit::<[u64; CONTROL / 8]>::uninit();
    // SAFETY: all bytes zero is a value of this structure of integers.
    let mut from: libc::sockaddr_ll = unsafe { zeroed() };
    // SAFETY: all bytes zero is a value of this structure of integers and pointers.
    let mut message: libc::msghdr = unsafe { zeroed() };
    message.msg_name = (&raw mut from).cast();
    message.msg_namelen = size_of_val(&from) as socklen_t;
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = CONTROL as _;
    // SAFETY: each pointer in `message` is to memory that outlives the call and is as large as
    // the length beside it says; `buffer` is borrowed for writing.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &mut message, libc::MSG_TRUNC | libc::MSG_DONTWAIT) };
    if length < 0 {
        return Err(io::Error::last_os_error());
    }
    let length = length as usize;
    let captured = length.min(buffer.len());
    let mut received = Received { captured, length, nanoseconds: 0, way: from.sll_pkttype, tag: None };
    // SAFETY: `message` is as the call that succeeded has left it, with its control buffer alive.
    unsafe { read_control(&message, &mut received) };
    Ok(received)
}

/// Reads what the kernel tells beside a frame.
///
/// # Safety
///
/// `message` has been filled in by `recvmsg`, and its control buffer is alive.
unsafe fn read_control(message: &libc::msghdr, received: &mut Received) {
    // SAFETY: the macros walk the control buffer of a message that the kernel has filled in.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(message) };
    while !next.is_null() {
        // SAFETY: they give null or a whole header within the buffer.
        let header = unsafe { *next };
        let length = header.cmsg_len as usize;
        // SAFETY: the data of a header follow it; each is read only if it is long enough, and
        // unaligned.
        unsafe {
            let data = libc::CMSG_DATA(next);
            let room = length.saturating_sub(data.offset_from(next.cast()) as usize);
            match (header.cmsg_level, header.cmsg_type) {
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) if room >= size_of::<libc::timespec>() => {
                    let time = data.cast::<libc::timespec>().read_unaligned();
                    received.nanoseconds = time.tv_sec * 1_000_000_000 + time.tv_nsec;
                }
                (libc::SOL_PACKET, libc::PACKET_AUXDATA) if room >= size_of::<libc::tpacket_auxdata>() => {
                    let more = data.cast::<libc::tpacket_auxdata>().read_unaligned();
                    received.tag = tag(more.tp_status, more.tp_vlan_tpid, more.tp_vlan_tci);
                }
                _ => {}
            }
            next = libc::CMSG_NXTHDR(message, next);
        }
    }
}

/// The tag that was taken off a frame, if one was.
fn tag(status: u32, kind: u16, control: u16) -> Option<(u16, u16)> {
    let valid = status & libc::TP_STATUS_VLAN_VALID != 0;
    let kind = if status & libc::TP_STATUS_VLAN_TPID_VALID != 0 { kind } else { libc::ETH_P_8021Q as u16 };
    valid.then_some((kind, control))
}

/// Sets an option.
fn set<T: Copy>(socket: BorrowedFd, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    let place: *const c_void = (&raw const *value).cast();
    // SAFETY: the pointer is to a whole `T`, and the call only reads as much.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, place, size_of::<T>() as socklen_t) }).map(drop)
}

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
