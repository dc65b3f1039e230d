// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/callboard/callboard"
)

// ByDomain is a [Rule] that takes the local part of a verified address in a
// domain for the person's name.
const ByDomain = "domain"

// ByCreate is a [Rule] that finds who was made at an earlier sign-in, and has
// somebody made at the first.
const ByCreate = "create"

// Creator makes people of those who sign in for the first time.
type Creator interface {
	// Known returns the reference of the person who was made for that subject
	// of the issuer, or nothing.
	Known(ctx context.Context, issuer, subject string) (string, error)
	// Create makes the person, unless there is one, and returns when the
	// directory knows them. Nobody who is there already is ever returned for
	// somebody else.
	Create(ctx context.Context, c Claims) (string, error)
}

// Rule is one step from claims to a person. The first that finds somebody
// decides.
type Rule struct {
	// By is email (which must be verified), name (the username is the person's
	// name), annotation, domain, or create, which comes last.
	By string `yaml:"by" validate:"oneof=email name annotation domain create"`
	// Claim is what an annotation is compared with: sub, username, email if it
	// is verified, or the name of any other claim that is a text; default sub.
	Claim string `yaml:"claim"`
	// Annotation is the name of the annotation.
	Annotation string `yaml:"annotation" validate:"required_if=By annotation"`
	// Domain is the domain of the address.
	Domain string `yaml:"domain" validate:"required_if=By domain"`
	// Methods are the IDs of the methods that the rule is for; none is all. A
	// name that anybody can register somewhere proves nothing, so a rule by
	// name is for methods whose names the company gives.
	Methods []string `yaml:"methods"`
}

// String returns the rule as people write it.
func (r Rule) String() string {
	switch r.By {
	case ByAnnotation:
		return "annotation " + r.Annotation + " = " + r.claim()
	case ByDomain:
		return "domain " + r.Domain
	default:
		return r.By
	}
}

func (r Rule) claim() string {
	if r.Claim == "" {
		return "sub"
	}
	return r.Claim
}

// DefaultRules returns the rules of a portal that declares none: a verified
// address. A name proves nothing where anybody can register one.
func DefaultRules() []Rule { return []Rule{{By: ByEmail}} }

// Step says what one rule did with the claims of a sign-in.
type Step struct {
	// Rule is the rule.
	Rule string `json:"rule"`
	// LookedUp is what the rule looked for; empty if it did not look.
	LookedUp string `json:"lookedUp,omitempty"`
	// Found are the references of those it found.
	Found []string `json:"found,omitempty"`
	// Why says why the rule did not decide; empty if it did.
	Why string `json:"why,omitempty"`
}

// Resolution is who somebody is, and how that was found out.
type Resolution struct {
	// Subject is the person's reference; empty if the sign-in is refused.
	Subject string `json:"subject,omitempty"`
	// New says that there is no such person yet, and that the rules let one be
	// made at the sign-in.
	New bool `json:"new,omitempty"`
	// Steps are what was tried, in order.
	Steps []Step `json:"steps"`
	// Refusal says why there is no subject, for the person to read.
	Refusal string `json:"refusal,omitempty"`
}

// Resolver finds the person whom claims are about.
type Resolver struct {
	people  Directory
	creator Creator
	rules   []Rule
}

// NewResolver returns a resolver by the rules; none means [DefaultRules]. The
// creator is for rules that create; it may be nil if there are none.
func NewResolver(people Directory, creator Creator, rules []Rule) *Resolver {
	if len(rules) == 0 {
		rules = DefaultRules()
	}
	return &Resolver{people: people, creator: creator, rules: slices.Clone(rules)}
}

// Resolve finds the person whom the claims of the method are about. That there
// is none is no error but a refusal. It changes nothing.
func (r *Resolver) Resolve(ctx context.Context, method string, c Claims) (Resolution, error) {
	var res Resolution
	for _, rule := range r.rules {
		step := Step{Rule: rule.String()}
		if err := r.try(ctx, rule, method, c, &step); err != nil {
			return res, err
		}
		switch {
		case step.Why != "":
		case rule.By == ByCreate && len(step.Found) == 0:
			res.New = true
		case len(step.Found) == 0:
			step.Why = "nobody in the catalog has it"
		case len(step.Found) > 1:
			step.Why = "more than one person has it"
			res.Refusal = "The " + step.LookedUp + " belongs to more than one person: " + strings.Join(step.Found, ", ") + ". Whoever keeps the catalog must say which it is."
		default:
			res.Subject = step.Found[0]
		}
		res.Steps = append(res.Steps, step)
		if res.Subject != "" || res.Refusal != "" || res.New {
			return res, nil
		}
	}
	res.Refusal = "Nobody in the catalog could be recognised as you. Whoever keeps the catalog can add you, or correct what it says of you."
	return res, nil
}

