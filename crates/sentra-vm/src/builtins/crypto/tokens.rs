//! JSON web tokens (RFC 7519). How a token is signed is decided by the script or by the kind of
//! its key, never by the token; claims are looked at only after the signature.

use std::time::{SystemTime, UNIX_EPOCH};

use sentra_netlib::token::{self, Algorithm, Key, Kind};

use crate::builtin::{Arguments, Types};
use crate::builtins::codes::malformed;
use crate::builtins::json;
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::heap::{Array, Heap, Map};
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "jwt_sign" in ["crypto"] (claims: Types::MAP, key: Types::STRING, options: Types::MAP => "none") -> "string",
        faults ["key", "range", "memory"], Nothing,
        "A signed token of the claims. The key is a secret (HS256) or a private key in PEM: RSA (RS256), P-256 (ES256), P-384 (ES384), Ed25519 (EdDSA). Options: `algorithm` (also HS384, HS512, RS384, RS512, PS256, PS384, PS512), `headers`, `expires_in` (seconds; sets `iat` and `exp`).",
        "let t = jwt_sign({sub: \"ann\"}, \"a secret\")\nlog(jwt_verify(t, \"a secret\").sub, len(t.split(\".\"))) // expect: ann 3" => Native(jwt_sign);
    "jwt_verify" in ["crypto"] (token: Types::STRING, key: Types::STRING, options: Types::MAP => "none") -> "map",
        faults ["parse", "key", "algorithm", "signature", "expired", "not_yet_valid", "claim", "range", "memory"], Nothing,
        "The claims of a token if all is right: its algorithm is the key's or the one of option `algorithm`, the signature fits, `exp` and `nbf` allow it. Options: `audience` and `issuer` that it must have (an audience in a token must be asked for), `leeway` (seconds), `required` (names of claims), `now` (seconds since 1970).",
        "let t = jwt_sign({sub: \"ann\", exp: 1}, \"a secret\")\ntry { jwt_verify(t, \"a secret\") } catch e { log(e.kind) } // expect: expired" => Native(jwt_verify);
    "jwt_decode" in ["crypto"] (token: Types::STRING) -> "map",
        faults ["parse", "memory"], Nothing,
        "What a token says, `{header, claims, signature}`, with nothing checked: to look at, not to trust.",
        "let t = jwt_decode(jwt_sign({sub: \"ann\"}, \"a secret\"))\nlog(t.header.alg, t.claims.sub) // expect: HS256 ann" => Native(jwt_decode);
}

type Result<T> = std::result::Result<T, Box<Fault>>;

