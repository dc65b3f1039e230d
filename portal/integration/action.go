// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callboard/callboard"
)

// RunAction is the permission to have an action done.
const RunAction = "integration.action.run"

// Action is something that can be done to a subject: a button on its page, and
// a step of a template.
type Action struct {
	// Integration and Name tell actions apart.
	Integration, Name string
	// Title is the verb, Confirm the question to ask first.
	Title, Confirm string
	// Icon is the name of an icon; empty has none.
	Icon string
	// Danger marks what destroys.
	Danger bool
	// Inputs are what to ask for.
	Inputs []Input
}

// Actions returns the actions of an integration, by name.
func (e *Engine) Actions(id string) []Action {
	in := e.byID[id]
	if in == nil {
		return nil
	}
	var all []Action
	for _, name := range slices.Sorted(maps.Keys(in.Definition.program.actions)) {
		a := in.Definition.program.actions[name]
		all = append(all, Action{Integration: id, Name: name, Title: a.Title, Icon: a.Icon, Danger: a.Danger, Inputs: a.Inputs})
	}
	return all
}

// Action returns one action with its question for the subject. The error has
// [callboard.CodeNotFound] where the integration has none of that name or is
// not for the subject.
func (e *Engine) Action(ctx context.Context, id, name string, s Subject) (Action, error) {
	in, a, err := e.action(id, name, s)
	if err != nil {
		return Action{}, err
	}
	vars := s.vars(in.Settings, e.opts.Now())
	vars["inputs"], vars["response"] = map[string]any{}, nil
	question, err := a.confirm.expand(ctx, vars)
	if err != nil {
		return Action{}, in.trouble(err, s, e.opts.Now())
	}
	return Action{Integration: id, Name: name, Title: a.Title, Confirm: question, Icon: a.Icon, Danger: a.Danger, Inputs: a.Inputs}, nil
}

func (e *Engine) action(id, name string, s Subject) (*integration, action, error) {
	in := e.byID[id]
	if in == nil {
		return nil, action{}, unknown(id)
	}
	a, ok := in.Definition.program.actions[name]
	if !ok || !e.Applies(id, s) {
		return nil, action{}, &callboard.Error{Code: callboard.CodeNotFound, Message: fmt.Sprintf("the integration %s has no action %s for %s", id, name, s.Ref)}
	}
	return in, a, nil
}

// InputError says what is wrong with the inputs of an action, by name. Its code
// is [callboard.CodeInvalid].
type InputError map[string]string

// Error lists the faults.
func (e InputError) Error() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(e)) {
		parts = append(parts, name+" "+e[name])
	}
	return strings.Join(parts, "; ")
}

// As makes it a [callboard.Error].
func (e InputError) As(target any) bool {
	out, ok := target.(**callboard.Error)
	if ok {
		*out = &callboard.Error{Code: callboard.CodeInvalid, Message: e.Error()}
	}
	return ok
}

// Run has an action done and returns what to say of it. It is not tried again.
// The caller has asked for permission and confirmation, and records it. The
// error is an [InputError], a [*Trouble], or has [callboard.CodeNotFound].
func (e *Engine) Run(ctx context.Context, id, name string, s Subject, inputs map[string]string) (string, error) {
	in, a, err := e.action(id, name, s)
	if err != nil {
		return "", err
	}
	if t := in.incomplete(); t != nil {
		return "", t
	}
	values, err := a.check(inputs)
	if err != nil {
		return "", err
	}
	vars := s.vars(in.Settings, e.opts.Now())
	vars["inputs"], vars["response"] = values, nil
	c, err := a.request.call(ctx, in.Settings, vars)
	if err != nil {
		return "", in.trouble(err, s, e.opts.Now())
	}
	ctx, cancel := context.WithTimeout(ctx, or(in.Definition.Source.Timeout, defaultTimeout))
	defer cancel()
	done := a.Title + ": done."
	t := e.within(in, s, func() error {
		res, err := e.send(ctx, in, c, int64(or(in.Definition.Source.MaxBytes, defaultMaxBytes)))
		if err != nil {
			return err
		}
		e.cache.forget(id+"\x00", s.Ref)
		if a.done == nil {
			return nil
		}
		if vars["response"], err = decodeJSON(res.Body); err != nil {
			return err
		}
		done, err = a.done.expand(ctx, vars)
		return err
	})
	if t != nil {
		return "", t
	}
	return done, nil
}

// check returns the inputs with their defaults, or what is wrong with them.
func (a action) check(given map[string]string) (map[string]any, error) {
	wrong, values := InputError{}, map[string]any{}
	for _, in := range a.Inputs {
		text, ok := given[in.Name]
		if !ok {
			text = in.Default
		}
		text = strings.TrimSpace(text)
		values[in.Name] = text
		switch {
		case text == "" && in.Required:
			wrong[in.Name] = "is required"
		case text == "":
		case utf8.RuneCountInString(text) > or(in.MaxLength, 200):
			wrong[in.Name] = fmt.Sprintf("is longer than %d characters", or(in.MaxLength, 200))
		case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
			wrong[in.Name] = "has more than one line, or characters that are no text"
		case len(in.Options) > 0 && !slices.Contains(in.Options, text):
			wrong[in.Name] = "is none of " + strings.Join(in.Options, ", ")
		}
	}
	for name := range given {
		if !slices.ContainsFunc(a.Inputs, func(in Input) bool { return in.Name == name }) {
			wrong[name] = "is not asked for"
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return values, nil
}
