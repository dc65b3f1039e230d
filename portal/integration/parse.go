// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"golang.org/x/net/http/httpguts"

	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/ui"
)

// maxDefinition is the most that a definition may have, in bytes.
const maxDefinition = 64 << 10

// program is a definition with its expressions compiled.
type program struct {
	when    *expression
	source  request
	timed   bool // the source's request holds the time
	items   *expression
	next    *expression
	mapping []named // in order of need
	view    []block
	facts   []fact
	search  *search
	actions map[string]action
}

// named is an entry of the mapping.
type named struct {
	name string
	expr *expression
}

// request is a [Request] compiled.
type request struct {
	method  string
	url     urlTemplate
	query   []field
	headers []field
	form    []field
	body    any // templates at the leaves; nil is none
}

// field is a named list of templates.
type field struct {
	name   *textTemplate // of a parameter it may have settings in it
	values []*textTemplate
}

// block is a [Block] compiled.
type block struct {
	Block
	when, text, tone, note, url, rows, time *expression
	values                                  []value // items, columns or series
}

// value is a [Value] compiled.
type value struct {
	Value
	value, url, note, tone *expression
}

type fact struct {
	FactSpec
	name  string
	value *expression
}

type search struct{ rows, title, text, url *expression }

type action struct {
	ActionSpec
	request request
	confirm *textTemplate
	done    *textTemplate
}

