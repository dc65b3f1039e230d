// SPDX-License-Identifier: Apache-2.0

// Package notifyagent is notifications for AI agents: tools that read and mark
// the caller's own inbox, and that send to people. Start from [Package].
package notifyagent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/agent"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/notify/notifyweb"
)

// Tools returns the tools.
func Tools(s *notify.Service, log *audit.Log) ([]agent.Tool, error) {
	t := tools{s, log}
	list, err := t.list()
	mark, wrong := t.mark()
	send, bad := t.send()
	return []agent.Tool{list, mark, send}, errors.Join(err, wrong, bad)
}

type tools struct {
	service *notify.Service
	log     *audit.Log
}

func subject(ctx context.Context) string { return callboard.IdentityFrom(ctx).Subject }

// item is a notification of the caller's.
type item struct {
	ID       string          `json:"id"`
	Title    string          `json:"title"`
	Text     string          `json:"text,omitempty"`
	Severity notify.Severity `json:"severity"`
	Topic    string          `json:"topic"`
	From     string          `json:"from"`
	Link     string          `json:"link,omitempty"`
	At       time.Time       `json:"at"`
	Times    int             `json:"times,omitempty"`
	Read     bool            `json:"read"`
	Saved    bool            `json:"saved,omitempty"`
}

func (t tools) list() (agent.Tool, error) {
	type input struct {
		Unread   bool   `json:"unread,omitempty" jsonschema:"only what was not read"`
		Severity string `json:"severity,omitempty" jsonschema:"only as grave or graver: critical, high, normal or low"`
		Topic    string `json:"topic,omitempty" jsonschema:"only of this topic"`
		Text     string `json:"text,omitempty" jsonschema:"only with this in title or text"`
		Limit    int    `json:"limit,omitempty" jsonschema:"how many to return, 50 if left out, 100 at most"`
		Skip     int    `json:"skip,omitempty" jsonschema:"how many of the newest to leave out: next of the page before"`
	}
	type output struct {
		Items []item `json:"items"`
		Total int    `json:"total"`
		Next  int    `json:"next,omitempty"`
	}
	return agent.Read(agent.Spec{
		Name: "notifications_list", Title: "Read one's notifications", Permission: notifyweb.ReadInbox,
		Description: "Returns the notifications of the person whom the agent acts for, the newest first. Reading them here does not mark them as read.",
	}, func(ctx context.Context, in input) (output, error) {
		if in.Limit < 0 || in.Limit > 100 || in.Skip < 0 || in.Skip > 100_000 {
			return output{}, &callboard.Error{Code: callboard.CodeInvalid, Message: "limit is 1 to 100, skip 0 to 100000"}
		}
		q := notify.Query{MinSeverity: notify.Severity(in.Severity), Topic: in.Topic, Search: in.Text, Limit: in.Limit, Offset: in.Skip}
		if no := false; in.Unread {
			q.Read = &no
		}
		found, err := t.service.Inbox(ctx, subject(ctx), q)
		if err != nil {
			return output{}, err
		}
		out := output{Items: []item{}}
		if out.Total, err = t.service.Count(ctx, subject(ctx), q); err != nil {
			return output{}, err
		}
		for _, n := range found {
			out.Items = append(out.Items, item{n.ID, n.Title, n.Text, n.Severity, n.Topic, n.Origin, n.Link, n.Updated, n.Times, !n.Read.IsZero(), !n.Saved.IsZero()})
		}
		if end := in.Skip + len(found); end < out.Total && len(found) > 0 {
			out.Next = end
		}
		return out, nil
	})
}

type markInput struct {
	IDs   []string `json:"ids" jsonschema:"the notifications, by the ids that notifications_list returns"`
	Read  *bool    `json:"read,omitempty" jsonschema:"true marks them as read, false as not read"`
	Saved *bool    `json:"saved,omitempty" jsonschema:"true keeps them, false no longer"`
}

func (t tools) mark() (agent.Tool, error) {
	// mine returns which of the notifications are the caller's.
	mine := func(ctx context.Context, in markInput) (agent.Effect, error) {
		if len(in.IDs) == 0 || in.Read == nil && in.Saved == nil {
			return agent.Effect{}, &callboard.Error{Code: callboard.CodeInvalid, Message: "name notifications, and read or saved"}
		}
		found, err := t.service.Inbox(ctx, subject(ctx), notify.Query{IDs: in.IDs, Limit: notify.MaxPage})
		if err != nil {
			return agent.Effect{}, err
		}
		titles := []string{}
		for _, n := range found {
			titles = append(titles, n.Title)
		}
		return agent.Effect{Summary: fmt.Sprintf("mark %d of the caller’s notifications", len(found)), Details: map[string][]string{"titles": titles}}, nil
	}
	return agent.Change(agent.Spec{
		Name: "notifications_mark", Title: "Mark one's notifications", Permission: notifyweb.UpdateInbox, Idempotent: true,
		Description: "Marks notifications of the person whom the agent acts for as read or saved, or takes that back. Ids of other people's are left out.",
	}, mine, func(ctx context.Context, in markInput) (agent.Effect, error) {
		e, err := mine(ctx, in)
		if err != nil {
			return e, err
		}
		return e, t.service.Mark(ctx, subject(ctx), in.IDs, notify.Mark{Read: in.Read, Saved: in.Saved})
	})
}

type sendInput struct {
	To       []string `json:"to" jsonschema:"people and groups by reference, such as group:default/payments, whose members are meant; * alone is everybody"`
	Title    string   `json:"title" jsonschema:"one line"`
	Text     string   `json:"text,omitempty" jsonschema:"more, as plain text"`
	Severity string   `json:"severity,omitempty" jsonschema:"critical, high, normal or low; normal if left out"`
	Link     string   `json:"link,omitempty" jsonschema:"a path of the portal, such as /catalog, or an http or https URL"`
	Scope    string   `json:"scope,omitempty" jsonschema:"has it take the place of your earlier one with the same scope"`
}

func (t tools) send() (agent.Tool, error) {
	prepare := func(ctx context.Context, in sendInput) (notify.Notification, agent.Effect, error) {
		n, err := notify.Notification{
			To: in.To, Topic: notifyweb.External, Severity: notify.Severity(in.Severity), Title: in.Title, Text: in.Text,
			Link: in.Link, Scope: in.Scope, Origin: subject(ctx),
		}.Normal()
		return n, agent.Effect{
			Summary: fmt.Sprintf("send %q to %s", n.Title, strings.Join(n.To, ", ")),
			Details: sendInput{n.To, n.Title, n.Text, string(n.Severity), n.Link, n.Scope},
		}, err
	}
	return agent.Change(agent.Spec{
		Name: "notifications_send", Title: "Send a notification", Permission: notifyweb.SendMessage, External: true,
		Description: "Tells people something in the portal, and through the channels that they chose, such as e-mail. It cannot be taken back: use the dry run first.",
	}, func(ctx context.Context, in sendInput) (agent.Effect, error) {
		_, e, err := prepare(ctx, in)
		return e, err
	}, func(ctx context.Context, in sendInput) (agent.Effect, error) {
		n, e, err := prepare(ctx, in)
		if err != nil {
			return e, err
		}
		return e, notifyweb.Record(ctx, t.log, t.service, n)
	})
}
