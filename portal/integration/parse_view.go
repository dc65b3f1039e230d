// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"slices"
	"strings"
)

// part of a block is a field of it, as it is written.
type part struct {
	name string
	set  bool
}

// takes says which fields the kinds of blocks have; those that they need come
// first, before the empty name.
func takes(kind string) (needs, may []string) {
	switch kind {
	case KindStatus:
		return []string{"text"}, []string{"tone", "note", "url"}
	case KindFacts:
		return []string{"items"}, nil
	case KindTable:
		return []string{"rows", "columns"}, []string{"limit", "empty"}
	case KindLinks:
		return []string{"rows", "columns"}, []string{"limit", "empty"}
	case KindChart:
		return []string{"rows", "time", "series"}, nil
	default: // which is reported already
		return nil, []string{"text", "tone", "note", "url", "items", "rows", "limit", "empty", "columns", "time", "series"}
	}
}

func (b Block) parts() []part {
	return []part{
		{"text", b.Text != ""}, {"tone", b.Tone != ""}, {"note", b.Note != ""}, {"url", b.URL != ""},
		{"items", len(b.Items) > 0}, {"rows", b.Rows != ""}, {"limit", b.Limit > 0}, {"empty", b.Empty != ""},
		{"columns", len(b.Columns) > 0}, {"time", b.Time != ""}, {"series", len(b.Series) > 0},
	}
}

// block checks and compiles a block of the view.
func (p *parser) block(path string, b Block) block {
	needs, may := takes(b.Kind)
	for _, f := range b.parts() {
		switch {
		case !f.set && slices.Contains(needs, f.name):
			p.report(path, "view", fmt.Sprintf("of the kind %s has no %s", b.Kind, f.name), "add it")
		case f.set && !slices.Contains(needs, f.name) && !slices.Contains(may, f.name):
			p.report(path+"."+f.name, "view", "is not for blocks of the kind "+b.Kind, "remove it; this kind takes "+strings.Join(append(needs, may...), ", "))
		}
	}
	out := block{Block: b}
	out.when = p.expression(path+".when", b.When, onMapping)
	out.text = p.expression(path+".text", b.Text, onMapping)
	out.tone = p.expression(path+".tone", b.Tone, onMapping)
	out.note = p.expression(path+".note", b.Note, onMapping)
	out.url = p.expression(path+".url", b.URL, onMapping)
	out.rows = p.expression(path+".rows", b.Rows, onMapping)
	out.time = p.expression(path+".time", b.Time, onRow)
	out.values = append(out.values, p.values(path+".items", b.Items, onMapping)...)
	out.values = append(out.values, p.values(path+".columns", b.Columns, onRow)...)
	out.values = append(out.values, p.values(path+".series", b.Series, onRow)...)
	return out
}

func (p *parser) values(path string, list []Value, s scope) []value {
	var out []value
	for i, v := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		out = append(out, value{
			v, p.expression(at+".value", v.Value, s), p.expression(at+".url", v.URL, s),
			p.expression(at+".note", v.Note, s), p.expression(at+".tone", v.Tone, s),
		})
	}
	return out
}
