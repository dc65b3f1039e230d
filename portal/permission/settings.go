// SPDX-License-Identifier: Apache-2.0

package permission

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
)

// Settings are the key "permission" of the configuration.
type Settings struct {
	// Admins are people and groups with the role administrator.
	Admins []string `yaml:"admins,omitempty"`
	// Roles are added to viewer, member and administrator, or replace those of
	// the same ID.
	Roles []RoleSettings `yaml:"roles,omitempty" validate:"dive"`
	// Bindings replace the default ones: viewer for local, member for signed-in.
	// Tokens of services keep the role administrator, within their scope.
	Bindings []BindingSettings `yaml:"bindings,omitempty" validate:"dive"`
}

// RoleSettings is a [Role].
type RoleSettings struct {
	ID    string              `yaml:"id" validate:"required"`
	Title string              `yaml:"title,omitempty"`
	Allow []StatementSettings `yaml:"allow,omitempty" validate:"dive"`
	Deny  []StatementSettings `yaml:"deny,omitempty" validate:"dive"`
}

// StatementSettings is a [Statement].
type StatementSettings struct {
	Permissions []string           `yaml:"permissions" validate:"min=1"`
	When        *ConditionSettings `yaml:"when,omitempty"`
}

// ConditionSettings is a [Condition]: exactly one of all, any, not and rule.
type ConditionSettings struct {
	All    []ConditionSettings `yaml:"all,omitempty" validate:"dive"`
	Any    []ConditionSettings `yaml:"any,omitempty" validate:"dive"`
	Not    *ConditionSettings  `yaml:"not,omitempty"`
	Rule   string              `yaml:"rule,omitempty"`
	Values []string            `yaml:"values,omitempty"`
}

// BindingSettings is a [Binding].
type BindingSettings struct {
	Roles []string `yaml:"roles" validate:"min=1"`
	To    []string `yaml:"to" validate:"min=1"`
}

// Policy returns the policy of the settings. What is wrong is reported with its
// place in the configuration.
func (s Settings) Policy(c *config.Config, set *Set) (*Roles, error) {
	roles, malformed := s.roles()
	for _, r := range DefaultRoles(set) {
		if !slices.ContainsFunc(roles, func(own Role) bool { return own.ID == r.ID }) {
			roles = append(roles, r)
		}
	}
	var bindings []Binding
	for _, b := range s.Bindings {
		bindings = append(bindings, Binding(b))
	}
	defaults := DefaultBindings(s.Admins)
	if len(bindings) > 0 {
		defaults = defaults[len(defaults)-1:]
	}
	p, wrong := NewRoles(set, roles, append(bindings, defaults...))
	if err := report(c, errors.Join(malformed, wrong)); err != nil {
		return nil, err
	}
	return p, nil
}

// ParseSettings reads settings to try from text as it stands in the
// configuration, with the key "permission"; other keys may stand beside it. It
// reads nothing but the text: no other file, and no environment. The set and
// admins besides those of the text make the roles as [Settings.Policy] does.
// What is wrong is config.Problems, with places in the file of that name.
func ParseSettings(name string, text []byte, set *Set, admins ...string) (*Roles, error) {
	c, err := config.Parse(name, text, &config.Options{ReadFile: refuseFile})
	if err != nil {
		return nil, err
	}
	file, err := config.Section(c, "", struct {
		Permission *Settings `yaml:"permission"`
	}{})
	if err == nil && file.Permission == nil {
		err = c.Report(config.Problem{Origin: config.Origin{Name: name}, Path: "permission", Rule: "required", Message: "is missing", Remedy: "write roles and bindings below permission, as in the configuration"})
	}
	if err = errors.Join(append(unknown(c), err)...); err != nil {
		return nil, problems(err)
	}
	file.Permission.Admins = append(file.Permission.Admins, admins...)
	roles, err := file.Permission.Policy(c, set)
	return roles, problems(err)
}

// refuseFile keeps text to try from reading what only the server may.
func refuseFile(string) ([]byte, error) {
	return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: "a policy to try may not read files"}
}

// unknown returns the keys below permission that nothing knows.
func unknown(c *config.Config) []error {
	var all []error
	for _, p := range c.Unclaimed() {
		if strings.HasPrefix(p.Path, "permission.") {
			all = append(all, config.Problems{p})
		}
	}
	return all
}

// problems returns joined problems as one list.
func problems(err error) error {
	var all config.Problems
	for _, wrong := range flat(err) {
		var some config.Problems
		if !errors.As(wrong, &some) {
			return err
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

func (s Settings) roles() ([]Role, error) {
	var roles []Role
	var all []error
	for n, r := range s.Roles {
		at := fmt.Sprintf("roles[%d]", n)
		allow, err := statements(at+".allow", r.Allow)
		all = append(all, err)
		deny, err := statements(at+".deny", r.Deny)
		all = append(all, err)
		roles = append(roles, Role{ID: r.ID, Title: r.Title, Allow: allow, Deny: deny})
	}
	return roles, errors.Join(all...)
}

func statements(at string, list []StatementSettings) ([]Statement, error) {
	var out []Statement
	var all []error
	for n, s := range list {
		statement := Statement{Permissions: s.Permissions}
		if s.When != nil {
			on, err := s.When.condition(fmt.Sprintf("%s[%d].when", at, n))
			all = append(all, err)
			statement.On = on
		}
		out = append(out, statement)
	}
	return out, errors.Join(all...)
}

// condition returns what the settings say. A wrong one never holds.
func (s ConditionSettings) condition(at string) (Condition, error) {
	var made []Condition
	var all []error
	list := func(key string, parts []ConditionSettings) []Condition {
		var out []Condition
		for n, p := range parts {
			c, err := p.condition(fmt.Sprintf("%s.%s[%d]", at, key, n))
			all = append(all, err)
			out = append(out, c)
		}
		return out
	}
	if s.All != nil {
		made = append(made, All(list("all", s.All)))
	}
	if s.Any != nil {
		made = append(made, Any(list("any", s.Any)))
	}
	if s.Not != nil {
		c, err := s.Not.condition(at + ".not")
		all = append(all, err)
		made = append(made, Negate(c))
	}
	if s.Rule != "" {
		made = append(made, Rule{s.Rule, s.Values})
	}
	if len(made) != 1 || s.Rule == "" && len(s.Values) > 0 {
		all = append(all, &PathError{at, "is no condition", "write one of all, any, not, or rule with its values"})
		return Any{}, errors.Join(all...)
	}
	return made[0], errors.Join(all...)
}

// report turns what is wrong into problems of the configuration.
func report(c *config.Config, err error) error {
	var all []error
	for _, wrong := range flat(err) {
		var p *PathError
		if errors.As(wrong, &p) {
			wrong = c.Report(config.Problem{Path: "permission." + p.Path, Rule: "permission", Message: p.Message, Remedy: p.Remedy})
		}
		all = append(all, wrong)
	}
	return errors.Join(all...)
}

// flat returns the errors that were joined.
func flat(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // the joined one itself
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flat(e)...)
	}
	return all
}
