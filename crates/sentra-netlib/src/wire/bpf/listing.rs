//! Programs as text, a line an instruction, in the form that `tcpdump -d` has made usual.

use super::Instruction;
use super::code::*;

/// The lines of a program.
pub fn listing(program: &[Instruction]) -> Vec<String> {
    program.iter().enumerate().map(|(at, instruction)| line(at, instruction)).collect()
}

fn line(at: usize, instruction: &Instruction) -> String {
    let Instruction { code, jt, jf, k } = *instruction;
    let (name, operand) = (name(code), operand(at, code, k));
    let mut text = format!("({at:03}) {name:<8} {operand:<16}");
    if code & CLASS == JMP && code & 0xf0 != JA {
        let (yes, no) = (at + 1 + usize::from(jt), at + 1 + usize::from(jf));
        text += &format!("jt {yes:<4} jf {no}");
    }
    text.truncate(text.trim_end().len());
    text
}

fn name(code: u16) -> String {
    let size = match code & 0x18 {
        H => "h",
        B => "b",
        _ => "",
    };
    let operation = (code & 0xf0) as usize >> 4;
    match code & CLASS {
        LD => format!("ld{}", if matches!(code & 0xe0, ABS | IND) { size } else { "" }),
        LDX => format!("ldx{}", if code & 0xe0 == MSH { "b" } else { "" }),
        ST => "st".into(),
        STX => "stx".into(),
        ALU => ["add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "mod", "xor"]
            .get(operation)
            .map_or_else(|| "?".into(), ToString::to_string),
        JMP => ["ja", "jeq", "jgt", "jge", "jset"].get(operation).map_or_else(|| "?".into(), ToString::to_string),
        RET => "ret".into(),
        _ if code == TXA => "txa".into(),
        _ => "tax".into(),
    }
}

fn operand(at: usize, code: u16, k: u32) -> String {
    match code & CLASS {
        LD | LDX => match code & 0xe0 {
            IMM => format!("#{k:#x}"),
            ABS => place(k),
            IND => format!("[x + {k}]"),
            MEM => format!("M[{k}]"),
            LEN => "#pktlen".into(),
            _ => format!("4*([{k}]&0xf)"),
        },
        ST | STX => format!("M[{k}]"),
        JMP if code & 0xf0 == JA => (at + 1 + k as usize).to_string(),
        ALU if code & 0xf0 == NEG => String::new(),
        ALU | JMP if code & X != 0 => "x".into(),
        ALU if matches!(code & 0xf0, AND | OR | XOR) => format!("#{k:#x}"),
        ALU => format!("#{k}"),
        JMP => format!("#{k:#x}"),
        RET if code == RET_A => "a".into(),
        RET => format!("#{k}"),
        _ => String::new(),
    }
}

fn place(k: u32) -> String {
    match k {
        VLAN_TAG => "[vlan_tci]".into(),
        VLAN_PRESENT => "[vlanp]".into(),
        PACKET_TYPE => "[type]".into(),
        INTERFACE => "[ifidx]".into(),
        k => format!("[{k}]"),
    }
}
