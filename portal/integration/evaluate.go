// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"maps"
	"math"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/callboard/callboard/portal/ui"
)

// The documents of one answer end at the first of these.
const (
	maxDocuments     = 200
	maxDocumentBytes = 128 << 10
)

// maxViewBytes bounds the texts of one view together.
const maxViewBytes = 128 << 10

// evaluation makes a [Result] of one answer.
type evaluation struct {
	d       *Definition
	ctx     context.Context
	vars    map[string]any
	written int
}

// evaluate applies mapping and view to an answer. vars are the subject's.
func (d *Definition) evaluate(ctx context.Context, vars map[string]any, response any, items []any) (*Result, error) {
	e := &evaluation{d: d, ctx: ctx, vars: maps.Clone(vars)}
	e.vars["response"], e.vars["items"] = response, items
	for _, m := range d.program.mapping {
		v, err := m.expr.eval(ctx, e.vars)
		if err != nil {
			return nil, err
		}
		e.vars[m.name] = v
	}
	out := &Result{}
	for _, b := range d.program.view {
		drawn, ok, err := e.block(b)
		if err != nil {
			return nil, err
		}
		if ok {
			out.View.Blocks = append(out.View.Blocks, drawn)
		}
	}
	var err error
	if out.Facts, err = e.facts(); err != nil {
		return nil, err
	}
	out.Documents, err = e.documents()
	return out, err
}

func (e *evaluation) block(b block) (ViewBlock, bool, error) {
	if b.when != nil {
		v, err := b.when.eval(e.ctx, e.vars)
		if err != nil || v.Value() != true {
			return ViewBlock{}, false, err
		}
	}
	out := ViewBlock{Title: b.Title}
	var err error
	switch b.Kind {
	case KindStatus:
		out.Status, err = e.status(b)
	case KindFacts:
		out.Facts, err = e.items(b)
	case KindTable:
		err = e.table(b, &out)
	case KindLinks:
		err = e.links(b, &out)
	case KindChart:
		out.Chart, err = e.chart(b)
	}
	return out, true, err
}

// text evaluates an expression as text, and counts it.
func (e *evaluation) text(x *expression, vars map[string]any, format string) (string, ref.Val, error) {
	v, err := x.eval(e.ctx, vars)
	if err != nil {
		return "", nil, err
	}
	text, err := formatted(v, format)
	if err != nil {
		return "", nil, &valueError{x.at, x.text, err.Error()}
	}
	if e.written += len(text); e.written > maxViewBytes {
		return "", nil, &valueError{x.at, x.text, fmt.Sprintf("makes the view longer than %d KB", maxViewBytes>>10)}
	}
	return text, v, nil
}

// extras are what may stand beside a value.
type extras struct {
	url, note string
	tone      ui.Tone
}

func (e *evaluation) extras(url, note, tone *expression, vars map[string]any) (x extras, err error) {
	link, err := url.eval(e.ctx, vars)
	if err != nil {
		return x, err
	}
	x.url = linkOf(link)
	if note != nil {
		if x.note, _, err = e.text(note, vars, ""); err != nil {
			return x, err
		}
	}
	t, err := tone.eval(e.ctx, vars)
	if err != nil {
		return x, err
	}
	x.tone = toneOf(t)
	return x, nil
}

// maxWord bounds the text of a chip, which is a word or a few.
const maxWord = 40

// chip is a word with a dot.
func chip(x extras, text string) ui.Chip {
	if r := []rune(text); len(r) > maxWord {
		text = string(r[:maxWord-1]) + "…"
	}
	return ui.Chip{Tone: x.tone, Text: text, URL: x.url}
}

func (e *evaluation) status(b block) (*Status, error) {
	text, _, err := e.text(b.text, e.vars, "")
	if err != nil {
		return nil, err
	}
	x, err := e.extras(b.url, b.note, b.tone, e.vars)
	return &Status{Chip: chip(x, text), Note: x.note}, err
}

