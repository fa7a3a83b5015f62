//! Modules that `verify` must accept, with every opcode in reach of the dice.

use sentra_bytecode::{
    Capture, Constant, Export, Extern, Flow, Function, Global, Handler, HandlerKind, Instruction, Module, Opcode,
    Operand, Position, Source,
};

use crate::random::Random;

/// Constants of a valid module: some numbers, then strings, then keys of 0 to 3 strings.
const NUMBERS: usize = 4;
const STRINGS: usize = 5;
const KEYS: usize = 4;
/// The functions without captures come first; the others capture slot 0 and capture 0.
const PLAIN: usize = 4;
const CLOSURES: usize = 2;
const TABLE: usize = 3;

pub fn module(random: &mut Random) -> Module {
    Module {
        constants: constants(),
        functions: (0..PLAIN + CLOSURES).map(|index| Writer::function(random, index)).collect(),
        globals: (0..TABLE).map(|index| Global { name: format!("g{index}"), shared: index == 0 }).collect(),
        externs: (0..TABLE).map(|index| Extern { name: format!("builtin{index}") }).collect(),
        sources: (0..TABLE)
            .map(|index| Source {
                path: format!("file{index}.sn"),
                main: 0,
                exports: vec![("g".into(), Export::Global(1)), ("f".into(), Export::Function(2))],
            })
            .collect(),
        entry: 1,
    }
}

fn constants() -> Vec<Constant> {
    let mut all =
        vec![Constant::Number(0.1), Constant::Number(7.0), Constant::Number(f64::NAN), Constant::Integer(i64::MIN)];
    all.extend((0..STRINGS).map(|index| Constant::String(format!("text{index}").into_bytes().into())));
    all.extend((0..KEYS).map(|count| Constant::Keys((0..count).map(|key| (NUMBERS + key) as u32).collect())));
    all
}

/// Writes a function instruction by instruction and knows the depth of each.
struct Writer<'a> {
    random: &'a mut Random,
    function: Function,
    depths: Vec<u32>,
    /// Where the jumps are; their distances are set at the end.
    jumps: Vec<usize>,
}

