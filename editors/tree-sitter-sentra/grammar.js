/// <reference types="tree-sitter-cli/dsl" />
// The grammar of Sentra for editors. Where a line ends a statement, and what a nested comment is, `src/scanner.c`
// says; everything else stands here.

const PRECEDENCE = {
  lambda: -2,
  assign: -1,
  ternary: 0,
  coalesce: 1,
  or: 2,
  and: 3,
  equal: 4,
  compare: 5,
  bit_or: 6,
  bit_xor: 7,
  bit_and: 8,
  shift: 9,
  range: 10,
  add: 11,
  multiply: 12,
  unary: 13,
  postfix: 14,
};

const list = (rule) => seq(rule, repeat(seq(",", rule)), optional(","));

module.exports = grammar({
  name: "sentra",

  externals: ($) => [$._line_end, $.block_comment, $._error_sentinel],

  extras: ($) => [/[\s\uFEFF]/, $.line_comment, $.block_comment],

  word: ($) => $.identifier,

  supertypes: ($) => [$.statement, $.expression],

  inline: ($) => [$._terminator],

  conflicts: ($) => [
    [$._statements],
    [$._key, $.field_pattern],
    [$._parameter_list],
    [$.array_pattern],
    [$.bar_parameters],
    [$.labelled_statement, $._key],
    [$.block, $.map],
    [$.expression, $.pattern],
    [$.array, $.array_pattern],
    [$.map, $.map_pattern],
    [$.expression, $.receive_case],
    [$.literal_pattern, $.expression],
  ],

  rules: {
    source_file: ($) => optional($._statements),

    // Statements. One that ends with a block needs nothing between it and the next.

    _terminator: ($) => choice(";", $._line_end),

    _statements: ($) =>
      choice(
        seq(repeat1(choice($._terminator, seq($.statement, $._terminator), $._block_statement)), optional($.statement)),
        $.statement,
      ),

    _block_statement: ($) =>
      prec(
        1,
        choice(
          $.function_declaration,
          $.while_statement,
          $.loop_statement,
          $.for_in_statement,
          $.for_clause_statement,
          $.try_statement,
          $.select_statement,
          $.labelled_statement,
          alias($._value_statement, $.expression_statement),
          $.block,
        ),
      ),

    _value_statement: ($) =>
      prec(1, choice($.if_expression, $.match_expression, alias($._spawn_block, $.spawn_expression))),

    statement: ($) =>
      choice(
        $.variable_declaration,
        $.short_function_declaration,
        $.import_statement,
        $.use_statement,
        $.return_statement,
        $.throw_statement,
        $.break_statement,
        $.continue_statement,
        $.defer_statement,
        $.send_statement,
        $.expression_statement,
      ),

    expression_statement: ($) => $.expression,

    variable_declaration: ($) =>
      seq(
        optional("export"),
        field("kind", choice("let", "var", "const")),
        field("name", $.pattern),
        optional(seq("=", field("value", $.expression))),
      ),

    function_declaration: ($) =>
      seq(optional("export"), "fn", field("name", $.identifier), field("parameters", $.parameters), field("body", $.block)),

    short_function_declaration: ($) =>
      seq(
        optional("export"),
        "fn",
        field("name", $.identifier),
        field("parameters", $.parameters),
        "=>",
        field("body", choice($.expression, $.block)),
      ),

    import_statement: ($) =>
      seq(
        "import",
        choice(
          seq(field("path", choice($.identifier, $.string)), optional(seq("as", field("alias", $.identifier)))),
          seq(field("names", $.import_names), "from", field("path", choice($.identifier, $.string))),
        ),
      ),

    import_names: ($) => seq("{", optional(list($.import_name)), "}"),
    import_name: ($) => seq(field("name", $.identifier), optional(seq("as", field("alias", $.identifier)))),

    use_statement: ($) => seq("use", $.identifier, repeat(seq("::", $._member))),

    return_statement: ($) => prec.right(seq("return", optional($.expression))),
    throw_statement: ($) => seq("throw", $.expression),
    break_statement: ($) => prec.right(seq("break", optional(field("label", $.identifier)))),
    continue_statement: ($) => prec.right(seq("continue", optional(field("label", $.identifier)))),
    defer_statement: ($) => seq("defer", $.expression),
    send_statement: ($) => seq(field("channel", $.expression), "<-", field("value", $.expression)),

    labelled_statement: ($) =>
      seq(
        field("label", $.identifier),
        ":",
        choice($.while_statement, $.loop_statement, $.for_in_statement, $.for_clause_statement),
      ),

    while_statement: ($) => seq("while", field("condition", $.expression), field("body", $.block)),
    loop_statement: ($) => seq("loop", field("body", $.block)),

    for_in_statement: ($) =>
      seq(
        "for",
        choice($._bindings, seq("(", optional(choice("let", "var", "const")), $._bindings, ")")),
        field("body", $.block),
      ),

    _bindings: ($) =>
      seq(
        optional(seq(field("key", $.pattern), ",")),
        field("value", $.pattern),
        "in",
        field("iterable", $.expression),
      ),

    for_clause_statement: ($) =>
      seq(
        "for",
        "(",
        optional(field("initializer", choice($.variable_declaration, $.expression))),
        ";",
        optional(field("condition", $.expression)),
        ";",
        optional(field("step", $.expression)),
        ")",
        field("body", $.block),
      ),

    try_statement: ($) =>
      prec.right(
        seq("try", field("body", $.block), optional($.catch_clause), optional($.finally_clause)),
      ),
    catch_clause: ($) =>
      seq("catch", optional(choice(field("name", $.identifier), seq("(", field("name", $.identifier), ")"))), $.block),
    finally_clause: ($) => seq("finally", $.block),

    select_statement: ($) => seq("select", "{", repeat(choice($._terminator, $.select_case, $.select_default)), "}"),
    select_case: ($) =>
      prec.right(seq("case", choice($.receive_case, $.send_statement), ":", optional($._statements))),
    receive_case: ($) =>
      seq(optional(seq(optional("let"), field("name", $.identifier), "=")), "<-", field("channel", $.expression)),
    select_default: ($) => prec.right(seq("default", ":", optional($._statements))),

    block: ($) => seq("{", optional($._statements), "}"),

    // Functions.

    parameters: ($) => seq("(", optional($._parameter_list), ")"),
    _parameter_list: ($) =>
      choice(seq(list($.parameter)), seq(repeat(seq($.parameter, ",")), $.rest)),
    parameter: ($) => seq(field("name", $.pattern), optional(seq("=", field("default", $.expression)))),
    rest: ($) => seq("...", $.identifier),

    lambda: ($) =>
      prec.right(
        PRECEDENCE.lambda,
        choice(
          seq("fn", field("parameters", $.parameters), field("body", $.block)),
          seq("fn", field("parameters", $.parameters), "=>", field("body", choice($.expression, $.block))),
          seq(field("parameters", $.bar_parameters), field("body", choice($.expression, $.block))),
        ),
      ),

    bar_parameters: ($) =>
      choice("||", seq("|", optional(choice(list($.bar_parameter), seq(repeat(seq($.bar_parameter, ",")), $.rest))), "|")),
    bar_parameter: ($) => seq($.pattern, optional(seq("=", $._default))),
    _default: ($) => choice($.number, $.string, $.true, $.false, $.nil, $.identifier, $.array, $.map),

    // Expressions.

    expression: ($) =>
      choice(
        $.nil,
        $.true,
        $.false,
        $.number,
        $.string,
        $.raw_string,
        $.format_string,
        $.identifier,
        alias($._soft_word, $.identifier),
        $.array,
        $.map,
        $.lambda,
        $.unary_expression,
        $.receive_expression,
        $.binary_expression,
        $.range_expression,
        $.ternary_expression,
        $.assignment,
        $.call,
        $.index_expression,
        $.slice_expression,
        $.member_expression,
        $.if_expression,
        $.match_expression,
        $.spawn_expression,
        $.parenthesized_expression,
      ),

    nil: () => choice("nil", "null"),
    true: () => "true",
    false: () => "false",

    number: () =>
      token(
        choice(
          /0[xX][0-9A-Fa-f_]+/,
          /0[bB][01_]+/,
          /0[oO][0-7_]+/,
          /[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9_]+)?/,
        ),
      ),

    string: ($) =>
      choice(
        seq('"', repeat(choice(token.immediate(prec(1, /[^"\\]+/)), $.escape)), token.immediate('"')),
        seq("'", repeat(choice(token.immediate(prec(1, /[^'\\]+/)), $.escape)), token.immediate("'")),
      ),
    raw_string: () => /`[^`]*`/,
    escape: () => token.immediate(/\\([ntr0\\"'`]|x[0-9A-Fa-f]{2}|u\{[0-9A-Fa-f]+\})/),

    format_string: ($) =>
      choice(
        seq(
          'f"',
          repeat(choice(token.immediate(prec(1, /[^"\\{}]+/)), $.escape, $.doubled_brace, $.format_value)),
          token.immediate('"'),
        ),
        seq(
          "f'",
          repeat(choice(token.immediate(prec(1, /[^'\\{}]+/)), $.escape, $.doubled_brace, $.format_value)),
          token.immediate("'"),
        ),
      ),
    doubled_brace: () => token.immediate(choice("{{", "}}")),
    format_value: ($) =>
      seq(token.immediate("{"), field("value", $.expression), optional(field("format", $.format_spec)), "}"),
    format_spec: () => /:[^:}"'\n][^}"'\n]*/,

    array: ($) => seq("[", optional(list($.expression)), "]"),
    map: ($) => seq("{", optional(list($.entry)), "}"),
    entry: ($) => seq(field("key", $._key), ":", field("value", $.expression)),
    _key: ($) => choice(alias($.identifier, $.key), alias($._word, $.key), $.string, $.number, seq("-", $.number)),

    parenthesized_expression: ($) => seq("(", $.expression, ")"),

    unary_expression: ($) =>
      prec(PRECEDENCE.unary, seq(field("operator", choice("!", "not", "-", "~")), field("operand", $.expression))),
    receive_expression: ($) => prec(PRECEDENCE.unary, seq("<-", field("channel", $.expression))),

    binary_expression: ($) =>
      choice(
        ...[
          [PRECEDENCE.coalesce, "??"],
          [PRECEDENCE.or, choice("||", "or")],
          [PRECEDENCE.and, choice("&&", "and")],
          [PRECEDENCE.equal, choice("==", "!=")],
          [PRECEDENCE.compare, choice("<", "<=", ">", ">=", "in", seq("not", "in"))],
          [PRECEDENCE.bit_or, "|"],
          [PRECEDENCE.bit_xor, "^"],
          [PRECEDENCE.bit_and, "&"],
          [PRECEDENCE.shift, choice("<<", ">>")],
          [PRECEDENCE.add, choice("+", "-")],
          [PRECEDENCE.multiply, choice("*", "/", "%")],
        ].map(([level, operator]) =>
          prec.left(
            level,
            seq(field("left", $.expression), field("operator", operator), field("right", $.expression)),
          ),
        ),
      ),

    range_expression: ($) =>
      prec.left(PRECEDENCE.range, seq(field("from", $.expression), choice("..", "..="), field("to", $.expression))),

    ternary_expression: ($) =>
      prec.right(
        PRECEDENCE.ternary,
        seq(
          field("condition", $.expression),
          "?",
          field("then", $.expression),
          ":",
          field("otherwise", $.expression),
        ),
      ),

    assignment: ($) =>
      prec.right(
        PRECEDENCE.assign,
        seq(
          field("target", $.expression),
          field("operator", choice("=", "+=", "-=", "*=", "/=", "%=", "??=")),
          field("value", $.expression),
        ),
      ),

    call: ($) => prec(PRECEDENCE.postfix, seq(field("function", $.expression), field("arguments", $.arguments))),
    arguments: ($) => seq("(", optional(list($.expression)), ")"),
    index_expression: ($) =>
      prec(PRECEDENCE.postfix, seq(field("object", $.expression), "[", field("index", $.expression), "]")),
    slice_expression: ($) =>
      prec(
        PRECEDENCE.postfix,
        seq(field("object", $.expression), "[", optional($.expression), ":", optional($.expression), "]"),
      ),
    member_expression: ($) =>
      prec(
        PRECEDENCE.postfix,
        seq(field("object", $.expression), choice(".", "?.", "::"), field("member", $._member)),
      ),
    _member: ($) => choice(alias($.identifier, $.member), alias($._word, $.member)),

    if_expression: ($) =>
      prec.right(
        seq(
          "if",
          field("condition", $.expression),
          field("then", $.block),
          optional(seq("else", field("otherwise", choice($.if_expression, $.block)))),
        ),
      ),

    match_expression: ($) => seq("match", field("value", $.expression), field("arms", $.match_arms)),
    match_arms: ($) =>
      seq("{", repeat(choice($._terminator, ",", $.match_arm)), "}"),
    match_arm: ($) =>
      prec.right(
        seq(
          field("pattern", $._alternatives),
          optional(seq("if", field("guard", $.expression))),
          "=>",
          field(
            "body",
            choice(
              $.expression,
              $.block,
              $.return_statement,
              $.throw_statement,
              $.break_statement,
              $.continue_statement,
              $.send_statement,
            ),
          ),
        ),
      ),
    _alternatives: ($) => prec.left(seq($.pattern, repeat(seq(choice(",", "|"), $.pattern)))),

    spawn_expression: ($) =>
      choice(
        prec(PRECEDENCE.unary, seq(choice("spawn", "go", "async"), $.expression)),
        prec.dynamic(1, $._spawn_block),
      ),
    _spawn_block: ($) => prec(2, seq(choice("spawn", "go", "async"), $.block)),

    // Patterns.

    pattern: ($) =>
      choice($.identifier, alias($._soft_word, $.identifier), $.wildcard, $.literal_pattern, $.range_pattern, $.array_pattern, $.map_pattern),
    wildcard: () => "_",
    literal_pattern: ($) => choice($.nil, $.true, $.false, $.number, seq("-", $.number), $.string, $.raw_string),
    range_pattern: ($) => seq($.literal_pattern, choice("..", "..="), $.literal_pattern),
    array_pattern: ($) =>
      seq("[", optional(choice(list($.pattern), seq(repeat(seq($.pattern, ",")), $.rest, optional(",")))), "]"),
    map_pattern: ($) => seq("{", optional(list($.field_pattern)), "}"),
    field_pattern: ($) =>
      choice(
        field("name", $.identifier),
        seq(
          field("key", choice(alias($.identifier, $.key), alias($._word, $.key), $.string)),
          ":",
          field("value", $.pattern),
        ),
      ),

    // Words.

    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,

    // Behind a dot, and as keys, keywords are names. The list is the lexer's.
    _word: ($) =>
      choice(
        "and", "break", "catch", "const", "continue", "defer", "else", "export", "false", "finally", "fn", "for",
        "if", "import", "in", "let", "loop", "match", "nil", "not", "null", "or", "return", "spawn", "throw", "true",
        "try", "var", "while",
        $._soft_word,
      ),

    // Keywords in their places, names elsewhere.
    _soft_word: () => choice("as", "async", "case", "default", "from", "go", "select", "use"),

    line_comment: () => token(choice(seq("//", /[^\n]*/), seq("#", /[^\n]*/))),
  },
});
