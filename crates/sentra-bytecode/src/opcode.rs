//! The opcode table: every other view of an opcode (enum, operand layout, stack effect,
//! control flow, mnemonic, documentation) is derived from its one row here.

use crate::instruction::Instruction;

/// An operand of an instruction: which field holds it and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A flag in `x`: 0 or 1.
    FlagX,
    /// A slot in `a`.
    SlotA,
    /// A slot in `b`.
    SlotB,
    /// A slot in `c`.
    SlotC,
    /// A count in `a`.
    CountA,
    /// An index into the running closure's captures in `a`.
    CaptureA,
    /// A signed 16-bit number in `b`.
    ImmediateB,
    /// A signed 16-bit number in `c`.
    ImmediateC,
    /// A signed 16-bit distance in `c`.
    ShortJump,
    /// A signed 32-bit distance in the wide operand.
    LongJump,
    /// A signed 32-bit number in the wide operand.
    WideInt,
    /// A count in the wide operand.
    WideCount,
    /// A constant (any but keys) in the wide operand.
    Constant,
    /// A string constant in the wide operand.
    String,
    /// A keys constant in the wide operand.
    Keys,
    /// A global in the wide operand.
    Global,
    /// A function in the wide operand.
    Function,
    /// An extern in the wide operand.
    Extern,
    /// A source file in the wide operand.
    Source,
}

/// Where execution can go after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// To the jump's target only.
    Jump,
    /// To the next instruction or the jump's target.
    Branch,
    /// Out of the function.
    End,
}

macro_rules! opcodes {
    ($($name:ident = $mnemonic:literal [$($operand:ident),*] |$i:pat_param| $effect:expr, $flow:ident; $doc:literal)*) => {
        /// What an instruction does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[allow(non_camel_case_types)] // `_` separates where an operation's result goes.
        pub enum Opcode {
            $(#[doc = $doc] $name,)*
        }

        impl Opcode {
            /// Every opcode, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in listings.
            pub const fn mnemonic(self) -> &'static str {
                match self { $(Self::$name => $mnemonic),* }
            }

            /// One sentence on what it does.
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$name => $doc),* }
            }

            /// Its operands, in the order in which they are written and shown.
            pub const fn operands(self) -> &'static [Operand] {
                match self { $(Self::$name => &[$(Operand::$operand),*]),* }
            }

            /// Where execution goes on.
            pub const fn flow(self) -> Flow {
                match self { $(Self::$name => Flow::$flow),* }
            }
        }

        impl Instruction {
            /// How many values it pops and pushes when execution goes on with the next
            /// instruction.
            pub fn effect(&self) -> (u32, u32) {
                match self.op { $(Opcode::$name => { let $i = self; $effect })* }
            }
        }
    };
}

