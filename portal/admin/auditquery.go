// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/sqldb"
)

// The parameters of a question to the audit log.
const (
	paramActor    = "actor"
	paramAction   = "action"
	paramResource = "resource"
	paramOutcome  = "outcome"
	paramSince    = "since"
	paramUntil    = "until"
	paramBefore   = "before"
	paramLimit    = "limit"
)

// auditQuery reads the parameters. What is wrong is told by parameter.
func auditQuery(v url.Values, now time.Time) (audit.Query, map[string]string) {
	wrong := map[string]string{}
	text := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	moment := func(name string) time.Time {
		t, err := parseMoment(text(name), now)
		if err != nil {
			wrong[name] = callboard.MessageOf(err)
		}
		return t
	}
	q := audit.Query{
		Actor: text(paramActor), Action: text(paramAction), Resource: text(paramResource), Outcome: audit.Outcome(text(paramOutcome)),
		From: moment(paramSince), To: moment(paramUntil),
	}
	switch q.Outcome {
	case "", audit.Done, audit.Denied, audit.Failed:
	default:
		wrong[paramOutcome] = "is done, denied or failed"
	}
	if before := text(paramBefore); before != "" {
		at, id, _ := strings.Cut(before, ".")
		micros, err := strconv.ParseInt(at, 10, 64)
		number, err2 := strconv.ParseInt(id, 10, 64)
		if err != nil || err2 != nil || micros < 1 || number < 1 {
			wrong[paramBefore] = "is no place in the log; take it from the page before"
		}
		q.Before = audit.Key{At: sqldb.FromMicros(micros), ID: number}
	}
	return q, wrong
}

// cursor writes a place in the log.
func cursor(k audit.Key) string { return fmt.Sprintf("%d.%d", sqldb.Micros(k.At), k.ID) }

// refusalOf is the error of the first parameter that is wrong, or nil.
func refusalOf(wrong map[string]string) error {
	for _, name := range []string{paramActor, paramAction, paramResource, paramOutcome, paramSince, paramUntil, paramBefore, paramLimit} {
		if message := wrong[name]; message != "" {
			return &callboard.Error{Code: callboard.CodeInvalid, Message: name + " " + message}
		}
	}
	return nil
}

// parseMoment reads a time: one of RFC 3339, a date, a date with hour and minute,
// all in UTC unless they say otherwise, or how long ago it is, such as 90m, 24h
// or 7d. No text is no time.
func parseMoment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 1970 && t.Year() < 10000 {
			return t.UTC(), nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 36500 {
			return now.AddDate(0, 0, -n).UTC(), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d).UTC(), nil
	}
	return time.Time{}, &callboard.Error{Code: callboard.CodeInvalid, Message: "is no time: write 2026-03-01, 2026-03-01T12:00:00Z, or how long ago, such as 24h or 7d"}
}
