//! Random modules that `verify` accepts: depths are right, and nothing else about them is.

use sentra_bytecode::{
    Capture, Constant, Export, Extern, Function, Global, Handler, HandlerKind, Instruction, Module, Opcode, Operand,
    Source,
};
use sentra_vm::builtin::Body;
use sentra_vm::builtins;

use crate::random::Random;
use crate::running::is_harmless;

/// Values that each function begins with, so that slots and captures have something to name.
const FIRST: u32 = 5;

/// Opcodes that need more than chance to come by.
const WANTED: &[Opcode] = &[
    Opcode::Nil,
    Opcode::True,
    Opcode::Int,
    Opcode::Const,
    Opcode::Const,
    Opcode::GetLocal,
    Opcode::GetLocal,
    Opcode::SetLocal,
    Opcode::NewCell,
    Opcode::GetCell,
    Opcode::SetCell,
    Opcode::Func,
    Opcode::Closure,
    Opcode::Builtin,
    Opcode::Array,
    Opcode::Array,
    Opcode::Map,
    Opcode::MapKeys,
    Opcode::Range,
    Opcode::Append,
    Opcode::Iter,
    Opcode::ForNextL,
    Opcode::ForNext2L,
    Opcode::RangeIter,
    Opcode::ForRange,
    Opcode::GetIndex,
    Opcode::SetIndex,
    Opcode::Slice,
    Opcode::GetField,
    Opcode::SetField,
    Opcode::Call,
    Opcode::Call,
    Opcode::CallAdapt,
    Opcode::CallFunc,
    Opcode::CallFunc,
    Opcode::CallBuiltin,
    Opcode::CallBuiltin,
    Opcode::CallBuiltin,
    Opcode::CallMethod,
    Opcode::CallMethod,
    Opcode::CallArray,
    Opcode::Method,
    Opcode::Spawn,
    Opcode::Send,
    Opcode::Receive,
    Opcode::Select,
    Opcode::Text,
    Opcode::Format,
    Opcode::TakeLast,
];

/// A module. One that is `straight` has neither loops nor recursion and ends by itself.
pub fn module(random: &mut Random, straight: bool) -> Module {
    let constants = constants(random);
    let externs = externs(random, straight);
    let shapes: Vec<Function> = (0..2 + random.below(4)).map(|index| shape(random, index)).collect();
    let globals = (0..3).map(|index| Global { name: format!("g{index}"), shared: false }).collect();
    let mut module = Module { constants, externs, globals, ..Module::default() };
    module.sources.push(Source {
        path: "random".into(),
        main: 0,
        exports: vec![("message".into(), Export::Global(0)), ("value".into(), Export::Function(0))],
    });
    for index in 0..shapes.len() {
        module.functions.push(Writer::new(random, &module, &shapes, index, straight).write());
    }
    module
}

fn constants(random: &mut Random) -> Vec<Constant> {
    let mut names = vec!["message", "value", ">8.2f", "0", "x", "kind"];
    let all = builtins::registry();
    while names.len() < 16 {
        let name = all[random.below(all.len())].name;
        if is_harmless(name) && !names.contains(&name) {
            names.push(name);
        }
    }
    let mut constants: Vec<Constant> = names.iter().map(|name| Constant::String(name.as_bytes().into())).collect();
    let numbers = [0.0, -0.0, 1.5, -1.0, 1e300, f64::INFINITY, f64::from_bits(random.next()), f64::NAN, 5e-324];
    constants.extend(numbers.map(Constant::Number));
    constants.extend([i64::MAX, i64::MIN, 1 << 60].map(Constant::Integer));
    constants.push(Constant::String(vec![b'a'; random.below(600)].into()));
    constants.extend([0, 1, 3, 10].map(|count| Constant::Keys((0..count).collect())));
    constants
}

