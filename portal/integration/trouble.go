// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/fetch"
)

// Reason says what kind of [Trouble] it is. The set may grow.
type Reason string

// The reasons.
const (
	ReasonCredential  Reason = "missing-credential" // a credential is not configured
	ReasonRefused     Reason = "refused"            // the tool refuses the credential
	ReasonNotFound    Reason = "not-found"          // the tool knows nothing by that name
	ReasonRateLimited Reason = "rate-limited"       // by the tool, or by our own limit
	ReasonStopped     Reason = "stopped"            // after repeated failures nothing is called
	ReasonNotAllowed  Reason = "not-allowed"        // the address may not be read
	ReasonUnavailable Reason = "unavailable"        // no answer, or status 500 and more
	ReasonTimeout     Reason = "timeout"
	ReasonTooLarge    Reason = "too-large"
	ReasonAnswer      Reason = "answer"  // the answer is not what the definition expects
	ReasonMapping     Reason = "mapping" // an expression failed on the answer
	ReasonValue       Reason = "value"   // a value of the entity cannot be sent
	ReasonLoading     Reason = "loading" // it takes longer than the page waits
	ReasonInternal    Reason = "internal"
)

// Trouble is why an integration has nothing to show, and what to do. It holds
// no secret.
type Trouble struct {
	Reason Reason `json:"reason"`
	// Title says what is wrong, Text what to do.
	Title string `json:"title"`
	Text  string `json:"text"`
	// Position is where in the definition, as file:line:column; empty is nowhere.
	Position string `json:"position,omitempty"`
	// Since is when it began, Until when it is tried again, each if it is known.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Status is the HTTP status, if it is one.
	Status int `json:"status,omitempty"`

	err  error // for the log
	ours bool  // the tool was not asked
}

// Error returns title and text.
func (t *Trouble) Error() string { return t.Title + ": " + t.Text }

// Unwrap returns the cause.
func (t *Trouble) Unwrap() error { return t.err }

// As makes the trouble a [callboard.Error], whose message people may read.
func (t *Trouble) As(target any) bool {
	e, ok := target.(**callboard.Error)
	if ok {
		*e = &callboard.Error{Code: t.code(), Message: t.Error(), Err: t.err}
	}
	return ok
}

// passes reports whether another try may help, with nothing changed.
func (t *Trouble) passes() bool {
	switch t.Reason {
	case ReasonCredential, ReasonValue, ReasonNotAllowed:
		return false
	}
	return true
}

func (t *Trouble) code() callboard.Code {
	switch t.Reason {
	case ReasonRateLimited:
		return callboard.CodeRateLimited
	case ReasonTimeout, ReasonLoading:
		return callboard.CodeTimeout
	case ReasonTooLarge:
		return callboard.CodeTooLarge
	case ReasonValue, ReasonNotFound:
		return callboard.CodeInvalid
	case ReasonInternal:
		return callboard.CodeInternal
	default:
		return callboard.CodeUnavailable
	}
}

// counts reports whether the breaker counts it: whether the next entity would
// fare no better.
func (t *Trouble) counts() bool {
	switch t.Reason {
	case ReasonRefused, ReasonNotAllowed, ReasonUnavailable, ReasonTimeout, ReasonInternal:
		return true
	}
	return false
}

// trouble says what an error of a call means.
func (in *integration) trouble(err error, s Subject, now time.Time) *Trouble {
	var t *Trouble
	if errors.As(err, &t) {
		return t
	}
	t = in.describe(err, s)
	t.err = err
	if wait, ok := fetch.RetryAfter(err); ok {
		t.Until = now.Add(wait)
	}
	return t
}

