//! Codes, digests, addresses, URLs and tokens against others: coreutils, gzip, Python, OpenSSL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::program::{self, Outcome};

const LIMIT: Duration = Duration::from_secs(120);

/// An empty folder that belongs to one test.
fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // What an earlier run left behind would be taken for this one's.
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("the target directory can be written");
    path
}

/// Standard output of a program that has to succeed.
fn output(command: &mut Command) -> Vec<u8> {
    let Outcome { status, stdout, stderr, .. } = program::run(command, b"", LIMIT);
    assert_eq!(status, Some(0), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    stdout
}

fn sentra(source: &str, folder: &Path) -> String {
    let file = folder.join("program.sn");
    fs::write(&file, source).expect("the folder was just made");
    String::from_utf8_lossy(&output(program::sentra_vm().arg("run").arg(file).current_dir(folder))).into_owned()
}

fn shell(line: &str, folder: &Path) -> Vec<u8> {
    output(Command::new("sh").args(["-ec", line]).current_dir(folder))
}

/// Bytes that compress a little, the same each time.
fn bytes(len: usize) -> Vec<u8> {
    let mut state = len as u64 + 1;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if state >> 63 == 0 { b"abcdefgh <&>"[(state >> 40) as usize % 12] } else { (state >> 50) as u8 }
        })
        .collect()
}

/// Texts of each kind, in files of lines.
const TEXTS: &[(&str, &[&str])] = &[
    (
        "texts",
        &["&lt;b&gt; R&amp;D &copy 2024", "&notit; &notin; &NotEqualTilde; &#8364;&#x1F600; &#150; &nosuch; & &; &#"],
    ),
    (
        "addresses",
        &[
            "0.0.0.0",
            "8.8.8.8",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.5.4",
            "172.32.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.20.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "2001:DB8::1",
            "2606:4700::1111",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:4860:4860::8888",
        ],
    ),
    (
        "networks",
        &[
            "10.1.2.3/8",
            "10.1.2.3/9",
            "192.168.1.77/24",
            "10.0.0.1/30",
            "10.0.0.1/31",
            "10.0.0.1/32",
            "10.0.0.1",
            "0.0.0.0/0",
            "10.0.0.0/255.255.240.0",
            "2001:db8::77/64",
            "::/0",
            "fd00::/126",
            "fd00::/127",
            "fd00::1",
        ],
    ),
    ("links", &["g", "./g", "/g", "?y", "#s", "../g", "../..", "../../../g", "g;x=1/../y", "https://h/p", "g?y/../x"]),
    ("queries", &["a=1&b=2&a=3", "x=%41+b&y=&z", "q=%C3%BC&e=100%25", "a=b=c&d=%26"]),
];

#[test]
fn python_says_the_same() {
    let folder = scratch("codes-python");
    for len in [0, 1, 55, 56, 64, 111, 112, 1000, 100_003, 3_000_000] {
        fs::write(folder.join(format!("{len:07}.data")), bytes(len)).expect("the folder was just made");
    }
    for (name, lines) in TEXTS {
        fs::write(folder.join(name), lines.join("\n") + "\n").expect("the folder was just made");
    }
    shell("for f in *.data; do base64 $f > $f.b64; gzip -c $f > $f.gz; done", &folder);
    let program = program::root().join("tests/programs/codes.sn");
    let ours = output(program::sentra_vm().arg("run").arg(program).arg(&folder));
    let peer = program::root().join("tests/peers/codes.py");
    let theirs = output(Command::new("python3").arg(peer).arg(&folder));
    let (ours, theirs) = (String::from_utf8_lossy(&ours), String::from_utf8_lossy(&theirs));
    for (our, their) in ours.lines().zip(theirs.lines()) {
        assert_eq!(our, their);
    }
    assert_eq!(ours.lines().count(), theirs.lines().count());
}

