// SPDX-License-Identifier: Apache-2.0

package sqlsearch

import (
	"strings"

	"github.com/callboard/callboard/portal/search"
)

// sqliteStatement returns the query of a probe. Words are parameters of it, quoted
// in the language of the engine, as in [postgresStatement].
func sqliteStatement(p search.Probe) (query string, args []any) {
	match := liteMatch(p.Match)
	if within := liteFilter(p.Within); within != "" {
		match = liteAnd(match, within)
	}
	return columns + `search_tokens
		JOIN search_documents d ON d.id = search_tokens.rowid
		WHERE search_tokens MATCH ?
		ORDER BY search_tokens.rowid
		LIMIT ?`, []any{match, p.Limit}
}

// liteMatch writes a match as FTS5 reads it.
func liteMatch(m search.Match) string {
	switch t := m.(type) {
	case search.MatchAll:
		return liteJoin(t, " AND ")
	case search.MatchAny:
		return liteJoin(t, " OR ")
	case search.Except:
		return "(" + liteMatch(t.Match) + " NOT " + liteMatch(t.Without) + ")"
	case search.MatchWord:
		return wordColumn(t) + " : " + liteQuote(t.Word)
	case search.MatchPhrase:
		return "body : " + liteQuote(strings.Join(t, " "))
	}
	return ""
}

func wordColumn(w search.MatchWord) string {
	if w.Name {
		return "names"
	}
	return "body"
}

func liteJoin(parts []search.Match, word string) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = liteMatch(p)
	}
	return "(" + strings.Join(texts, word) + ")"
}

func liteAnd(a, b string) string {
	if a == "" {
		return b
	}
	return "(" + a + " AND " + b + ")"
}

// liteQuote writes a token as FTS5 reads it. Tokens have no quotes; one that had
// would end the text, so they are doubled.
func liteQuote(token string) string {
	return `"` + strings.NewReplacer(`"`, `""`, "\x00", "").Replace(token) + `"`
}

// liteFilter writes a filter as FTS5 reads it; nothing if it says nothing. As
// FTS5 subtracts only, what is negative is subtracted from everything.
func liteFilter(f search.Filter) string {
	return search.Translate(f, search.Language{
		Token: func(token string, prefix bool) string {
			if prefix {
				return "facts : " + liteQuote(token) + " *"
			}
			return "facts : " + liteQuote(token)
		},
		And: " AND ", Or: " OR ",
		Not: func(all, part string) string { return "(" + all + " NOT " + part + ")" },
	})
}

// postgresStatement has no order: rows come as they lie, which is the same each
// time, and sorting would need all of them.
func postgresStatement(from, facts string, p search.Probe) statement {
	var where []string
	var args []any
	if p.Match != nil {
		text, found := postgresMatch(p.Match)
		where, args = append(where, text), append(args, found...)
	} else {
		facts = factsIndexed // there is nothing else to find it by
	}
	if within := postgresFilter(p.Within); within != "" {
		where, args = append(where, facts), append(args, within)
	}
	return statement{columns + from + `
		WHERE ` + strings.Join(where, ` AND `) + `
		LIMIT ?`, append(args, p.Limit)}
}

// statement is a query with its parameters.
type statement struct {
	query string
	args  []any
}

// postgresMatch writes a match: what is about one column as one query of words,
// else as conditions.
func postgresMatch(m search.Match) (where string, args []any) {
	if column := columnOf(m); column != "" {
		return `d.` + map[string]string{"names": "named", "body": "body"}[column] + ` @@ CAST(? AS tsquery)`, []any{postgresWords(m)}
	}
	join := func(parts []search.Match, word string) (string, []any) {
		var texts []string
		for _, p := range parts {
			text, more := postgresMatch(p)
			texts, args = append(texts, text), append(args, more...)
		}
		return "(" + strings.Join(texts, word) + ")", args
	}
	switch t := m.(type) {
	case search.MatchAll:
		return join(t, ` AND `)
	case search.MatchAny:
		return join(t, ` OR `)
	case search.Except:
		return join([]search.Match{t.Match, t.Without}, ` AND NOT `)
	}
	return `FALSE`, nil
}

// columnOf returns the column that a match is about, or nothing if it is about
// several.
func columnOf(m search.Match) string {
	same := func(parts []search.Match) string {
		column := columnOf(parts[0])
		for _, p := range parts[1:] {
			if columnOf(p) != column {
				return ""
			}
		}
		return column
	}
	switch t := m.(type) {
	case search.MatchAll:
		return same(t)
	case search.MatchAny:
		return same(t)
	case search.Except:
		return same([]search.Match{t.Match, t.Without})
	case search.MatchWord:
		return wordColumn(t)
	case search.MatchPhrase:
		return "body"
	}
	return ""
}

// postgresWords writes a match of one column as a query of words.
func postgresWords(m search.Match) string {
	join := func(parts []search.Match, word string) string {
		texts := make([]string, len(parts))
		for i, p := range parts {
			texts[i] = postgresWords(p)
		}
		return "(" + strings.Join(texts, word) + ")"
	}
	switch t := m.(type) {
	case search.MatchAll:
		return join(t, " & ")
	case search.MatchAny:
		return join(t, " | ")
	case search.Except:
		return "(" + postgresWords(t.Match) + " & !" + postgresWords(t.Without) + ")"
	case search.MatchWord:
		return postgresQuote(t.Word)
	case search.MatchPhrase:
		texts := make([]string, len(t))
		for i, w := range t {
			texts[i] = postgresQuote(w)
		}
		return "(" + strings.Join(texts, " <-> ") + ")"
	}
	return ""
}

// postgresQuote writes a word as vectors and queries of words have it.
func postgresQuote(word string) string {
	if strings.ContainsAny(word, "\\'\x00") {
		word = strings.NewReplacer(`\`, `\\`, `'`, `''`, "\x00", "").Replace(word)
	}
	return `'` + word + `'`
}

func postgresFilter(f search.Filter) string {
	return search.Translate(f, search.Language{
		Token: func(token string, prefix bool) string {
			if prefix {
				return postgresQuote(token) + ":*"
			}
			return postgresQuote(token)
		},
		And: " & ", Or: " | ",
		Not: func(_, part string) string { return "!" + part },
	})
}
