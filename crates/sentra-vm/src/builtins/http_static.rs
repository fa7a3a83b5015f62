//! Folders that an HTTP server serves: what scripts call. The answers are in `crate::http::files`.

use std::rc::Rc;

use sentra_netlib::folder::Folder;
use sentra_netlib::wire::http::field;

use super::files::{off_loop, path};
use super::http_server::server;
use super::settings::Settings;
use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::http::files::{Files, Options};
use crate::http::route::Target;
use crate::http::server::Shared;
use crate::http::service::Service;
use crate::permission::Permissions;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

const NAME: &str = "http_server_static";

builtins! { TABLE:
    "http_server_static" in [] (server: Types::STRING, url_path: Types::STRING, directory: Types::STRING, options: Types::MAP => "{}") -> "boolean",
        faults ["closed", "io", "not_a_directory", "not_found", "permission", "range"], Net,
        "Has a server answer GET and HEAD beneath a path with the files of a folder: media types by name, `ETag` and `Last-Modified` with the conditional requests that belong to them, ranges. A folder stands for its `index` (`\"index.html\"`), or with `list` (false) a page about it. No path and no link leads out of the folder: links within are followed, absolute ones are not; names that begin with a dot are not found unless `hidden` (false). Further options: `cache_control`, the value of that header, and `precompressed` (false), which sends `NAME.gz`, where there is one, for `NAME` to clients that take it. A file is sent as it is at that moment; where the folder's path leads to is looked up anew each second.",
        "dir_create(\"site\")\nlet server = http_server_create(\"127.0.0.1\", 0)\nlog(http_server_static(server.id, \"/static/\", \"site\")) // expect: true" => Native(serve_folder);
}

fn serve_folder(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let server = server(vm, args)?;
    let (options, base, folder) = (options(NAME, args.optional(3))?, base(args)?, path(args, 2));
    let place = folder.clone();
    let add = move |_: &mut Vm, opened| {
        let files = Files::new(place, opened, options);
        add_routes(&server, &base, &(Rc::new(files) as Rc<dyn Service>))
    };
    off_loop(vm, "serve", Permissions::read, folder, Folder::open, add)
}

/// What a script says about a folder that is served.
pub(super) fn options(builtin: &'static str, options: Option<Value>) -> Result<Options> {
    let known = &["index", "list", "cache_control", "hidden", "precompressed"];
    let settings = Settings::new(builtin, options, known)?;
    let index = settings.text("index")?.unwrap_or_else(|| "index.html".into());
    let is_name = !index.is_empty() && !index.contains(['/', '\0']) && index != "." && index != "..";
    if !is_name {
        return Err(Fault::range(format!("`{builtin}` takes a file's name as option `index`, got {index:?}")));
    }
    let cache_control = settings.text("cache_control")?;
    if let Some(value) = cache_control.as_ref().filter(|value| !field::is_value(value.as_bytes())) {
        return Err(Fault::range(format!(
            "`{builtin}` takes a header's value as option `cache_control`, got {value:?}"
        )));
    }
    Ok(Options {
        index: index.into_bytes(),
        list: settings.flag("list")?.unwrap_or(false),
        cache_control: cache_control.map(String::into_bytes),
        hidden: settings.flag("hidden")?.unwrap_or(false),
        precompressed: settings.flag("precompressed")?.unwrap_or(false),
    })
}

/// The path beneath which the folder is served, without a slash at its end.
fn base(args: Arguments) -> Result<String> {
    let path = args.string(1);
    let base = path.trim_end_matches('/');
    let is_plain = base.split('/').all(|step| !step.starts_with(':') && step != "*");
    if !path.starts_with('/') || !is_plain {
        let shown = path.escape_debug();
        return Err(Fault::range(format!(
            "`{NAME}` takes a path without parameters, such as `/static/`, got \"{shown}\""
        )));
    }
    Ok(base.to_owned())
}

/// The folder's path, with and without its slash, and all beneath.
fn add_routes(server: &Shared, base: &str, files: &Rc<dyn Service>) -> Result<Value> {
    let mut routes = server.routes.borrow_mut();
    for path in [&format!("{base}/*"), base] {
        if !path.is_empty() {
            let added = routes.add("GET", path, Target::Service(Rc::clone(files)));
            added.map_err(|wrong| Fault::range(format!("the path \"{}\" {wrong}", path.escape_debug())))?;
        }
    }
    Ok(Value::TRUE)
}
