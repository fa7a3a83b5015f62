//! Scans of TLS against servers of every kind: what they speak as sslyze finds it, and their
//! grades as the rating guide has them.

#[path = "tls_scan/hostile.rs"]
mod hostile;
#[path = "tls_scan/peers.rs"]
mod peers;

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use peers::{
    LIMIT, Report, analyze, folder, gnutls, nginx, openssl, peer, sslyze, sslyze_renegotiates, text, tlslite,
    try_analyze,
};
use sentra::certificates::{Authority, Issued, Wish};
use sentra::program;
use sentra::running::Running;

const RSA: Wish<'_> = Wish {
    names: "DNS:localhost,IP:127.0.0.1",
    valid: ("20200101000000Z", "20991231235959Z"),
    purpose: "serverAuth",
    is_authority: false,
    key: "rsa:2048",
    digest: "sha256",
    more: "",
};

/// A server that was started, and what is to be found.
struct Case {
    name: &'static str,
    server: (Running, u16),
    grade: &'static str,
    protocols: &'static [&'static str],
    issues: &'static [&'static str],
}

/// What is found equals what sslyze finds, and what the case says.
fn check(case: Case, ca: &Path) -> Report {
    let (_server, port) = case.server;
    let report = analyze("localhost", port, &format!(r#"{{"ca_file": "{}"}}"#, text(ca)));
    let name = case.name;
    assert_eq!(report.protocols(), case.protocols, "{name}");
    assert_eq!(report.suites(), sslyze(port), "{name}");
    let mut issues = case.issues.to_vec();
    issues.sort_unstable();
    assert_eq!(report.issues(), issues, "{name}");
    assert_eq!(report.grade(), case.grade, "{name}: {}", report.0["scores"]);
    assert_eq!(report.0["complete"], true, "{name}");
    report
}

fn all() -> &'static [&'static str] {
    &["-cipher", "ALL:!aNULL:@SECLEVEL=0"]
}

#[test]
fn each_version_alone() {
    let authority = Authority::new(&folder("versions"), "Versions");
    let rsa = authority.issue("rsa", RSA);
    let version = |flag: &str| openssl(&rsa, &[all(), &[flag]].concat());
    let old = &["no_tls12", "tls10", "no_aead", "no_server_order", "beast"];
    check(
        Case { name: "1.0", server: version("-tls1"), grade: "C", protocols: &["TLSv1.0"], issues: old },
        &authority.cert,
    );
    let old = &["no_tls12", "tls11", "no_aead", "no_server_order"];
    check(
        Case { name: "1.1", server: version("-tls1_1"), grade: "C", protocols: &["TLSv1.1"], issues: old },
        &authority.cert,
    );
    let only12 = &["no_server_order", "no_tls13"];
    check(
        Case { name: "1.2", server: version("-tls1_2"), grade: "A-", protocols: &["TLSv1.2"], issues: only12 },
        &authority.cert,
    );
    let report = check(
        Case { name: "1.3", server: version("-tls1_3"), grade: "A", protocols: &["TLSv1.3"], issues: &[] },
        &authority.cert,
    );
    assert_eq!(report.0["certificate_info"]["subject"], "CN=rsa");
    assert_eq!(report.0["resumption"]["tickets"], true);
}

#[test]
fn keys_of_both_kinds_and_a_choice_of_the_servers_own() {
    let authority = Authority::new(&folder("kinds"), "Kinds");
    let rsa = authority.issue("rsa", RSA);
    let ec = authority.issue("ec", Wish { key: "ec", ..RSA });
    let both = ["-dcert", text(&ec.cert), "-dkey", text(&ec.key), "-serverpref"];
    let strong = ["-cipher", "ECDHE+AESGCM:ECDHE+CHACHA20"];
    let server = openssl(&rsa, &[&both[..], &strong].concat());
    let case = Case { name: "both", server, grade: "A", protocols: &["TLSv1.2", "TLSv1.3"], issues: &[] };
    let report = check(case, &authority.cert);
    assert_eq!(report.0["server_order"], true);
    assert_eq!(report.0["other_certificates"].as_array().map(Vec::len), Some(1));
    assert_eq!(report.0["fallback_scsv"], true);
    let server = openssl(&ec, &strong);
    let case = Case { name: "ecdsa", server, grade: "A", protocols: &["TLSv1.2", "TLSv1.3"], issues: &[] };
    let report = check(case, &authority.cert);
    assert_eq!(report.0["certificate_info"]["key_type"], "EC");
    assert_eq!(report.0["groups"][0], "x25519");
}

#[test]
fn certificates_with_faults() {
    let authority = Authority::new(&folder("faults"), "Faults");
    let beneath = authority.subordinate("Beneath");
    let strict = ["-cipher", "ECDHE+AESGCM:@SECLEVEL=0"];
    let cases: [(&'static str, Issued, &'static str, &'static [&'static str]); 9] = [
        ("small", authority.issue("small", Wish { key: "rsa:1024", ..RSA }), "B", &["weak_key"]),
        ("sha1", authority.issue("sha1", Wish { digest: "sha1", ..RSA }), "T", &["sha1_signature"]),
        (
            "expired",
            authority.issue("expired", Wish { valid: ("20200101000000Z", "20210203040506Z"), ..RSA }),
            "T",
            &["expired"],
        ),
        (
            "early",
            authority.issue("early", Wish { valid: ("20880101000000Z", "20991231235959Z"), ..RSA }),
            "T",
            &["not_yet_valid"],
        ),
        ("own", authority.self_signed("own", RSA), "T", &["self_signed"]),
        ("name", authority.issue("name", Wish { names: "DNS:other.example", ..RSA }), "M", &["name_mismatch"]),
        ("missing", beneath.issue("missing", RSA), "T", &["incomplete_chain"]),
        ("whole", beneath.issue("whole", RSA).with_chain(&[&beneath.cert]), "A", &[]),
        (
            "promise",
            authority.issue("promise", Wish { more: "tlsfeature=status_request\n", ..RSA }),
            "A",
            &["missing_staple"],
        ),
    ];
    for (name, issued, grade, issues) in cases {
        let server = openssl(&issued, &strict);
        check(Case { name, server, grade, protocols: &["TLSv1.2", "TLSv1.3"], issues }, &authority.cert);
    }
    let stranger = Authority::new(&folder("stranger"), "Stranger");
    let issued = stranger.issue("leaf", RSA).with_chain(&[&stranger.cert]);
    let server = openssl(&issued, &strict);
    let protocols = &["TLSv1.2", "TLSv1.3"];
    check(Case { name: "stranger", server, grade: "T", protocols, issues: &["untrusted_root"] }, &authority.cert);
}

