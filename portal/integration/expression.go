// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"

	"github.com/callboard/callboard/portal/config"
)

// The limits of one evaluation. A unit of cost is about one step or ten bytes
// of text; a definition that ships costs a few thousand for a full page.
const (
	maxExpression = 8 << 10
	costLimit     = 500_000
	interruptStep = 100
)

// scope says which variables an expression may name.
type scope int

const (
	// onEntity knows entity, annotations, settings and now.
	onEntity scope = iota
	// onInputs knows inputs too.
	onInputs
	// onResponse knows response and items beside those of an entity.
	onResponse
	// onMapping knows what the mapping names too.
	onMapping
	// onRow knows row too.
	onRow
)

// variables are those of each scope, beside those of [onEntity].
func (s scope) variables() []string {
	return map[scope][]string{
		onInputs: {"inputs", "response"}, onResponse: {"response", "items"},
		onMapping: {"response", "items"}, onRow: {"response", "items", "row"},
	}[s]
}

// expression is a compiled piece of CEL.
type expression struct {
	text    string
	at      place
	program cel.Program
	names   []string // identifiers that it uses
}

// place is where an expression stands.
type place struct {
	path   string
	origin config.Origin
}

// baseEnv has what every expression may call. It is made once: it costs some
// milliseconds.
var baseEnv = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.OptionalTypes(), ext.Strings(), ext.Lists(ext.ListsMaxRangeSize(10_000)), ext.Math(), ext.Encoders(),
		cel.ExpressionNodeLimit(4_000), cel.ParserExpressionSizeLimit(maxExpression), cel.RegexProgramSizeLimit(2_000),
		cel.Variable("entity", cel.DynType), cel.Variable("now", cel.TimestampType),
		cel.Variable("annotations", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("settings", cel.MapType(cel.StringType, cel.StringType)),
		cel.Function("quoted", cel.Overload("quoted_string", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(strconv.Quote(fmt.Sprint(v.Value()))) }))),
	)
})

// String returns file, line and column, the file without its folders: readers
// of a card need not know those of the server.
func (p place) String() string {
	at := p.origin
	at.Name = path.Base(filepath.ToSlash(at.Name))
	return at.String()
}

// compiler compiles the expressions of one definition.
type compiler struct {
	envs  map[scope]*cel.Env
	used  map[string]bool // what expressions named so far
	named []string        // what the mapping names
}

func (c *compiler) env(s scope) (*cel.Env, error) {
	if e := c.envs[s]; e != nil {
		return e, nil
	}
	base, err := baseEnv()
	if err != nil {
		return nil, err
	}
	var opts []cel.EnvOption
	for _, name := range s.variables() {
		opts = append(opts, cel.Variable(name, cel.DynType))
	}
	if s >= onMapping {
		for _, name := range c.named {
			opts = append(opts, cel.Variable(name, cel.DynType))
		}
	}
	e, err := base.Extend(opts...)
	if err == nil {
		c.envs[s] = e
	}
	return e, err
}

// mistake is what is wrong with an expression, at a place within it.
type mistake struct {
	message      string
	line, column int // from 1; 0 is unknown
}

func (c *compiler) compile(text string, s scope) (*expression, []mistake) {
	if len(text) > maxExpression {
		return nil, []mistake{{message: fmt.Sprintf("is longer than %d bytes", maxExpression)}}
	}
	env, err := c.env(s)
	if err != nil {
		return nil, []mistake{{message: err.Error()}}
	}
	tree, issues := env.Compile(text)
	if issues != nil && issues.Err() != nil {
		var all []mistake
		for _, e := range issues.Errors() {
			all = append(all, mistake{oneLine(e.Message), e.Location.Line(), e.Location.Column() + 1})
		}
		return nil, all
	}
	program, err := env.Program(tree, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(costLimit), cel.InterruptCheckFrequency(interruptStep))
	if err != nil {
		return nil, []mistake{{message: oneLine(err.Error())}}
	}
	x := &expression{text: text, program: program, names: identifiers(tree)}
	for _, name := range x.names {
		c.used[name] = true
	}
	return x, nil
}

// oneLine is the first line of a message, without what CEL draws below it.
func oneLine(message string) string {
	first, _, _ := strings.Cut(message, "\n")
	first, _, _ = strings.Cut(first, " expecting {")
	return strings.TrimSpace(strings.TrimPrefix(first, "ERROR: <input>:"))
}

// identifiers returns the names that an expression uses, each once.
func identifiers(tree *cel.Ast) []string {
	var names []string
	ast.PreOrderVisit(tree.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind && !slices.Contains(names, e.AsIdent()) {
			names = append(names, e.AsIdent())
		}
	}))
	return names
}

// eval evaluates the expression; a nil one is null.
func (x *expression) eval(ctx context.Context, vars map[string]any) (ref.Val, error) {
	if x == nil {
		return types.NullValue, nil
	}
	out, _, err := x.program.ContextEval(ctx, vars)
	if err == nil {
		return absent(out), nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, &evalError{place: x.at, text: x.text, err: err}
}

// absent turns an optional value into what it holds, or null.
func absent(v ref.Val) ref.Val {
	if o, ok := v.(*types.Optional); ok {
		if !o.HasValue() {
			return types.NullValue
		}
		return o.GetValue()
	}
	return v
}

// evalError is an expression that could not be evaluated on an answer.
type evalError struct {
	place place
	text  string
	err   error
}

// Error says where and what.
func (e *evalError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.place, e.place.path, e.reason())
}

// reason is what went wrong, in words.
func (e *evalError) reason() string {
	message := oneLine(e.err.Error())
	if strings.Contains(message, "cost limit exceeded") || strings.Contains(message, "actual cost") {
		return "it takes more steps than an expression may"
	}
	return message
}

// Unwrap returns the cause.
func (e *evalError) Unwrap() error { return e.err }

// errCycle is a mapping whose names need each other.
var errCycle = errors.New("needs itself")

// sortMapping returns the names of a mapping so that each comes after those
// that it uses, or the name in a circle.
func sortMapping(named map[string]*expression) (order []string, circle string) {
	state := map[string]int{} // 1 in work, 2 done
	var visit func(name string) bool
	visit = func(name string) bool {
		switch state[name] {
		case 1:
			circle = name
			return false
		case 2:
			return true
		}
		state[name] = 1
		for _, needed := range named[name].names {
			if named[needed] != nil && !visit(needed) {
				return false
			}
		}
		state[name] = 2
		order = append(order, name)
		return true
	}
	names := make([]string, 0, len(named))
	for name := range named {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !visit(name) {
			return nil, circle
		}
	}
	return order, ""
}
