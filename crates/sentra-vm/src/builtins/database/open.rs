//! Opening databases: what the options of `db::connect` mean.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sentra_netlib::exchange::postgres::Login;

use super::super::settings::Settings as Options;
use super::super::tls_options;
use super::url::{self, Target};
use super::{CONNECT, Result};
use crate::builtin::Arguments;
use crate::database::failure::Failure;
use crate::database::postgres::{self, Ask, Pool};
use crate::database::sqlite::{self, Queue};
use crate::database::{Database, Engine, Wanted, Work};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

/// Opens what a URL names.
pub(super) fn open(vm: &mut Vm, args: Arguments) -> Result<Value> {
    match Target::parse(args.bytes(0))? {
        Target::Sqlite(path) => open_sqlite(vm, args, path),
        Target::Postgres(server) => open_postgres(vm, args, server),
    }
}

fn open_sqlite(vm: &mut Vm, args: Arguments, path: Option<PathBuf>) -> Result<Value> {
    let known = ["read_only", "create", "foreign_keys", "synchronous", "timeout", "readers"];
    let options = Options::new(CONNECT, args.optional(1), &known)?;
    let settings = sqlite::Settings {
        path,
        read_only: options.flag("read_only")?.unwrap_or(false),
        create: options.flag("create")?.unwrap_or(true),
        foreign_keys: options.flag("foreign_keys")?.unwrap_or(true),
        synchronous: synchronous(&options)?,
        patience: patience(&options, 5.0)?,
        readers: options.integer("readers", 1, 32)?.unwrap_or(4) as usize,
        memory: vm.heap.limit(),
    };
    let permissions = Arc::clone(&vm.system.permissions);
    let bell = vm.reactor.workers.bell();
    let job = move || {
        let settings = settings.permitted(&permissions)?;
        sqlite::open(&settings, false).map(|connection| Queue::new(settings, bell, connection))
    };
    vm.offload(job, |vm, opened| Ok(opening(vm, Engine::Sqlite(Arc::new(opened?)))))
}

fn synchronous(options: &Options) -> Result<&'static str> {
    match options.text("synchronous")?.as_deref() {
        None | Some("full") => Ok("full"),
        Some("normal") => Ok("normal"),
        Some(other) => {
            let other = other.escape_debug();
            Err(Fault::range(format!("`{CONNECT}` takes full or normal as option `synchronous`, got {other}")))
        }
    }
}

fn patience(options: &Options, usual: f64) -> Result<Duration> {
    Ok(Duration::from_secs_f64(options.number("timeout")?.unwrap_or(usual).clamp(0.0, 3600.0)))
}

fn open_postgres(vm: &mut Vm, args: Arguments, server: url::Server) -> Result<Value> {
    let known = ["timeout", "connections", "clear_text", "application_name"];
    let known: Vec<&str> = known.iter().chain(tls_options::CLIENT).copied().collect();
    let options = Options::new(CONNECT, args.optional(1), &known)?;
    let mut client = tls_options::client(vm, &options)?;
    client.verify &= server.tls == url::Tls::Verified;
    let tls = (server.tls != url::Tls::None).then(|| tls_options::ready_client(&client, &server.host));
    let tls = tls.transpose().map_err(|error| Failure::new("tls", error.to_string()))?;
    let login = Login {
        user: server.user,
        password: server.password,
        database: server.database,
        application: options.text("application_name")?.unwrap_or_else(|| "sentra".into()),
        clear_text: options.flag("clear_text")?.unwrap_or(false),
    };
    let settings = postgres::Settings {
        host: server.host,
        port: server.port,
        login,
        tls,
        most: options.integer("connections", 1, 1000)?.unwrap_or(10) as usize,
        patience: patience(&options, 10.0)?,
    };
    let pool = Rc::new(RefCell::new(Pool::new(settings)));
    // Whether one can connect at all is known at once.
    let work = Work::Statement { sql: "SELECT 1".into(), parameters: Vec::new(), wanted: Wanted::Changes };
    let opened = Rc::clone(&pool);
    vm.start(Ask::new(&pool, 0, None, work, move |vm: &mut Vm, _| Ok(opening(vm, Engine::Postgres(opened)))))
}

fn opening(vm: &mut Vm, engine: Engine) -> Value {
    vm.heap.payload(Database { engine, open: Default::default(), jobs: Default::default() })
}
