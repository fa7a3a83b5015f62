//! Bytes written as text and back: the module `encoding`. Results of known length are written
//! straight into the string; what takes long and is small beside its work runs on a worker.

use sentra_netlib::Malformed;
use sentra_netlib::code::base64::{Alphabet, Digits};
use sentra_netlib::code::{gzip, hex, html, percent};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

/// From this many bytes on compression is left to a worker.
const MUCH: usize = 64 << 10;
/// Likewise for a file that is read: it may stand for a thousand times as much.
const MUCH_COMPRESSED: usize = 4 << 10;
/// The most bytes that compressed data stands for, unless the script allows more.
const MOST_DECOMPRESSED: i64 = 256 << 20;

builtins! { TABLE:
    "hex_encode" in ["encoding"] (data: Types::STRING) -> "string",
        faults ["memory", "range"], Nothing,
        "The bytes as hexadecimal digits.",
        "log(hex_encode(\"A\\xff\")) // expect: 41ff" => Native(hex_encode);
    "hex_decode" in ["encoding"] (text: Types::STRING) -> "string",
        faults ["parse", "memory"], Nothing,
        "The bytes that hexadecimal digits stand for.",
        "log(hex_decode(\"48 69\".replace(\" \", \"\"))) // expect: Hi" => Native(hex_decode);
    "base64_encode" in ["encoding"] (data: Types::STRING) -> "string",
        faults ["memory", "range"], Nothing,
        "The bytes in base64 (RFC 4648), padded.",
        "log(base64_encode(\"Hello\"), base64_encode(\"\\xfb\\xff\")) // expect: SGVsbG8= +/8=" => Native(base64_encode);
    "base64_decode" in ["encoding"] (text: Types::STRING) -> "string",
        faults ["parse", "memory"], Nothing,
        "The bytes that base64 stands for. The padding may be missing, lines may be broken and indented; any other mistake is an error that names its place.",
        "log(base64_decode(\"SGVsbG8=\"), base64_decode(\"SGVs\\nbG8\")) // expect: Hello Hello" => Native(base64_decode);
    "base64url_encode" in ["encoding"] (data: Types::STRING) -> "string",
        faults ["memory", "range"], Nothing,
        "The bytes in base64 with the alphabet for URLs, not padded.",
        "log(base64url_encode(\"\\xfb\\xff\")) // expect: -_8" => Native(base64url_encode);
    "base64url_decode" in ["encoding"] (text: Types::STRING) -> "string",
        faults ["parse", "memory"], Nothing,
        "The bytes that base64 with the alphabet for URLs stands for, padded or not.",
        "log(base64url_decode(\"SGVsbG8\"), base64url_decode(\"SGVsbG8=\")) // expect: Hello Hello" => Native(base64url_decode);
    "url_encode" in ["encoding"] (text: Types::STRING, plus: Types::BOOLEAN => "false") -> "string",
        faults ["memory", "range"], Nothing,
        "The text as a component of a URL (RFC 3986): all but letters, digits and `-._~` becomes `%XX`; with `plus` a space becomes `+`, as in forms.",
        "log(url_encode(\"a b/ü\"), url_encode(\"a b\", true)) // expect: a%20b%2F%C3%BC a+b" => Native(url_encode);
    "url_decode" in ["encoding"] (text: Types::STRING, plus: Types::BOOLEAN => "false") -> "string",
        faults ["parse", "memory"], Nothing,
        "The text that `%XX` stands for; `+` is a space only with `plus`.",
        "log(url_decode(\"a%20b+c\"), url_decode(\"a+b\", true)) // expect: a b+c a b" => Native(url_decode);
    "html_escape" in ["encoding"] (text: Types::STRING) -> "string",
        faults ["memory", "range"], Nothing,
        "The text with `&`, `<`, `>` and both quotes written as HTML references.",
        "log(html_escape(\"<b>R&D</b>\")) // expect: &lt;b&gt;R&amp;D&lt;/b&gt;" => Native(html_escape);
    "html_unescape" in ["encoding"] (text: Types::STRING) -> "string",
        faults ["memory"], Nothing,
        "The text with all of HTML's character references replaced; what is none stays.",
        "log(html_unescape(\"&lt;&euro;&#33;&nosuch;\")) // expect: <€!&nosuch;" => Native(html_unescape);
    "gzip_compress" in ["encoding"] (data: Types::STRING, level: Types::INTEGER => "6") -> "string",
        faults ["range", "memory"], Nothing,
        "The data as a gzip file, compressed at a level from 0 (not at all) to 9. Other fibers run meanwhile if it is much.",
        "let z = gzip_compress(\"a\".repeat(1000))\nlog(len(z) < 50, len(gzip_decompress(z))) // expect: true 1000" => Native(gzip_compress);
    "gzip_decompress" in ["encoding"] (file: Types::STRING, max_bytes: Types::INTEGER => "256 MiB") -> "string",
        faults ["parse", "range", "memory"], Nothing,
        "The data of a gzip file, of all its members; an error if that is more than `max_bytes`, or if the file is damaged or cut off.",
        "log(gzip_decompress(gzip_compress(\"text\"))) // expect: text" => Native(gzip_decompress);
    "crc32" in ["encoding"] (data: Types::STRING) -> "number",
        faults [], Nothing,
        "The CRC-32 of the bytes, as in gzip, zip and Ethernet.",
        "log(f\"{crc32(\"123456789\"):x}\") // expect: cbf43926" => Native(crc32);
}

