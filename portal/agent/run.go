// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
)

// grace is how long a tool may take to notice that its time is over.
const grace = time.Second

// handler serves the calls of a tool.
func (s *Server) handler(t Tool) mcp.ToolHandler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		res, err := s.call(ctx, t, req.Params.Arguments)
		if err != nil {
			return refusal(err), nil
		}
		return res, nil
	}
}

// call runs a tool for the caller in ctx, and records it if it changes something.
func (s *Server) call(ctx context.Context, t Tool, input json.RawMessage) (*mcp.CallToolResult, error) {
	how, err := t.options(input)
	if err != nil {
		return nil, err
	}
	var value any
	if t.spec.Permission != "" {
		err = s.parts.May.Require(ctx, t.spec.Permission)
	}
	if err == nil {
		value, err = s.run(ctx, "tool "+t.spec.Name, func(ctx context.Context) (any, error) { return t.call(ctx, input, how) })
	}
	if t.changes && !how.DryRun {
		err = s.record(ctx, t, input, value, err)
	}
	var text json.RawMessage
	if err == nil {
		text, err = encode(value)
	}
	if err != nil {
		if callboard.CodeOf(err) == callboard.CodeInternal {
			s.opts.Logger.ErrorContext(ctx, "agent: a tool failed", "tool", t.spec.Name, "user", callboard.IdentityFrom(ctx).Subject, "error", err)
		}
		return nil, err
	}
	return t.answer(text, how.Part, s.opts.Settings.AnswerBytes)
}

// outcome is what a function ended with.
type outcome struct {
	value any
	err   error
}

// run calls f with a deadline. One that panics has failed, and one that ignores
// its deadline is left behind; its turn is taken until it returns.
func (s *Server) run(ctx context.Context, what string, f func(context.Context) (any, error)) (any, error) {
	who := cmp.Or(callboard.IdentityFrom(ctx).Subject, "guest")
	if !s.turns.take(who) {
		return nil, &callboard.Error{Code: callboard.CodeRateLimited, Message: fmt.Sprintf("%d calls of yours are running; wait for one to end", s.turns.most)}
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Settings.CallTimeout)
	done := make(chan outcome, 1)
	go func() {
		defer s.turns.give(who)
		defer cancel()
		defer func() {
			if reason := recover(); reason != nil {
				done <- outcome{err: fmt.Errorf("agent: %s panicked: %v\n%s", what, reason, bytes.TrimSpace(debug.Stack()))}
			}
		}()
		v, err := f(ctx)
		done <- outcome{v, err}
	}()
	select {
	case o := <-done:
		return o.value, timely(o.err)
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case o := <-done:
		return o.value, timely(o.err)
	case <-timer.C:
		s.opts.Logger.WarnContext(ctx, "agent: left behind", slog.String("what", what))
		return nil, late(ctx.Err())
	}
}

// timely says of the end of a context what it means for an agent.
func timely(err error) error {
	var coded *callboard.Error
	if callboard.CodeOf(err) == callboard.CodeTimeout && !errors.As(err, &coded) {
		return late(err)
	}
	return err
}

func late(err error) error {
	return &callboard.Error{Code: callboard.CodeTimeout, Message: "it took too long and was given up; a change may have been made all the same, so look before you try again", Err: err}
}

// turns bounds what runs for each caller at the same time.
type turns struct {
	most    int
	mu      sync.Mutex
	running map[string]int
}

func (t *turns) take(who string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running[who] >= t.most {
		return false
	}
	t.running[who]++
	return true
}

func (t *turns) give(who string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running[who]--; t.running[who] == 0 {
		delete(t.running, who)
	}
}

// recordTimeout bounds the writing of an entry, which the end of the request
// does not stop: the change has been made.
const recordTimeout = 10 * time.Second

// record notes in the audit log how a change went, and returns the change's
// error. What changed is in the entries that the services write; guests who are
// refused write nothing.
func (s *Server) record(ctx context.Context, t Tool, input json.RawMessage, value any, failed error) error {
	e := audit.Entry{Action: "agent.tool.call", Resource: "tool:" + t.spec.Name}
	doc := struct {
		Input  json.RawMessage `json:"input"`
		Result string          `json:"result,omitempty"`
	}{Input: input}
	switch {
	case failed == nil:
		if c, ok := value.(changed); ok {
			doc.Result = c.Summary
		}
	case callboard.Refused(failed):
		e.Outcome = audit.Denied
		if !callboard.IdentityFrom(ctx).SignedIn() {
			return failed
		}
	default:
		e.Outcome = audit.Failed
	}
	if failed != nil {
		e.Message = callboard.MessageOf(failed)
	}
	if len(doc.Input) == 0 {
		doc.Input = json.RawMessage(`{}`)
	}
	var err error
	if e.After, err = json.Marshal(doc); err != nil {
		return errors.Join(failed, err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	return errors.Join(failed, s.parts.Log.Record(ctx, nil, e))
}
