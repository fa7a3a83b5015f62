//! What holds for any bytes as packets before detectors, or as rules. The fuzz targets run the
//! same.

use sentra_netlib::exchange::detect::rules::Rules;
use sentra_netlib::exchange::detect::{Detection, Thresholds, eve};
use sentra_netlib::wire::packet::Link;

/// Bytes as frames of all links, one after the other, and behind headers that are whole.
pub fn frames(bytes: &[u8]) {
    const RULES: &str = "alert ip any any -> any any (msg:\"a\"; content:\"b\"; content:\"c\"; distance:0; sid:1;)";
    let rules = Rules::parse(RULES, None).ok();
    let mut detection = Detection::new(Link::ETHERNET, &Thresholds::default(), rules);
    for link in [Link::ETHERNET, Link::RAW, Link::COOKED, Link::NULL] {
        detection.set_link(link);
        for (at, frame) in bytes.chunks(90).enumerate() {
            detection.frame(at as u64, frame, u32::MAX);
        }
    }
    detection.set_link(Link::RAW);
    let ports: [&[u8]; 5] = [&[0, 53, 0, 53], &[4, 0, 0, 21], &[0, 21, 4, 0], &[4, 0, 0, 80], &[4, 0, 0, 143]];
    for (protocol, ports) in [6_u8, 17].into_iter().flat_map(|protocol| ports.map(|ports| (protocol, ports))) {
        let head = [0x45, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        let rest: &[u8] =
            if protocol == 6 { &[0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x18, 0, 0, 0, 0, 0, 0] } else { &[0, 0, 0, 0] };
        detection.frame(u64::MAX, &[&head, ports, rest, bytes].concat(), 0);
    }
    for alert in detection.end() {
        let line = eve(&alert, "now");
        assert!(!line.contains('\n') && line.ends_with("}}"), "{line}");
    }
}

/// Bytes as rules: they are read, or refused at a place.
pub fn rules(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let rule = format!("alert tcp any any -> any any (msg:\"m\"; sid:1; {text})");
    for text in [&*text, &rule] {
        match Rules::parse(text, Some("10.0.0.0/8")) {
            Ok(rules) => {
                let mut detection = Detection::new(Link::RAW, &Thresholds::default(), Some(rules));
                let head = [0x45, 0, 0, 0, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 2, 2];
                let rest = [0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x18, 0, 0, 0, 0, 0, 0];
                detection.frame(1, &[&head, rest.as_slice(), bytes].concat(), 100);
            }
            Err(error) => {
                assert!(error.line >= 1);
                assert!(error.to_string().ends_with('^'), "{error}");
            }
        }
    }
}
