//! Random arithmetic against a plain model of the number rules, folded at compile time and computed at run time.

use std::fmt::Write;
use std::time::Duration;

use sentra::program;

const PROGRAMS: usize = 40;
const EXPRESSIONS: usize = 100;

/// A number: an integer that is exact, or a double.
#[derive(Clone, Copy, Debug)]
enum Number {
    Integer(i64),
    Double(f64),
}

use Number::{Double, Integer};

impl Number {
    fn double(self) -> f64 {
        match self {
            Integer(value) => value as f64,
            Double(value) => value,
        }
    }

    /// The integer that it is, if it is one of 64 bits.
    fn integer(self) -> Option<i64> {
        match self {
            Integer(value) => Some(value),
            Double(value) if value.fract() == 0.0 && (-TWO_TO_63..TWO_TO_63).contains(&value) => Some(value as i64),
            Double(_) => None,
        }
    }

    /// What prints.
    fn text(self) -> String {
        match self {
            Integer(value) => value.to_string(),
            Double(value) if value.is_nan() => "nan".to_owned(),
            Double(value) if value.is_infinite() => if value > 0.0 { "inf" } else { "-inf" }.to_owned(),
            Double(0.0) => "0".to_owned(),
            Double(value) if value.abs() >= 1e21 || value.abs() < 1e-6 => format!("{value:e}"),
            Double(value) => value.to_string(),
        }
    }
}

const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// The result of integers, if it is one of 64 bits; beyond, they are computed with as doubles.
fn exact(operator: &str, left: i64, right: i64) -> Option<i64> {
    match operator {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "%" => Some(left.wrapping_rem(right)),
        _ => left.checked_div(right).filter(|quotient| quotient * right == left),
    }
}

/// A double below 2^53 in magnitude without a fraction is an integer, too: the two cannot be told apart.
fn double(value: f64) -> Number {
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 { Integer(value as i64) } else { Double(value) }
}

