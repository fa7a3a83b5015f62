//! Which proxy a request goes through, by the environment variables that tools agree on.

use std::net::IpAddr;

use crate::network::Network;

/// The URL of the proxy for such a target; `var` reads the environment. Small letters win.
pub fn choose(scheme: &str, host: &str, port: u16, var: impl Fn(&str) -> Option<String>) -> Option<String> {
    let either = |name: &str| {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        set(&name.to_ascii_lowercase()).or_else(|| {
            // A server that runs scripts by CGI puts a client's `Proxy` header into this one.
            let is_foreign = name == "HTTP_PROXY" && var("REQUEST_METHOD").is_some();
            if is_foreign { None } else { set(name) }
        })
    };
    let proxy = either(if scheme == "https" { "HTTPS_PROXY" } else { "HTTP_PROXY" }).or_else(|| either("ALL_PROXY"))?;
    let excluded = either("NO_PROXY").is_some_and(|list| is_excluded(&list, host, port));
    if excluded { None } else { Some(proxy) }
}

/// Whether a list such as `localhost, .example.com, 10.0.0.0/8, host:8080` names the target.
fn is_excluded(list: &str, host: &str, port: u16) -> bool {
    let host = host.trim_end_matches('.');
    let address = host.parse::<IpAddr>().ok();
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        entry == "*"
            || match (address, Network::parse(entry.trim_matches(['[', ']']).as_bytes())) {
                (Some(address), Ok(network)) => {
                    Network::parse(address.to_string().as_bytes()).is_ok_and(|one| network.contains(&one))
                }
                (_, Ok(_)) => false,
                (_, Err(_)) => is_named(entry, host, port),
            }
    })
}

/// A name stands for itself and all below it, with a dot before it or without.
fn is_named(entry: &str, host: &str, port: u16) -> bool {
    let name = match entry.rsplit_once(':') {
        Some((name, digits)) if digits.parse() == Ok(port) => name,
        Some(_) => return false,
        None => entry,
    };
    let name = name.trim_start_matches("*").trim_start_matches('.').trim_matches(['[', ']']).to_ascii_lowercase();
    let above = host.strip_suffix(&*name);
    above.is_some_and(|above| above.is_empty() || above.ends_with('.')) && !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(environment: &[(&str, &str)], scheme: &str, host: &str, port: u16) -> Option<String> {
        choose(scheme, host, port, |name| {
            environment.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_string())
        })
    }

    #[test]
    fn variables() {
        let both = [("HTTP_PROXY", "A"), ("http_proxy", "a"), ("HTTPS_PROXY", "S")];
        assert_eq!(chosen(&both, "http", "x", 80).as_deref(), Some("a"));
        assert_eq!(chosen(&both, "https", "x", 443).as_deref(), Some("S"));
        assert_eq!(chosen(&[("HTTP_PROXY", "A")], "http", "x", 80).as_deref(), Some("A"));
        assert_eq!(chosen(&[("HTTP_PROXY", "A"), ("REQUEST_METHOD", "GET")], "http", "x", 80), None);
        assert_eq!(chosen(&[("all_proxy", "l")], "https", "x", 443).as_deref(), Some("l"));
        assert_eq!(chosen(&[("HTTP_PROXY", "")], "http", "x", 80), None);
    }

    #[test]
    fn exclusions() {
        let list = "localhost, .a.example,b.example , c.example:8080 10.0.0.0/8 ::1 [fe80::1] 127.0.0.1";
        let is = |host: &str, port| is_excluded(list, host, port);
        for host in [
            "localhost",
            "a.example",
            "x.a.example",
            "b.example",
            "x.b.example",
            "b.example.",
            "10.1.2.3",
            "::1",
            "fe80::1",
            "127.0.0.1",
        ] {
            assert!(is(host, 80), "{host}");
        }
        assert!(is("c.example", 8080) && !is("c.example", 80));
        for host in ["xb.example", "example", "11.0.0.1", "127.0.0.2", "ample", "::2"] {
            assert!(!is(host, 80), "{host}");
        }
        assert!(is_excluded("*", "anything", 1) && !is_excluded("", "a", 1));
    }
}
