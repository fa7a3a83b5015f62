//! Addresses and networks: the module `net_address`. IPv4 and IPv6 alike; what is not in the
//! standard form (octal or short IPv4, zones) is refused.

pub(super) mod urls;

pub(crate) use urls::{add_pair, query_map};

use std::net::IpAddr;

use sentra_netlib::network::kind::{
    expanded, is_documentation, is_global, is_link_local, is_loopback, is_multicast, is_private, is_unspecified,
    reverse_name,
};
use sentra_netlib::network::{Network, bits, parse_address, unmapped};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::{Heap, Map};
use crate::value::Value;
use crate::vm::Vm;

use super::codes::malformed;

/// The most addresses that are listed unless the script sets a limit.
const MOST_HOSTS: i64 = 1 << 20;
/// What an address in an array takes, at most.
const HOST_BYTES: usize = 72;

builtins! { TABLE:
    "ip_parse" in ["net_address"] (text: Types::STRING) -> "map",
        faults ["parse"], Nothing,
        "What an IP address is: `version`, `address` (in its shortest form), `expanded`, `bytes`, `integer` (of IPv4), `reverse` (its name in DNS), `mapped` (the IPv4 address of an IPv4-mapped one), and `is_private`, `is_global`, `is_loopback`, `is_multicast`, `is_link_local`, `is_unspecified`, `is_documentation`.",
        "let a = ip_parse(\"2001:DB8:0:0::1\")\nlog(a.version, a.address, a.is_global, ip_parse(\"10.0.0.1\").reverse) // expect: 6 2001:db8::1 false 1.0.0.10.in-addr.arpa" => Native(ip_parse);
    "is_valid_ip" in ["net_address"] (text: Types::STRING, version: Types::INTEGER => "4 or 6") -> "boolean",
        faults ["range"], Nothing,
        "Whether the text is an IP address, of a version if one is given.",
        "log(is_valid_ip(\"::1\"), is_valid_ip(\"::1\", 4), is_valid_ip(\"010.0.0.1\")) // expect: true false false" => Native(is_valid_ip);
    "is_private_ip" in ["net_address"] (text: Types::STRING) -> "boolean",
        faults ["parse"], Nothing,
        "Whether an IP address is for private networks: 10/8, 172.16/12, 192.168/16, fc00::/7. Whether the internet reaches it, `ip_parse(text).is_global` says.",
        "log(is_private_ip(\"172.16.0.1\"), is_private_ip(\"fd00::1\"), is_private_ip(\"8.8.8.8\")) // expect: true true false" => Native(is_private_ip);
    "cidr_parse" in ["net_address"] (cidr: Types::STRING) -> "map",
        faults ["parse"], Nothing,
        "What a network in prefix notation is: `version`, `cidr`, `address` (as given), `network`, `broadcast` (of IPv4), `prefix`, `netmask`, `wildcard`, `first` and `last` usable address, `count` of usable addresses, `size`. Bits behind the prefix may be set, a mask may stand for the prefix, an address alone is a network of one.",
        "let n = cidr_parse(\"192.168.1.77/24\")\nlog(n.cidr, n.netmask, n.first, n.last, n.count) // expect: 192.168.1.0/24 255.255.255.0 192.168.1.1 192.168.1.254 254" => Native(cidr_parse);
    "cidr_contains" in ["net_address"] (cidr: Types::STRING, ip: Types::STRING) -> "boolean",
        faults ["parse"], Nothing,
        "Whether a network contains an address or all of another network. An IPv4-mapped address is in the networks of its IPv4 address.",
        "log(cidr_contains(\"10.0.0.0/8\", \"10.1.2.3\"), cidr_contains(\"10.0.0.0/8\", \"11.0.0.0/16\")) // expect: true false" => Native(cidr_contains);
    "cidr_hosts" in ["net_address"] (cidr: Types::STRING, limit: Types::INTEGER => "none") -> "array",
        faults ["parse", "range", "memory"], Nothing,
        "The addresses of a network that hosts can have, at most the first `limit`. More than 1048576 are an error unless there is a limit.",
        "log(cidr_hosts(\"10.0.0.0/30\"), cidr_hosts(\"fd00::/64\", 2)) // expect: [\"10.0.0.1\", \"10.0.0.2\"] [\"fd00::1\", \"fd00::2\"]" => Native(cidr_hosts);
}

type Result<T> = std::result::Result<T, Box<Fault>>;

fn address(args: Arguments, index: usize) -> Result<IpAddr> {
    parse_address(args.bytes(index)).map_err(malformed)
}