enum Expression {
    Literal(String, Number),
    Variable(usize),
    Negate(Box<Expression>),
    Invert(Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
}

/// None for a fault: division by zero, or bits of what is no integer.
fn evaluate(expression: &Expression, variables: &[Number]) -> Option<Number> {
    match expression {
        Expression::Literal(_, value) => Some(*value),
        Expression::Variable(index) => Some(variables[*index]),
        Expression::Negate(operand) => match evaluate(operand, variables)? {
            Integer(value) => Some(value.checked_neg().map_or(Double(TWO_TO_63), Integer)),
            Double(value) => Some(Double(-value)),
        },
        Expression::Invert(operand) => Some(Integer(!evaluate(operand, variables)?.integer()?)),
        Expression::Binary(operator, left, right) => {
            // Both sides are computed before either is judged.
            let (left, right) = (evaluate(left, variables)?, evaluate(right, variables)?);
            binary(operator, left, right)
        }
    }
}

fn binary(operator: &str, left: Number, right: Number) -> Option<Number> {
    if let "&" | "|" | "^" | ">>" = operator {
        let (left, right) = (left.integer()?, right.integer()?);
        return Some(Integer(match operator {
            "&" => left & right,
            "|" => left | right,
            "^" => left ^ right,
            _ => left >> (right & 63),
        }));
    }
    if let (Integer(left), Integer(right)) = (left, right) {
        if let "/" | "%" = operator
            && right == 0
        {
            return None;
        }
        if let Some(result) = exact(operator, left, right) {
            return Some(Integer(result));
        }
    }
    let (left, right) = (left.double(), right.double());
    match operator {
        "+" => Some(double(left + right)),
        "-" => Some(double(left - right)),
        "*" => Some(double(left * right)),
        "/" | "%" if right == 0.0 => None,
        "%" => Some(double(left % right)),
        _ => Some(double(left / right)),
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    /// Literals at the edges of the rules, and small ones.
    fn literal(&mut self) -> (String, Number) {
        const INTEGERS: [i64; 17] = [
            0,
            1,
            2,
            3,
            7,
            10,
            255,
            65_536,
            4_294_967_295,
            4_294_967_296,
            3_037_000_500,
            140_737_488_355_327,
            140_737_488_355_328,
            9_007_199_254_740_991,
            9_007_199_254_740_992,
            9_007_199_254_740_993,
            i64::MAX,
        ];
        const DOUBLES: [f64; 5] = [0.5, 1.5, 0.1, 2.25, 1234.75];
        if self.below(5) == 0 {
            let value = DOUBLES[self.below(DOUBLES.len())];
            return (value.to_string(), Double(value));
        }
        let value = INTEGERS[self.below(INTEGERS.len())];
        (value.to_string(), Integer(value))
    }

    fn expression(&mut self, depth: usize) -> Expression {
        const OPERATORS: [&str; 12] = ["+", "-", "*", "+", "-", "*", "/", "%", "&", "|", "^", ">>"];
        if depth == 0 || self.below(6) == 0 {
            return match self.below(2) {
                0 => Expression::Variable(self.below(3)),
                _ => {
                    let (text, value) = self.literal();
                    Expression::Literal(text, value)
                }
            };
        }
        match self.below(9) {
            0 => Expression::Negate(Box::new(self.expression(depth - 1))),
            1 => Expression::Invert(Box::new(self.expression(depth - 1))),
            _ => {
                let operator = OPERATORS[self.below(OPERATORS.len())];
                let left = self.expression(depth - 1);
                let right = match operator {
                    // A shift by more than 63 has no meaning.
                    ">>" => Expression::Literal("5".to_owned(), Integer(5)),
                    _ => self.expression(depth - 1),
                };
                Expression::Binary(operator, Box::new(left), Box::new(right))
            }
        }
    }
}

/// The source of an expression; variables by name, or by what they hold.
fn write(expression: &Expression, variables: &[String], out: &mut String) {
    match expression {
        Expression::Literal(text, _) => out.push_str(text),
        Expression::Variable(index) => out.push_str(&variables[*index]),
        Expression::Negate(operand) | Expression::Invert(operand) => {
            out.push_str(if matches!(expression, Expression::Negate(_)) { "(- " } else { "(~ " });
            write(operand, variables, out);
            out.push(')');
        }
        Expression::Binary(operator, left, right) => {
            out.push('(');
            write(left, variables, out);
            let _ = write!(out, " {operator} ");
            write(right, variables, out);
            out.push(')');
        }
    }
}

fn source(expression: &Expression, variables: &[String]) -> String {
    let mut text = String::new();
    write(expression, variables, &mut text);
    text
}

#[test]
fn arithmetic_follows_the_rules() {
    let names = ["a", "b", "c"].map(str::to_owned);
    for case in 0..PROGRAMS {
        let mut random = Random(case as u64 + 1);
        let mut program = "fn show(f) { try { return str(f()) } catch e { return \"fault\" } }\n".to_owned();
        let mut wanted = Vec::new();
        for number in 0..EXPRESSIONS {
            let literals = [random.literal(), random.literal(), random.literal()];
            let (texts, values) = (literals.clone().map(|literal| literal.0), literals.map(|literal| literal.1));
            let expression = random.expression(4);
            let (named, folded) = (source(&expression, &names), source(&expression, &texts));
            let arguments = texts.join(", ");
            // Folded, from arguments, and stored in a variable that is written again.
            let _ = writeln!(program, "fn f{number}(a, b, c) {{ return {named} }}");
            let _ = writeln!(program, "fn g{number}(a, b, c) {{ let r = a; r = {named}; a = r; return a }}");
            let _ = writeln!(
                program,
                "log(show(|| {folded}), show(|| f{number}({arguments})), show(|| g{number}({arguments})))"
            );
            let text = evaluate(&expression, &values).map_or("fault".to_owned(), Number::text);
            wanted.push((format!("{text} {text} {text}"), folded));
        }
        let limit = Duration::from_secs(60);
        let outcome = program::run(program::sentra_vm().args(["run", "-"]), program.as_bytes(), limit);
        assert_eq!(outcome.status, Some(0), "program {case}: {}", outcome.errors());
        let output = outcome.output();
        assert_eq!(output.lines().count(), EXPRESSIONS);
        for (line, (text, expression)) in output.lines().zip(&wanted) {
            assert_eq!(line, text, "program {case}: {expression}");
        }
    }
}

/// Sources of one and the same number: as integers, and as results of doubles, which are whole without being looked at.
fn forms(integer: i64) -> Vec<String> {
    let plain = format!("({integer})");
    if integer.unsigned_abs() >= 1 << 51 {
        return vec![plain];
    }
    vec![plain.clone(), format!("({plain} + half + half - 1)"), format!("({plain} * half / half)")]
}

#[test]
fn equal_numbers_are_one_however_they_came_about() {
    const EDGES: [i64; 15] = [
        0,
        1,
        -1,
        2,
        -7,
        255,
        65_536,
        4_294_967_295,
        140_737_488_355_327,
        140_737_488_355_328,
        -140_737_488_355_328,
        -140_737_488_355_329,
        2_251_799_813_685_247,
        9_007_199_254_740_993,
        i64::MAX,
    ];
    let mut program = "let half = 0.5\n\
        fn facts(a, b) {\n\
            let found = {}; found[a] = true\n\
            let less = a < b; let same = a == b\n\
            if a < b != less || a <= b != (less || same) || a >= b == less || a > b != (b < a) || a != b == same { return \"torn\" }\n\
            return f\"{less} {same} {b in found} {[a] == [b]} {contains([a], b)} {str(a) == str(b)} {sort([b, a])[0] == min(a, b)}\"\n\
        }\n"
        .to_owned();
    let mut wanted = Vec::new();
    for left in EDGES {
        for right in EDGES {
            for (a, b) in forms(left).iter().flat_map(|a| forms(right).into_iter().map(move |b| (a.clone(), b))) {
                let _ = writeln!(program, "log(facts({a}, {b}))");
                let (less, same) = (left < right, left == right);
                wanted.push((format!("{less} {same} {same} {same} {same} {same} true"), format!("{a} and {b}")));
            }
        }
    }
    let outcome = program::run(program::sentra_vm().args(["run", "-"]), program.as_bytes(), Duration::from_secs(60));
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    let output = outcome.output();
    assert_eq!(output.lines().count(), wanted.len());
    for (line, (facts, numbers)) in output.lines().zip(&wanted) {
        assert_eq!(line, facts, "{numbers}");
    }
}
