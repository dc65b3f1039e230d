// SPDX-License-Identifier: Apache-2.0

package jobs

import (
	"context"
	"iter"
	"time"
)

// Watch yields the job whenever it differs from what was yielded before, until
// it is finished or ctx ends: what a page that shows a running job needs. It
// looks ten times a second at first and once a second after a while.
func Watch(ctx context.Context, q Inspector, id int64) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		var before Info
		for wait := 10 * time.Millisecond; ; wait = min(wait*5/4, time.Second) {
			info, err := q.Job(ctx, id)
			if err != nil {
				yield(Info{}, err)
				return
			}
			if changed(before, info) && (!yield(info, nil) || info.State.Finished()) {
				return
			}
			before = info
			select {
			case <-ctx.Done():
				yield(Info{}, ctx.Err())
				return
			case <-time.After(wait):
			}
		}
	}
}

// Wait returns the job when it is finished.
func Wait(ctx context.Context, q Inspector, id int64) (Info, error) {
	var last Info
	for info, err := range Watch(ctx, q, id) {
		if err != nil {
			return last, err
		}
		last = info
	}
	return last, nil
}

func changed(a, b Info) bool {
	return a.ID != b.ID || a.State != b.State || a.Attempt != b.Attempt ||
		a.Progress != b.Progress || !a.RunAt.Equal(b.RunAt)
}
