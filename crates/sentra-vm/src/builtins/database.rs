//! Databases: what the module `db`, which is written in Sentra, is made of.

mod arrays;
mod open;
mod url;

use std::time::{Duration, Instant};

use crate::builtin::{Arguments, Types};
use crate::database::datum::{Blob, Datum};
use crate::database::failure::Failure;
use crate::database::postgres::{Ask, Listen, Listener, Receive};
use crate::database::sqlite::{Close, Operate};
use crate::database::{Answer, Database, Engine, Open, Wanted, Work};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

const NUMBER: Types = Types::INTEGER.or(Types::NIL);
const CONNECT: &str = "db::connect";

builtins! { TABLE:
    "db::connect" in ["db:connect"] (url: Types::STRING, options: Types::MAP => "{}") -> "database",
        faults ["io", "permission", "range"], Files,
        "Opens a database: `sqlite:PATH` is a file, which is made if it is not there, `sqlite::memory:` one that ends with the program. Options for SQLite: `read_only` (false), `create` (true), `foreign_keys` (true), `synchronous` (`\"full\"`: a commit is on the disk; `\"normal\"`: it outlives the program, but may be lost when the machine loses power), `timeout` in seconds for which a statement waits while others write (5), `readers`, the most statements that read at a time (4). `postgres://user:password@host:port/name` is a database of a PostgreSQL server, reached in TLS unless it is on this machine; `?sslmode=disable`, `require` (any certificate) or `verify-full` say it otherwise. Options for PostgreSQL: `connections`, the most at a time (10), `timeout` in seconds for a connection to come about or to become free (10), `clear_text` (false: a password is never sent as it is), `application_name`, and those of TLS as `socket_create` has them.",
        "let database = db::connect(\"sqlite::memory:\")\ndatabase.execute(\"CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)\")\nlet id = database.insert(\"notes\", {text: \"it's here\"})\nlog(database.find(\"notes\", id).text, database.query(\"SELECT id FROM notes WHERE text LIKE ?\", [\"it%\"])) // expect: it's here [{\"id\": 1}]" => Library;
    "db::blob" in ["db:blob"] (data: Types::STRING) -> "blob",
        faults [], Nothing,
        "Bytes that are stored as such. Without this a string is stored as text if it is UTF-8, and as bytes if not. They come back as a string.",
        "let database = db::connect(\"sqlite::memory:\")\nlog(database.query(\"SELECT typeof(?) AS a, typeof(?) AS b\", [\"x\", db::blob(\"x\")])) // expect: [{\"a\": \"text\", \"b\": \"blob\"}]" => Native(blob);
    "__db_open" in [] (url: Types::STRING, options: Types::MAP => "{}") -> "database",
        faults ["range"], Files,
        "Opens a database.",
        "try { db::connect(\"nosuch:thing\") } catch e { log(e.kind) } // expect: range" => Native(open::open);
    "__db_statement" in [] (database: Types::OBJECT, transaction: NUMBER, sql: Types::ANY, parameters: Types::ANY, rows: Types::BOOLEAN) -> "any",
        faults ["range"], Files,
        "Runs a statement: its rows, or how many it has changed.",
        "log(db::connect(\"sqlite::memory:\").query(\"SELECT ? + 1 AS n\", [1])) // expect: [{\"n\": 2}]" => Native(statement);
    "__db_find" in [] (database: Types::OBJECT, transaction: NUMBER, table: Types::ANY, id: Types::ANY) -> "map or nil",
        faults ["schema"], Files,
        "The row of a table with this key.",
        "try { db::connect(\"sqlite::memory:\").find(\"nosuch\", 1) } catch e { log(e.kind) } // expect: schema" => Native(find);
    "__db_insert" in [] (database: Types::OBJECT, transaction: NUMBER, table: Types::ANY, row: Types::ANY) -> "any",
        faults ["schema"], Files,
        "Adds a row: its key.",
        "try { db::connect(\"sqlite::memory:\").insert(\"nosuch\", {}) } catch e { log(e.kind) } // expect: schema" => Native(insert);
    "__db_update" in [] (database: Types::OBJECT, transaction: NUMBER, table: Types::ANY, id: Types::ANY, changes: Types::ANY) -> "boolean",
        faults ["range"], Files,
        "Changes a row: whether there is one.",
        "try { db::connect(\"sqlite::memory:\").update(\"nosuch\", 1, {}) } catch e { log(e.kind) } // expect: range" => Native(update);
    "__db_delete" in [] (database: Types::OBJECT, transaction: NUMBER, table: Types::ANY, id: Types::ANY) -> "boolean",
        faults ["schema"], Files,
        "Deletes a row: whether there was one.",
        "try { db::connect(\"sqlite::memory:\").delete(\"nosuch\", 1) } catch e { log(e.kind) } // expect: schema" => Native(delete);
    "__db_count" in [] (database: Types::OBJECT, transaction: NUMBER, table: Types::ANY) -> "number",
        faults ["schema"], Files,
        "How many rows a table has.",
        "try { db::connect(\"sqlite::memory:\").count(\"nosuch\") } catch e { log(e.kind) } // expect: schema" => Native(count);
    "__db_begin" in [] (database: Types::OBJECT, transaction: NUMBER) -> "number",
        faults [], Files,
        "Begins a transaction, or one within that transaction: its number.",
        "log(db::connect(\"sqlite::memory:\").transaction(|tx| 7)) // expect: 7" => Native(begin);
    "__db_end" in [] (database: Types::OBJECT, transaction: Types::INTEGER, commit: Types::BOOLEAN) -> "nil",
        faults [], Files,
        "Ends the innermost transaction. Undoing the outermost does not wait.",
        "try { db::connect(\"sqlite::memory:\").transaction(|tx| { throw \"no\" }) } catch e { log(e) } // expect: no" => Native(end);
    "__db_close" in [] (database: Types::OBJECT) -> "boolean",
        faults [], Files,
        "Closes a database.",
        "log(db::connect(\"sqlite::memory:\").close()) // expect: true" => Native(close);
    "__db_listen" in [] (database: Types::OBJECT, channel: Types::STRING) -> "listener",
        faults ["range"], Net,
        "Listens to a channel of PostgreSQL.",
        "try { db::connect(\"sqlite::memory:\").listen(\"news\") } catch e { log(e.kind) } // expect: range" => Native(listen);
    "__db_notification" in [] (listener: Types::OBJECT, timeout_ms: Types::NUMBER.or(Types::NIL)) -> "string or nil",
        faults [], Net,
        "Waits for what is said next on a channel.",
        "" => Native(notification);
    "__db_unlisten" in [] (listener: Types::OBJECT) -> "boolean",
        faults [], Net,
        "Stops listening.",
        "" => Native(unlisten);
}