/// Builtins of any kind; without those that call back if the program has to end by itself.
fn externs(random: &mut Random, straight: bool) -> Vec<Extern> {
    let fits = |name: &str| {
        let body = builtins::find(name).map(|number| builtins::get(number).body);
        is_harmless(name) && !(straight && matches!(body, Some(Body::Library)))
    };
    let all = builtins::registry();
    let mut externs = vec![Extern { name: "len".into() }, Extern { name: "make_channel".into() }];
    while externs.len() < 12 {
        let name = all[random.below(all.len())].name;
        if fits(name) {
            externs.push(Extern { name: name.into() });
        }
    }
    externs
}

/// A function without its code.
fn shape(random: &mut Random, index: usize) -> Function {
    let parameters = if index == 0 { 0 } else { random.below(4) as u16 };
    let capturing = index > 1 && random.once_in(2);
    let captures = match capturing {
        true => (0..1 + random.below(2)).map(|_| capture(random)).collect(),
        false => Vec::new(),
    };
    Function {
        name: format!("f{index}"),
        parameters,
        required: random.below(usize::from(parameters) + 1) as u16,
        rest: index > 0 && random.once_in(4),
        captures,
        ..Function::default()
    }
}

fn capture(random: &mut Random) -> Capture {
    if random.once_in(4) { Capture::Outer(0) } else { Capture::Slot(random.below(FIRST as usize) as u16) }
}

/// Writes one function's code, with the depth of each instruction at hand.
struct Writer<'a> {
    random: &'a mut Random,
    module: &'a Module,
    shapes: &'a [Function],
    index: usize,
    straight: bool,
    code: Vec<Instruction>,
    depths: Vec<u32>,
    depth: u32,
    /// Instructions whose jump has to find a target of some depth.
    open: Vec<(usize, u32)>,
}

impl<'a> Writer<'a> {
    fn new(random: &'a mut Random, module: &'a Module, shapes: &'a [Function], index: usize, straight: bool) -> Self {
        let depth = u32::from(shapes[index].parameters) + u32::from(shapes[index].rest);
        Self { random, module, shapes, index, straight, code: vec![], depths: vec![], depth, open: vec![] }
    }

    fn write(mut self) -> Function {
        while self.depth < FIRST {
            let simple = [Opcode::Nil, Opcode::Int, Opcode::Const, Opcode::True, Opcode::Array];
            let op = simple[self.random.below(simple.len())];
            self.emit_any(op);
        }
        for _ in 0..20 + self.random.below(60) {
            let op = match self.random.below(3) {
                0 => Opcode::ALL[self.random.below(Opcode::ALL.len())],
                _ => WANTED[self.random.below(WANTED.len())],
            };
            self.emit_any(op);
        }
        self.emit(Instruction::new(Opcode::ReturnNil));
        let handlers = (0..self.random.below(3)).filter_map(|_| self.handler()).collect();
        for (at, depth) in std::mem::take(&mut self.open) {
            let target = self.place_of(depth, if self.straight { at + 1 } else { 0 });
            let distance = target as i64 - at as i64 - 1;
            let long = self.code[at].op.operands().contains(&Operand::LongJump);
            match long {
                true => self.code[at].set_wide(distance as u32),
                false => self.code[at].c = distance as u16,
            }
        }
        Function { code: self.code, handlers, ..self.shapes[self.index].clone() }
    }

    fn emit(&mut self, instruction: Instruction) {
        let (pops, pushes) = instruction.effect();
        self.code.push(instruction);
        self.depths.push(self.depth);
        if instruction.jump().is_some() {
            self.open.push((self.code.len() - 1, self.depth - pops + instruction.jump_pushes()));
        }
        self.depth = self.depth - pops + pushes;
    }

    /// Emits the opcode with some operands if there are any that suit.
    fn emit_any(&mut self, op: Opcode) {
        let captures = self.shapes[self.index].captures.len();
        let ends = matches!(op, Opcode::Return | Opcode::ReturnLocal | Opcode::ReturnNil | Opcode::Throw);
        if self.depth > 30
            || matches!(op, Opcode::Break | Opcode::Count)
            || op == Opcode::Itself && (captures == 0 || self.straight)
            || ends && !self.random.once_in(8)
        {
            return;
        }
        let mut instruction = Instruction::new(op);
        for operand in op.operands() {
            if !self.set(&mut instruction, *operand) {
                return;
            }
        }
        let (pops, _) = instruction.effect();
        let slots_fit = instruction.slots().all(|slot| u32::from(slot) < self.depth);
        // What is captured stays.
        if slots_fit && (pops == 0 || pops + FIRST.min(self.depth) <= self.depth) {
            self.emit(instruction);
        }
    }