fn key_fault(error: impl std::fmt::Display) -> Box<Fault> {
    Fault::new("key", error.to_string())
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// The algorithm of option `algorithm`, else the first that the key is for.
fn algorithm(builtin: &str, options: &Settings, key: &Key) -> Result<Algorithm> {
    let Some(name) = options.text("algorithm")? else { return Ok(Algorithm::of(key.kind())) };
    Algorithm::named(&name).ok_or_else(|| {
        let known: Vec<&str> = Algorithm::ALL.iter().map(|(name, ..)| *name).collect();
        Fault::range(format!("`{builtin}` knows no algorithm `{name}` (known: {})", known.join(", ")))
    })
}

fn jwt_sign(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = Settings::new("jwt_sign", args.optional(2), &["algorithm", "headers", "expires_in"])?;
    let key = Key::read(args.bytes(1)).map_err(key_fault)?;
    let algorithm = algorithm("jwt_sign", &options, &key)?;
    let headers = options.get("headers", Types::MAP)?.and_then(Value::as_map);
    let header = header(&mut vm.heap, algorithm, headers)?;
    let mut claims = args.map(0);
    if let Some(seconds) = options.number("expires_in")? {
        claims = with_times(&mut vm.heap, claims, seconds)?;
    }
    let (header, claims) =
        (json::encode(&vm.heap, header.value(), None)?, json::encode(&vm.heap, claims.value(), None)?);
    let token = token::join(algorithm, &key, &header, &claims).map_err(key_fault)?;
    if token.len() > token::MOST_BYTES {
        return Err(Fault::range(format!("the token has more than {} bytes", token::MOST_BYTES)));
    }
    vm.heap.checked_text(&token)
}

/// `alg` and `typ`, then what the script adds; the algorithm is not its to change.
fn header(heap: &mut Heap, algorithm: Algorithm, further: Option<Map>) -> Result<Map> {
    let header = heap.map(4);
    let (name, kind) = (heap.text(algorithm.name().as_bytes()), heap.text(b"JWT"));
    header.set_text(heap, "alg", name)?;
    header.set_text(heap, "typ", kind)?;
    for (key, value) in further.into_iter().flat_map(Map::iter) {
        header.set(heap, key, value)?;
    }
    if header.get_text(b"alg") != Some(name) {
        return Err(Fault::range("`jwt_sign` takes the algorithm as option `algorithm`, not among the headers"));
    }
    Ok(header)
}

/// A copy of the claims with `iat` and `exp`.
fn with_times(heap: &mut Heap, claims: Map, seconds: f64) -> Result<Map> {
    let copy = heap.map(claims.len() + 2);
    for (key, value) in claims.iter() {
        copy.set(heap, key, value)?;
    }
    let issued = now().floor();
    copy.set_text(heap, "iat", Value::number(issued))?;
    copy.set_text(heap, "exp", Value::number((issued + seconds).floor()))?;
    Ok(copy)
}

fn jwt_decode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let parts = token::split(args.bytes(0)).map_err(malformed)?;
    let header = object(&mut vm.heap, &parts.header, "header")?;
    let claims = object(&mut vm.heap, &parts.payload, "claims")?;
    let signature = vm.heap.checked_text(&parts.signature)?;
    let result = vm.heap.map(3);
    for (name, value) in [("header", header.value()), ("claims", claims.value()), ("signature", signature)] {
        result.set_text(&mut vm.heap, name, value)?;
    }
    Ok(result.value())
}

/// A part of a token, which is a JSON object.
fn object(heap: &mut Heap, text: &[u8], what: &str) -> Result<Map> {
    let no = |why: &str| Fault::new("parse", format!("the token's {what}: {why}"));
    let value = json::decode(heap, text).map_err(|fault| match &*fault.error.kind {
        "memory" => fault,
        _ => no(&fault.error.message),
    })?;
    value.as_map().ok_or_else(|| no("no JSON object"))
}

fn jwt_verify(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let known = ["algorithm", "audience", "issuer", "leeway", "required", "now"];
    let options = Settings::new("jwt_verify", args.optional(2), &known)?;
    let key = Key::read(args.bytes(1)).map_err(key_fault)?;
    let algorithm = algorithm("jwt_verify", &options, &key)?;
    let expected = Expected::new(&options)?;
    let parts = token::split(args.bytes(0)).map_err(malformed)?;
    check_header(object(&mut vm.heap, &parts.header, "header")?, algorithm, key.kind())?;
    if !algorithm.verify(&key, parts.signed, &parts.signature).map_err(key_fault)? {
        return Err(Fault::new("signature", "the token's signature is not right"));
    }
    let claims = object(&mut vm.heap, &parts.payload, "claims")?;
    expected.check(claims)?;
    Ok(claims.value())
}

fn check_header(header: Map, algorithm: Algorithm, kind: Kind) -> Result<()> {
    let named = header.get_text(b"alg").and_then(Value::as_bytes);
    let named = named.ok_or_else(|| Fault::new("parse", "the token's header names no algorithm"))?;
    if named != algorithm.name().as_bytes() {
        let named = String::from_utf8_lossy(named).escape_debug().to_string();
        let other = Algorithm::named(&named).is_some_and(|other| other.kind() == kind);
        let hint = if other { " (option `algorithm`)" } else { "" };
        let wanted = algorithm.name();
        return Err(Fault::new(
            "algorithm",
            format!("the token names the algorithm {named}, expected is {wanted}{hint}"),
        ));
    }
    if header.get_text(b"crit").is_some() {
        return Err(Fault::new("parse", "the token has critical headers (`crit`), none of which is understood"));
    }
    Ok(())
}