impl Writer<'_> {
    fn function(random: &mut Random, index: usize) -> Function {
        let parameters = if index == 0 { 0 } else { random.below(4) as u16 };
        let captures = if index < PLAIN { vec![] } else { vec![Capture::Slot(0), Capture::Outer(0)] };
        let function = Function {
            name: format!("function{index}"),
            source: random.below(TABLE) as u32,
            parameters,
            required: parameters / 2,
            rest: index != 0 && random.once_in(2),
            captures,
            ..Function::default()
        };
        let length = 1 + random.below(150);
        let mut writer = Writer { random, function, depths: Vec::new(), jumps: Vec::new() };
        writer.straight(length);
        writer.handlers();
        writer.landings();
        writer.positions();
        writer.function
    }

    fn straight(&mut self, length: usize) {
        let mut depth = u32::from(self.function.parameters) + u32::from(self.function.rest);
        while self.function.code.len() < length {
            if let Some(instruction) = self.candidate(depth) {
                if instruction.jump().is_some() {
                    self.jumps.push(self.function.code.len());
                }
                let (pops, pushes) = instruction.effect();
                self.depths.push(depth);
                self.function.code.push(instruction);
                depth = depth - pops + pushes;
            }
        }
        self.depths.push(depth);
        self.function.code.push(Instruction::new(Opcode::ReturnNil));
    }

    /// Any instruction that goes on and is allowed at this depth.
    fn candidate(&mut self, depth: u32) -> Option<Instruction> {
        let mut instruction = Instruction::new(Opcode::ALL[self.random.below(Opcode::ALL.len())]);
        let stays = matches!(instruction.op.flow(), Flow::Next | Flow::Branch) && instruction.op != Opcode::Count;
        for operand in instruction.op.operands() {
            self.set(*operand, &mut instruction, depth);
        }
        let slots = instruction.slots().all(|slot| u32::from(slot) < depth);
        let captures = instruction.op.operands().iter().all(|operand| match operand {
            Operand::CaptureA => !self.function.captures.is_empty(),
            Operand::Function if instruction.op == Opcode::Closure => {
                (instruction.wide() as usize) < PLAIN || depth > 0 && !self.function.captures.is_empty()
            }
            _ => true,
        });
        let captures = captures && (instruction.op != Opcode::Itself || !self.function.captures.is_empty());
        (stays && slots && captures && instruction.effect().0 <= depth && depth < 40).then_some(instruction)
    }

    fn set(&mut self, operand: Operand, instruction: &mut Instruction, depth: u32) {
        let small = self.random.below(depth as usize + 1);
        match operand {
            Operand::FlagX => instruction.x = self.random.below(2) as u8,
            Operand::SlotA | Operand::CountA => instruction.a = small as u16,
            Operand::SlotB => instruction.b = small as u16,
            Operand::SlotC => instruction.c = small as u16,
            Operand::CaptureA => instruction.a = self.random.below(2) as u16,
            Operand::ImmediateB => instruction.b = self.random.next() as u16,
            Operand::ImmediateC => instruction.c = self.random.next() as u16,
            Operand::ShortJump | Operand::LongJump => {}
            Operand::WideInt => instruction.set_wide(self.random.next() as u32),
            Operand::WideCount => instruction.set_wide(small as u32),
            Operand::Constant => instruction.set_wide(self.random.below(NUMBERS + STRINGS) as u32),
            Operand::String => instruction.set_wide((NUMBERS + self.random.below(STRINGS)) as u32),
            Operand::Keys => {
                instruction.a = self.random.below(KEYS) as u16;
                instruction.set_wide((NUMBERS + STRINGS) as u32 + u32::from(instruction.a));
            }
            Operand::Function if instruction.op == Opcode::Closure => {
                instruction.set_wide(self.random.below(PLAIN + CLOSURES) as u32);
            }
            Operand::Function => instruction.set_wide(self.random.below(PLAIN) as u32),
            Operand::Global | Operand::Extern | Operand::Source => {
                instruction.set_wide(self.random.below(TABLE) as u32)
            }
        }
    }

    fn handlers(&mut self) {
        for _ in 0..self.random.below(4) {
            let start = self.random.below(self.function.code.len());
            let end = start + self.random.below(self.function.code.len() - start + 1);
            let floor = (start..end).map(|index| self.depths[index] - self.function.code[index].effect().0).min();
            let depth = self.random.below(floor.unwrap_or(3) as usize + 1) as u16;
            let kind = if self.random.once_in(2) { HandlerKind::Catch } else { HandlerKind::Finally };
            let target = self.function.code.len() as u32;
            self.function.handlers.push(Handler { start: start as u32, end: end as u32, target, depth, kind });
            self.depths.push(u32::from(depth) + 1);
            self.function.code.push(Instruction::new(Opcode::Throw));
        }
    }

    /// Leads each jump to an instruction of the right depth, or to a new one of its own.
    fn landings(&mut self) {
        for jump in std::mem::take(&mut self.jumps) {
            let target = self.known_target(jump).unwrap_or(self.function.code.len());
            let distance = target as i32 - jump as i32 - 1;
            let instruction = &mut self.function.code[jump];
            if instruction.op.operands().contains(&Operand::ShortJump) {
                instruction.c = distance as i16 as u16;
            } else {
                instruction.set_wide(distance as u32);
            }
            if target == self.function.code.len() {
                self.function.code.push(Instruction::new(Opcode::ReturnNil));
            }
        }
    }

    /// Sometimes an instruction that already has the depth with which the jump arrives.
    fn known_target(&mut self, jump: usize) -> Option<usize> {
        let instruction = self.function.code[jump];
        let arriving = self.depths[jump] - instruction.effect().0 + instruction.jump_pushes();
        let target = self.random.below(self.depths.len());
        (self.depths[target] == arriving).then_some(target)
    }

    fn positions(&mut self) {
        let mut line = 1;
        for instruction in 0..self.function.code.len() as u32 {
            if self.random.once_in(2) {
                line += self.random.below(3) as u32;
                let column = 1 + self.random.below(60) as u32;
                self.function.positions.push(Position { instruction, line, column, length: 1 + column / 3 });
            }
        }
    }
}