var (
	idForm    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	nameForm  = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,39}$`)
	plainForm = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
)

// reserved are the names that a mapping cannot take.
var reserved = []string{"entity", "annotations", "settings", "now", "response", "items", "row", "inputs"}

// Parse reads a definition. name is what messages call the file. The error is
// [config.Problems]: everything that is wrong with it, each with its position,
// rule and remedy.
func Parse(name string, data []byte) (*Definition, error) {
	if len(data) > maxDefinition {
		return nil, config.Problems{{Origin: config.Origin{Name: name, Line: 1, Column: 1}, Rule: "limit",
			Message: fmt.Sprintf("the file is larger than %d KB", maxDefinition>>10), Remedy: "make it smaller; a definition has a few hundred lines at most"}}
	}
	c, err := config.Parse(name, data, &config.Options{ReadFile: func(string) ([]byte, error) {
		return nil, errors.New("a definition reads no other files")
	}})
	var problems config.Problems
	if errors.As(err, &problems) {
		return nil, reworded(name, problems)
	}
	d, err := config.Section(c, "", Definition{})
	var shape config.Problems
	errors.As(err, &shape)
	p := &parser{shape: shape, c: c, d: &d, lines: strings.Split(string(data), "\n"), compiler: compiler{envs: map[scope]*cel.Env{}, used: map[string]bool{}, named: slices.Sorted(maps.Keys(d.Mapping))}}
	p.definition()
	if errors.As(c.Check(), &problems) {
		return nil, reworded(name, problems)
	}
	return &d, nil
}

// reworded says of a definition what the configuration says of itself. What has
// no place in the file is about the file as a whole.
func reworded(name string, problems config.Problems) config.Problems {
	for i, p := range problems {
		if p.Origin.Line == 0 {
			problems[i].Origin = config.Origin{Name: name, Line: 1, Column: 1}
		}
		if strings.HasPrefix(p.Rule, "required") && strings.HasPrefix(p.Remedy, "set it in a file") {
			problems[i].Remedy = "add it"
		}
	}
	return problems
}

// parser checks and compiles one definition, and reports what is wrong.
type parser struct {
	c        *config.Config
	d        *Definition
	shape    config.Problems // what is known to be wrong, and not said again
	lines    []string
	inBody   bool // positions within are not known
	compiler compiler
}

func (p *parser) report(path, rule, message, remedy string) {
	p.add(config.Problem{Path: path, Rule: rule, Message: message, Remedy: remedy})
}

// add reports a problem, unless it follows from one about the same value, what
// holds it or what it holds.
func (p *parser) add(problem config.Problem) {
	for _, known := range p.shape {
		if strings.HasPrefix(known.Path, problem.Path) || strings.HasPrefix(problem.Path, known.Path) {
			return
		}
	}
	_ = p.c.Report(problem) // Check returns it
}

func (p *parser) definition() {
	d := p.d
	p.header()
	p.declared()
	d.program.source = p.request("source", d.Source.Request, onEntity, []string{"GET", "POST"})
	d.program.timed = p.compiler.used["now"]
	d.program.when = p.expression("appliesTo.when", d.AppliesTo.When, onEntity)
	if pg := d.Source.Paging; pg != nil {
		d.program.items = p.expression("source.paging.items", pg.Items, onResponse)
		d.program.next = p.expression("source.paging.next", pg.Next, onResponse)
		p.paging(*pg)
	}
	p.mapping()
	for i, b := range d.View {
		d.program.view = append(d.program.view, p.block(fmt.Sprintf("view[%d]", i), b))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Facts)) {
		path := key("facts", name)
		p.name(path, name)
		d.program.facts = append(d.program.facts, fact{d.Facts[name], name, p.expression(path+".value", d.Facts[name].Value, onMapping)})
	}
	if s := d.Search; s != nil {
		d.program.search = &search{
			p.expression("search.rows", s.Rows, onMapping), p.expression("search.title", s.Title, onRow),
			p.expression("search.text", s.Text, onRow), p.expression("search.url", s.URL, onRow),
		}
	}
	d.program.actions = map[string]action{}
	for _, name := range slices.Sorted(maps.Keys(d.Actions)) {
		d.program.actions[name] = p.action(key("actions", name), name, d.Actions[name])
	}
}

// header checks what says what the definition is.
func (p *parser) header() {
	d := p.d
	if !idForm.MatchString(d.ID) || len(d.ID) > 40 || d.ID == "run" {
		p.report("id", "id", fmt.Sprintf("is %q, which is no name for an integration", d.ID), "write up to 40 letters in lower case, digits and dashes, such as acme-oncall")
	}
	categories := Categories()
	if d.Category != "" && !slices.ContainsFunc(categories, func(c Category) bool { return c.Name == d.Category }) {
		var names []string
		for _, c := range categories {
			names = append(names, c.Name)
		}
		p.report("category", "category", fmt.Sprintf("is %q, which is none", d.Category), "write one of "+strings.Join(names, ", "))
	}
	for path, icon := range p.icons() {
		if icon != "" && ui.IconName(icon) != icon {
			p.report(path, "icon", fmt.Sprintf("is %q, which is no icon of the design system", icon), "choose one of "+strings.Join(ui.IconNames(), ", "))
		}
	}
	switch {
	case len(d.View) == 0 && d.As != "search":
		p.report("view", "view", "has no blocks, so that nothing would be shown", "add a block, such as kind: status")
	case d.Search == nil && d.As == "search":
		p.report("search", "search", "is missing, so that nothing could be found", "say which rows can be searched for")
	}
	if len(d.AppliesTo.Annotations) == 0 && d.AppliesTo.When == "" && len(d.AppliesTo.Kinds) == 0 && d.As != "search" {
		p.report("appliesTo", "applies-to", "names no annotation, kind or condition, so that every entity would have it", "name the annotation that it reads")
	}
}

func (p *parser) icons() map[string]string {
	icons := map[string]string{"icon": p.d.Icon}
	for name, a := range p.d.Actions {
		icons[key("actions", name)+".icon"] = a.Icon
	}
	return icons
}

// declared checks settings and credentials.
func (p *parser) declared() {
	for name, s := range p.d.Settings {
		path := key("settings", name)
		p.name(path, name)
		if s.Default != "" {
			if problem := checkSetting(s, s.Default); problem != "" {
				p.report(path+".default", "setting", problem, "correct it")
			}
			if strings.HasPrefix(s.Default, "http://") {
				p.report(path+".default", "setting", "is a plain http address, over which credentials could be read", "write https://, and leave it to the operator to say otherwise")
			}
		}
	}
	for name, c := range p.d.Credentials {
		path := key("credentials", name)
		p.name(path, name)
		if c.Name != "" && !httpguts.ValidHeaderFieldName(c.Name) {
			p.report(path+".name", "credential", fmt.Sprintf("is %q, which is no name of a header or parameter", c.Name), "correct it")
		}
		if !httpguts.ValidHeaderFieldValue(c.Prefix) {
			p.report(path+".prefix", "credential", "has characters that cannot be sent", "correct it")
		}
	}
}

// checkSetting says what is wrong with a setting's value.
func checkSetting(s Setting, text string) string {
	switch s.Kind {
	case "host":
		if !hostValue.MatchString(text) {
			return "is no host, such as example.com"
		}
	case "url":
		u, err := url.Parse(text)
		switch {
		case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
			return "is no address, such as https://example.com"
		case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
			return "has more than scheme, host and path"
		case odd(u.Path) != "" || odd(text) != "":
			return "has a path that some servers read as another"
		}
	default:
		if strings.ContainsAny(text, "\r\n\x00") {
			return "has more than one line"
		}
	}
	return ""
}

func (p *parser) name(path, name string) {
	if !nameForm.MatchString(name) {
		p.report(path, "name", "is no name", "write up to 40 letters, digits and _, the first a letter in lower case")
	}
}

// expression compiles what stands at path; an empty text is none.
func (p *parser) expression(path, text string, s scope) *expression {
	if text == "" {
		return nil
	}
	return p.part(path, text, 0, s)
}

// part compiles an expression that begins at offset within the value at path.
func (p *parser) part(path, text string, offset int, s scope) *expression {
	expr, wrong := p.compiler.compile(text, s)
	for _, m := range wrong {
		p.add(config.Problem{Path: path, Rule: "expression", Origin: p.within(path, text, offset, m.line, m.column),
			Message: "is no expression: " + m.message, Remedy: "correct the CEL; see the list of variables in the documentation"})
	}
	if expr != nil {
		expr.at = place{path, p.within(path, text, offset, 1, 1)}
	}
	return expr
}

// within returns the position in the file of a place in an expression: exact
// in scalars of one line and in literal blocks, the beginning of others.
func (p *parser) within(path, text string, offset, line, column int) config.Origin {
	at := p.c.Origin(path)
	if p.inBody || at.Line < 1 || at.Line > len(p.lines) || line < 1 {
		return at
	}
	first := []rune(p.lines[at.Line-1])
	if at.Column > len(first) || at.Column < 1 {
		return at
	}
	switch first[at.Column-1] {
	case '|':
		next := at.Line + line - 1 // the block begins on the line after
		if next >= len(p.lines) || offset > 0 {
			return at
		}
		indent := len(p.lines[at.Line]) - len(strings.TrimLeft(p.lines[at.Line], " "))
		at.Line, at.Column = next+1, indent+column
		return at
	case '>':
		return at
	case '"', '\'':
		at.Column++
	}
	if line == 1 {
		at.Column += offset + column - 1
	}
	return at
}

// template compiles the template at path.
func (p *parser) template(path, text string, s scope) *textTemplate {
	pieces, problem := cutTemplate(text)
	if problem != "" {
		p.report(path, "template", problem, "write {{ expression }}")
		return nil
	}
	p.pieces(path, pieces, s)
	return &textTemplate{pieces}
}

func (p *parser) pieces(path string, pieces []piece, s scope) {
	for i, one := range pieces {
		if one.inside {
			pieces[i].expr = p.part(path, one.text, one.offset, s)
		}
	}
}

// mapping compiles the mapping and puts it in order.
func (p *parser) mapping() {
	compiled := map[string]*expression{}
	for _, name := range p.compiler.named {
		path := key("mapping", name)
		p.name(path, name)
		if slices.Contains(reserved, name) {
			p.report(path, "name", "is the name of a variable that is there already", "choose another")
			continue
		}
		if x := p.expression(path, p.d.Mapping[name], onMapping); x != nil {
			compiled[name] = x
		}
	}
	order, circle := sortMapping(compiled)
	if circle != "" {
		p.report(key("mapping", circle), "circle", errCycle.Error()+", by way of what it uses", "break the circle")
	}
	for _, name := range order {
		p.d.program.mapping = append(p.d.program.mapping, named{name, compiled[name]})
	}
}

// action compiles an action.
func (p *parser) action(path, name string, a ActionSpec) action {
	if !plainForm.MatchString(name) || len(name) > 40 {
		p.report(path, "name", "is no name for an action", "write up to 40 letters, digits and dashes")
	}
	out := action{ActionSpec: a, confirm: p.template(path+".confirm", a.Confirm, onInputs)}
	out.request = p.request(path+".request", a.Request, onInputs, []string{"POST", "PUT", "PATCH", "DELETE"})
	if a.Done != "" {
		out.done = p.template(path+".done", a.Done, onInputs)
	}
	seen := map[string]bool{}
	for i, in := range a.Inputs {
		at := fmt.Sprintf("%s.inputs[%d].name", path, i)
		p.name(at, in.Name)
		if seen[in.Name] {
			p.report(at, "name", "is taken by another input", "choose another")
		}
		seen[in.Name] = true
	}
	return out
}

// key appends a key to a path as portal/config writes paths.
func key(path, name string) string {
	if !plainForm.MatchString(name) {
		name = strconv.Quote(name)
	}
	return path + "." + name
}

// or returns v, or the fallback if it is zero.
func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// The defaults of a source.
const (
	defaultTimeout  = 10 * time.Second
	defaultCache    = time.Minute
	defaultMaxBytes = 2 << 20
	defaultPages    = 5
	defaultRequests = 60
	defaultRows     = 10
	defaultWidth    = 6
)
