//! Programs of all constructs, made by chance.

/// Builds one program; every choice comes from a small generator of numbers.
pub struct Builder {
    state: u64,
    pub text: String,
    pub names: Vec<String>,
    loops: u32,
    functions: u32,
    next: u32,
}

impl Builder {
    pub fn new(seed: u64) -> Self {
        let names = vec!["g".to_owned(), "h".to_owned()];
        Self {
            state: seed * 2 + 1,
            text: "let g = [1, 2]\nlet h = {a: 1}\n".to_owned(),
            names,
            loops: 0,
            functions: 0,
            next: 0,
        }
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % limit
    }

    fn fresh(&mut self) -> String {
        self.next += 1;
        format!("v{}", self.next)
    }

    fn name(&mut self) -> String {
        let index = self.below(self.names.len() as u64) as usize;
        self.names[index].clone()
    }

    fn expression(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.below(4) {
                0 => self.below(100_000).to_string(),
                1 => "\"s\"".to_owned(),
                2 => "0.5".to_owned(),
                _ => self.name(),
            };
        }
        let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
        match self.below(22) {
            0 => format!("({a} + {b} + {a})"),
            1 => format!("({a} - {b})"),
            2 => format!("({a} * {b})"),
            3 => format!("({a} < {b})"),
            4 => format!("({a} == {b} && {b} != {a})"),
            5 => format!("({a} || !{b})"),
            6 => format!("({a} ? {b} : {a})"),
            7 => format!("[{a}, {b}]"),
            8 => format!("({{ k: {a}, j: {b} }}).k"),
            9 => format!("{}[{a}]", self.name()),
            10 => format!("{}?.f({a})?.x", self.name()),
            11 => format!("f\"{{{a}}} {{{b}:>4}}\""),
            12 => format!("(if {a} {{ {b} }} else {{ {a} }})"),
            13 => format!("match {a} {{ 1, 2 => {b}, [x, y] if x > y => x, {{k: 3, z}} => z, _ => {a} }}"),
            14 => format!("(|x| x + {a})({b})"),
            15 => format!("({} = {a})", self.name()),
            16 => format!("({}[{a}] += {b})", self.name()),
            17 => format!("({}.f ??= {b})", self.name()),
            18 => format!("({a} ?? {b})"),
            19 => format!("{}[{a}:{b}]", self.name()),
            20 => format!("len({a})"),
            _ => format!("({a} in {b})"),
        }
    }

    fn block(&mut self, depth: u32) {
        let visible = self.names.len();
        self.text.push_str("{\n");
        for _ in 0..self.below(4) {
            self.statement(depth);
        }
        self.text.push_str("}\n");
        self.names.truncate(visible);
    }

    fn looped(&mut self, depth: u32) {
        self.loops += 1;
        self.block(depth);
        self.loops -= 1;
    }

    pub fn statement(&mut self, depth: u32) {
        let value = self.expression(2);
        let name = self.fresh();
        match self.below(if depth == 0 { 9 } else { 20 }) {
            0 | 1 => {
                self.text += &format!("let {name} = {value}\n");
                self.names.push(name);
            }
            2 => {
                self.text += &format!("var {name} = {value}\n");
                self.names.push(name);
            }
            3 => {
                let target = self.name();
                self.text += &format!("{target} = {value}\n");
            }
            4 => {
                let target = self.name();
                self.text += &format!("{target}[1] -= {value}\n");
            }
            5 if self.loops > 0 => {
                let ways = ["break\n", "continue\n"];
                let way = self.below(2) as usize;
                self.text += ways[way];
            }
            5 | 6 if self.functions > 0 => self.text += &format!("if {value} {{ return {value} }}\n"),
            7 => self.text += &format!("defer log({value})\n"),
            8 => {
                self.text +=
                    &format!("let [{name}, {{k: [{name}b, ...{name}c]}}] = {value}\nlog({name}, {name}b, {name}c)\n")
            }
            9 | 10 => {
                self.text += &format!("if {value} ");
                self.block(depth - 1);
            }
            11 => {
                self.text += &format!("while {value} ");
                self.looped(depth - 1);
            }
            12 => {
                self.text += &format!("for {name} in {value} ");
                self.names.push(name);
                self.looped(depth - 1);
                self.names.pop();
            }
            13 => {
                self.text += &format!("for (let {name} = 0; {name} < {value}; {name} += 1) ");
                self.names.push(name);
                self.looped(depth - 1);
                self.names.pop();
            }
            14 => {
                self.text += &format!("for {name} in 0..{value} ");
                self.names.push(name);
                self.looped(depth - 1);
                self.names.pop();
            }
            15 | 16 => self.guarded(depth),
            17 => {
                let loops = std::mem::take(&mut self.loops);
                self.functions += 1;
                self.text += &format!("fn {name}(a, b = {value}, ...c) ");
                self.names.push(name);
                self.block(depth - 1);
                self.functions -= 1;
                self.loops = loops;
            }
            18 => {
                let loops = std::mem::take(&mut self.loops);
                self.text += "spawn ";
                self.block(depth - 1);
                self.loops = loops;
            }
            19 => {
                self.text +=
                    &format!("select {{ case m = <-{value}: log(m)\ncase {value} <- 1: log(2)\ndefault: log(3) }}\n");
            }
            _ => self.text += &format!("log({value})\n"),
        }
    }

    fn guarded(&mut self, depth: u32) {
        self.text += "try ";
        self.block(depth - 1);
        let kind = self.below(3);
        if kind < 2 {
            self.text += "catch e ";
            self.block(depth - 1);
        }
        if kind > 0 {
            self.text += "finally ";
            self.block(depth - 1);
        }
    }
}
