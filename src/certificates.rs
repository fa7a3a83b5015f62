//! Certificates of all kinds, good and bad, made by the `openssl` command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `openssl ca` has to know.
const CONFIGURATION: &str = "[ca]\ndefault_ca = own\n[own]\ndatabase = index\nserial = serial\nnew_certs_dir = .\n\
    default_md = sha256\npolicy = any\nunique_subject = no\n[any]\ncommonName = supplied\n";

/// An authority of its own, whose files are in a folder of its own.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    /// Its certificate, for those who are to trust it.
    pub cert: PathBuf,
    key: PathBuf,
}

/// A certificate and its key.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate's file.
    pub cert: PathBuf,
    /// The key's file.
    pub key: PathBuf,
}

/// What a certificate is to be.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Its names, as `openssl` writes them.
    pub names: &'a str,
    /// From when to when, as `YYYYMMDDHHMMSSZ`.
    pub valid: (&'a str, &'a str),
    /// What it may be used for: `serverAuth`, `clientAuth`.
    pub purpose: &'a str,
    /// Whether it may sign others.
    pub is_authority: bool,
    /// Its key, as `openssl req -newkey` has it: `ec`, `rsa:2048`.
    pub key: &'a str,
    /// What it is signed with: `sha256`, `sha1`.
    pub digest: &'a str,
    /// Further extensions, a line each.
    pub more: &'a str,
}

impl Default for Wish<'_> {
    fn default() -> Self {
        Self {
            names: "DNS:localhost,IP:127.0.0.1,IP:::1",
            valid: ("20200101000000Z", "20991231235959Z"),
            purpose: "serverAuth,clientAuth",
            is_authority: false,
            key: "ec",
            digest: "sha256",
            more: "",
        }
    }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().expect("openssl is installed");
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Authority {
    /// A new authority in a folder, which is emptied.
    pub fn new(folder: &Path, name: &str) -> Self {
        // It may not be there yet.
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).expect("the folder can be made");
        for (file, content) in [("configuration", CONFIGURATION), ("index", ""), ("serial", "1000\n")] {
            fs::write(folder.join(file), content).expect("the folder can be written");
        }
        let subject = format!("/CN={name}");
        openssl(
            folder,
            &[
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "3650",
                "-subj",
                &subject,
                "-addext",
                "keyUsage=critical,keyCertSign,cRLSign",
                "-keyout",
                "authority.key",
                "-out",
                "authority.pem",
            ],
        );
        Self { folder: folder.into(), cert: folder.join("authority.pem"), key: folder.join("authority.key") }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A good certificate for this machine.
    pub fn good(&self) -> Issued {
        self.issue("good", Wish::default())
    }

    /// A certificate for names.
    pub fn named(&self, name: &str, names: &str) -> Issued {
        self.issue(name, Wish { names, ..Wish::default() })
    }

    /// A certificate as wished for. `name` is its subject, and where its files are.
    pub fn issue(&self, name: &str, wish: Wish<'_>) -> Issued {
        self.make(name, wish, false)
    }

    /// A certificate that its own key has signed.
    pub fn self_signed(&self, name: &str, wish: Wish<'_>) -> Issued {
        self.make(name, wish, true)
    }

    /// An authority beneath this one.
    pub fn subordinate(&self, name: &str) -> Self {
        let issued = self.issue(name, Wish { is_authority: true, ..Wish::default() });
        Self { folder: self.folder.clone(), cert: issued.cert, key: issued.key }
    }

    /// Revokes a certificate, which shows in what is said of it from now on.
    pub fn revoke(&self, issued: &Issued) {
        let (cert, key) = (self.cert.to_string_lossy(), self.key.to_string_lossy());
        let revoked = issued.cert.to_string_lossy();
        openssl(
            &self.folder,
            &["ca", "-config", "configuration", "-revoke", &revoked, "-cert", &cert, "-keyfile", &key],
        );
    }

    /// A response of OCSP about a certificate: its file.
    pub fn ocsp_response(&self, issued: &Issued) -> PathBuf {
        let (cert, key, own) = (self.cert.to_string_lossy(), self.key.to_string_lossy(), issued.cert.to_string_lossy());
        let response = issued.cert.with_extension("ocsp");
        let written = response.to_string_lossy().into_owned();
        let signer = ["-index", "index", "-CA", &cert, "-rsigner", &cert, "-rkey", &key, "-ndays", "1"];
        let asked = ["-issuer", &cert, "-cert", &own, "-respout", &written, "-noverify"];
        openssl(&self.folder, &[&["ocsp"][..], &signer, &asked].concat());
        response
    }

    fn make(&self, name: &str, wish: Wish<'_>, selfsigned: bool) -> Issued {
        let [cert, key, request, extensions] = ["pem", "key", "csr", "ext"].map(|end| format!("{name}.{end}"));
        let kind = if wish.is_authority {
            "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n".to_string()
        } else {
            format!("basicConstraints=critical,CA:FALSE\nextendedKeyUsage={}\n", wish.purpose)
        };
        let names = if wish.names.is_empty() { String::new() } else { format!("subjectAltName={}\n", wish.names) };
        fs::write(self.folder.join(&extensions), kind + &names + wish.more).expect("the folder can be written");
        let subject = format!("/CN={name}");
        let mut arguments = vec!["req", "-new", "-nodes", "-newkey", wish.key];
        if wish.key == "ec" {
            arguments.extend(["-pkeyopt", "ec_paramgen_curve:P-256"]);
        }
        arguments.extend(["-subj", &subject, "-keyout", &key, "-out", &request]);
        openssl(&self.folder, &arguments);
        let (from, to) = wish.valid;
        let mut arguments = vec![
            "ca",
            "-batch",
            "-config",
            "configuration",
            "-notext",
            "-in",
            &request,
            "-out",
            &cert,
            "-extfile",
            &extensions,
            "-startdate",
            from,
            "-enddate",
            to,
            "-md",
            wish.digest,
        ];
        let (own_cert, own_key) = (self.cert.to_string_lossy(), self.key.to_string_lossy());
        if selfsigned {
            arguments.extend(["-selfsign", "-keyfile", &key]);
        } else {
            arguments.extend(["-cert", &own_cert, "-keyfile", &own_key]);
        }
        openssl(&self.folder, &arguments);
        Issued { cert: self.folder.join(cert), key: self.folder.join(key) }
    }
}

impl Issued {
    /// The same with other certificates behind its own, as servers send them.
    pub fn with_chain(&self, others: &[&Path]) -> Self {
        let parts: Vec<String> = std::iter::once(self.cert.as_path())
            .chain(others.iter().copied())
            .map(|path| fs::read_to_string(path).expect("a certificate"))
            .collect();
        let cert = self.cert.with_extension("chain.pem");
        fs::write(&cert, parts.concat()).expect("the folder can be written");
        Self { cert, key: self.key.clone() }
    }
}
