//! What is kept, for whom, and for how long.

use super::*;

const NOW: i64 = 1_700_000_000;

fn url(text: &str) -> Url {
    Url::parse(text.as_bytes()).unwrap()
}

/// The cookies that a request gets after responses have set some.
fn after(set: &[(&str, &str)], request: &str) -> String {
    let mut jar = Jar::default();
    set.iter().for_each(|(from, cookie)| jar.store(&url(from), cookie.as_bytes(), NOW));
    String::from_utf8(jar.header(&url(request), NOW).unwrap_or_default()).unwrap()
}

#[test]
fn whom_they_are_for() {
    for (from, cookie, to, expected) in [
        ("http://a.example/", "n=v", "http://a.example/x", "n=v"),
        ("http://a.example/", "n=v", "http://b.a.example/", ""),
        ("http://a.example/", "n=v", "http://a.example:81/", "n=v"),
        ("http://a.example/", "n=v; Domain=a.example", "http://b.a.example/", "n=v"),
        ("http://b.a.example/", "n=v; Domain=.A.example", "http://c.a.example/", "n=v"),
        ("http://b.a.example/", "n=v; domain=a.example", "http://xa.example/", ""),
        ("http://a.example/", "n=v; Domain=b.example", "http://b.example/", ""),
        ("http://a.example/", "n=v; Domain=b.a.example", "http://b.a.example/", ""),
        ("http://a.example/", "n=v; Domain=example", "http://b.example/", ""),
        ("http://localhost/", "n=v; Domain=localhost", "http://localhost/", "n=v"),
        ("http://127.0.0.1/", "n=v", "http://127.0.0.1/", "n=v"),
        ("http://127.0.0.1/", "n=v; Domain=0.0.1", "http://127.0.0.1/", ""),
        ("http://a.example/", "n=v; Domain=", "http://a.example/", "n=v"),
        ("https://a.example/", "n=v; Secure", "http://a.example/", ""),
        ("https://a.example/", "n=v; Secure", "https://a.example/", "n=v"),
        ("http://a.example/", "n=v; Secure", "https://a.example/", ""),
        ("http://a.example/x/y", "n=v", "http://a.example/x/z", "n=v"),
        ("http://a.example/x/y", "n=v", "http://a.example/", ""),
        ("http://a.example/", "n=v; Path=/x", "http://a.example/x", "n=v"),
        ("http://a.example/", "n=v; Path=/x", "http://a.example/x/y", "n=v"),
        ("http://a.example/", "n=v; Path=/x", "http://a.example/xy", ""),
        ("http://a.example/x/", "n=v; Path=y", "http://a.example/x/", "n=v"),
        ("https://a.example/", "__Host-n=v; Secure; Path=/", "https://a.example/", "__Host-n=v"),
        ("https://a.example/", "__Host-n=v; Secure; Path=/; Domain=a.example", "https://a.example/", ""),
        ("https://a.example/", "__Secure-n=v", "https://a.example/", ""),
    ] {
        assert_eq!(after(&[(from, cookie)], to), expected, "{from} {cookie} {to}");
    }
}

#[test]
fn how_long_they_stay() {
    let a = "http://a.example/";
    for (cookie, stays) in [
        ("n=v; Max-Age=10", true),
        ("n=v; Max-Age=0", false),
        ("n=v; Max-Age=-5", false),
        ("n=v; Max-Age=x", true),
        ("n=v; Max-Age=99999999999999999999", true),
        ("n=v; Expires=Wed, 01 Jan 2020 00:00:00 GMT", false),
        ("n=v; Expires=Wed, 01 Jan 2070 00:00:00 GMT", true),
        ("n=v; Expires=Wed, 01 Jan 2020 00:00:00 GMT; Max-Age=10", true),
        ("n=v; Expires=never", true),
    ] {
        assert_eq!(after(&[(a, cookie)], a), if stays { "n=v" } else { "" }, "{cookie}");
    }
    let mut jar = Jar::default();
    jar.store(&url(a), b"n=v; Max-Age=10", NOW);
    assert!(jar.header(&url(a), NOW + 9).is_some() && jar.header(&url(a), NOW + 10).is_none());
    assert!(jar.cookies().is_empty());
}

#[test]
fn several() {
    let a = "http://a.example/x/y";
    assert_eq!(after(&[(a, "b=1; Path=/"), (a, "a=2"), (a, "c=3")], a), "a=2; c=3; b=1");
    assert_eq!(after(&[(a, "a=1"), (a, "b=2"), (a, "a=3")], a), "a=3; b=2");
    assert_eq!(after(&[(a, "a=1"), (a, "a=; Max-Age=0")], a), "");
    assert_eq!(
        after(&[("https://a.example/", "a=1; Secure"), ("http://a.example/", "a=2")], "https://a.example/"),
        "a=1"
    );
}

#[test]
fn what_is_no_cookie() {
    let a = "http://a.example/";
    let long = format!("n={}", "v".repeat(MOST_BYTES));
    for cookie in ["", "n", "=v", ";n=v", "n=v\r\nX: y", "n=\0", &long] {
        assert_eq!(after(&[(a, cookie)], a), "", "{cookie:?}");
    }
    assert_eq!(after(&[(a, "n=")], a), "n=");
    let attribute = format!("n=v; Path=/{}", "x".repeat(MOST_OF_ATTRIBUTE));
    assert_eq!(after(&[(a, &attribute)], a), "n=v");
    assert_eq!(after(&[(a, " n = a b \t; x")], a), "n=a b");
}

#[test]
fn a_jar_is_never_full() {
    let mut jar = Jar::default();
    for number in 0..2 * MOST {
        let host = format!("http://h{}.example/", number / (MOST_OF_DOMAIN * 2));
        jar.store(&url(&host), format!("n{number}=v").as_bytes(), NOW);
        assert!(jar.cookies().len() <= MOST);
    }
    jar.clear();
    (0..1000).for_each(|n| jar.store(&url("http://a.example/"), format!("n{n}=v").as_bytes(), NOW));
    assert_eq!(jar.cookies().len(), MOST_OF_DOMAIN);
    assert_eq!(jar.cookies()[0].name, b"n940");
}