func (in *integration) describe(err error, s Subject) *Trouble {
	title := in.Definition.Title
	var status *fetch.StatusError
	var eval *evalError
	var value *valueError
	switch {
	case errors.As(err, &eval):
		return &Trouble{
			Reason: ReasonMapping, Title: "The answer of " + title + " is not as expected", Position: eval.place.String(),
			Text: fmt.Sprintf("%s (%s): %s. Mend the definition, or see whether the tool's API has changed.", eval.place.path, eval.place, eval.reason()),
		}
	case errors.As(err, &value):
		return in.valueTrouble(value, s)
	case errors.As(err, &status):
		return in.statusTrouble(status, s)
	case callboard.CodeOf(err) == callboard.CodeTimeout:
		return &Trouble{Reason: ReasonTimeout, Title: title + " did not answer in time", Text: callboard.MessageOf(err) + ". It is tried again when this page is opened later."}
	case callboard.CodeOf(err) == callboard.CodeTooLarge:
		return &Trouble{Reason: ReasonTooLarge, Title: "The answer of " + title + " is too large", Text: callboard.MessageOf(err) + ". Ask for less in source.query, or raise source.maxBytes."}
	case callboard.CodeOf(err) == callboard.CodeForbidden:
		message := callboard.MessageOf(err)
		if what, _, ok := strings.Cut(message, " is not on the allow list"); ok {
			message = what + ": an integration reads the address in its definition or settings and no other"
		}
		return &Trouble{Reason: ReasonNotAllowed, Title: title + " may not be called", Text: message + "."}
	case callboard.CodeOf(err) == callboard.CodeInvalid:
		return &Trouble{Reason: ReasonAnswer, Title: "The answer of " + title + " is not as expected", Text: callboard.MessageOf(err) + "."}
	case callboard.CodeOf(err) == callboard.CodeUnavailable:
		return &Trouble{Reason: ReasonUnavailable, Title: title + " cannot be reached", Text: callboard.MessageOf(err) + "."}
	default:
		return &Trouble{Reason: ReasonInternal, Title: title + " could not be shown", Text: "Something went wrong; the log has the cause."}
	}
}

func (in *integration) valueTrouble(e *valueError, s Subject) *Trouble {
	t := &Trouble{Reason: ReasonValue, Position: e.place.String(), Title: "A value does not fit"}
	t.Text = fmt.Sprintf("The value of %s (%s) %s.", e.source, e.place, e.reason)
	if strings.Contains(e.source, "annotations") {
		t.Title = "An annotation of this entity cannot be used"
		t.Text += " Correct the annotation of " + s.Ref + "."
	}
	return t
}

func (in *integration) statusTrouble(e *fetch.StatusError, s Subject) *Trouble {
	title, t := in.Definition.Title, &Trouble{Status: e.Status}
	switch {
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden && e.RetryAfter == 0:
		t.Reason, t.Title = ReasonRefused, title+" refuses the credential"
		t.Text = fmt.Sprintf("It answered %d. Check that %s holds a credential that is in force and may read this.", e.Status, in.credentialPath())
		if len(in.Definition.Credentials) == 0 {
			t.Text = fmt.Sprintf("It answered %d, and this definition sends no credential.", e.Status)
		}
	case e.Status == http.StatusTooManyRequests || e.Status == http.StatusForbidden:
		t.Reason, t.Title = ReasonRateLimited, title+" wants fewer requests"
		t.Text = "It is called again when its limit allows it. A longer source.cache or a lower source.rateLimit helps."
	case e.Status == http.StatusNotFound || e.Status == http.StatusGone:
		t.Reason, t.Title = ReasonNotFound, title+" does not know this"
		t.Text = fmt.Sprintf("It answered %d. Check %s of %s, and that the credential may see it.", e.Status, in.lookedFor(s), s.Ref)
	case e.Status >= http.StatusInternalServerError || e.Status == http.StatusRequestTimeout:
		t.Reason, t.Title = ReasonUnavailable, title+" cannot answer now"
		t.Text = fmt.Sprintf("It answered %d. It is tried again soon.", e.Status)
	default:
		t.Reason, t.Title = ReasonAnswer, title+" does not understand the request"
		t.Text = fmt.Sprintf("It answered %d. Check %s of %s, and the settings under integrations.%s.", e.Status, in.lookedFor(s), s.Ref, in.ID)
	}
	return t
}

// credentialPath is where the credentials stand in the configuration.
func (in *integration) credentialPath() string { return "integrations." + in.ID + ".credentials" }

// lookedFor names the annotations with their values.
func (in *integration) lookedFor(s Subject) string {
	var parts []string
	for _, a := range in.Definition.AppliesTo.Annotations {
		parts = append(parts, fmt.Sprintf("the annotation %s (%s)", a, clean(s.Annotations[a])))
	}
	if len(parts) == 0 {
		return "the name"
	}
	return strings.Join(parts, " and ")
}

// isGone reports whether an error only says that nobody waits any more.
func isGone(err error) bool { return errors.Is(err, context.Canceled) }