fn network(args: Arguments, index: usize) -> Result<Network> {
    Network::parse(args.bytes(index)).map_err(malformed)
}

/// A map of what is known of something.
pub(super) fn describe(heap: &mut Heap, fields: &[(&str, Value)]) -> Result<Value> {
    let map: Map = heap.map(fields.len());
    for &(name, value) in fields {
        map.set_text(heap, name, value)?;
    }
    Ok(map.value())
}

fn version(address: IpAddr) -> Value {
    Value::small(if address.is_ipv4() { 4 } else { 6 })
}

fn bytes_of(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn ip_parse(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let address = address(args, 0)?;
    let heap = &mut vm.heap;
    let inner = unmapped(address);
    let integer = if address.is_ipv4() { heap.integer(bits(address) as i64) } else { Value::NIL };
    let mapped = if inner == address { Value::NIL } else { text(heap, inner) };
    let (shown, bytes) = (text(heap, address), heap.text(&bytes_of(address)));
    let (expanded, reverse) = (text(heap, expanded(address)), text(heap, reverse_name(address)));
    describe(
        heap,
        &[
            ("version", version(address)),
            ("address", shown),
            ("expanded", expanded),
            ("bytes", bytes),
            ("integer", integer),
            ("reverse", reverse),
            ("mapped", mapped),
            ("is_private", is_private(address).into()),
            ("is_global", is_global(address).into()),
            ("is_loopback", is_loopback(address).into()),
            ("is_multicast", is_multicast(address).into()),
            ("is_link_local", is_link_local(address).into()),
            ("is_unspecified", is_unspecified(address).into()),
            ("is_documentation", is_documentation(address).into()),
        ],
    )
}

fn text(heap: &mut Heap, shown: impl ToString) -> Value {
    heap.text(shown.to_string().as_bytes())
}

fn is_valid_ip(_: &mut Vm, args: Arguments) -> Result<Value> {
    let version = args.optional(1).map(|_| args.integer(1));
    if !matches!(version, None | Some(4 | 6)) {
        return Err(Fault::range("`is_valid_ip` takes 4 or 6 as the version"));
    }
    let fits = |address: IpAddr| version.is_none_or(|version| address.is_ipv4() == (version == 4));
    Ok(address(args, 0).is_ok_and(fits).into())
}

fn is_private_ip(_: &mut Vm, args: Arguments) -> Result<Value> {
    Ok(is_private(address(args, 0)?).into())
}

fn cidr_parse(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let network = network(args, 0)?;
    let heap = &mut vm.heap;
    let (first, last) = network.host_range();
    let broadcast = if network.is_ipv4() { text(heap, network.end()) } else { Value::NIL };
    let fields = [
        ("version", version(network.address)),
        ("cidr", text(heap, network)),
        ("address", text(heap, network.address)),
        ("network", text(heap, network.network())),
        ("broadcast", broadcast),
        ("prefix", Value::small(network.prefix as i32)),
        ("netmask", text(heap, network.netmask())),
        ("wildcard", text(heap, network.wildcard())),
        ("first", text(heap, network.host(first))),
        ("last", text(heap, network.host(last))),
        ("count", number(heap, network.host_count())),
        ("size", number(heap, network.size())),
    ];
    describe(heap, &fields)
}

/// A count, exact as long as an integer holds it.
fn number(heap: &mut Heap, count: u128) -> Value {
    i64::try_from(count).map_or(Value::number(count as f64), |count| heap.integer(count))
}

fn cidr_contains(_: &mut Vm, args: Arguments) -> Result<Value> {
    Ok(network(args, 0)?.contains(&network(args, 1)?).into())
}

fn cidr_hosts(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let network = network(args, 0)?;
    let limit = args.optional(1).map(|_| args.integer(1));
    if limit.is_some_and(|limit| !(0..=MOST_HOSTS * 16).contains(&limit)) {
        return Err(Fault::range(format!("`cidr_hosts` takes 0 to {} as a limit", MOST_HOSTS * 16)));
    }
    let count = network.host_count();
    if limit.is_none() && count > MOST_HOSTS as u128 {
        let what =
            format!("{network} has {count} usable addresses, more than {MOST_HOSTS}; a limit gives the first ones");
        return Err(Fault::range(what));
    }
    let wanted = limit.map_or(count, |limit| count.min(limit as u128)) as usize;
    vm.heap.reserve(wanted * HOST_BYTES)?;
    let array = vm.heap.array_with_capacity(wanted);
    for host in network.hosts().take(wanted) {
        let host = text(&mut vm.heap, host);
        array.push(&mut vm.heap, host)?;
    }
    Ok(array.value())
}
