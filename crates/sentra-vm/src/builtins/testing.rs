//! What tests need of the system: folders, servers and ports that are theirs. Other programs may use them too.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::permission::Permissions;
use crate::value::Value;
use crate::vm::Vm;

use super::files::off_loop;

builtins! { TABLE:
    "temp_dir" in ["fs", "test"] () -> "string",
        faults ["io", "not_found", "permission"], Files,
        "Makes a temporary folder that only this user can read, and gives its path. It is removed with all that is in it when the program ends.",
        "let folder = temp_dir()\nfile_write(path_join(folder, \"a.txt\"), \"hello\")\nlog(dir_list(folder)) // expect: [\"a.txt\"]" => Native(temp_dir);
    "free_port" in ["test"] () -> "number",
        faults ["io"], Net,
        "A port of 127.0.0.1 that nothing listens on, neither for TCP nor for UDP. Where it is possible, listening on port 0 is better: nobody else can take the port in between.",
        "log(socket_create(\"TCP\", \"127.0.0.1\", free_port())) // expect: nil\nlog(last_error().kind) // expect: connection_refused" => Native(free_port);
    "loopback_server" in ["test:server"] (f: Types::FUNCTION) -> "map",
        faults ["io"], Net,
        "Listens on a free TCP port of 127.0.0.1 and calls the function with each client's socket in a fiber of its own; when it returns, the client's connection is closed. Gives `{address, port, stop}`. The program does not go on only because of it.",
        "let server = loopback_server(|client| socket_send(client, \"hello\"))\nlet socket = socket_create(\"TCP\", server.address, server.port)\nlog(socket_receive(socket, 100)) // expect: hello\nserver.stop()" => Library;
    "__background" in [] (id: Types::STRING) -> "nil",
        faults [], Net,
        "Says that the program need not go on only because fibers wait for this socket.",
        "loopback_server(|client| nil)\nlog(1) // expect: 1" => Native(background);
}

type Result<T> = std::result::Result<T, Box<Fault>>;

/// The folder for what is temporary.
pub(crate) fn temporary_parent() -> PathBuf {
    let set = super::environment().get(&b"TMPDIR"[..]).filter(|path| !path.is_empty()).cloned();
    set.map_or_else(|| "/tmp".into(), |path| PathBuf::from(std::ffi::OsStr::from_bytes(&path)))
}

fn temp_dir(vm: &mut Vm, _: Arguments) -> Result<Value> {
    let maker = vm.system.temporary.maker();
    let parent = temporary_parent();
    let job = move |parent: &Path| maker.make(parent);
    off_loop(vm, "make a folder in", Permissions::write, parent, job, |vm, path| {
        Ok(vm.heap.text(path.as_os_str().as_bytes()))
    })
}

fn free_port(vm: &mut Vm, _: Arguments) -> Result<Value> {
    vm.system.permissions.listen((Ipv4Addr::LOCALHOST, 0).into())?;
    const ATTEMPTS: usize = 100;
    let free = || {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = tcp.local_addr()?.port();
        UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).map(|_| port)
    };
    let mut found = free();
    for _ in 1..ATTEMPTS {
        if found.is_ok() {
            break;
        }
        found = free();
    }
    match found {
        Ok(port) => Ok(Value::number(f64::from(port))),
        Err(error) => Err(Fault::new("io", format!("no port is free: {error}"))),
    }
}

fn background(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let source = vm
        .system
        .sockets
        .find(args.bytes(0))
        .and_then(|number| vm.system.sockets.get(number))
        .map(|socket| socket.source);
    source.into_iter().for_each(|source| vm.reactor.put_behind(source, true));
    Ok(Value::NIL)
}
