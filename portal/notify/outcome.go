// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/jobs"
)

// maxSnooze bounds how long a server may ask a channel to wait.
const maxSnooze = time.Hour

// Outcome is what a [Channel] that speaks HTTP returns for an error of
// portal/fetch: the wait that the server asks for, that trying again is no use
// if it says that it is gone, or what is wrong with the request, and else the
// error, to be tried again.
func Outcome(err error) error {
	if wait, ok := fetch.RetryAfter(err); ok {
		return jobs.Snooze(min(wait, maxSnooze))
	}
	var status *fetch.StatusError
	if !errors.As(err, &status) {
		return err
	}
	switch status.Status {
	case http.StatusGone, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return jobs.Cancel(err)
	}
	return err
}

// Filter says which messages a [Shared] channel takes. The zero value takes all.
type Filter struct {
	// Topics are IDs of topics, in which * stands for any text; empty is all.
	Topics []string
	// MinSeverity, unless empty, is how grave a message must be.
	MinSeverity Severity
}

// Check returns CodeInvalid for a filter that cannot be meant.
func (f Filter) Check() error {
	for _, pattern := range f.Topics {
		if _, err := path.Match(pattern, ""); err != nil {
			return invalid("%q is no pattern of topics; write such as catalog.*", pattern)
		}
	}
	if f.MinSeverity != "" && f.MinSeverity.rank() < 0 {
		return invalid("%q is no severity; write critical, high, normal or low", f.MinSeverity)
	}
	return nil
}

// Takes reports whether the filter selects the message.
func (f Filter) Takes(m Message) bool {
	if f.MinSeverity != "" && !m.Severity.AtLeast(f.MinSeverity) {
		return false
	}
	for _, pattern := range f.Topics {
		if ok, _ := path.Match(pattern, m.Topic); ok {
			return true
		}
	}
	return len(f.Topics) == 0
}

// CheckChannelID returns CodeInvalid for an ID that a channel may not have.
func CheckChannelID(id string) error {
	if id == "" || len(id) > 40 || id == Web {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: "a channel of notifications needs an ID of 1 to 40 letters, other than web"}
	}
	for _, r := range id {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return invalid("the ID %q of a channel has other than lower-case letters, digits and dashes", id)
		}
	}
	return nil
}

// RuleFor returns the rule that lets a client send to an address and to nothing
// else of its host, or CodeInvalid, which does not quote it.
func RuleFor(address string) (fetch.Rule, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return fetch.Rule{}, invalid("the URL to send to is none; write https://host/path")
	}
	rule, err := fetch.ParseRule(u.Scheme + "://" + u.Host + u.EscapedPath())
	if err != nil {
		return rule, invalid("the URL to send to is odd; write https://host/path")
	}
	return rule, nil
}
