; Names, the more special later.
(identifier) @variable
(wildcard) @variable.builtin
(key) @property
(member) @property
(parameter name: (pattern (identifier) @variable.parameter))
(bar_parameter (pattern (identifier) @variable.parameter))
(rest (identifier) @variable.parameter)

(function_declaration name: (identifier) @function)
(short_function_declaration name: (identifier) @function)
(call function: (identifier) @function.call)
(call function: (member_expression member: (member) @function.method.call))
(member_expression object: (identifier) @module "::")
(import_statement path: (identifier) @module)
(import_statement alias: (identifier) @module)
(use_statement (identifier) @module)
(use_statement (member) @module)
(labelled_statement label: (identifier) @label)
(break_statement label: (identifier) @label)
(continue_statement label: (identifier) @label)

; Literals.
(line_comment) @comment
(block_comment) @comment
(string) @string
(raw_string) @string
(format_string) @string
(escape) @string.escape
(doubled_brace) @string.escape
(format_spec) @string.special
(format_value) @none
(format_value ["{" "}"] @punctuation.special)
(number) @number
[(true) (false)] @boolean
(nil) @constant.builtin

; Words.
["let" "var" "const" "export" "fn"] @keyword
["if" "else" "match" "case" "default" "select"] @keyword.conditional
["for" "while" "loop" "break" "continue"] @keyword.repeat
["try" "catch" "finally" "throw" "defer"] @keyword.exception
["import" "use" "from" "as"] @keyword.import
["spawn" "go" "async"] @keyword.coroutine
"return" @keyword.return
["and" "or" "not" "in"] @keyword.operator
; "true", "false", "nil" and "null" are nodes of their own, coloured above.

["=" "+=" "-=" "*=" "/=" "%=" "??=" "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "%" "&" "&&" "|" "||" "^" "~" "<<"
 ">>" "!" "?" "??" "=>" "<-" ".." "..=" "..."] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" ":" "." "?." "::"] @punctuation.delimiter