/// What the caller asks of the claims.
struct Expected {
    audience: Option<Value>,
    issuer: Option<Value>,
    required: Vec<&'static [u8]>,
    leeway: f64,
    now: f64,
}

impl Expected {
    fn new(options: &Settings) -> Result<Self> {
        let either = Types::STRING.or(Types::ARRAY);
        let leeway = options.number("leeway")?.unwrap_or(0.0);
        if !(0.0..=1e9).contains(&leeway) {
            return Err(Fault::range("`jwt_verify` takes 0 to 1000000000 seconds as option `leeway`"));
        }
        Ok(Self {
            audience: strings(options, "audience", either)?,
            issuer: strings(options, "issuer", either)?,
            required: strings(options, "required", Types::ARRAY)?.map_or(Vec::new(), texts),
            leeway,
            now: options.number("now")?.unwrap_or_else(now),
        })
    }

    fn check(&self, claims: Map) -> Result<()> {
        if let Some(name) = self.required.iter().find(|name| claims.get_text(name).is_none()) {
            let name = String::from_utf8_lossy(name);
            return Err(Fault::new("claim", format!("the token has no claim `{name}`")));
        }
        if time(claims, "exp")?.is_some_and(|at| self.now >= at + self.leeway) {
            return Err(Fault::new("expired", "the token has expired"));
        }
        if time(claims, "nbf")?.is_some_and(|at| self.now + self.leeway < at) {
            return Err(Fault::new("not_yet_valid", "the token is not valid yet"));
        }
        self.check_issuer(claims.get_text(b"iss"))?;
        self.check_audience(claims.get_text(b"aud"))
    }

    fn check_issuer(&self, issuer: Option<Value>) -> Result<()> {
        match (self.issuer, issuer) {
            (Some(wanted), issuer) if !shares(wanted, issuer) => {
                Err(Fault::new("claim", "the token is not from the issuer that is asked for (`iss`)"))
            }
            _ => Ok(()),
        }
    }

    /// A token for somebody must not be taken by somebody else (RFC 7519, section 4.1.3).
    fn check_audience(&self, audience: Option<Value>) -> Result<()> {
        match (self.audience, audience) {
            (None, Some(_)) => {
                Err(Fault::new("claim", "the token is for an audience (`aud`), and option `audience` names none"))
            }
            (Some(wanted), audience) if !shares(wanted, audience) => {
                Err(Fault::new("claim", "the token is not for the audience that is asked for (`aud`)"))
            }
            _ => Ok(()),
        }
    }
}

/// An option that is an array of strings, or one where that may be. A wrong entry must not be
/// passed over: the check that it stands for would not be made.
fn strings(options: &Settings, name: &str, types: Types) -> Result<Option<Value>> {
    let value = options.get(name, types)?;
    let mut entries = value.and_then(Value::as_array).into_iter().flat_map(Array::iter);
    match entries.find(|entry| entry.as_bytes().is_none()) {
        None => Ok(value),
        Some(wrong) => {
            let got = wrong.type_name();
            Err(Fault::type_error(format!("`jwt_verify` expects strings in option `{name}`, got {got}")))
        }
    }
}

/// The texts that a string or an array of strings has.
fn texts(value: Value) -> Vec<&'static [u8]> {
    match value.as_array() {
        Some(array) => array.iter().filter_map(Value::as_bytes).collect(),
        None => value.as_bytes().into_iter().collect(),
    }
}

/// Whether a claim has one of the texts that are asked for.
fn shares(wanted: Value, claim: Option<Value>) -> bool {
    let has = claim.map_or(Vec::new(), texts);
    texts(wanted).iter().any(|text| has.contains(text))
}

/// A claim that is a time in seconds.
fn time(claims: Map, name: &str) -> Result<Option<f64>> {
    let Some(value) = claims.get_text(name.as_bytes()) else { return Ok(None) };
    let wrong = || Fault::new("claim", format!("the token's claim `{name}` is no number"));
    value.as_number().filter(|number| number.is_finite()).map(Some).ok_or_else(wrong)
}
