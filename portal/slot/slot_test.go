// SPDX-License-Identifier: Apache-2.0

package slot_test

import (
	"context"
	"errors"
	"html/template"
	"strings"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/slot"
)

func TestDraw(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	tests := []struct {
		name    string
		timeout time.Duration
		render  func(context.Context) (template.HTML, error)
		code    callboard.Code
	}{
		{"draws", time.Minute, func(context.Context) (template.HTML, error) { return "<p>ok</p>", nil }, ""},
		{"fails", time.Minute, func(context.Context) (template.HTML, error) { return "", broken }, callboard.CodeInternal},
		{"panics", time.Minute, func(context.Context) (template.HTML, error) { panic("spilled") }, callboard.CodeInternal},
		{"hangs", time.Millisecond, func(context.Context) (template.HTML, error) { <-release; return "late", nil }, callboard.CodeTimeout},
		{"floods", time.Minute, func(context.Context) (template.HTML, error) {
			return template.HTML(strings.Repeat("a", slot.MaxBytes+1)), nil
		}, callboard.CodeTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			html, err := slot.Draw(t.Context(), tt.timeout, tt.render)
			if got := callboard.CodeOf(err); got != tt.code {
				t.Fatalf("Draw = %v, want code %q", err, tt.code)
			}
			if (html != "") != (tt.code == "") {
				t.Errorf("Draw drew %q with error %v", html, err)
			}
		})
	}
}

func TestDrawForNobody(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	_, err := slot.Draw(ctx, time.Minute, func(context.Context) (template.HTML, error) {
		leave()
		<-release
		return "", nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Draw = %v, want that it was cancelled", err)
	}
}
