// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// funcs returns what templates may call, in one language.
func (u *UI) funcs(tag language.Tag) template.FuncMap {
	f := &funcs{ui: u, tag: tag, printer: u.words.printers[tag]}
	return template.FuncMap{
		// Links and assets.
		"url": f.url, "asset": u.Asset, "icon": f.icon,
		// Words and numbers.
		"msg": f.msg, "plural": f.plural, "time": f.time, "when": f.when, "number": f.number,
		"bytes": f.bytes, "duration": FormatDuration, "percent": FormatPercent, "delta": FormatDelta,
		"initials": initials, "join": strings.Join, "lines": lines,
		"markdown": u.Markdown,
		// Components.
		"chip": newChip, "link": newLink, "linkchip": newLinkChip, "button": newButton, "notice": newNotice,
		"empty": newEmpty, "meter": newMeter, "avatar": newAvatar,
		"navgroup": newNavGroup, "add": func(a, b int) int { return a + b },
	}
}

// funcs are the template functions that depend on the portal and the language.
type funcs struct {
	ui      *UI
	tag     language.Tag
	printer *message.Printer
}

// url builds a link from a route's name and pairs of variable and value.
func (f *funcs) url(name string, pairs ...any) (string, error) {
	texts := make([]string, len(pairs))
	for i, p := range pairs {
		texts[i] = fmt.Sprint(p)
	}
	return f.ui.opts.URL(name, texts...)
}

func (f *funcs) msg(key string, args ...any) string { return f.ui.words.text(f.tag, key, args...) }

// plural writes a count with its noun: {{plural 3 "entity" "entities"}}.
func (f *funcs) plural(n any, one, other string) (string, error) {
	i, err := toInt(n)
	if err != nil {
		return "", err
	}
	noun := other
	if i == 1 {
		noun = one
	}
	return f.printer.Sprint(number.Decimal(i)) + " " + noun, nil
}

// number writes a number with the language's separators.
func (f *funcs) number(n any) string {
	return minus(f.printer.Sprint(number.Decimal(n, number.MaxFractionDigits(2))))
}

func (f *funcs) bytes(n any) (string, error) {
	i, err := toInt(n)
	return FormatBytes(i), err
}

// time draws a <time>: relative, with the exact time on hover. It takes a
// time.Time or a pointer to one; no time is "never".
func (f *funcs) time(v any) (template.HTML, error) {
	at, err := toTime(v)
	if err != nil {
		return "", err
	}
	if at.IsZero() {
		return template.HTML(template.HTMLEscapeString(f.msg("time.never"))), nil
	}
	at = at.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s" data-relative>%s</time>`,
		at.Format(time.RFC3339), at.Format("2 Jan 2006 15:04:05 UTC"), template.HTMLEscapeString(f.relative(at)))), nil
}

// when draws a <time> as date and clock, for logs and histories.
func (f *funcs) when(v any) (template.HTML, error) {
	at, err := toTime(v)
	if err != nil {
		return "", err
	}
	if at.IsZero() {
		return template.HTML(template.HTMLEscapeString(f.msg("time.never"))), nil
	}
	at = at.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`, at.Format(time.RFC3339),
		template.HTMLEscapeString(f.relative(at)), at.Format("2 Jan 2006 15:04"))), nil
}

func (f *funcs) relative(at time.Time) string {
	key, n, ok := ago(f.ui.opts.Now().Sub(at))
	switch {
	case !ok:
		return at.Format("2 Jan 2006")
	case n == 0:
		return f.msg(key)
	default:
		return f.msg(key, n)
	}
}

// icon draws an icon of the sprite; readers do not hear it, the words beside
// it say what it means. An unknown name draws a dot.
func (f *funcs) icon(name string) template.HTML {
	return template.HTML(`<svg class="i" aria-hidden="true"><use href="` + f.ui.Asset("icons.svg") + "#" + IconName(name) + `"/></svg>`)
}

func toInt(n any) (int64, error) {
	switch v := n.(type) {
	case int:
		return int64(v), nil
	case int32:
		return int64(v), nil
	case int64:
		return v, nil
	case uint32:
		return int64(v), nil
	case uint64:
		return int64(min(v, 1<<63-1)), nil
	case float64:
		return int64(v), nil
	default:
		return 0, fmt.Errorf("ui: %T is no number", n)
	}
}

func toTime(v any) (time.Time, error) {
	switch t := v.(type) {
	case time.Time:
		return t, nil
	case *time.Time:
		if t == nil {
			return time.Time{}, nil
		}
		return *t, nil
	case nil:
		return time.Time{}, nil
	default:
		return time.Time{}, fmt.Errorf("ui: %T is no time", v)
	}
}

// initials returns up to two letters that stand for a name.
func initials(name string) string {
	var out []rune
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" -_./", r) }) {
		if len(out) == 2 {
			break
		}
		out = append(out, []rune(part)[0])
	}
	return strings.ToUpper(string(out))
}

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }
