//! Packets: captured, counted, taken apart, put together, sent and saved.

mod build;
mod capture;
mod interfaces;
mod layers;
mod pcap;
mod raw;
mod save;
mod started;
mod traffic;

use crate::builtin::Types;
use crate::fault::Fault;

type Result<T> = std::result::Result<T, Box<Fault>>;

builtins! { TABLE:
    "interfaces" in [] () -> "array",
        faults [], Net,
        "The network interfaces: maps with `name`, `index`, `mac`, `addresses` (maps with `address`, `prefix` and `family`), `up`, `running`, `loopback`, `broadcast`, `multicast`, `point_to_point`.",
        "log(interfaces().find(|one| one.loopback).addresses[0].address) // expect: 127.0.0.1" => Native(interfaces::interfaces);
    "packet_capture" in [] (interface: Types::STRING, filter: Types::STRING, count: Types::INTEGER, options: Types::MAP => "{}") -> "array",
        faults ["filter", "io", "memory", "not_found", "parse", "permission", "range"], RawNet,
        "Captures packets on an interface (`any` is all of them), or reads them from a file (`file:trace.pcap`; pcap or pcapng, also in gzip), until there are `count` (0: no limit). The filter is in the language of pcap-filter(7); `\"\"` takes all. A packet is a map: `timestamp` (milliseconds since 1970), `timestamp_ns`, `length`, `captured_length`, `link`, `direction`, `src_mac`, `dst_mac`, `protocol`, `src_ip`, `dst_ip`, `src_port`, `dst_port`, `ttl`, `flags`, `seq`, `ack`, `window`, `payload`, `info`, `raw`; absent fields are nil. If packets were dropped, `last_error().kind` is `dropped`. Options: `timeout` in seconds, `promiscuous`, `snaplen` (262144), `buffer` in bytes (32 MiB). It needs the capability CAP_NET_RAW, except for files.",
        "try { packet_capture(\"lo\", \"tcp prot 80\", 1) } catch e { log(e.kind) } // expect: filter" => Native(capture::capture);
    "packet_save" in [] (interface: Types::STRING, filter: Types::STRING, path: Types::STRING, options: Types::MAP => "{}") -> "number",
        faults ["filter", "full", "io", "is_a_directory", "not_a_directory", "not_found", "parse", "permission", "range"], RawNet,
        "Captures packets as `packet_capture` does, or reads them from a file, but writes them to a pcap file with nanoseconds as they come, however many they are: how many. Without `count` or `timeout` an interface is captured until the fiber is cancelled. Options: `count`, and those of `packet_capture`.",
        "log(pcap_write(\"all.pcap\", [packet_build([{layer: \"ethernet\"}, {layer: \"arp\"}]), packet_build([{layer: \"ethernet\"}])])) // expect: 2\nlog(packet_save(\"file:all.pcap\", \"arp\", \"some.pcap\")) // expect: 1" => Native(save::save);
    "capture_start" in [] (interface: Types::STRING, filter: Types::STRING, on_packet: Types::FUNCTION, options: Types::MAP => "{}") -> "string",
        faults ["filter", "io", "memory", "not_found", "parse", "permission", "range"], RawNet,
        "Captures until `capture_stop`, or reads a whole file: calls `on_packet(packet)` for each packet in order, in a fiber of its own, and gives the capture's id once packets are being captured. The callback ends the capture by returning false, or by an error. Options: those of `packet_capture`, but `timeout`.",
        "try { capture_start(\"file:nosuch.pcap\", \"\", |packet| log(packet)) } catch e { log(e.kind) } // expect: not_found" => Library;
    "capture_stop" in [] (id: Types::STRING) -> "map or nil",
        faults [], RawNet,
        "Ends a capture; its callback is not called any more. Gives what `capture_stats` gives; nil if there is no such capture.",
        "log(capture_stop(\"capture#0 lo\")) // expect: nil" => Native(started::stop);
    "capture_stats" in [] (id: Types::STRING) -> "map or nil",
        faults [], RawNet,
        "How a capture is doing: `captured` (packets that the script was given), `received` (those that the kernel's filter took) and `dropped` (those among them that were lost for want of room). Nil if there is no such capture.",
        "log(capture_stats(\"capture#0 lo\")) // expect: nil" => Native(started::stats);
    "__capture_open" in [] (interface: Types::STRING, filter: Types::STRING, options: Types::MAP => "{}") -> "string",
        faults ["filter", "io", "memory", "not_found", "parse", "permission", "range"], RawNet,
        "Opens a capture and gives its id.",
        "try { capture_start(\"file:nosuch.pcap\", \"\", |packet| log(packet)) } catch e { log(e.kind) } // expect: not_found" => Native(started::open);
    "__capture_next" in [] (id: Types::STRING) -> "array or nil",
        faults ["filter", "io", "memory", "parse"], RawNet,
        "Waits for further packets of a capture; nil once it has ended.",
        "log(capture_stop(\"capture#0 lo\")) // expect: nil" => Native(started::next);
    "analyze_traffic" in [] (interface: Types::STRING, seconds: Types::NUMBER, options: Types::MAP => "{}") -> "map",
        faults ["filter", "io", "memory", "not_found", "parse", "permission", "range"], RawNet,
        "Watches traffic for so many seconds; of a file (`file:trace.pcap`) so many seconds of recorded time, 0 for all. Gives `interface`, `duration_seconds`, `total_packets`, `total_bytes`, `packets_per_second`, `bytes_per_second`, `peak_packets_per_second`, `peak_bytes_per_second`, `dropped`, `protocol_stats` (by name: `packets`, `bytes`), `top_sources` and `top_destinations` (maps with `ip`, `packets`, `bytes`), `top_ports` (`port`, `protocol`, `service`, `packets`, `bytes`), `connections` (`protocol`, `source_ip`, `source_port`, `destination_ip`, `destination_port`, `state`, `packets`, `bytes`, `packets_sent`, `bytes_sent`, `packets_received`, `bytes_received`, `duration_seconds`), `connection_count`, `dns_names`, `tls_names` and `http_hosts` (maps with `name`, `count`), `alerts` (those of `detect_intrusions`), `suspicious_ips` (who is behind them: `ip`, `severity`, `reason`, `alert_types`), and `forgotten`: how many entries of tables that were full. Options: `filter`, `top` (10), `connections` (100), `max_flows` (65536), `max_addresses` (65536), `promiscuous`, `buffer`.",
        "try { analyze_traffic(\"lo\", -1) } catch e { log(e.kind) } // expect: range" => Native(traffic::analyze);
    "packet_decode" in [] (frame: Types::STRING, options: Types::MAP => "{}") -> "map",
        faults ["memory", "range"], Nothing,
        "What a frame says: the fields that `packet_capture` gives, and `layers`, a map for each with its name as `layer` (`ethernet`, `vlan`, `arp`, `ipv4`, `ipv6`, `icmp`, `icmpv6`, `tcp`, `udp`, `dns`, `dhcp`, `tls`, `http`, `payload`). Option `link` is what frames begin with: `EN10MB` (Ethernet), `RAW` (IP), `LINUX_SLL`, `LINUX_SLL2`, `NULL`, `LOOP` or a number.",
        "let frame = packet_build([{layer: \"ethernet\"}, {layer: \"ipv4\", source: \"10.0.0.1\", destination: \"10.0.0.2\"}, {layer: \"udp\", source_port: 7, destination_port: 9}])\nlog(packet_decode(frame).info) // expect: 7 → 9, 0 bytes" => Native(layers::decode);
    "packet_build" in [] (layers: Types::ARRAY) -> "string",
        faults ["memory", "range"], Nothing,
        "Puts a frame together from layers as `packet_decode` gives them. Lengths, types and checksums that are left out are computed; what is given is taken as it is.",
        "let frame = packet_build([{layer: \"ipv4\", source: \"10.0.0.1\", destination: \"10.0.0.2\", ttl: 9}, {layer: \"icmp\", type: 8, id: 1, sequence: 2}, {layer: \"payload\", data: \"ping\"}])\nlog(len(frame), packet_decode(frame, {link: \"RAW\"}).ttl) // expect: 32 9" => Native(build::build);
    "pcap_write" in [] (path: Types::STRING, packets: Types::ARRAY, options: Types::MAP => "{}") -> "number",
        faults ["full", "io", "is_a_directory", "memory", "not_a_directory", "not_found", "permission", "range"], Files,
        "Writes packets (maps as `packet_capture` gives them, or frames) to a pcap file with nanoseconds: how many. Options: `append` adds to a file of the same kind; `link` as for `packet_decode`, if the packets do not say.",
        "log(pcap_write(\"one.pcap\", [packet_build([{layer: \"ethernet\"}])])) // expect: 1\nlog(packet_capture(\"file:one.pcap\", \"\", 0)[0].length) // expect: 14" => Native(pcap::write);
    "raw_open" in [] (interface: Types::STRING, options: Types::MAP => "{}") -> "string or nil",
        faults ["range"], RawNet,
        "Opens a packet socket on an interface and gives its id: whole frames are received and sent. `socket_close`, `socket_info` and `socket_select` take it too. It needs the capability CAP_NET_RAW. Options: `promiscuous`, and `filter` (which frames to receive).",
        "log(raw_open(\"nosuch0\")) // expect: nil" => Native(raw::open);
    "raw_send" in [] (id: Types::STRING, frame: Types::STRING) -> "number",
        faults [], RawNet,
        "Sends a frame as it is, waiting until the interface takes it: its length, or 0 on failure.",
        "log(raw_send(\"raw#0 lo\", \"frame\")) // expect: 0" => Native(raw::send);
    "raw_receive" in [] (id: Types::STRING, max: Types::INTEGER, timeout: Types::NUMBER => "forever") -> "string or nil",
        faults ["memory", "range"], RawNet,
        "Waits for a frame, at most so many seconds, and gives up to `max` bytes of it; nil on failure.",
        "log(raw_receive(\"raw#0 lo\", 65536, 1)) // expect: nil" => Native(raw::receive);
}