    fn set(&mut self, instruction: &mut Instruction, operand: Operand) -> bool {
        let captures = self.shapes[self.index].captures.len();
        let slot = self.random.below(self.depth.max(1) as usize) as u16;
        match operand {
            Operand::FlagX => instruction.x = self.random.below(2) as u8,
            Operand::SlotA => instruction.a = slot,
            Operand::SlotB => instruction.b = slot,
            Operand::SlotC => instruction.c = slot,
            Operand::CountA => instruction.a = self.random.below(4) as u16,
            Operand::CaptureA if captures == 0 => return false,
            Operand::CaptureA => instruction.a = self.random.below(captures) as u16,
            Operand::ImmediateB => instruction.b = self.small(),
            Operand::ImmediateC => instruction.c = self.small(),
            Operand::WideInt => instruction.set_wide(self.small() as i16 as u32),
            Operand::WideCount => instruction.set_wide(self.random.below(4) as u32),
            Operand::Global => instruction.set_wide(self.random.below(self.module.globals.len()) as u32),
            Operand::Extern => instruction.set_wide(self.random.below(self.module.externs.len()) as u32),
            Operand::ShortJump | Operand::LongJump | Operand::Source => {}
            Operand::Constant | Operand::String | Operand::Keys => return self.set_constant(instruction, operand),
            Operand::Function => return self.set_function(instruction),
        }
        true
    }

    fn small(&mut self) -> u16 {
        match self.random.below(8) {
            0 => self.random.next() as u16,
            small => (small as i16 - 3) as u16,
        }
    }

    fn set_constant(&mut self, instruction: &mut Instruction, operand: Operand) -> bool {
        let at = self.random.below(self.module.constants.len());
        instruction.set_wide(at as u32);
        match (&self.module.constants[at], operand) {
            (Constant::Keys(keys), Operand::Keys) => {
                instruction.a = keys.len() as u16;
                true
            }
            (Constant::Keys(_), _) => false,
            (Constant::String(_), Operand::String | Operand::Constant) => true,
            (_, operand) => operand == Operand::Constant,
        }
    }

    fn set_function(&mut self, instruction: &mut Instruction) -> bool {
        let at = self.random.below(self.shapes.len());
        instruction.set_wide(at as u32);
        let (captures, own) = (&self.shapes[at].captures, self.shapes[self.index].captures.len());
        let suits = match instruction.op {
            Opcode::Closure => captures.iter().all(|capture| match capture {
                Capture::Slot(slot) => u32::from(*slot) < self.depth,
                Capture::Outer(outer) => usize::from(*outer) < own,
            }),
            _ => captures.is_empty(),
        };
        suits && (!self.straight || at > self.index)
    }

    /// An instruction of that depth, at `from` or later; a new one if there is none.
    fn place_of(&mut self, depth: u32, from: usize) -> usize {
        let fitting: Vec<usize> = (from..self.code.len()).filter(|&at| self.depths[at] == depth).collect();
        if !fitting.is_empty() {
            return fitting[self.random.below(fitting.len())];
        }
        self.code.push(Instruction::new(Opcode::ReturnNil));
        self.depths.push(depth);
        self.code.len() - 1
    }

    fn handler(&mut self) -> Option<Handler> {
        let start = self.random.below(self.code.len());
        let end = start + self.random.below(self.code.len() - start + 1);
        let lowest = (start..end).map(|at| self.depths[at] - self.code[at].effect().0).min()?;
        let depth = self.random.below(lowest as usize + 1) as u32;
        let target = self.place_of(depth + 1, if self.straight { end } else { 0 });
        let kind = if self.random.once_in(2) { HandlerKind::Catch } else { HandlerKind::Finally };
        Some(Handler { start: start as u32, end: end as u32, target: target as u32, depth: depth as u16, kind })
    }
}
