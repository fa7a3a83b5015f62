// What no grammar without context can say: where a line ends a statement, and comments in comments.

#include "tree_sitter/parser.h"

#include <wctype.h>

enum Token { LINE_END, BLOCK_COMMENT, ERROR_SENTINEL };

void *tree_sitter_sentra_external_scanner_create(void) { return NULL; }
void tree_sitter_sentra_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_sentra_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}
void tree_sitter_sentra_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

static void advance(TSLexer *lexer) { lexer->advance(lexer, false); }
static void skip(TSLexer *lexer) { lexer->advance(lexer, true); }

// The rest of a block comment behind its first `/*`; false if it has no end.
static bool block_comment(TSLexer *lexer) {
  unsigned depth = 1;
  while (!lexer->eof(lexer)) {
    int32_t last = lexer->lookahead;
    advance(lexer);
    if (last == '*' && lexer->lookahead == '/') {
      advance(lexer);
      if (--depth == 0) {
        return true;
      }
    } else if (last == '/' && lexer->lookahead == '*') {
      advance(lexer);
      depth++;
    }
  }
  return false;
}

static bool is_word(int32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Whether the word at hand continues the line before.
static bool word_continues(TSLexer *lexer) {
  static const char *const words[] = {"and", "or", "else", "catch", "finally"};
  char word[9];
  unsigned length = 0;
  while (is_word(lexer->lookahead)) {
    if (length < 8) {
      word[length] = (char)lexer->lookahead;
    }
    length++;
    advance(lexer);
  }
  if (length > 8) {
    return false;
  }
  word[length] = 0;
  for (unsigned index = 0; index < sizeof words / sizeof *words; index++) {
    const char *other = words[index];
    unsigned at = 0;
    while (other[at] && other[at] == word[at]) {
      at++;
    }
    if (other[at] == 0 && word[at] == 0) {
      return true;
    }
  }
  return false;
}

// Whether a line that begins here continues the one before.
static bool continues(TSLexer *lexer) {
  int32_t first = lexer->lookahead;
  if (is_word(first)) {
    return word_continues(lexer);
  }
  switch (first) {
  case '+':
  case '*':
  case '/':
  case '%':
  case '?':
  case ':':
    return true;
  case '.':
    advance(lexer);
    // `..` and `...` begin nothing that a statement begins with, either.
    return true;
  case '&':
  case '|':
  case '=':
  case '!':
  case '<':
  case '>': {
    advance(lexer);
    int32_t second = lexer->lookahead;
    if (first == '&' || first == '|') {
      return second == first;
    }
    return second == '=';
  }
  default:
    return false;
  }
}

bool tree_sitter_sentra_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  bool recovering = valid[ERROR_SENTINEL];
  bool newline = false;
  bool may_end = false;
  for (;;) {
    while (iswspace((wint_t)lexer->lookahead)) {
      newline |= lexer->lookahead == '\n';
      skip(lexer);
    }
    if (valid[LINE_END] && !recovering && newline && !may_end) {
      // The token is empty and stands here, whatever is looked at behind it.
      may_end = true;
      lexer->mark_end(lexer);
      lexer->result_symbol = LINE_END;
    }
    if (lexer->eof(lexer)) {
      return may_end;
    }
    if (lexer->lookahead == '#') {
      if (!may_end) {
        return false;
      }
      while (lexer->lookahead != '\n' && !lexer->eof(lexer)) {
        advance(lexer);
      }
      continue;
    }
    if (lexer->lookahead != '/') {
      return may_end && !continues(lexer);
    }
    advance(lexer);
    if (lexer->lookahead == '*') {
      advance(lexer);
      bool ended = block_comment(lexer);
      if (!may_end) {
        lexer->mark_end(lexer);
        lexer->result_symbol = BLOCK_COMMENT;
        return ended && valid[BLOCK_COMMENT];
      }
      continue;
    }
    if (lexer->lookahead != '/' || !may_end) {
      return false;
    }
    while (lexer->lookahead != '\n' && !lexer->eof(lexer)) {
      advance(lexer);
    }
  }
}
