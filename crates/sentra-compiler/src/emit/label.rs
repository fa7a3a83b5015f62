//! Jump targets: labels while code is emitted, distances once all of it is.

use sentra_bytecode::{Instruction, Opcode, Operand};

/// Names a place in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(u32);

/// All labels of a function and the jumps to them.
#[derive(Default)]
pub struct Labels {
    places: Vec<Option<u32>>,
    depths: Vec<Option<u32>>,
    jumps: Vec<(u32, Label)>,
}

/// A short jump that reaches too far.
pub struct TooFar;

impl Labels {
    /// A label whose place is still open.
    pub fn add(&mut self) -> Label {
        self.places.push(None);
        self.depths.push(None);
        Label(self.places.len() as u32 - 1)
    }

    /// Notes a jump from an instruction, arriving with a depth.
    pub fn jump(&mut self, instruction: u32, label: Label, depth: u32) {
        let known = self.depths[label.0 as usize].replace(depth);
        debug_assert!(known.is_none_or(|known| known == depth), "jumps to a label agree on the depth");
        self.jumps.push((instruction, label));
    }

    /// Jumps to a label that is bound here will arrive with this depth.
    pub fn expect(&mut self, label: Label, depth: u32) {
        self.depths[label.0 as usize] = Some(depth);
    }

    /// The depth at a label, if something has jumped there.
    pub fn depth(&self, label: Label) -> Option<u32> {
        self.depths[label.0 as usize]
    }

    /// Puts a label at an instruction.
    pub fn bind(&mut self, label: Label, instruction: u32) {
        debug_assert!(self.places[label.0 as usize].is_none(), "a label has one place");
        self.places[label.0 as usize] = Some(instruction);
    }

    /// Writes the distances. A jump to a jump goes straight to the end; a jump to a return
    /// becomes that return.
    pub fn patch(&self, code: &mut [Instruction]) -> Result<(), TooFar> {
        let mut targets = std::collections::HashMap::new();
        for (instruction, label) in &self.jumps {
            let place = self.places[label.0 as usize].expect("every label that is jumped to is bound");
            targets.insert(*instruction, place);
        }
        for (instruction, _) in &self.jumps {
            let target = follow(*instruction, &targets, code);
            let landing = code[target as usize];
            let at = &mut code[*instruction as usize];
            if at.op == Opcode::Jump && matches!(landing.op, Opcode::ReturnNil | Opcode::ReturnLocal | Opcode::Return) {
                *at = landing;
                continue;
            }
            set_distance(at, i64::from(target) - i64::from(*instruction) - 1)?;
        }
        Ok(())
    }
}

/// Where a jump ends if the jumps that it lands on are taken as well.
fn follow(instruction: u32, targets: &std::collections::HashMap<u32, u32>, code: &[Instruction]) -> u32 {
    let mut target = targets[&instruction];
    for _ in 0..16 {
        match (code[target as usize].op, targets.get(&target)) {
            (Opcode::Jump, Some(next)) => target = *next,
            _ => break,
        }
    }
    target
}

fn set_distance(instruction: &mut Instruction, distance: i64) -> Result<(), TooFar> {
    if instruction.op.operands().contains(&Operand::ShortJump) {
        instruction.c = i16::try_from(distance).map_err(|_| TooFar)? as u16;
    } else {
        instruction.set_wide(i32::try_from(distance).map_err(|_| TooFar)? as u32);
    }
    Ok(())
}
