// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/callboard/callboard"
)

// Severity says how much a notification matters.
type Severity string

// The severities, as Backstage names them.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Normal   Severity = "normal"
	Low      Severity = "low"
)

// Severities returns all severities, the gravest first.
func Severities() []Severity { return []Severity{Critical, High, Normal, Low} }

// rank orders severities, the gravest first; what is none has -1.
func (s Severity) rank() int { return slices.Index(Severities(), s) }

// AtLeast reports whether s is as grave as the other, or graver.
func (s Severity) AtLeast(other Severity) bool { return s.rank() <= other.rank() }

// Everyone in [Notification.To] is all people that the directory knows.
const Everyone = "*"

// Limits of a notification. Longer titles and texts are cut, since a
// notification that is cut is better than none; the rest is refused.
const (
	MaxTitle = 300
	MaxText  = 8 << 10
	MaxLink  = 2 << 10
	MaxTo    = 1000
	maxID    = 300
)

// Notification is something to tell.
type Notification struct {
	// To are references of people and groups, whose members are meant, or
	// [Everyone]. Required, at most MaxTo.
	To []string
	// Except are people who are not told, such as who did it.
	Except []string
	// Topic is the ID of a [Topic]. Required.
	Topic string
	// Severity is Normal if it is empty.
	Severity Severity
	// Title is one line. Required; cut after MaxTitle bytes.
	Title string
	// Text says more, as plain text; cut after MaxText bytes.
	Text string
	// Link leads on: a path of the portal, or an http or https URL.
	Link string
	// Origin says who sends it, such as the ID of a module. Required.
	Origin string
	// Scope, unless empty, has a notification take the place of the earlier one
	// from the same origin with the same scope.
	Scope string
	// About, unless empty, is what people must be able to see to be told; it is
	// asked when the notification is delivered. What it may be, the [Directory]
	// knows, such as "entity:component:default/checkout".
	About string
}

// Sender takes notifications.
type Sender interface {
	// Send stores a notification and what makes it reach people. With a
	// transaction it happens when that commits and not before; tx may be nil.
	// CodeInvalid says what is wrong with the notification. It costs two rows,
	// however many people it is for.
	Send(ctx context.Context, tx *sql.Tx, n Notification) error
}

// Message is a notification as it was sent.
type Message struct {
	Notification
	// ID grows with each message.
	ID int64
	// Key is a random name.
	Key string
	// Sent is when.
	Sent time.Time
}

// Normal returns the notification as it is stored, or CodeInvalid.
func (n Notification) Normal() (Notification, error) {
	if n.Severity == "" {
		n.Severity = Normal
	}
	n.Title = cut(line(n.Title), MaxTitle)
	n.Text = cut(strings.TrimSpace(plain(n.Text)), MaxText)
	switch {
	case n.Title == "":
		return n, invalid("a notification needs a title")
	case n.Topic == "" || len(n.Topic) > maxID:
		return n, invalid("a notification needs a topic")
	case n.Origin == "" || len(n.Origin) > maxID:
		return n, invalid("a notification needs an origin, which says who sends it")
	case len(n.Scope) > maxID || len(n.About) > maxID:
		return n, invalid("scope and subject of a notification have at most %d bytes", maxID)
	case n.Severity.rank() < 0:
		return n, invalid("%q is no severity; write critical, high, normal or low", n.Severity)
	case len(n.To) == 0 || len(n.To) > MaxTo || len(n.Except) > MaxTo:
		return n, invalid("a notification is for 1 to %d people and groups; those of a group count as one", MaxTo)
	case hasControl(n.Topic + n.Origin + n.Scope + n.About + strings.Join(n.To, "") + strings.Join(n.Except, "")):
		return n, invalid("names in a notification have no control characters")
	}
	return n, CheckLink(n.Link)
}

// CheckLink returns CodeInvalid for a link that a notification may not have.
// None is fine.
func CheckLink(link string) error {
	if link == "" {
		return nil
	}
	u, err := url.Parse(link)
	bad := err != nil || len(link) > MaxLink || hasControl(link) || strings.Contains(link, `\`) || u.User != nil
	if bad || !webAddress(u) && !portalPath(u) {
		return invalid("the link of a notification is a path of the portal, such as /catalog, or begins with https:// or http://")
	}
	return nil
}

func webAddress(u *url.URL) bool {
	return (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Opaque == ""
}

func portalPath(u *url.URL) bool {
	return u.Scheme == "" && u.Host == "" && strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(u.Path, "//")
}

func hasControl(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl)
}

// plain makes text storable and showable: valid UTF-8, and of control
// characters line breaks and tabs alone.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || bidi(r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// bidi reports whether a character changes the direction of what follows, and
// so could make a text read as another.
func bidi(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// line makes one line of a text.
func line(s string) string { return strings.Join(strings.Fields(plain(s)), " ") }

// cut bounds a text.
func cut(s string, size int) string {
	if len(s) <= size {
		return s
	}
	end := size - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// invalid is an error whose message may be shown to a person.
func invalid(format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}