#[test]
fn suites_that_are_weak() {
    let authority = Authority::new(&folder("weak"), "Weak");
    let rsa = authority.issue("rsa", RSA);
    let cases: [(&'static str, &[&str], &'static str, &'static [&'static str]); 5] = [
        ("cbc", &["AES128-SHA:AES256-SHA"], "B", &["no_aead", "no_forward_secrecy", "no_server_order", "no_tls13"]),
        ("static", &["AES128-GCM-SHA256"], "B", &["no_forward_secrecy", "no_tls13"]),
        (
            "anonymous",
            &["ADH-AES128-GCM-SHA256:AES128-SHA"],
            "F",
            &["anonymous", "no_forward_secrecy", "no_server_order", "no_tls13", "weak_dh"],
        ),
        ("null", &["eNULL:!aNULL:ECDHE-RSA-AES128-GCM-SHA256"], "F", &["null_cipher", "no_server_order", "no_tls13"]),
        ("psk is none", &["ECDHE-RSA-AES256-GCM-SHA384:PSK"], "A-", &["no_tls13"]),
    ];
    for (name, suites, grade, issues) in cases {
        let suites = format!("{}:@SECLEVEL=0", suites[0]);
        let server = openssl(&rsa, &["-tls1_2", "-cipher", &suites]);
        check(Case { name, server, grade, protocols: &["TLSv1.2"], issues }, &authority.cert);
    }
    let parameters = authority.folder().join("dh.pem");
    let made = program::run(Command::new("openssl").args(["dhparam", "-out", text(&parameters), "1024"]), b"", LIMIT);
    assert_eq!(made.status, Some(0));
    let dhe = ["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0", "-dhparam", text(&parameters)];
    let server = openssl(&rsa, &dhe);
    let issues = &["weak_dh", "no_tls13"];
    let report = check(Case { name: "dh", server, grade: "B", protocols: &["TLSv1.2"], issues }, &authority.cert);
    assert_eq!(report.0["ciphers"][0]["key_exchange_bits"], 1024);
}

