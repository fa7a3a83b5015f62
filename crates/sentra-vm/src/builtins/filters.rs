//! Filters by themselves: what they become, and whether a frame is one of theirs.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use sentra_netlib::filter::{self, Target};
use sentra_netlib::wire::bpf::{Program, listing};
use sentra_netlib::wire::packet::Link;

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

builtins! { TABLE:
    "filter_compile" in [] (filter: Types::STRING, link: Types::STRING => "\"EN10MB\"") -> "array",
        faults ["filter", "range"], Nothing,
        "What a packet filter becomes: its instructions of classic BPF, a line each, as `tcpdump -d` shows them. `link` is what frames begin with: `EN10MB` (Ethernet), `RAW`, `NULL`, `LOOP`, `LINUX_SLL`, `LINUX_SLL2`. Host names are those of `/etc/hosts`.",
        "log(filter_compile(\"arp\")[0]) // expect: (000) ldh      [12]\ntry { filter_compile(\"tcp prot 80\") } catch e { log(e.kind) } // expect: filter" => Native(compile);
    "filter_match" in [] (filter: Types::STRING, frame: Types::STRING, link: Types::STRING => "\"EN10MB\"") -> "boolean",
        faults ["filter", "range"], Nothing,
        "Whether a packet filter takes a frame. `link` is what the frame begins with, as for `filter_compile`.",
        "log(filter_match(\"ip[0] = 0x45\", \"E\", \"RAW\")) // expect: true" => Native(matches);
}

/// Links by the names that capture files have for them.
const LINKS: [Link; 8] =
    [Link::ETHERNET, Link::RAW, Link::NULL, Link::LOOP, Link::COOKED, Link::COOKED_2, Link::IPV4, Link::IPV6];

fn program(vm: &mut Vm, args: Arguments, link: usize) -> Result<Program> {
    let text = args.string(0).into_owned();
    let link = match args.optional(link) {
        None => Link::ETHERNET,
        Some(_) => {
            let name = args.string(link).into_owned();
            let known = LINKS.into_iter().find(|link| link.name() == Some(&*name));
            let unknown = || {
                let known: Vec<&str> = LINKS[..6].iter().filter_map(|link| link.name()).collect();
                Fault::range(format!("there is no link \"{}\" (known: {})", name.escape_debug(), known.join(", ")))
            };
            known.ok_or_else(unknown)?
        }
    };
    let (_, hosts) = vm.system.resolver.system(Instant::now());
    let names = filter::host_names(&text).into_iter();
    let names: HashMap<String, Vec<IpAddr>> =
        names.map(|name| (name.clone(), hosts.addresses(&name).to_vec())).collect();
    filter::compile(&text, &Target::file(link), &names)
        .map_err(|error| Fault::new("filter", format!("cannot understand the filter: {error}")))
}

fn compile(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let program = program(vm, args, 1)?;
    let lines = vm.heap.array(&[]);
    for line in listing(program.instructions()) {
        let line = vm.heap.text(line.as_bytes());
        lines.push(&mut vm.heap, line)?;
    }
    Ok(lines.value())
}

fn matches(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let program = program(vm, args, 2)?;
    let frame = args.bytes(1);
    Ok(Value::boolean(program.matches(frame, u32::try_from(frame.len()).unwrap_or(u32::MAX))))
}