#[test]
fn coreutils_say_the_same() {
    let folder = scratch("codes-coreutils");
    fs::write(folder.join("data"), bytes(1_000_000)).expect("the folder was just made");
    let ours = sentra(
        "let data = file_read(\"data\")\nlog(md5(data), sha1(data), sha256(data), sha512(data))\n\
         file_write(\"data.b64\", base64_encode(data))\nfile_write(\"data.gz\", gzip_compress(data))",
        &folder,
    );
    let sums = shell("for s in md5sum sha1sum sha256sum sha512sum; do $s < data | cut -d' ' -f1; done", &folder);
    assert_eq!(ours.split_whitespace().collect::<Vec<_>>(), String::from_utf8_lossy(&sums).lines().collect::<Vec<_>>());
    shell("base64 -d data.b64 | cmp - data && gzip -t data.gz && gzip -dc data.gz | cmp - data", &folder);
}

/// Keys as OpenSSL writes them, each with its public part.
const KEYS: &str = "
openssl genrsa -out rsa.key 2048 && openssl rsa -in rsa.key -pubout -out rsa.pub
openssl rsa -in rsa.key -traditional -out rsa1.key && cp rsa.pub rsa1.pub
openssl ecparam -name prime256v1 -genkey -out p256.key && openssl ec -in p256.key -pubout -out p256.pub
openssl pkcs8 -topk8 -nocrypt -in p256.key -out p256pkcs8.key && cp p256.pub p256pkcs8.pub
openssl ecparam -name secp384r1 -genkey -noout -out p384.key && openssl ec -in p384.key -pubout -out p384.pub
openssl genpkey -algorithm ed25519 -out ed.key && openssl pkey -in ed.key -pubout -out ed.pub
openssl req -x509 -key rsa.key -subj /CN=test -days 1 -out cert.pub && cp rsa.key cert.key
";

#[test]
fn keys_of_openssl_sign_tokens() {
    let folder = scratch("codes-keys");
    shell(KEYS, &folder);
    let found = sentra(
        "for name in [\"rsa\", \"rsa1\", \"p256\", \"p256pkcs8\", \"p384\", \"ed\", \"cert\"] {
             let token = jwt_sign({sub: name}, file_read(name + \".key\"))
             let header = jwt_decode(token).header
             log(name, header.alg, jwt_verify(token, file_read(name + \".pub\")).sub == name)
             try { jwt_verify(token.slice(0, -4) + \"AAAA\", file_read(name + \".pub\")) } catch e { log(e.kind) }
         }
         for name in [\"RS384\", \"RS512\", \"PS256\", \"PS384\", \"PS512\"] {
             let token = jwt_sign({}, file_read(\"rsa.key\"), {algorithm: name})
             log(name, jwt_verify(token, file_read(\"rsa.pub\"), {algorithm: name}))
         }",
        &folder,
    );
    let mut wanted = String::new();
    for (name, algorithm) in [
        ("rsa", "RS256"),
        ("rsa1", "RS256"),
        ("p256", "ES256"),
        ("p256pkcs8", "ES256"),
        ("p384", "ES384"),
        ("ed", "EdDSA"),
        ("cert", "RS256"),
    ] {
        wanted += &format!("{name} {algorithm} true\nsignature\n");
    }
    for algorithm in ["RS384", "RS512", "PS256", "PS384", "PS512"] {
        wanted += &format!("{algorithm} {{}}\n");
    }
    assert_eq!(found, wanted);
}

#[test]
fn openssl_checks_signatures_and_makes_them() {
    let folder = scratch("codes-openssl");
    shell(KEYS, &folder);
    sentra(
        "let parts = jwt_sign({sub: \"ann\"}, file_read(\"rsa.key\")).split(\".\")
         file_write(\"signed\", parts[0] + \".\" + parts[1])
         file_write(\"signature\", base64url_decode(parts[2]))",
        &folder,
    );
    shell("openssl dgst -sha256 -verify rsa.pub -signature signature signed", &folder);
    shell("openssl dgst -sha256 -sign rsa.key -out signature2 signed", &folder);
    let found = sentra(
        "let token = file_read(\"signed\") + \".\" + base64url_encode(file_read(\"signature2\"))
         log(jwt_verify(token, file_read(\"rsa.pub\")))",
        &folder,
    );
    assert_eq!(found, "{\"sub\": \"ann\"}\n");
}
