//! What holds for any bytes as a filter or as a program of instructions. The fuzz targets run
//! the same.

use sentra_netlib::filter::{NoNames, Target, compile, host_names};
use sentra_netlib::wire::bpf::{Instruction, Program, listing};
use sentra_netlib::wire::packet::Link;

/// Bytes as a text: a filter that ends on every frame, or a mistake with a place in the text.
pub fn filter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for link in [Link::ETHERNET, Link::RAW, Link::NULL, Link::COOKED, Link::COOKED_2, Link(12_345)] {
        for target in [Target::file(link), Target::interface(link)] {
            match compile(&text, &target, &NoNames) {
                Ok(program) => {
                    assert_eq!(Program::new(program.instructions().to_vec()).as_ref(), Ok(&program));
                    assert_eq!(listing(program.instructions()).len(), program.instructions().len());
                    program.run(bytes, bytes.len() as u32);
                }
                Err(error) => {
                    assert!(error.place.start <= text.len() && error.place.end <= text.len() + 1, "{error:?}");
                    assert!(error.to_string().contains('^'));
                }
            }
        }
    }
    host_names(&text);
}

/// Bytes as instructions: refused, or a program that ends on every frame and can be shown.
pub fn bpf(bytes: &[u8]) {
    let instructions = bytes.chunks_exact(4).map(|part| Instruction {
        // Codes that there are, and others.
        code: u16::from(part[0] ^ part[3] & 1),
        jt: part[1] & 7,
        jf: part[2] & 7,
        k: u32::from(part[3]) | u32::from(part[1] >> 3) << 27,
    });
    let mut program: Vec<Instruction> = instructions.collect();
    listing(&program);
    program.push(Instruction { code: 0x16, jt: 0, jf: 0, k: 0 });
    if let Ok(program) = Program::new(program) {
        program.run(bytes, u32::MAX);
        program.run(&[], 0);
    }
}
