//! What payloads of DNS, DHCP, TLS and HTTP say, as layers.

use sentra_netlib::wire::dns::{Reply, name, rdata};
use sentra_netlib::wire::packet::application::HttpHead;
use sentra_netlib::wire::packet::dhcp::Dhcp;
use sentra_netlib::wire::packet::dns::{self, Message};
use sentra_netlib::wire::packet::hello::{Hello, version_name};
use sentra_netlib::wire::packet::{Application, Packet, Transport};

use super::{Layers, Result};
use crate::heap::Heap;
use crate::value::Value;

impl Layers<'_> {
    pub(super) fn application(&mut self, application: Application, packet: &Packet) -> Result<()> {
        let payload = packet.payload;
        match application {
            Application::Dns | Application::MulticastDns | Application::Llmnr => {
                let stream = matches!(packet.transport, Transport::Tcp(_));
                let bytes = if stream { payload.get(2..).unwrap_or_default() } else { payload };
                self.dns(bytes)
            }
            Application::Dhcp => self.dhcp(payload),
            Application::Tls => self.tls(payload),
            Application::Http => self.http(payload),
            Application::Ssh | Application::Ntp => Ok(()),
        }
    }

    fn dns(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(message) = Message::read(bytes) else { return Ok(()) };
        let answers = self.heap.array(&[]);
        if let Some(reply) = Reply::read(bytes) {
            for record in reply.answers() {
                let map = self.heap.map(4);
                answers.push(self.heap, map.value())?;
                for (key, text) in [
                    ("name", name::text(&record.name)),
                    ("type", record.kind.to_string()),
                    ("data", rdata::text(&reply, record)),
                ] {
                    let text = self.heap.checked_text(text.as_bytes())?;
                    map.set_text(self.heap, key, text)?;
                }
                map.set_text(self.heap, "ttl", Value::number(f64::from(record.ttl)))?;
            }
        }
        let mut layer = self.layer("dns")?;
        layer.number("id", message.id)?.flag("response", message.response)?;
        layer.number("opcode", message.operation)?.number("rcode", message.code)?;
        layer.text("name", &message.name)?.text("type", dns::kind_name(message.kind))?;
        for (key, count) in
            ["questions", "answer_count", "authority_count", "additional_count"].iter().zip(message.counts)
        {
            layer.number(key, count)?;
        }
        layer.map.set_text(layer.heap, "answers", answers.value())
    }

    fn dhcp(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(dhcp) = Dhcp::read(bytes) else { return Ok(()) };
        let mut layer = self.layer("dhcp")?;
        layer.flag("reply", dhcp.reply)?.number("transaction", dhcp.transaction)?;
        layer.text("message", dhcp.kind().unwrap_or_default())?.text("client_mac", dhcp.client_mac.to_string())?;
        let fixed = [
            ("client_ip", dhcp.client_ip),
            ("your_ip", dhcp.your_ip),
            ("server_ip", dhcp.server_ip),
            ("relay_ip", dhcp.relay_ip),
        ];
        for (key, address) in fixed {
            layer.text(key, address.to_string())?;
        }
        for (key, option) in
            [("subnet_mask", 1), ("router", 3), ("dns_server", 6), ("requested_ip", 50), ("server_id", 54)]
        {
            if let Some(address) = dhcp.address(option) {
                layer.text(key, address.to_string())?;
            }
        }
        if let Some(name) = dhcp.host_name() {
            layer.text("host_name", name)?;
        }
        Ok(())
    }

    fn tls(&mut self, bytes: &[u8]) -> Result<()> {
        let [kind, high, low, ..] = bytes else { return Ok(()) };
        let (kind, record) = (*kind, u16::from_be_bytes([*high, *low]));
        let hello = Hello::read(bytes);
        let protocols = texts(self.heap, hello.iter().flat_map(|hello| &hello.protocols))?;
        let ciphers = self.heap.array(&[]);
        for suite in hello.iter().flat_map(|hello| hello.ciphers.as_chunks::<2>().0) {
            ciphers.push(self.heap, Value::number(f64::from(u16::from_be_bytes(*suite))))?;
        }
        let mut layer = self.layer("tls")?;
        layer.number("record_type", kind)?.text("record_version", version_name(record).unwrap_or_default())?;
        let Some(hello) = hello else { return Ok(()) };
        layer.text("handshake", "client_hello")?.text("version", version_name(hello.version).unwrap_or_default())?;
        layer.flag("complete", !hello.cut)?;
        if let Some(name) = hello.server_name {
            layer.text("server_name", name)?;
        }
        layer.map.set_text(layer.heap, "alpn", protocols)?;
        layer.map.set_text(layer.heap, "ciphers", ciphers.value())
    }

    fn http(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(head) = HttpHead::read(bytes) else { return Ok(()) };
        let fields = self.heap.map(head.fields.len());
        for (name, value) in &head.fields {
            let value = self.heap.checked_text(value.as_bytes())?;
            fields.set_text(self.heap, name, value)?;
        }
        let mut layer = self.layer("http")?;
        let mut parts = head.line.splitn(3, ' ');
        let (first, second, third) = (parts.next(), parts.next(), parts.next());
        if head.line.starts_with("HTTP/") {
            let status = second.and_then(|status| status.parse::<u16>().ok()).unwrap_or(0);
            layer.text("version", first.unwrap_or_default())?.number("status", status)?;
            layer.text("reason", third.unwrap_or_default())?;
        } else {
            layer.text("method", first.unwrap_or_default())?.text("path", second.unwrap_or_default())?;
            layer.text("version", third.unwrap_or_default())?;
        }
        layer.map.set_text(layer.heap, "headers", fields.value())
    }
}

fn texts<'a>(heap: &mut Heap, texts: impl Iterator<Item = &'a &'a str>) -> Result<Value> {
    let array = heap.array(&[]);
    for text in texts {
        let text = heap.checked_text(text.as_bytes())?;
        array.push(heap, text)?;
    }
    Ok(array.value())
}