type Result<T> = std::result::Result<T, Box<Fault>>;

/// The fault for foreign bytes that are not well-formed.
pub(super) fn malformed(wrong: Malformed) -> Box<Fault> {
    Fault::new("parse", wrong.to_string())
}

/// Fails unless an argument is within bounds.
fn within(builtin: &str, what: &str, value: i64, least: i64, most: i64) -> Result<i64> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(Fault::range(format!("`{builtin}` takes {least} to {most} as {what}, got {value}")))
}

fn hex_encode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let bytes = args.bytes(0);
    vm.heap.filled_text(bytes.len().saturating_mul(2), |out| {
        hex::encode_into(bytes, out);
        Ok(())
    })
}

fn hex_decode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let text = args.bytes(0);
    vm.heap.filled_text(text.len() / 2, |out| hex::decode_into(text, out).map_err(malformed))
}

fn encode_base64(vm: &mut Vm, args: Arguments, alphabet: Alphabet) -> Result<Value> {
    let bytes = args.bytes(0);
    let len = alphabet.encoded_len(bytes.len()).unwrap_or(usize::MAX);
    vm.heap.filled_text(len, |out| {
        alphabet.encode_into(bytes, out);
        Ok(())
    })
}

fn decode_base64(vm: &mut Vm, args: Arguments, alphabet: Alphabet) -> Result<Value> {
    let digits = Digits::new(alphabet, args.bytes(0)).map_err(malformed)?;
    vm.heap.filled_text(digits.decoded_len(), |out| digits.decode_into(out).map_err(malformed))
}

fn base64_encode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    encode_base64(vm, args, Alphabet::Standard)
}

fn base64_decode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    decode_base64(vm, args, Alphabet::Standard)
}

fn base64url_encode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    encode_base64(vm, args, Alphabet::Url)
}

fn base64url_decode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    decode_base64(vm, args, Alphabet::Url)
}

fn url_encode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let (text, plus) = (args.bytes(0), args.value(1) == Value::TRUE);
    let len = percent::encoded_len(text, &percent::COMPONENT, plus);
    vm.heap.reserve_text(len)?;
    let mut out = Vec::with_capacity(len);
    percent::encode(text, &percent::COMPONENT, plus, &mut out);
    Ok(vm.heap.text(&out))
}

fn url_decode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    vm.heap.reserve(args.bytes(0).len())?;
    let decoded = percent::decode(args.bytes(0), args.value(1) == Value::TRUE).map_err(malformed)?;
    vm.heap.checked_text(&decoded)
}

fn html_escape(vm: &mut Vm, args: Arguments) -> Result<Value> {
    vm.heap.reserve_text(html::escaped_len(args.bytes(0)))?;
    let escaped = html::escape(args.bytes(0));
    Ok(vm.heap.text(&escaped))
}

fn html_unescape(vm: &mut Vm, args: Arguments) -> Result<Value> {
    vm.heap.reserve(args.bytes(0).len())?;
    let text = html::unescape(args.bytes(0));
    vm.heap.checked_text(&text)
}

fn gzip_compress(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let level = args.optional(1).map_or(6, |_| args.integer(1));
    let level = within("gzip_compress", "a level", level, 0, 9)? as u32;
    let data = args.bytes(0);
    vm.heap.reserve_text(data.len())?;
    if data.len() < MUCH {
        return vm.heap.checked_text(&gzip::compress(data, level));
    }
    let data = data.to_vec();
    vm.offload(move || gzip::compress(&data, level), |vm, file| vm.heap.checked_text(&file))
}

fn gzip_decompress(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let most = args.optional(1).map_or(MOST_DECOMPRESSED, |_| args.integer(1));
    let most = within("gzip_decompress", "a length", most, 0, i64::from(u32::MAX))? as usize;
    // A limit on memory is a limit here too, and leaves room for the string.
    let left = vm.heap.limit().map(|limit| (limit, limit.saturating_sub(vm.heap.bytes()) / 2));
    let bound = left.map_or(most, |(_, left)| left.min(most));
    let finish = move |vm: &mut Vm, result: std::result::Result<Vec<u8>, gzip::Failure>| match (result, left) {
        (Ok(data), _) => vm.heap.checked_text(&data),
        (Err(gzip::Failure::TooLarge(_)), Some((limit, _))) if bound < most => Err(Fault::memory(limit)),
        (Err(gzip::Failure::Malformed(wrong)), _) => Err(malformed(wrong)),
        (Err(large), _) => Err(Fault::range(format!("{large}; the second argument allows more"))),
    };
    let file = args.bytes(0);
    if file.len() < MUCH_COMPRESSED {
        return finish(vm, gzip::decompress(file, bound));
    }
    let file = file.to_vec();
    vm.offload(move || gzip::decompress(&file, bound), finish)
}

fn crc32(_: &mut Vm, args: Arguments) -> Result<Value> {
    Ok(Value::number(f64::from(gzip::crc32(args.bytes(0)))))
}
