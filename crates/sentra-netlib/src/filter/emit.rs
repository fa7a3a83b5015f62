//! A graph of tests as instructions. What a test leaves in the registers the next one does not
//! load again, where every way to it left the same.

use std::collections::HashMap;

use super::graph::{Graph, Node, Target};
use super::value::{Comparison, Value, ValueId, Values};
use crate::wire::bpf::Instruction;
use crate::wire::bpf::code::*;

/// What a register holds, if that is known.
type Register = Option<ValueId>;

/// The accumulator and the index register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Registers {
    a: Register,
    x: Register,
}

/// An expression that needs more memory than a program has.
#[derive(Debug)]
pub(super) struct OutOfMemory;

/// The instructions of a graph. Frames that it wants are kept up to `length` bytes.
pub(super) fn emit(
    graph: &Graph,
    start: Target,
    values: &Values,
    length: u32,
) -> Result<Vec<Instruction>, OutOfMemory> {
    let first = match start {
        Target::Node(first) => first,
        Target::End(keeps) => return Ok(vec![plain(RET_K, if keeps { length } else { 0 })]),
    };
    let mut entries: Vec<Option<Registers>> = vec![None; graph.nodes.len()];
    entries[first] = Some(Registers::default());
    for at in (0..=first).rev() {
        let Some(entry) = entries[at] else { continue };
        let left = Block::of(&graph.nodes[at], entry, values)?.registers;
        for end in [graph.nodes[at].yes, graph.nodes[at].no] {
            if let Target::Node(next) = end {
                let meets = entries[next].get_or_insert(left);
                meets.a = meets.a.filter(|_| meets.a == left.a);
                meets.x = meets.x.filter(|_| meets.x == left.x);
            }
        }
    }
    let mut backward =
        Backward { reversed: vec![], places: vec![0; graph.nodes.len()], ends: [0; 2], relays: HashMap::new() };
    backward.end(graph, false, 0);
    backward.end(graph, true, length);
    for (at, entry) in entries.into_iter().enumerate() {
        let Some(entry) = entry else { continue };
        let block = Block::of(&graph.nodes[at], entry, values)?;
        backward.block(at, &graph.nodes[at], block);
    }
    backward.reversed.reverse();
    Ok(backward.reversed)
}

fn plain(code: u16, k: u32) -> Instruction {
    Instruction { code, jt: 0, jf: 0, k }
}

/// Instructions from the last to the first: what jumps lead to is there already.
struct Backward {
    reversed: Vec<Instruction>,
    /// For each node, how many instructions there were with its own.
    places: Vec<usize>,
    ends: [usize; 2],
    /// The latest jumps that reach all, by where they lead.
    relays: HashMap<Target, usize>,
}

impl Backward {
    fn end(&mut self, graph: &Graph, keeps: bool, length: u32) {
        let end = Target::End(keeps);
        if graph.nodes.iter().any(|node| node.yes == end || node.no == end) {
            self.reversed.push(plain(RET_K, length));
            self.ends[usize::from(keeps)] = self.reversed.len();
        }
    }

    fn distance(&self, target: Target) -> usize {
        self.reversed.len()
            - match target {
                Target::End(keeps) => self.ends[usize::from(keeps)],
                Target::Node(at) => self.places[at],
            }
    }

    fn block(&mut self, at: usize, node: &Node, block: Block) {
        // A conditional jump reaches 255 instructions; further ones go over a jump that reaches all.
        const REACH: usize = 253;
        let mut over = [None; 2];
        for (way, target) in [node.no, node.yes].into_iter().enumerate() {
            if self.distance(target) <= REACH {
                continue;
            }
            let near = self.relays.get(&target).copied().filter(|place| self.reversed.len() - place < REACH);
            over[way] = Some(near.unwrap_or_else(|| {
                self.reversed.push(plain(JMP | JA, self.distance(target) as u32));
                self.relays.insert(target, self.reversed.len());
                self.reversed.len()
            }));
        }
        let length = self.reversed.len();
        let reach = |over: Option<usize>, target| over.map_or_else(|| self.distance(target), |place| length - place);
        let (jf, jt) = (reach(over[0], node.no) as u8, reach(over[1], node.yes) as u8);
        self.reversed.push(Instruction { code: block.jump.0, jt, jf, k: block.jump.1 });
        self.reversed.extend(block.loads.into_iter().rev());
        self.places[at] = self.reversed.len();
    }
}