fn blob(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let bytes = args.bytes(0);
    vm.heap.reserve(bytes.len())?;
    Ok(vm.heap.payload(Blob(bytes.into())))
}

fn database(args: Arguments<'_>) -> &Database {
    args.value(0).as_payload().expect("the library hands databases over")
}

/// Does something with a database, in the transaction that is named or that the running fiber has begun.
fn run(vm: &mut Vm, args: Arguments, work: Work) -> Result<Value> {
    let database = database(args);
    let named = args.optional(1).map(|_| args.integer(1) as u64);
    let transaction = named.or_else(|| database.transaction_of(vm.scheduler.running));
    operate(vm, database, transaction, work, value)
}

fn operate(
    vm: &mut Vm,
    database: &Database,
    transaction: Option<u64>,
    work: Work,
    finish: impl FnOnce(&mut Vm, Answer) -> Result<Value> + 'static,
) -> Result<Value> {
    let number = database.next_number();
    match &database.engine {
        Engine::Sqlite(queue) => vm.start(Operate::new(queue, number, transaction, work, finish)),
        Engine::Postgres(pool) => vm.start(Ask::new(pool, number, transaction, work, finish)),
    }
}

fn value(vm: &mut Vm, answer: Answer) -> Result<Value> {
    match answer {
        Answer::Done => Ok(Value::NIL),
        Answer::Rows(rows) => rows.array(&mut vm.heap),
        Answer::Row(rows) => rows.first(&mut vm.heap),
        Answer::Number(number) => Ok(vm.heap.integer(number)),
        Answer::Truth(truth) => Ok(Value::boolean(truth)),
        Answer::Value(datum) => datum.value(&mut vm.heap),
        Answer::Cell(rows) => rows.cell(&mut vm.heap),
    }
}

/// A value on its way to a database. PostgreSQL has types for arrays and maps.
fn datum(vm: &Vm, args: Arguments, value: Value, what: impl Fn() -> String) -> Result<Datum> {
    let is_structure = Types::ARRAY.or(Types::MAP).accept(value);
    if !is_structure || matches!(database(args).engine, Engine::Sqlite(_)) {
        return Ok(Datum::of(value, what)?);
    }
    let json = super::json::encode(&vm.heap, value, None)?;
    let not_text = |_| Fault::type_error(format!("{} contains bytes, which are no UTF-8", what()));
    Ok(Datum::Structure { json: String::from_utf8(json).map_err(not_text)?, array: arrays::literal(value) })
}

fn statement(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let sql = args.value(2).as_bytes().ok_or_else(|| not("a statement is a string", args.value(2)))?;
    let sql = std::str::from_utf8(sql).map_err(|_| Failure::new("syntax", "a statement has to be UTF-8"))?;
    let given = args.value(3).as_array().ok_or_else(|| not("parameters are an array", args.value(3)))?;
    let given = given.to_vec().into_iter().enumerate();
    let parameters = given.map(|(at, value)| datum(vm, args, value, || format!("parameter {}", at + 1)));
    let parameters = parameters.collect::<Result<_>>()?;
    let wanted = if args.value(4) == Value::TRUE { Wanted::Rows } else { Wanted::Changes };
    run(vm, args, Work::Statement { sql: sql.into(), parameters, wanted })
}

fn not(wanted: &str, value: Value) -> Box<Fault> {
    Fault::type_error(format!("{wanted}, got {}", value.type_name()))
}