// try does what the rule says, and notes what came of it.
func (r *Resolver) try(ctx context.Context, rule Rule, method string, c Claims, step *Step) error {
	lookup, why := rule.lookup(method, c)
	if step.Why = why; why != "" {
		return nil
	}
	if rule.By == ByCreate {
		step.LookedUp = "subject " + c.Subject + " of " + c.Issuer
		ref, err := r.creator.Known(ctx, c.Issuer, c.Subject)
		if err != nil {
			return fmt.Errorf("auth: find the person: %w", err)
		}
		if ref != "" {
			step.Found = []string{ref}
		}
		return nil
	}
	found, err := r.people.Find(ctx, lookup)
	if err != nil {
		return fmt.Errorf("auth: find the person: %w", err)
	}
	step.LookedUp, step.Found = lookup.String(), found
	return nil
}

// Settle is Resolve for a sign-in that takes place: it makes the person if the
// rules say so. Claims that are no texts of a sensible length are
// CodeUnauthenticated.
func (r *Resolver) Settle(ctx context.Context, method string, c Claims) (Resolution, error) {
	if err := c.check(); err != nil {
		return Resolution{}, err
	}
	res, err := r.Resolve(ctx, method, c)
	if err != nil || !res.New {
		return res, err
	}
	ref, err := r.creator.Create(ctx, c)
	if err != nil {
		return res, fmt.Errorf("auth: make the person: %w", err)
	}
	res.Subject, res.New = ref, false
	res.Steps[len(res.Steps)-1].Found = []string{ref}
	return res, nil
}

// lookup returns what the rule looks for, or why it does not.
func (r Rule) lookup(method string, c Claims) (l Lookup, why string) {
	if len(r.Methods) > 0 && !slices.Contains(r.Methods, method) {
		return l, "the rule is not for the method " + method
	}
	switch r.By {
	case ByEmail:
		l = Lookup{By: ByEmail, Value: c.Email}
		why = unverified(c)
	case ByName:
		l = Lookup{By: ByName, Value: c.Username}
	case ByAnnotation:
		l, why = Lookup{By: ByAnnotation, Annotation: r.Annotation, Value: c.text(r.claim())}, ""
		if r.claim() == "email" {
			why = unverified(c)
		}
	case ByDomain:
		l, why = r.inDomain(c)
	case ByCreate:
		if c.Issuer == "" {
			return l, "the provider does not say who it is"
		}
		l.Value = c.Subject
	}
	if why == "" && l.Value == "" {
		why = "the provider does not say it"
	}
	return l, why
}

func (r Rule) inDomain(c Claims) (l Lookup, why string) {
	if why := unverified(c); why != "" {
		return l, why
	}
	at := strings.LastIndexByte(c.Email, '@')
	if at < 0 || !SameASCII(c.Email[at+1:], r.Domain) {
		return l, "the address is not in the domain"
	}
	return Lookup{By: ByName, Value: c.Email[:at]}, ""
}

func unverified(c Claims) string {
	switch {
	case c.Email == "":
		return "the provider says no e-mail address"
	case !c.EmailVerified:
		return "the provider does not say that the e-mail address is verified"
	default:
		return ""
	}
}

// text returns the claim of that name, or nothing if it is no text.
func (c Claims) text(name string) string {
	switch name {
	case "sub":
		return c.Subject
	case "username":
		return c.Username
	case "email":
		return c.Email
	default:
		text, _ := c.Other[name].(string)
		return text
	}
}

const maxClaim = 1000

// check says which claim is no text that can be kept and shown.
func (c Claims) check() error {
	for _, claim := range []struct{ name, text string }{
		{"issuer", c.Issuer}, {"subject", c.Subject}, {"user name", c.Username}, {"name", c.Name}, {"e-mail address", c.Email}, {"session", c.Session},
	} {
		if len(claim.text) > maxClaim || !printable(claim.text) {
			return &callboard.Error{Code: callboard.CodeUnauthenticated, Message: fmt.Sprintf("the provider's %s is no text of at most %d bytes without control characters", claim.name, maxClaim)}
		}
	}
	return nil
}

// SameASCII reports whether two texts differ at most in the case of ASCII
// letters. Unicode's rules would hold the Kelvin sign for a k, and so one
// person for another.
func SameASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// checkRules says what is wrong with rules that their fields alone do not show.
func checkRules(rules []Rule, methods []string, creates bool) error {
	for _, r := range rules {
		if r.By == ByCreate && !creates {
			return &callboard.Error{Code: callboard.CodeInvalid, Message: "auth.resolve: nothing in this portal can make people, as the rule create asks for"}
		}
		for _, id := range r.Methods {
			if !slices.Contains(methods, id) {
				return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf("auth.resolve: the rule %q is for the method %q, which this portal does not have", r, id)}
			}
		}
	}
	return nil
}
