// SPDX-License-Identifier: Apache-2.0

package slot_test

import (
	"context"
	"fmt"
	"html/template"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/slot"
)

func ExampleDraw() {
	ctx := context.Background()
	html, err := slot.Draw(ctx, time.Second, func(context.Context) (template.HTML, error) {
		return "<p>All is well.</p>", nil
	})
	fmt.Println(html, err)

	_, err = slot.Draw(ctx, time.Second, func(context.Context) (template.HTML, error) {
		panic("not a secret")
	})
	fmt.Println(callboard.CodeOf(err), "-", callboard.MessageOf(err))
	// Output:
	// <p>All is well.</p> <nil>
	// internal - something went wrong; the log has the cause
}