func (e *evaluation) items(b block) (ui.KV, error) {
	var kv ui.KV
	for _, it := range b.values {
		text, v, err := e.text(it.value, e.vars, it.Format)
		if err != nil {
			return nil, err
		}
		x, err := e.extras(it.url, it.note, it.tone, e.vars)
		if err != nil {
			return nil, err
		}
		item := ui.KVItem{Label: it.Title, Text: text, URL: x.url, Mono: it.Format == "code"}
		switch at, isTime := timeOf(v); {
		case it.Format == "time" && isTime:
			item.Text, item.URL, item.Time = "", "", at
		case text == "":
			item.Text, item.URL = "unknown", ""
		case x.tone != ui.Neutral || it.Format == "status":
			item = ui.KVItem{Label: it.Title, Chips: []ui.Chip{chip(x, text)}}
		}
		if x.note != "" {
			item.Text += map[bool]string{true: "", false: " "}[item.Text == ""] + "(" + x.note + ")"
		}
		kv = append(kv, item)
	}
	return kv, nil
}

// rows calls f for each row of a block, up to its limit, and returns how many
// there are. f is given the variables with row.
func (e *evaluation) rows(x *expression, limit int, f func(vars map[string]any) error) (total int, err error) {
	v, err := x.eval(e.ctx, e.vars)
	if err != nil {
		return 0, err
	}
	if v == types.NullValue {
		return 0, nil
	}
	list, ok := v.(traits.Lister)
	if !ok {
		return 0, &valueError{x.at, x.text, "is a " + v.Type().TypeName() + " and no list"}
	}
	n, _ := list.Size().(types.Int)
	vars := maps.Clone(e.vars)
	done := 0
	for it := list.Iterator(); it.HasNext() == types.True && done < limit; done++ {
		vars["row"] = it.Next()
		if err := f(vars); err != nil {
			return 0, err
		}
	}
	return int(n), nil
}

