// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Sample is what a definition makes of an answer that somebody has at hand.
type Sample struct {
	// Request is what would be sent, without credentials.
	Request string
	Result  *Result
}

// tryTimeout bounds an evaluation of [Definition.Try].
const tryTimeout = 10 * time.Second

// Try evaluates the definition on one answer, without calling anything: for
// those who write one. settings are laid over the defaults. Where the answer
// cannot be evaluated, the request is returned with the error, a [*Trouble].
func (d *Definition) Try(s Subject, settings map[string]string, answer []byte, now time.Time) (Sample, error) {
	ctx, cancel := context.WithTimeout(context.Background(), tryTimeout)
	defer cancel()
	in := &integration{Instance: Instance{ID: d.ID, Definition: d, Settings: map[string]string{}}}
	for name, one := range d.Settings {
		in.Settings[name] = or(settings[name], or(one.Default, placeholder(name, one)))
	}
	vars := s.vars(in.Settings, now)
	c, err := d.program.source.call(ctx, in.Settings, vars)
	if err != nil {
		return Sample{}, in.trouble(err, s, now)
	}
	out := Sample{Request: c.show()}
	tree, err := decodeJSON(answer)
	if err != nil {
		return out, in.trouble(err, s, now)
	}
	items, err := d.itemsOf(ctx, vars, tree)
	if err == nil {
		out.Result, err = d.evaluate(ctx, vars, tree, items)
	}
	if err != nil {
		return out, in.trouble(err, s, now)
	}
	return out, nil
}

// placeholder stands for a setting that only the operator knows.
func placeholder(name string, s Setting) string {
	if s.Optional {
		return ""
	}
	return map[string]string{"url": "https://" + strings.ToLower(name) + ".example", "host": strings.ToLower(name) + ".example"}[s.Kind]
}

// itemsOf returns the items of one page.
func (d *Definition) itemsOf(ctx context.Context, vars map[string]any, tree any) ([]any, error) {
	if d.program.items == nil {
		return nil, nil
	}
	p := &pager{d: d, vars: vars}
	_, err := p.collect(ctx, tree)
	return p.out.items, err
}

// show writes a request for people.
func (c call) show() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", c.method, c.url)
	if len(c.query) > 0 {
		b.WriteString("?" + c.query.Encode())
	}
	if len(c.body) > 0 {
		b.WriteString("\n" + string(c.body))
	}
	return b.String()
}
