// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callboard/callboard/portal/auth/internal/provider"
)

// source is read from; each reading waits for the test.
type source struct {
	now     atomic.Int64 // in nanoseconds
	entered chan struct{}
	answers chan int // a negative one is a failure
}

func newSource() *source {
	return &source{entered: make(chan struct{}, 100), answers: make(chan int, 100)}
}

func (s *source) Now() time.Time { return time.Unix(1, s.now.Load()) }

func (s *source) read(ctx context.Context) (int, error) {
	s.entered <- struct{}{}
	select {
	case n := <-s.answers:
		if n < 0 {
			return 0, errors.New("failed")
		}
		return n, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func TestManyReadOnce(t *testing.T) {
	t.Parallel()
	s := newSource()
	f := provider.NewFresh(s.Now, s.read)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if n, err := f.Value(t.Context()); n != 7 || err != nil {
				t.Errorf("Value = %d, %v", n, err)
			}
		})
	}
	<-s.entered
	s.answers <- 7
	wg.Wait()
	if len(s.entered) > 0 {
		t.Errorf("it was read %d times more", len(s.entered))
	}
}

func TestAnOldValueServesWhileItIsReadAgain(t *testing.T) {
	t.Parallel()
	s := newSource()
	f := provider.NewFresh(s.Now, s.read)
	s.answers <- 1
	if n, err := f.Value(t.Context()); n != 1 || err != nil {
		t.Fatalf("Value = %d, %v", n, err)
	}
	<-s.entered
	s.now.Add(int64(2 * time.Hour))
	done := make(chan int)
	go func() {
		n, _ := f.Value(t.Context())
		done <- n
	}()
	<-s.entered
	if n, err := f.Value(t.Context()); n != 1 || err != nil {
		t.Errorf("while it is read again, Value = %d, %v", n, err)
	}
	s.answers <- 2
	if n := <-done; n != 2 {
		t.Errorf("who read it has %d", n)
	}
	if n, err := f.Value(t.Context()); n != 2 || err != nil {
		t.Errorf("afterwards, Value = %d, %v", n, err)
	}
}

func TestRenew(t *testing.T) {
	t.Parallel()
	s := newSource()
	f := provider.NewFresh(s.Now, s.read)
	s.answers <- -1
	if _, err := f.Renew(t.Context()); err == nil {
		t.Error("there is a value after a failure")
	}
	s.now.Add(int64(time.Minute))
	s.answers <- 1
	if n, err := f.Renew(t.Context()); n != 1 || err != nil {
		t.Errorf("Renew = %d, %v", n, err)
	}
	if n, err := f.Renew(t.Context()); n != 1 || err != nil || len(s.entered) != 2 {
		t.Errorf("at once, Renew = %d, %v, after %d readings", n, err, len(s.entered))
	}
	s.now.Add(int64(time.Minute))
	s.answers <- -1
	if n, err := f.Renew(t.Context()); n != 1 || err != nil {
		t.Errorf("with a failure, Renew = %d, %v", n, err)
	}
	s.now.Add(int64(time.Minute))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := f.Renew(gone); n != 1 || err != nil {
		t.Errorf("for a caller that went away, Renew = %d, %v", n, err)
	}
	s.answers <- 3
	if n, err := f.Renew(t.Context()); n != 3 || err != nil {
		t.Errorf("for the next caller, Renew = %d, %v", n, err)
	}
}