opcodes! {
    // Constants and the stack.
    Nil = "nil" [] |_| (0, 1), Next; "Push nil."
    True = "true" [] |_| (0, 1), Next; "Push true."
    False = "false" [] |_| (0, 1), Next; "Push false."
    Int = "int" [WideInt] |_| (0, 1), Next; "Push the wide operand as a signed 32-bit integer."
    Const = "const" [Constant] |_| (0, 1), Next; "Push a number, integer or string constant."
    Pop = "pop" [] |_| (1, 0), Next; "Drop the top."
    PopN = "pop.n" [CountA] |i| (i.a as u32, 0), Next; "Drop `a` values."
    Slide = "slide" [CountA] |i| (i.a as u32 + 1, 1), Next; "Keep the top and drop the `a` values beneath it."
    Dup = "dup" [] |_| (1, 2), Next; "Push the top once more."

    // Slots: stack positions counted from the function's first argument.
    GetLocal = "local" [SlotA] |_| (0, 1), Next; "Push slot `a`."
    GetLocal2 = "local.2" [SlotA, SlotB] |_| (0, 2), Next; "Push slot `a`, then slot `b`."
    SetLocal = "local.set" [SlotA] |_| (1, 0), Next; "Pop into slot `a`."
    Move = "move" [SlotA, SlotB] |_| (0, 0), Next; "Copy slot `b` into slot `a`."
    IntLocal = "int.local" [SlotA, WideInt] |_| (0, 0), Next; "Store the wide operand, a signed integer, into slot `a`."

    // Globals, functions, captured variables.
    GetGlobal = "global" [Global] |_| (0, 1), Next; "Push a global; a fault if it has no value yet."
    SetGlobal = "global.set" [Global] |_| (1, 0), Next; "Pop into a global."
    Func = "function" [Function] |_| (0, 1), Next; "Push the one closure of a function without captures."
    Itself = "itself" [] |_| (0, 1), Next; "Push the closure that runs."
    Closure = "closure" [Function] |_| (0, 1), Next; "Push a closure; captures are copied from where the function says."
    Builtin = "builtin" [Extern] |_| (0, 1), Next; "Push a builtin as a function value, or a builtin constant."
    NewCell = "cell.make" [SlotA] |_| (0, 0), Next; "Wrap the value in slot `a` into a fresh cell, in place."
    GetCell = "cell" [SlotA] |_| (0, 1), Next; "Push what the cell in slot `a` holds."
    SetCell = "cell.set" [SlotA] |_| (1, 0), Next; "Pop into the cell in slot `a`."
    GetCapture = "capture" [CaptureA] |_| (0, 1), Next; "Push captured value `a`."
    GetCaptureCell = "capture.cell" [CaptureA] |_| (0, 1), Next; "Push what the captured cell `a` holds."
    SetCaptureCell = "capture.cell.set" [CaptureA] |_| (1, 0), Next; "Pop into the captured cell `a`."

    // Arithmetic. S: from the stack, L: a slot, I: a 16-bit signed immediate; the part after `_` is where the result goes.
    AddSS = "add" [] |_| (2, 1), Next; "Pop two, push second-from-top `+` top."
    AddSL = "add.sl" [SlotA] |_| (1, 1), Next; "top = top `+` slot `a`."
    AddSI = "add.si" [ImmediateC] |_| (1, 1), Next; "top = top `+` `c`."
    AddLL = "add.ll" [SlotA, SlotB] |_| (0, 1), Next; "Push slot `a` `+` slot `b`."
    AddLI = "add.li" [SlotA, ImmediateC] |_| (0, 1), Next; "Push slot `a` `+` `c`."
    AddSS_L = "add.ss_l" [SlotA] |_| (2, 0), Next; "Pop two, slot `a` = second-from-top `+` top."
    AddSL_L = "add.sl_l" [SlotA, SlotB] |_| (1, 0), Next; "Pop, slot `a` = popped `+` slot `b`."
    AddLL_L = "add.ll_l" [SlotA, SlotB, SlotC] |_| (0, 0), Next; "slot `a` = slot `b` `+` slot `c`."
    AddLI_L = "add.li_l" [SlotA, SlotB, ImmediateC] |_| (0, 0), Next; "slot `a` = slot `b` `+` `c`."
    SubSS = "sub" [] |_| (2, 1), Next; "Pop two, push second-from-top `-` top."
    SubSL = "sub.sl" [SlotA] |_| (1, 1), Next; "top = top `-` slot `a`."
    SubSI = "sub.si" [ImmediateC] |_| (1, 1), Next; "top = top `-` `c`."
    SubLL = "sub.ll" [SlotA, SlotB] |_| (0, 1), Next; "Push slot `a` `-` slot `b`."
    SubLI = "sub.li" [SlotA, ImmediateC] |_| (0, 1), Next; "Push slot `a` `-` `c`."
    SubSS_L = "sub.ss_l" [SlotA] |_| (2, 0), Next; "Pop two, slot `a` = second-from-top `-` top."
    SubSL_L = "sub.sl_l" [SlotA, SlotB] |_| (1, 0), Next; "Pop, slot `a` = popped `-` slot `b`."
    SubLL_L = "sub.ll_l" [SlotA, SlotB, SlotC] |_| (0, 0), Next; "slot `a` = slot `b` `-` slot `c`."
    SubLI_L = "sub.li_l" [SlotA, SlotB, ImmediateC] |_| (0, 0), Next; "slot `a` = slot `b` `-` `c`."
    MulSS = "mul" [] |_| (2, 1), Next; "Pop two, push second-from-top `*` top."
    MulSL = "mul.sl" [SlotA] |_| (1, 1), Next; "top = top `*` slot `a`."
    MulSI = "mul.si" [ImmediateC] |_| (1, 1), Next; "top = top `*` `c`."
    MulLL = "mul.ll" [SlotA, SlotB] |_| (0, 1), Next; "Push slot `a` `*` slot `b`."
    MulLI = "mul.li" [SlotA, ImmediateC] |_| (0, 1), Next; "Push slot `a` `*` `c`."
    MulSS_L = "mul.ss_l" [SlotA] |_| (2, 0), Next; "Pop two, slot `a` = second-from-top `*` top."
    MulSL_L = "mul.sl_l" [SlotA, SlotB] |_| (1, 0), Next; "Pop, slot `a` = popped `*` slot `b`."
    MulLL_L = "mul.ll_l" [SlotA, SlotB, SlotC] |_| (0, 0), Next; "slot `a` = slot `b` `*` slot `c`."
    MulLI_L = "mul.li_l" [SlotA, SlotB, ImmediateC] |_| (0, 0), Next; "slot `a` = slot `b` `*` `c`."
    DivSS = "div" [] |_| (2, 1), Next; "Pop two, push second-from-top `/` top."
    DivSL = "div.sl" [SlotA] |_| (1, 1), Next; "top = top `/` slot `a`."
    DivSI = "div.si" [ImmediateC] |_| (1, 1), Next; "top = top `/` `c`."
    DivLL = "div.ll" [SlotA, SlotB] |_| (0, 1), Next; "Push slot `a` `/` slot `b`."
    DivLI = "div.li" [SlotA, ImmediateC] |_| (0, 1), Next; "Push slot `a` `/` `c`."
    DivSS_L = "div.ss_l" [SlotA] |_| (2, 0), Next; "Pop two, slot `a` = second-from-top `/` top."
    DivSL_L = "div.sl_l" [SlotA, SlotB] |_| (1, 0), Next; "Pop, slot `a` = popped `/` slot `b`."
    DivLL_L = "div.ll_l" [SlotA, SlotB, SlotC] |_| (0, 0), Next; "slot `a` = slot `b` `/` slot `c`."
    DivLI_L = "div.li_l" [SlotA, SlotB, ImmediateC] |_| (0, 0), Next; "slot `a` = slot `b` `/` `c`."
    RemSS = "rem" [] |_| (2, 1), Next; "Pop two, push second-from-top `%` top."
    RemSL = "rem.sl" [SlotA] |_| (1, 1), Next; "top = top `%` slot `a`."
    RemSI = "rem.si" [ImmediateC] |_| (1, 1), Next; "top = top `%` `c`."
    RemLL = "rem.ll" [SlotA, SlotB] |_| (0, 1), Next; "Push slot `a` `%` slot `b`."
    RemLI = "rem.li" [SlotA, ImmediateC] |_| (0, 1), Next; "Push slot `a` `%` `c`."
    RemSS_L = "rem.ss_l" [SlotA] |_| (2, 0), Next; "Pop two, slot `a` = second-from-top `%` top."
    RemSL_L = "rem.sl_l" [SlotA, SlotB] |_| (1, 0), Next; "Pop, slot `a` = popped `%` slot `b`."
    RemLL_L = "rem.ll_l" [SlotA, SlotB, SlotC] |_| (0, 0), Next; "slot `a` = slot `b` `%` slot `c`."
    RemLI_L = "rem.li_l" [SlotA, SlotB, ImmediateC] |_| (0, 0), Next; "slot `a` = slot `b` `%` `c`."

    // Arithmetic with the slot on the left: for `a - f(x)` without copying `a` first.
    AddLS = "add.ls" [SlotA] |_| (1, 1), Next; "top = slot `a` `+` top."
    AddLS_L = "add.ls_l" [SlotA, SlotB] |_| (1, 0), Next; "Pop, slot `a` = slot `b` `+` popped."
    SubLS = "sub.ls" [SlotA] |_| (1, 1), Next; "top = slot `a` `-` top."
    SubLS_L = "sub.ls_l" [SlotA, SlotB] |_| (1, 0), Next; "Pop, slot `a` = slot `b` `-` popped."
    DivLS = "div.ls" [SlotA] |_| (1, 1), Next; "top = slot `a` `/` top."

    // Bits and unary operators.
    BitAndSS = "bit.and" [] |_| (2, 1), Next; "Pop two, push second-from-top `&` top."
    BitAndSI = "bit.and.si" [ImmediateC] |_| (1, 1), Next; "top = top `&` `c`."
    BitOrSS = "bit.or" [] |_| (2, 1), Next; "Pop two, push second-from-top `|` top."
    BitOrSI = "bit.or.si" [ImmediateC] |_| (1, 1), Next; "top = top `|` `c`."
    BitXorSS = "bit.xor" [] |_| (2, 1), Next; "Pop two, push second-from-top `^` top."
    BitXorSI = "bit.xor.si" [ImmediateC] |_| (1, 1), Next; "top = top `^` `c`."
    ShlSS = "bit.shl" [] |_| (2, 1), Next; "Pop two, push second-from-top `<<` top."
    ShlSI = "bit.shl.si" [ImmediateC] |_| (1, 1), Next; "top = top `<<` `c`."
    ShrSS = "bit.shr" [] |_| (2, 1), Next; "Pop two, push second-from-top `>>` top."
    ShrSI = "bit.shr.si" [ImmediateC] |_| (1, 1), Next; "top = top `>>` `c`."
    Neg = "neg" [] |_| (1, 1), Next; "top = -top."
    Not = "not" [] |_| (1, 1), Next; "top = !top, a boolean."
    BitNot = "bit.not" [] |_| (1, 1), Next; "top = ~top."

    // Comparison to a boolean.
    Lt = "lt" [] |_| (2, 1), Next; "Pop two, push whether second-from-top `<` top."
    Le = "le" [] |_| (2, 1), Next; "Pop two, push whether second-from-top `<=` top."
    Gt = "gt" [] |_| (2, 1), Next; "Pop two, push whether second-from-top `>` top."
    Ge = "ge" [] |_| (2, 1), Next; "Pop two, push whether second-from-top `>=` top."
    Eq = "eq" [] |_| (2, 1), Next; "Pop two, push whether second-from-top `==` top."
    Ne = "ne" [] |_| (2, 1), Next; "Pop two, push whether second-from-top `!=` top."
    In = "in" [] |_| (2, 1), Next; "Pop two, push whether the top, a container, holds second-from-top."

    // Jumps; distances count from the next instruction.
    Jump = "jump" [LongJump] |_| (0, 0), Jump; "Go on at the target."
    JumpIfFalse = "jump.false" [LongJump] |_| (1, 0), Branch; "Pop; jump if it is falsy."
    JumpIfTrue = "jump.true" [LongJump] |_| (1, 0), Branch; "Pop; jump if it is truthy."
    JumpIfFalseLocal = "jump.false.l" [SlotA, LongJump] |_| (0, 0), Branch; "Jump if slot `a` is falsy."
    JumpIfTrueLocal = "jump.true.l" [SlotA, LongJump] |_| (0, 0), Branch; "Jump if slot `a` is truthy."
    And = "and" [LongJump] |_| (1, 0), Branch; "If the top is falsy, keep it and jump; else pop it."
    Or = "or" [LongJump] |_| (1, 0), Branch; "If the top is truthy, keep it and jump; else pop it."
    Coalesce = "coalesce" [LongJump] |_| (1, 0), Branch; "If the top is not nil, keep it and jump; else pop it."
    JumpIfNil = "jump.nil" [LongJump] |_| (1, 1), Branch; "If the top is nil, jump; it stays either way."
    JumpIfGiven = "jump.given" [SlotA, LongJump] |_| (0, 0), Branch; "Jump if the optional argument in slot `a` was given."
    JumpLtSS = "jump.lt.ss" [ShortJump] |_| (2, 0), Branch; "Jump if second-from-top `<` top."
    JumpNotLtSS = "jump.not.lt.ss" [ShortJump] |_| (2, 0), Branch; "Jump unless second-from-top `<` top (also for nan)."
    JumpLeSS = "jump.le.ss" [ShortJump] |_| (2, 0), Branch; "Jump if second-from-top `<=` top."
    JumpNotLeSS = "jump.not.le.ss" [ShortJump] |_| (2, 0), Branch; "Jump unless second-from-top `<=` top (also for nan)."
    JumpGtSS = "jump.gt.ss" [ShortJump] |_| (2, 0), Branch; "Jump if second-from-top `>` top."
    JumpNotGtSS = "jump.not.gt.ss" [ShortJump] |_| (2, 0), Branch; "Jump unless second-from-top `>` top (also for nan)."
    JumpGeSS = "jump.ge.ss" [ShortJump] |_| (2, 0), Branch; "Jump if second-from-top `>=` top."
    JumpNotGeSS = "jump.not.ge.ss" [ShortJump] |_| (2, 0), Branch; "Jump unless second-from-top `>=` top (also for nan)."
    JumpEqSS = "jump.eq.ss" [ShortJump] |_| (2, 0), Branch; "Jump if second-from-top `==` top."
    JumpNeSS = "jump.ne.ss" [ShortJump] |_| (2, 0), Branch; "Jump if second-from-top `!=` top."
    JumpLtSL = "jump.lt.sl" [SlotA, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `<` slot `a`."
    JumpNotLtSL = "jump.not.lt.sl" [SlotA, ShortJump] |_| (1, 0), Branch; "Jump unless the popped top `<` slot `a` (also for nan)."
    JumpLeSL = "jump.le.sl" [SlotA, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `<=` slot `a`."
    JumpNotLeSL = "jump.not.le.sl" [SlotA, ShortJump] |_| (1, 0), Branch; "Jump unless the popped top `<=` slot `a` (also for nan)."
    JumpGtSL = "jump.gt.sl" [SlotA, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `>` slot `a`."
    JumpNotGtSL = "jump.not.gt.sl" [SlotA, ShortJump] |_| (1, 0), Branch; "Jump unless the popped top `>` slot `a` (also for nan)."
    JumpGeSL = "jump.ge.sl" [SlotA, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `>=` slot `a`."
    JumpNotGeSL = "jump.not.ge.sl" [SlotA, ShortJump] |_| (1, 0), Branch; "Jump unless the popped top `>=` slot `a` (also for nan)."
    JumpEqSL = "jump.eq.sl" [SlotA, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `==` slot `a`."
    JumpNeSL = "jump.ne.sl" [SlotA, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `!=` slot `a`."
    JumpLtSI = "jump.lt.si" [ImmediateB, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `<` `b`."
    JumpNotLtSI = "jump.not.lt.si" [ImmediateB, ShortJump] |_| (1, 0), Branch; "Jump unless the popped top `<` `b` (also for nan)."
    JumpLeSI = "jump.le.si" [ImmediateB, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `<=` `b`."
    JumpNotLeSI = "jump.not.le.si" [ImmediateB, ShortJump] |_| (1, 0), Branch; "Jump unless the popped top `<=` `b` (also for nan)."
    JumpGtSI = "jump.gt.si" [ImmediateB, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `>` `b`."
    JumpNotGtSI = "jump.not.gt.si" [ImmediateB, ShortJump] |_| (1, 0), Branch; "Jump unless the popped top `>` `b` (also for nan)."
    JumpGeSI = "jump.ge.si" [ImmediateB, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `>=` `b`."
    JumpNotGeSI = "jump.not.ge.si" [ImmediateB, ShortJump] |_| (1, 0), Branch; "Jump unless the popped top `>=` `b` (also for nan)."
    JumpEqSI = "jump.eq.si" [ImmediateB, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `==` `b`."
    JumpNeSI = "jump.ne.si" [ImmediateB, ShortJump] |_| (1, 0), Branch; "Jump if the popped top `!=` `b`."
    JumpLtLL = "jump.lt.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `<` slot `b`."
    JumpNotLtLL = "jump.not.lt.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "Jump unless slot `a` `<` slot `b` (also for nan)."
    JumpLeLL = "jump.le.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `<=` slot `b`."
    JumpNotLeLL = "jump.not.le.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "Jump unless slot `a` `<=` slot `b` (also for nan)."
    JumpGtLL = "jump.gt.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `>` slot `b`."
    JumpNotGtLL = "jump.not.gt.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "Jump unless slot `a` `>` slot `b` (also for nan)."
    JumpGeLL = "jump.ge.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `>=` slot `b`."
    JumpNotGeLL = "jump.not.ge.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "Jump unless slot `a` `>=` slot `b` (also for nan)."
    JumpEqLL = "jump.eq.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `==` slot `b`."
    JumpNeLL = "jump.ne.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `!=` slot `b`."
    JumpLtLI = "jump.lt.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `<` `b`."
    JumpNotLtLI = "jump.not.lt.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "Jump unless slot `a` `<` `b` (also for nan)."
    JumpLeLI = "jump.le.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `<=` `b`."
    JumpNotLeLI = "jump.not.le.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "Jump unless slot `a` `<=` `b` (also for nan)."
    JumpGtLI = "jump.gt.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `>` `b`."
    JumpNotGtLI = "jump.not.gt.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "Jump unless slot `a` `>` `b` (also for nan)."
    JumpGeLI = "jump.ge.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `>=` `b`."
    JumpNotGeLI = "jump.not.ge.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "Jump unless slot `a` `>=` `b` (also for nan)."
    JumpEqLI = "jump.eq.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `==` `b`."
    JumpNeLI = "jump.ne.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "Jump if slot `a` `!=` `b`."

    // The end of a counting loop.
    CountLtLL = "count.lt.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "slot `a` = slot `a` `+` 1; jump if it is now `<` slot `b`."
    CountLeLL = "count.le.ll" [SlotA, SlotB, ShortJump] |_| (0, 0), Branch; "slot `a` = slot `a` `+` 1; jump if it is now `<=` slot `b`."
    CountLtLI = "count.lt.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "slot `a` = slot `a` `+` 1; jump if it is now `<` `b`."
    CountLeLI = "count.le.li" [SlotA, ImmediateB, ShortJump] |_| (0, 0), Branch; "slot `a` = slot `a` `+` 1; jump if it is now `<=` `b`."

    // Loops over values.
    Iter = "iter" [] |_| (1, 2), Next; "Pop an iterable, push it and the start of its iteration; a fault if it cannot be iterated."
    ForNextL = "for.next.l" [SlotA, LongJump] |_| (0, 0), Branch; "State in slots `a` and `a + 1`: if there is a next element, store it into slot `a + 2` and jump. May wait (channels)."
    ForNext2L = "for.next.2.l" [SlotA, LongJump] |_| (0, 0), Branch; "As `for.next.l`, storing key (or index) and value into slots `a + 2` and `a + 3`."
    RangeIter = "range.iter" [FlagX] |_| (2, 2), Next; "Pop two numbers, push them as the state of a counting loop (`x`: the end is part of it)."
    ForRange = "for.range" [SlotA, LongJump] |_| (0, 0), Branch; "State in slots `a` and `a + 1`: if the count is below the end, push it, add one and jump."

    // Collections and text.
    Array = "array" [WideCount] |i| (i.wide(), 1), Next; "Pop the wide operand's number of values into an array."
    Map = "map" [WideCount] |i| (i.wide().saturating_mul(2), 1), Next; "Pop that many pairs of key and value into a map."
    MapKeys = "map.keys" [CountA, Keys] |i| (i.a as u32, 1), Next; "Pop `a` values into a map with the keys of a keys constant, which has `a` keys."
    Range = "range" [FlagX] |_| (2, 1), Next; "Pop two numbers into a range (`x`: the end is part of it)."
    Append = "append" [SlotA] |_| (1, 0), Next; "Pop and append to the array in slot `a`."
    Text = "text" [CountA] |i| (i.a as u32, 1), Next; "Pop `a` values, push the concatenation of their texts."
    Format = "format" [String] |_| (1, 1), Next; "top = top formatted by the format specification in a string constant."

    // Elements and fields.
    GetIndex = "index" [] |_| (2, 1), Next; "Pop object and index, push the element."
    GetIndexSL = "index.sl" [SlotA] |_| (1, 1), Next; "top = `top[slot a]`."
    GetIndexSI = "index.si" [ImmediateC] |_| (1, 1), Next; "top = `top[c]`."
    GetIndexLL = "index.ll" [SlotA, SlotB] |_| (0, 1), Next; "Push `slot a[slot b]`."
    GetIndexLI = "index.li" [SlotA, ImmediateC] |_| (0, 1), Next; "Push `slot a[c]`."
    GetIndexLS = "index.ls" [SlotA] |_| (1, 1), Next; "top = `slot a[top]`."
    SetIndexLS = "index.set.ls" [SlotA] |_| (2, 0), Next; "Pop index and value; `slot a[index]` = value."
    SetIndex = "index.set" [] |_| (3, 0), Next; "Pop object, index and value; store the value."
    SetIndexLL = "index.set.ll" [SlotA, SlotB] |_| (1, 0), Next; "Pop into `slot a[slot b]`."
    SetIndexLLL = "index.set.lll" [SlotA, SlotB, SlotC] |_| (0, 0), Next; "`slot a[slot b]` = slot `c`."
    Slice = "slice" [] |_| (3, 1), Next; "Pop object, from and to (nil: open); push the slice."
    GetField = "field" [String] |_| (1, 1), Next; "top = top.name."
    GetFieldL = "field.l" [SlotA, String] |_| (0, 1), Next; "Push slot `a`.name."
    SetField = "field.set" [String] |_| (2, 0), Next; "Pop object and value; object.name = value."
    SetFieldL = "field.set.l" [SlotA, String] |_| (1, 0), Next; "Pop; slot `a`.name = popped."

    // Calls.
    Call = "call" [CountA] |i| (i.a as u32 + 1, 1), Next; "Call the callee beneath `a` arguments."
    CallAdapt = "call.adapt" [CountA] |i| (i.a as u32 + 1, 1), Next; "As `call`, passing no more arguments than the callee takes."
    CallFunc = "call.function" [CountA, Function] |i| (i.a as u32, 1), Next; "Call a function that has no captures with `a` arguments."
    CallBuiltin = "call.builtin" [CountA, Extern] |i| (i.a as u32, 1), Next; "Call a builtin with `a` arguments."
    CallMethod = "call.method" [CountA, String] |i| (i.a as u32 + 1, 1), Next; "Call the receiver's own field of that name, else the method of its type."
    CallArray = "call.array" [] |_| (1, 1), Next; "Pop an array of a callee and its arguments; call it."
    Method = "method" [String] |_| (1, 1), Next; "top = what `call.method` would call, as a function value."
    Spawn = "spawn" [CountA] |i| (i.a as u32 + 1, 1), Next; "Start a fiber that calls the callee beneath `a` arguments; push its task."
    Return = "return" [] |_| (1, 0), End; "Return the top."
    ReturnLocal = "return.l" [SlotA] |_| (0, 0), End; "Return slot `a`."
    ReturnNil = "return.nil" [] |_| (0, 0), End; "Return nil."
    Import = "import" [Source] |_| (0, 1), Next; "Run a source file's main function if it has not run yet; push nil."
    ModuleValue = "module" [Source] |_| (0, 1), Next; "Push a source file's exports as a module value."

    // Errors and patterns.
    Throw = "throw" [] |_| (1, 0), End; "Throw the top."
    TakeLast = "take.last" [SlotA] |_| (0, 1), Next; "Remove the last element of the array in slot `a` and push it."
    IsArray = "is.array" [FlagX, CountA] |_| (1, 1), Next; "top = whether top is an array of `a` elements (`x`: or more)."
    IsMap = "is.map" [] |_| (1, 1), Next; "top = whether top is a map."
    HasKey = "has.key" [String] |_| (1, 1), Next; "top = whether top is a map with that key."
    InRange = "in.range" [FlagX] |_| (3, 1), Next; "Pop value, from, to; push whether the value lies between (`x`: the end is part of it); false for other types."

    // Channels.
    Send = "send" [] |_| (2, 0), Next; "Pop channel and value; send it. May wait."
    Receive = "receive" [] |_| (1, 1), Next; "top = next value of the channel, nil once it is closed and empty. May wait."
    Select = "select" [FlagX, CountA] |i| (3 * i.a as u32, 2), Next; "Pop `a` triples of channel, whether it sends, and value; push the value received and the index of the arm that ran (`a` for the default, which exists if `x`). May wait."

    // Not in any file.
    Break = "break" [] |_| (0, 0), End; "Leave the interpreter for the debugger, which has put it in the place of another instruction."
    Count = "count" [WideCount] |_| (0, 0), Next; "Add the wide operand to the number of instructions, which the linker has put before so many of them."
}

impl Opcode {
    /// The opcode with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }
}

impl Instruction {
    /// How many values stand above those that it popped when its jump is taken.
    pub fn jump_pushes(&self) -> u32 {
        match self.op {
            Opcode::And | Opcode::Or | Opcode::Coalesce | Opcode::JumpIfNil | Opcode::ForRange => 1,
            _ => 0,
        }
    }

    /// The slots that it reads or writes; each must lie below the stack depth before it.
    pub fn slots(&self) -> impl Iterator<Item = u16> {
        // A loop's state and what it stores lie side by side: naming the last names them all.
        let last = match self.op {
            Opcode::ForRange => Some(1),
            Opcode::ForNextL => Some(2),
            Opcode::ForNext2L => Some(3),
            _ => None,
        };
        let pair = last.map(|offset| self.a.saturating_add(offset));
        let (a, b, c) = (self.a, self.b, self.c);
        let named = self.op.operands().iter().filter_map(move |operand| match operand {
            Operand::SlotA => Some(a),
            Operand::SlotB => Some(b),
            Operand::SlotC => Some(c),
            _ => None,
        });
        named.chain(pair)
    }
}