#[test]
fn what_only_old_servers_speak() {
    let authority = Authority::new(&folder("old"), "Old");
    let rsa = authority.issue("rsa", RSA);
    let server = tlslite(&rsa, "3.0", "3.0", &["aes128", "3des", "rc4"]);
    let issues = &["no_tls12", "poodle", "rc4", "ssl3", "no_aead", "sweet32", "beast"];
    check(Case { name: "ssl3", server, grade: "C", protocols: &["SSLv3"], issues }, &authority.cert);
    let server = tlslite(&rsa, "3.1", "3.3", &["3des", "rc4"]);
    let protocols = &["TLSv1.0", "TLSv1.1", "TLSv1.2"];
    let issues = &["rc4", "no_aead", "sweet32", "tls10", "tls11", "beast", "no_tls13"];
    let report = check(Case { name: "rc4", server, grade: "C", protocols, issues }, &authority.cert);
    assert_eq!(report.0["vulnerabilities"]["sweet32"], true);
}

#[test]
fn gnutls_with_what_it_still_has() {
    let authority = Authority::new(&folder("gnutls"), "Gnutls");
    let rsa = authority.issue("rsa", RSA);
    let old = "NORMAL:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2:+3DES-CBC:+ARCFOUR-128:+MD5:%SERVER_PRECEDENCE";
    // It lets clients begin anew, and OpenSSL does not.
    let issues = &["beast", "client_renegotiation", "no_tls13", "rc4", "sweet32", "tls10", "tls11"];
    let protocols = &["TLSv1.0", "TLSv1.1", "TLSv1.2"];
    check(Case { name: "old", server: gnutls(&rsa, old), grade: "C", protocols, issues }, &authority.cert);
    let server = gnutls(&rsa, "NORMAL:-VERS-ALL:+VERS-TLS1.3:%SERVER_PRECEDENCE");
    let case = Case { name: "new", server, grade: "A", protocols: &["TLSv1.3"], issues: &[] };
    assert!(check(case, &authority.cert).0["groups"].as_array().is_some_and(|groups| groups.len() > 3));
}

#[test]
fn nginx_with_everything_right() {
    let authority = Authority::new(&folder("right"), "Right");
    let rsa = authority.issue("rsa", RSA);
    let right = "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM; ssl_prefer_server_ciphers on;
        ssl_session_cache shared:x:1m; add_header Strict-Transport-Security max-age=31536000 always;";
    let server = nginx(&rsa, "right-nginx", right);
    let case = Case { name: "nginx", server, grade: "A+", protocols: &["TLSv1.2", "TLSv1.3"], issues: &[] };
    let report = check(case, &authority.cert);
    assert_eq!(report.0["hsts"], "max-age=31536000");
    assert_eq!(report.0["alpn"].as_array().expect("a list").len(), 3, "{}", report.0["alpn"]);
    assert_eq!(report.0["resumption"], serde_json::json!({"session_ids": true, "tickets": true}));
    let more = "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:!aNULL:@SECLEVEL=0; ssl_session_tickets off;
        ssl_session_cache off;";
    let server = nginx(&rsa, "old-nginx", more);
    let issues = &["tls10", "tls11", "beast", "no_server_order", "no_tls13"];
    let protocols = &["TLSv1.0", "TLSv1.1", "TLSv1.2"];
    let report = check(Case { name: "old nginx", server, grade: "B", protocols, issues }, &authority.cert);
    assert_eq!(report.0["resumption"], serde_json::json!({"session_ids": false, "tickets": false}));
}

#[test]
fn a_certificate_of_the_client_is_wanted() {
    let authority = Authority::new(&folder("client"), "Client");
    let rsa = authority.issue("rsa", RSA);
    let wants = ["-Verify", "1", "-verify_return_error", "-CAfile", text(&authority.cert), "-cipher", "ECDHE+AESGCM"];
    let server = openssl(&rsa, &wants);
    let case = Case { name: "client", server, grade: "A", protocols: &["TLSv1.2", "TLSv1.3"], issues: &[] };
    assert_eq!(check(case, &authority.cert).0["client_certificate"], true);
}

