//! The options of TLS, for all builtins that have them.

use std::path::PathBuf;

use sentra_netlib::NetError;
use sentra_netlib::Stage;
use sentra_netlib::endpoint::tls::{ClientSettings, Pair, ServerSettings, TlsClient, TlsServer, Versions};
use sentra_netlib::error::kind_of;

use super::settings::Settings;
use crate::builtin::Types;
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// What clients may say.
pub(super) const CLIENT: &[&str] =
    &["server_name", "verify", "ca_file", "alpn", "cert", "key", "min_version", "max_version"];
/// What servers may say.
pub(super) const SERVER: &[&str] = &["cert", "key", "certificates", "client_ca", "alpn", "min_version", "max_version"];

/// What a client asks for.
pub(super) fn client(vm: &Vm, settings: &Settings) -> Result<ClientSettings> {
    Ok(ClientSettings {
        verify: settings.flag("verify")?.unwrap_or(true),
        ca_file: settings.text("ca_file")?.map(|path| readable(vm, &path)).transpose()?,
        server_name: settings.text("server_name")?,
        alpn: alpn(settings)?,
        certificate: pair(vm, settings)?,
        versions: versions(settings)?,
    })
}

/// What a server is configured with. `cert` and `key` are its certificate; `certificates` are
/// maps of such for further names.
pub(super) fn server(vm: &Vm, settings: &Settings) -> Result<ServerSettings> {
    let mut certificates: Vec<Pair> = pair(vm, settings)?.into_iter().collect();
    let more = settings.get("certificates", Types::ARRAY)?.and_then(Value::as_array);
    for one in more.iter().flat_map(|more| more.to_vec()) {
        if !Types::MAP.accept(one) {
            let got = one.type_name();
            let builtin = settings.builtin();
            return Err(Fault::type_error(format!("`{builtin}` expects maps in option `certificates`, got {got}")));
        }
        let inner = Settings::new(settings.builtin(), Some(one), &["cert", "key"])?;
        certificates.extend(pair(vm, &inner)?);
    }
    if certificates.is_empty() {
        return Err(Fault::range(format!("`{}` needs the option `cert` for TLS", settings.builtin())));
    }
    let client_ca = settings.text("client_ca")?.map(|path| readable(vm, &path)).transpose()?;
    Ok(ServerSettings { certificates, alpn: alpn(settings)?, client_ca, versions: versions(settings)? })
}

/// A client, once its files are read.
pub(super) fn ready_client(settings: &ClientSettings, peer: &str) -> std::result::Result<TlsClient, NetError> {
    TlsClient::new(settings).map_err(|error| NetError::system(Stage::Handshake, error.into(), peer))
}

/// A server, once its files are read.
pub(super) fn ready_server(settings: ServerSettings, address: &str) -> std::result::Result<TlsServer, NetError> {
    TlsServer::new(settings).map_err(|error| NetError::system(Stage::Listen, error.into(), address))
}

/// A file to read, if the program may.
fn readable(vm: &Vm, path: &str) -> Result<PathBuf> {
    vm.system.permissions.read(path.as_ref()).map_err(|error| Fault::new(kind_of(&error), error.to_string()))
}

fn pair(vm: &Vm, settings: &Settings) -> Result<Option<Pair>> {
    let (cert, key) = (settings.text("cert")?, settings.text("key")?);
    match (cert, key) {
        (None, Some(_)) => Err(Fault::range(format!("`{}` needs the option `cert` beside `key`", settings.builtin()))),
        (None, None) => Ok(None),
        // Both may be in one file.
        (Some(cert), key) => {
            let key = readable(vm, key.as_ref().unwrap_or(&cert))?;
            Ok(Some(Pair { key, cert: readable(vm, &cert)? }))
        }
    }
}

fn alpn(settings: &Settings) -> Result<Vec<Vec<u8>>> {
    let Some(value) = settings.get("alpn", Types::ARRAY.or(Types::STRING))? else { return Ok(Vec::new()) };
    let given = value.as_array().map_or_else(|| vec![value], |array| array.to_vec());
    let protocol =
        |value: &Value| value.as_bytes().filter(|bytes| (1..=255).contains(&bytes.len())).map(<[u8]>::to_vec);
    let unfit = || {
        let builtin = settings.builtin();
        Fault::range(format!("`{builtin}` expects names of 1 to 255 bytes as option `alpn`"))
    };
    given.iter().map(protocol).collect::<Option<Vec<_>>>().ok_or_else(unfit)
}

fn versions(settings: &Settings) -> Result<Versions> {
    let read = |name: &str| -> Result<Option<bool>> {
        match settings.text(name)?.as_deref() {
            None => Ok(None),
            Some("1.2" | "TLSv1.2") => Ok(Some(false)),
            Some("1.3" | "TLSv1.3") => Ok(Some(true)),
            Some(other) => {
                let builtin = settings.builtin();
                Err(Fault::range(format!("`{builtin}` takes \"1.2\" or \"1.3\" as option `{name}`, got \"{other}\"")))
            }
        }
    };
    match (read("min_version")?.unwrap_or(false), read("max_version")?.unwrap_or(true)) {
        (false, true) => Ok(Versions::Both),
        (false, false) => Ok(Versions::Only12),
        (true, true) => Ok(Versions::Only13),
        (true, false) => {
            let builtin = settings.builtin();
            Err(Fault::range(format!("`{builtin}` was given a `min_version` above its `max_version`")))
        }
    }
}