func (e *evaluation) table(b block, out *ViewBlock) error {
	t := &ui.Table{Caption: or(b.Title, e.d.Title), Empty: &ui.Empty{Title: or(b.Empty, "Nothing here")}}
	for _, c := range b.values {
		t.Columns = append(t.Columns, ui.Column{Title: c.Title, Num: c.numeric()})
	}
	limit := or(b.Limit, defaultRows)
	total, err := e.rows(b.rows, limit, func(vars map[string]any) error {
		row := ui.Row{}
		for _, c := range b.values {
			cell, err := e.cell(c, vars)
			if err != nil {
				return err
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
		return nil
	})
	out.Table, out.More = t, left(total, limit)
	return err
}

func (v value) numeric() bool {
	switch v.Format {
	case "number", "percent", "duration", "bytes":
		return true
	}
	return false
}

func left(total, limit int) string {
	if total <= limit {
		return ""
	}
	return fmt.Sprintf("%d of %d are shown", limit, total)
}

func (e *evaluation) cell(c value, vars map[string]any) (ui.Cell, error) {
	text, v, err := e.text(c.value, vars, c.Format)
	if err != nil {
		return ui.Cell{}, err
	}
	x, err := e.extras(c.url, c.note, c.tone, vars)
	if err != nil {
		return ui.Cell{}, err
	}
	at, isTime := timeOf(v)
	switch {
	case text == "":
		return ui.Cell{Text: "–", Quiet: true, Sub: x.note}, nil
	case c.Format == "time" && isTime:
		return ui.Cell{Time: at, Sub: x.note}, nil
	case c.Format == "status":
		word := chip(x, text)
		return ui.Cell{Chip: &word, Sub: x.note}, nil
	}
	return ui.Cell{Text: text, URL: x.url, Sub: x.note, Tone: x.tone, Mono: c.Format == "code"}, nil
}

func (e *evaluation) links(b block, out *ViewBlock) error {
	limit := or(b.Limit, defaultRows)
	out.Empty = or(b.Empty, "Nothing here")
	total, err := e.rows(b.rows, limit, func(vars map[string]any) error {
		text, _, err := e.text(b.values[0].value, vars, "")
		if err != nil {
			return err
		}
		x, err := e.extras(b.values[0].url, nil, nil, vars)
		if err == nil && text != "" {
			out.Links = append(out.Links, ui.Link{Title: text, URL: x.url})
		}
		return err
	})
	out.More = left(total, limit)
	return err
}

// maxPoints bounds the points of a chart.
const maxPoints = 500

func (e *evaluation) chart(b block) (*ui.Chart, error) {
	c := ui.LineChart{Title: or(b.Title, e.d.Title), Description: e.d.Description}
	for _, s := range b.values {
		c.Series = append(c.Series, ui.Series{Name: s.Title})
	}
	if len(b.values) > 0 {
		c.Format = unit(b.values[0].Format)
	}
	_, err := e.rows(b.rows, maxPoints, func(vars map[string]any) error {
		v, err := b.time.eval(e.ctx, vars)
		if err != nil {
			return err
		}
		at, ok := timeOf(v)
		if !ok {
			return &valueError{b.time.at, b.time.text, "is no time"}
		}
		if n := len(c.Times); n > 0 && at.Before(c.Times[n-1]) {
			return &valueError{b.time.at, b.time.text, "is earlier than that of the point before; sort the rows"}
		}
		c.Times = append(c.Times, at)
		for i, s := range b.values {
			v, err := s.value.eval(e.ctx, vars)
			if err != nil {
				return err
			}
			f, ok := numberOf(v)
			if !ok {
				f = math.NaN() // a gap
			}
			c.Series[i].Values = append(c.Series[i].Values, f)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	drawn := c.Chart()
	return &drawn, nil
}

// unit returns how a chart writes its values.
func unit(format string) func(float64) string {
	return func(f float64) string {
		text, err := formatted(types.Double(f), or(format, "number"))
		if err != nil {
			return ""
		}
		return text
	}
}

func (e *evaluation) facts() ([]Fact, error) {
	var all []Fact
	for _, f := range e.d.program.facts {
		v, err := f.value.eval(e.ctx, e.vars)
		if err != nil {
			return nil, err
		}
		one := Fact{Name: f.name, Title: f.Title, Type: f.Type}
		if one.Value, err = factValue(f, v); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func factValue(f fact, v ref.Val) (any, error) {
	if v == types.NullValue {
		return nil, nil
	}
	switch f.Type {
	case "number":
		if n, ok := numberOf(v); ok {
			return n, nil
		}
	case "boolean":
		if b, ok := v.Value().(bool); ok {
			return b, nil
		}
	default:
		if text, err := textOf(v); err == nil {
			return text, nil
		}
	}
	return nil, &valueError{f.value.at, f.value.text, "is a " + v.Type().TypeName() + " and not of the type " + f.Type}
}

func (e *evaluation) documents() ([]Document, error) {
	s := e.d.program.search
	if s == nil {
		return nil, nil
	}
	var all []Document
	size := 0
	_, err := e.rows(s.rows, maxDocuments, func(vars map[string]any) error {
		one, err := s.document(e.ctx, vars)
		size += len(one.Title) + len(one.Text) + len(one.URL)
		if err == nil && one.URL != "" && one.Title != "" && size <= maxDocumentBytes {
			all = append(all, one)
		}
		return err
	})
	return all, err
}

// document is the document of a row.
func (s *search) document(ctx context.Context, vars map[string]any) (Document, error) {
	var texts [3]string
	for i, x := range []*expression{s.title, s.text, s.url} {
		v, err := x.eval(ctx, vars)
		if err != nil {
			return Document{}, err
		}
		if x == s.url {
			texts[i] = linkOf(v)
			continue
		}
		if texts[i], err = textOf(v); err != nil {
			return Document{}, &valueError{x.at, x.text, err.Error()}
		}
	}
	return Document{ID: texts[2], Title: texts[0], Text: texts[1], URL: texts[2]}, nil
}

// stamp says of which integration and when the facts are.
func (r *Result) stamp(id, subject string, at time.Time) {
	for i := range r.Facts {
		r.Facts[i].Name, r.Facts[i].At = id+"."+r.Facts[i].Name, at
	}
	for i := range r.Documents {
		r.Documents[i].Subject = subject
	}
}
