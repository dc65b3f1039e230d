// SPDX-License-Identifier: Apache-2.0

// Package slot draws what modules contribute to a page, so that one that
// fails, hangs or floods breaks its own box and nothing else:
//
//	html, err := slot.Draw(ctx, 5*time.Second, func(ctx context.Context) (template.HTML, error) {
//		return card.Render(r.WithContext(ctx))
//	})
//
// Start from [Draw].
package slot

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"runtime/debug"
	"time"

	"github.com/callboard/callboard"
)

// MaxBytes is the most HTML that one slot may draw.
const MaxBytes = 1 << 20

// Timeout is how long a slot may take where the page has no other opinion.
const Timeout = 5 * time.Second

// TooLarge returns the error of what draws more than [MaxBytes].
func TooLarge() error {
	return &callboard.Error{Code: callboard.CodeTooLarge, Message: fmt.Sprintf("it drew more than %d KB", MaxBytes>>10)}
}

// Draw calls render with a deadline, a recover and a size limit. A render that
// ignores its deadline is left behind: Draw returns [callboard.CodeTimeout],
// and what it draws later is dropped. Where ctx itself is cancelled, because
// the reader left, the error is that. A panic is [callboard.CodeInternal] with
// its stack in the cause, and more than [MaxBytes] is [callboard.CodeTooLarge].
func Draw(ctx context.Context, timeout time.Duration, render func(context.Context) (template.HTML, error)) (template.HTML, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	type result struct {
		html template.HTML
		err  error
	}
	done := make(chan result, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- result{err: fmt.Errorf("slot: panic: %v\n%s", r, debug.Stack())}
			}
		}()
		html, err := render(ctx)
		done <- result{html, err}
	}()
	select {
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			return "", fmt.Errorf("slot: nobody waits any more: %w", ctx.Err())
		}
		return "", &callboard.Error{Code: callboard.CodeTimeout, Message: "it took longer than " + timeout.String(), Err: ctx.Err()}
	case r := <-done:
		if r.err == nil && len(r.html) > MaxBytes {
			return "", TooLarge()
		}
		return r.html, r.err
	}
}