fn table(args: Arguments) -> Result<String> {
    let name = args.value(2).as_bytes().ok_or_else(|| not("the name of a table is a string", args.value(2)))?;
    Ok(String::from_utf8_lossy(name).into_owned())
}

fn key(vm: &Vm, args: Arguments) -> Result<Datum> {
    datum(vm, args, args.value(3), || "the key".into())
}

/// The names and values of a row's columns.
fn columns(vm: &Vm, args: Arguments, at: usize) -> Result<Vec<(String, Datum)>> {
    let map = args.value(at).as_map().ok_or_else(|| not("a row is a map by column", args.value(at)))?;
    let column = |(name, value): (Value, Value)| {
        let text = name.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| Failure::new("type", "names of columns are strings"))?;
        Ok((text.to_string(), datum(vm, args, value, || format!("the column \"{}\"", text.escape_debug()))?))
    };
    map.iter().map(column).collect()
}

fn find(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let work = Work::Find { table: table(args)?, key: key(vm, args)? };
    run(vm, args, work)
}

fn insert(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let work = Work::Insert { table: table(args)?, columns: columns(vm, args, 3)? };
    run(vm, args, work)
}

fn update(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let columns = columns(vm, args, 4)?;
    if columns.is_empty() {
        return Err(Fault::range("there are no columns to change"));
    }
    let work = Work::Update { table: table(args)?, key: key(vm, args)?, columns };
    run(vm, args, work)
}

fn delete(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let work = Work::Delete { table: table(args)?, key: key(vm, args)? };
    run(vm, args, work)
}

fn count(vm: &mut Vm, args: Arguments) -> Result<Value> {
    run(vm, args, Work::Count { table: table(args)? })
}

fn begin(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let database = database(args);
    let fiber = vm.scheduler.running;
    let outer = args.optional(1).map(|_| args.integer(1) as u64).or_else(|| database.transaction_of(fiber));
    let Some(outer) = outer else {
        // The transaction has the number of the job that begins it.
        let number = database.jobs.get() + 1;
        let begun = Open { number, fiber, depth: 0 };
        return operate(
            vm,
            database,
            None,
            Work::Begin { depth: 0 },
            this(args, move |database| {
                database.open.borrow_mut().push(begun);
                number
            }),
        );
    };
    let open = database.open.borrow().iter().find(|open| open.number == outer).copied();
    let Some(Open { depth, .. }) = open else { return Err(Failure::ended().into()) };
    let deepen = this(args, move |database| {
        database.open.borrow_mut().iter_mut().filter(|open| open.number == outer).for_each(|open| open.depth += 1);
        outer
    });
    operate(vm, database, Some(outer), Work::Begin { depth: depth + 1 }, deepen)
}

/// What notes that a transaction has begun, and gives its number.
fn this(
    args: Arguments,
    note: impl FnOnce(&Database) -> u64 + 'static,
) -> impl FnOnce(&mut Vm, Answer) -> Result<Value> + 'static {
    // The database is among the arguments of the call, which stay where they are while it waits.
    let database = args.value(0);
    move |_, _| {
        let database = database.as_payload().expect("the library hands databases over");
        Ok(Value::number(note(database) as f64))
    }
}

fn end(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let database = database(args);
    let number = args.integer(1) as u64;
    let commit = args.value(2) == Value::TRUE;
    let depth = {
        let mut open = database.open.borrow_mut();
        let Some(at) = open.iter().position(|open| open.number == number) else {
            if commit {
                return Err(Failure::ended().into());
            }
            // The wait for the commit may have been given up.
            if let Engine::Sqlite(queue) = &database.engine {
                queue.abandon(number);
            }
            return Ok(Value::NIL);
        };
        let depth = open[at].depth;
        if depth == 0 {
            open.remove(at);
        } else {
            open[at].depth -= 1;
        }
        depth
    };
    if let Engine::Sqlite(queue) = &database.engine
        && depth == 0
        && !commit
    {
        queue.abandon(number);
        return Ok(Value::NIL);
    }
    operate(vm, database, Some(number), Work::End { depth, commit }, value)
}

fn close(vm: &mut Vm, args: Arguments) -> Result<Value> {
    match &database(args).engine {
        Engine::Sqlite(queue) => {
            let close = Close::new(queue);
            vm.start(close)
        }
        Engine::Postgres(pool) => {
            pool.borrow_mut().close(vm);
            Ok(Value::TRUE)
        }
    }
}

fn listen(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let Engine::Postgres(pool) = &database(args).engine else {
        return Err(Failure::new("range", "only PostgreSQL has channels to listen to").into());
    };
    let listen = Listen::new(pool, &args.string(1));
    vm.start(listen)
}

fn listener(args: Arguments<'_>) -> &Listener {
    args.value(0).as_payload().expect("the library hands listeners over")
}

fn notification(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let until =
        args.optional(1).map(|_| Instant::now() + Duration::from_secs_f64((args.number(1) / 1000.0).clamp(0.0, 1e9)));
    vm.start(Receive { listener: args.value(0), until })
}

fn unlisten(vm: &mut Vm, args: Arguments) -> Result<Value> {
    Ok(Value::boolean(listener(args).close(vm)))
}
