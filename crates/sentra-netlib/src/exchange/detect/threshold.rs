//! The numbers from which on something is an intrusion. Each is an option by its name.

/// A number that can be set.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    /// Its name.
    pub name: &'static str,
    /// What it usually is.
    pub usual: u64,
    /// What it counts.
    pub about: &'static str,
}

macro_rules! thresholds {
    ($($name:ident = $usual:literal, $about:literal;)*) => {
        /// All of them.
        pub const THRESHOLDS: &[Threshold] =
            &[$(Threshold { name: stringify!($name), usual: $usual, about: $about }),*];

        /// What they are set to.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Thresholds {
            $(#[doc = $about] pub $name: u64,)*
        }

        impl Default for Thresholds {
            fn default() -> Self {
                Self { $($name: $usual),* }
            }
        }

        impl Thresholds {
            /// Sets one by its name; whether there is one.
            pub fn set(&mut self, name: &str, value: u64) -> bool {
                match name {
                    $(stringify!($name) => self.$name = value,)*
                    _ => return false,
                }
                true
            }
        }
    };
}

thresholds! {
    port_scan_ports = 20, "Different ports of a host that one source tries in vain.";
    port_scan_seconds = 60, "In so many seconds.";
    host_sweep_hosts = 30, "Different hosts that do not answer a source at the same port, or at all.";
    host_sweep_seconds = 60, "In so many seconds.";
    syn_flood_connections = 200, "Connections to a port that are begun and not completed, in ten seconds.";
    udp_flood_packets = 1000, "Datagrams a second to many ports or from many, without answers; ten times as many in one flow.";
    icmp_flood_packets = 200, "Requests of ICMP a second to a host.";
    brute_force_attempts = 10, "Logins to a service that fail, or are begun where failure cannot be seen.";
    brute_force_seconds = 60, "In so many seconds.";
    arp_spoof_replies = 3, "ARP replies that nobody asked for and that another card contradicts, in a minute.";
    dns_tunnel_names = 40, "Different long names under one domain that a source asks for, in a minute.";
    dns_tunnel_length = 24, "The mean length of what stands before the domain in them.";
    dns_amplification_responses = 20, "Large DNS responses to a host that did not ask, in ten seconds.";
}
