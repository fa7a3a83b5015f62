//! Socket options by name.

use std::io::{self, ErrorKind};
use std::time::Duration;

use socket2::SockRef;

use super::Endpoint;

/// A socket option's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// On or off.
    Flag(bool),
    /// A count, or a length in bytes.
    Number(u32),
    /// A time in seconds; nothing for off.
    Seconds(Option<f64>),
}

/// The names of all options.
pub const OPTIONS: &[&str] = &["broadcast", "keepalive", "linger", "nodelay", "receive_buffer", "send_buffer", "ttl"];

impl Setting {
    /// Sets the option of that name.
    pub(super) fn apply(self, socket: &SockRef<'_>, name: &str, is_v6: bool) -> io::Result<()> {
        match (name, self) {
            ("broadcast", Self::Flag(on)) => socket.set_broadcast(on),
            ("keepalive", Self::Flag(on)) => socket.set_keepalive(on),
            ("nodelay", Self::Flag(on)) => socket.set_tcp_nodelay(on),
            ("linger", Self::Seconds(seconds)) => {
                let time = seconds.map(Duration::try_from_secs_f64).transpose();
                socket.set_linger(time.map_err(|_| io::Error::from(ErrorKind::InvalidInput))?)
            }
            ("receive_buffer", Self::Number(bytes)) => socket.set_recv_buffer_size(bytes as usize),
            ("send_buffer", Self::Number(bytes)) => socket.set_send_buffer_size(bytes as usize),
            ("ttl", Self::Number(hops)) if is_v6 => socket.set_unicast_hops_v6(hops),
            ("ttl", Self::Number(hops)) => socket.set_ttl_v4(hops),
            _ => Err(ErrorKind::InvalidInput.into()),
        }
    }
}

impl Endpoint {
    /// What an option of [`OPTIONS`] is set to.
    pub fn option(&self, name: &str) -> io::Result<Setting> {
        let socket = SockRef::from(self);
        Ok(match name {
            "broadcast" => Setting::Flag(socket.broadcast()?),
            "keepalive" => Setting::Flag(socket.keepalive()?),
            "nodelay" => Setting::Flag(socket.tcp_nodelay()?),
            "linger" => Setting::Seconds(socket.linger()?.map(|time| time.as_secs_f64())),
            "receive_buffer" => Setting::Number(socket.recv_buffer_size()? as u32),
            "send_buffer" => Setting::Number(socket.send_buffer_size()? as u32),
            "ttl" if self.is_v6() => Setting::Number(socket.unicast_hops_v6()?),
            "ttl" => Setting::Number(socket.ttl_v4()?),
            _ => return Err(ErrorKind::InvalidInput.into()),
        })
    }

    /// Sets an option of [`OPTIONS`].
    pub fn set_option(&self, name: &str, setting: Setting) -> io::Result<()> {
        setting.apply(&SockRef::from(self), name, self.is_v6())
    }

    fn is_v6(&self) -> bool {
        self.local_address().is_some_and(|address| address.is_ipv6())
    }
}