/// The instructions of one test.
struct Block<'v> {
    values: &'v Values,
    loads: Vec<Instruction>,
    registers: Registers,
    /// Words of memory in use.
    memory: u32,
    jump: (u16, u32),
}

impl<'v> Block<'v> {
    fn of(node: &Node, entry: Registers, values: &'v Values) -> Result<Self, OutOfMemory> {
        let mut block = Self { values, loads: vec![], registers: entry, memory: 0, jump: (0, 0) };
        let test = node.test;
        let comparison = match test.comparison {
            Comparison::Equal => JEQ,
            Comparison::Greater => JGT,
            Comparison::GreaterOrEqual => JGE,
            Comparison::Bits => JSET,
        };
        block.jump = match values.constant_of(test.operand) {
            Some(constant) => {
                block.accumulate(test.value)?;
                (JMP | comparison | K, constant)
            }
            None => {
                block.both(test.value, test.operand)?;
                (JMP | comparison | X, 0)
            }
        };
        Ok(block)
    }

    fn push(&mut self, code: u16, k: u32) {
        self.loads.push(plain(code, k));
    }

    /// Whether a value can be put into X without the accumulator.
    fn is_direct(&self, value: ValueId) -> bool {
        matches!(self.values.get(value), Value::Constant(_) | Value::Length | Value::HeaderLength(_))
    }

    /// A := value.
    fn accumulate(&mut self, value: ValueId) -> Result<(), OutOfMemory> {
        if self.registers.a == Some(value) {
            return Ok(());
        }
        match self.values.get(value) {
            _ if self.registers.x == Some(value) => self.push(TXA, 0),
            Value::Constant(number) => self.push(LD | IMM, number),
            Value::Length => self.push(LD | LEN, 0),
            Value::HeaderLength(_) => {
                self.index(value)?;
                self.push(TXA, 0);
            }
            Value::Load { base: None, offset, size } => self.push(LD | ABS | size, offset),
            Value::Load { base: Some(base), offset, size } => {
                self.index(base)?;
                self.push(LD | IND | size, offset);
            }
            Value::Negative(inner) => {
                self.accumulate(inner)?;
                self.push(ALU | NEG, 0);
            }
            Value::Compute { operation, left, right } => match self.values.constant_of(right) {
                Some(constant) => {
                    self.accumulate(left)?;
                    self.push(ALU | operation | K, constant);
                }
                None => {
                    self.both(left, right)?;
                    self.push(ALU | operation | X, 0);
                }
            },
        }
        self.registers.a = Some(value);
        Ok(())
    }

    /// X := value.
    fn index(&mut self, value: ValueId) -> Result<(), OutOfMemory> {
        if self.registers.x == Some(value) {
            return Ok(());
        }
        match self.values.get(value) {
            Value::Constant(number) => self.push(LDX | IMM, number),
            Value::Length => self.push(LDX | LEN, 0),
            Value::HeaderLength(offset) => self.push(LDX | MSH | B, offset),
            _ => {
                self.accumulate(value)?;
                self.push(TAX, 0);
            }
        }
        self.registers.x = Some(value);
        Ok(())
    }

    /// A := left, X := right.
    fn both(&mut self, left: ValueId, right: ValueId) -> Result<(), OutOfMemory> {
        if self.is_direct(right) {
            self.accumulate(left)?;
            return self.index(right);
        }
        if matches!(self.values.get(left), Value::Constant(_) | Value::Length) {
            self.index(right)?;
            return self.accumulate(left);
        }
        let word = self.memory;
        if word as usize >= MEMORY {
            return Err(OutOfMemory);
        }
        self.memory += 1;
        self.accumulate(right)?;
        self.push(ST, word);
        self.accumulate(left)?;
        self.push(LDX | MEM, word);
        self.registers.x = Some(right);
        self.memory -= 1;
        Ok(())
    }
}
