//! The names of ports, as IANA registers them (RFC 6335). `cargo xtask services` writes the table.

use std::sync::OnceLock;

/// Lines of a port and its names for TCP and UDP: one if they are the same, `-` for none.
const TABLE: &str = include_str!("names.txt");

/// What carries a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

type Row = (u16, &'static str, &'static str);

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| TABLE.lines().filter_map(row).collect())
}

fn row(line: &'static str) -> Option<Row> {
    let mut words = line.split(' ').map(|word| if word == "-" { "" } else { word });
    let port = words.next()?.parse().ok()?;
    let tcp = words.next()?;
    Some((port, tcp, words.next().unwrap_or(tcp)))
}

/// The name of a port in lower case, empty if it has none.
pub fn name(transport: Transport, port: u16) -> &'static str {
    let rows = rows();
    let Ok(at) = rows.binary_search_by_key(&port, |row| row.0) else { return "" };
    match transport {
        Transport::Tcp => rows[at].1,
        Transport::Udp => rows[at].2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_in_order() {
        assert!(rows().len() > 6000, "{}", rows().len());
        assert!(rows().windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(rows().len(), TABLE.lines().count());
    }

    #[test]
    fn names_that_everybody_knows() {
        let known = [(22, "ssh"), (23, "telnet"), (25, "smtp"), (53, "domain"), (80, "http"), (443, "https")];
        for (port, wanted) in known {
            assert_eq!(name(Transport::Tcp, port), wanted);
        }
        assert_eq!(name(Transport::Udp, 123), "ntp");
        assert_eq!(name(Transport::Tcp, 6010), "x11");
        assert_eq!(name(Transport::Tcp, 60_000), "");
    }
}