#[test]
fn faults_that_no_library_has_any_more() {
    let authority = Authority::new(&folder("faulty"), "Faulty");
    let rsa = authority.issue("rsa", RSA);
    let options = format!(r#"{{"ca_file": "{}"}}"#, text(&authority.cert));
    let scan = |faults: &[&str]| {
        let arguments = [&[text(&rsa.cert), text(&rsa.key)], faults].concat();
        let (_server, port) = peer("tlslite", &["tlslite-ng"], "tls_faulty.py", &arguments);
        analyze("localhost", port, &options)
    };
    let told = |report: &Report, name: &str| report.0["vulnerabilities"][name].clone();
    let sound = scan(&[]);
    let plain = ["no_aead", "no_forward_secrecy", "no_tls13"];
    assert_eq!((sound.issues(), sound.grade()), (plain.to_vec(), "B"));
    for name in ["heartbleed", "robot", "drown", "freak", "crime"] {
        assert_eq!(told(&sound, name), false, "{name}");
    }
    for (fault, name, grade) in [
        ("heartbleed", "heartbleed", "F"),
        ("robot", "robot", "F"),
        ("ssl2", "drown", "F"),
        ("freak", "freak", "F"),
        ("crime", "crime", "C"),
    ] {
        let report = scan(&[fault]);
        assert_eq!(told(&report, name), true, "{fault}: {:?}", report.issues());
        assert_eq!(report.grade(), grade, "{fault}");
    }
    assert!(scan(&["old"]).issues().contains(&"no_secure_renegotiation"));
    let suites = scan(&["ssl2"]).suites();
    let wanted = ["SSL_CK_DES_192_EDE3_CBC_WITH_MD5", "SSL_CK_RC4_128_EXPORT40_WITH_MD5", "SSL_CK_RC4_128_WITH_MD5"];
    assert!(suites["SSLv2"].iter().eq(wanted.iter()), "{suites:?}");
}

#[test]
fn clients_that_may_begin_anew() {
    let authority = Authority::new(&folder("anew"), "Anew");
    let rsa = &authority.issue("rsa", RSA);
    let ec = &authority.issue("ec", Wish { key: "ec", ..RSA });
    let seen = &|issued: &Issued, arguments: &[&str]| {
        let (_server, port) = openssl(issued, arguments);
        let report = analyze("localhost", port, &format!(r#"{{"ca_file": "{}"}}"#, text(&authority.cert)));
        let insecure = report.0["vulnerabilities"]["insecure_renegotiation"] == true;
        let safe = report.0["client_renegotiation"].as_bool();
        let theirs = sslyze_renegotiates(port);
        assert!(theirs.is_none() || theirs == safe, "{arguments:?}: {safe:?}, sslyze finds {theirs:?}");
        assert_eq!(report.issues().contains(&"client_renegotiation"), safe == Some(true), "{arguments:?}");
        (safe, insecure, report.grade().to_owned())
    };
    // sslyze waits long for these servers, which serve one client at a time.
    thread::scope(|all| {
        all.spawn(|| assert_eq!(seen(rsa, &["-tls1_2"]).0, Some(false)));
        // By each way to a secret, and each way to encrypt.
        for (issued, suite) in [
            (rsa, "ECDHE-RSA-AES128-GCM-SHA256"),
            (rsa, "ECDHE-RSA-CHACHA20-POLY1305"),
            (ec, "ECDHE-ECDSA-AES256-GCM-SHA384"),
            (rsa, "DHE-RSA-AES256-GCM-SHA384"),
            (rsa, "AES256-GCM-SHA384"),
            (rsa, "AES128-SHA256"),
            (rsa, "ECDHE-RSA-AES256-SHA384"),
            (rsa, "DHE-RSA-AES128-SHA"),
        ] {
            all.spawn(move || {
                let cipher = format!("{suite}:@SECLEVEL=0");
                let found = seen(issued, &["-tls1_2", "-client_renegotiation", "-cipher", &cipher]);
                assert_eq!((found.0, found.1), (Some(true), false), "{suite}");
            });
        }
        for version in ["-tls1", "-tls1_1"] {
            all.spawn(move || {
                let arguments = [version, "-client_renegotiation", "-cipher", "AES128-SHA:@SECLEVEL=0"];
                let found = seen(rsa, &arguments);
                assert_eq!((found.0, found.1), (Some(true), false), "{version}");
            });
        }
        all.spawn(|| {
            let old = seen(rsa, &["-tls1_2", "-client_renegotiation", "-legacy_renegotiation"]);
            assert_eq!(old, (Some(true), true, "F".into()));
        });
    });
}

#[test]
fn revocation_that_is_stapled() {
    let authority = Authority::new(&folder("ocsp"), "Ocsp");
    let rsa = authority.issue("rsa", RSA).with_chain(&[&authority.cert]);
    let options = format!(r#"{{"ca_file": "{}"}}"#, text(&authority.cert));
    for (revoked, status, grade) in [(false, "good", "A"), (true, "revoked", "F")] {
        if revoked {
            authority.revoke(&rsa);
        }
        let response = authority.ocsp_response(&rsa);
        let server = openssl(&rsa, &["-status_file", text(&response), "-cipher", "ECDHE+AESGCM"]);
        let report = analyze("localhost", server.1, &options);
        assert_eq!(report.0["ocsp_stapling"], serde_json::json!({"stapled": true, "status": status}));
        assert_eq!(report.grade(), grade, "{:?}", report.issues());
        let server = openssl(&rsa, &["-status_file", text(&response), "-tls1_3"]);
        let report = analyze("localhost", server.1, &options);
        assert_eq!(report.0["ocsp_stapling"]["status"], status);
    }
}

#[test]
fn tls_behind_other_protocols() {
    let authority = Authority::new(&folder("starttls"), "Starttls");
    let rsa = authority.issue("rsa", RSA);
    for protocol in ["smtp", "imap", "pop3", "ftp", "postgres", "xmpp"] {
        let (_server, port) = peer("plain", &[], "starttls_server.py", &[protocol, text(&rsa.cert), text(&rsa.key)]);
        let options = format!(r#"{{"ca_file": "{}", "starttls": "{protocol}"}}"#, text(&authority.cert));
        let report = analyze("localhost", port, &options);
        assert_eq!((report.protocols(), report.0["trusted"] == true), (vec!["TLSv1.2", "TLSv1.3"], true), "{protocol}");
    }
}

#[test]
fn no_tls_there() {
    let (_server, port) = peers::plain_nginx("http-nginx", peers::free_port());
    let error = try_analyze("127.0.0.1", port, "{}").err();
    let wanted = format!("tls: cannot analyze 127.0.0.1:{port}: no TLS there: the server speaks HTTP");
    assert_eq!(error, Some(wanted));
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = silent.local_addr().expect("it is bound").port();
    let error = try_analyze("127.0.0.1", port, r#"{"timeout": 1}"#).err();
    assert_eq!(error, Some(format!("timeout: cannot analyze 127.0.0.1:{port}: the server does not answer")));
}

#[test]
fn the_tutorials_block_and_the_example() {
    let authority = Authority::new(&folder("tutorial"), "Tutorial");
    let rsa = authority.issue("rsa", RSA);
    let (_server, port) = openssl(&rsa, &["-cipher", "ECDHE+AESGCM"]);
    let source = include_str!("../crates/sentra-compiler/tests/data/tutorial/14_ssl_tls_analysis.sn");
    let source = source.replace("example.com", "localhost").replace("443", &port.to_string());
    let outcome = program::run(program::sentra_vm().arg("eval").arg(source), b"", LIMIT);
    let output = outcome.output();
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    assert_eq!(lines[..2], ["SSL Version: TLSv1.3", "Cipher Suite: TLS_AES_256_GCM_SHA384"]);
    assert!(lines[2].starts_with("Certificate: {\"subject\": \"CN=rsa\""), "{}", lines[2]);
    assert_eq!(lines[3], "Security Grade: T");
    assert!(lines[4].starts_with("Issues: [{\"code\": \"incomplete_chain\""), "{}", lines[4]);

    let example = program::root().join("examples/tlscheck.sn");
    let options = format!(r#"{{"ca_file": "{}"}}"#, text(&authority.cert));
    let run = |options: &str| {
        let mut command = program::sentra_vm();
        command.arg("run").arg(&example).args(["localhost", &port.to_string(), options]);
        program::run(&mut command, b"", LIMIT)
    };
    let outcome = run(&options);
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    for part in
        ["grade A\n", "TLSv1.3  yes\n", "subject    CN=rsa\n", "TLS_AES_256_GCM_SHA384", "known weaknesses: none"]
    {
        assert!(outcome.output().contains(part), "{part}: {}", outcome.output());
    }
    assert_eq!(run("{}").status, Some(1));
}
