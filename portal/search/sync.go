// SPDX-License-Identifier: Apache-2.0

package search

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/callboard/callboard"
)

const (
	// listed and changed are how many documents and changes are taken in at a time.
	listed  = 400
	changed = 200
	// freshChanges, freshSteps and freshTime bound what a question does for the
	// index before it is answered.
	freshChanges = 50
	freshSteps   = 8
	freshTime    = 250 * time.Millisecond
	// conflicts is how often another replica may be faster.
	conflicts = 5
)

// progress is how far a source is in the index.
type progress struct {
	// Version is that of the index and of the source.
	Version string `json:"version,omitempty"`
	// Round tells the last listing from others: when it began.
	Round int64 `json:"round"`
	// Listing says that it is under way, and After how far it is.
	Listing bool   `json:"listing,omitempty"`
	After   string `json:"after,omitempty"`
	// Feed is the place in the source's feed.
	Feed string `json:"feed,omitempty"`
}

func readProgress(text string) progress {
	var p progress
	if json.Unmarshal([]byte(text), &p) != nil {
		return progress{}
	}
	return p
}

func (p progress) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic("search: progress is plain data: " + err.Error())
	}
	return string(b)
}

func wantedVersion(src Source) string { return Version + "/" + src.Version() }

// Sync brings the index up to date with every source, however long it takes. A
// source that fails holds no other up, and is tried again.
func (s *Service) Sync(ctx context.Context) {
	for _, src := range s.sources {
		var err error
		for more := true; more && err == nil && ctx.Err() == nil; {
			err = s.taking(ctx, func() error {
				var err error
				more, err = s.step(ctx, src)
				return err
			})
		}
		s.note(ctx, src, err)
	}
}

// taking runs fn while nobody else in this process brings the index up to date.
func (s *Service) taking(ctx context.Context, fn func() error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
		return fn()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fresh takes in what the sources changed before the question, within its bounds,
// and reports whether something is left, such as during the first listing.
func (s *Service) fresh(ctx context.Context) (behind bool) {
	limited, cancel := context.WithTimeout(ctx, freshTime)
	defer cancel()
	states, err := s.index.State(limited)
	if err != nil {
		return true
	}
	for _, src := range s.sources {
		more, err := s.refresh(limited, src, readProgress(states[src.Name()]))
		if err != nil {
			s.note(limited, src, err)
		}
		behind = behind || more || err != nil
	}
	return behind
}

// refresh takes in the changes of a source, unless all of it is being listed,
// which takes longer than a question waits.
func (s *Service) refresh(ctx context.Context, src Source, p progress) (more bool, err error) {
	if p.Version != wantedVersion(src) || p.Listing {
		return true, nil
	}
	feed, ok := src.(Feed)
	if !ok {
		return false, nil
	}
	ch, err := changesOf(ctx, feed, p.Feed, freshChanges)
	switch {
	case err != nil || ch.Next == p.Feed:
		return false, err
	case ch.More: // an import: a question does not wait for it
		select {
		case s.wake <- struct{}{}:
		default: // it is awake
		}
		return true, nil
	}
	more = true
	for n := 0; n < freshSteps && more && err == nil; n++ {
		err = s.taking(ctx, func() error {
			var err error
			more, err = s.step(ctx, src)
			return err
		})
	}
	return more, err
}

// step takes in one batch of a source.
func (s *Service) step(ctx context.Context, src Source) (more bool, err error) {
	for range conflicts {
		var states map[string]string
		if states, err = s.index.State(ctx); err != nil {
			return false, err
		}
		var batch *Batch
		if batch, more, err = s.nextBatch(ctx, src, states[src.Name()]); err != nil || batch == nil {
			return false, err
		}
		if err = s.index.Apply(ctx, *batch); callboard.CodeOf(err) != callboard.CodeConflict {
			return more, err
		}
	}
	return true, nil // another replica is at it
}

// nextBatch returns what is to be done next, or nil if the index is up to date.
func (s *Service) nextBatch(ctx context.Context, src Source, state string) (b *Batch, more bool, err error) {
	p := readProgress(state)
	b = &Batch{Source: src.Name(), From: state}
	feed, isFeed := src.(Feed)
	switch {
	case p.Version != wantedVersion(src):
		p = progress{Version: wantedVersion(src), Round: time.Now().UnixMicro(), Listing: true}
		if isFeed {
			p.Feed, err = ask(ctx, src, limitListed, feed.Head)
		}
		more = true
	case p.Listing:
		more = true
		err = s.list(ctx, src, b, &p)
	case isFeed:
		var ch Changes
		if ch, err = changesOf(ctx, feed, p.Feed, changed); err != nil || ch.Next == p.Feed {
			return nil, false, err
		}
		p.Feed, more = ch.Next, ch.More
		b.Replace, err = replacements(src.Name(), ch.Parents, ch.Documents)
	default:
		return nil, false, nil
	}
	b.Round, b.To = p.Round, p.String()
	return b, more, err
}

func changesOf(ctx context.Context, feed Feed, after string, limit int) (Changes, error) {
	return ask(ctx, feed, limitListed, func(ctx context.Context) (Changes, error) { return feed.Changes(ctx, after, limit) })
}

// list takes in the next part of a listing. When it ends, what it did not bring
// goes.
func (s *Service) list(ctx context.Context, src Source, b *Batch, p *progress) error {
	l, err := ask(ctx, src, limitListed, func(ctx context.Context) (Listing, error) { return src.List(ctx, p.After, listed) })
	if err != nil {
		return err
	}
	if l.Next != "" && l.Next == p.After {
		return fmt.Errorf("search: the source %s lists %q again and again", src.Name(), l.Next)
	}
	p.After, p.Listing, b.Sweep = l.Next, l.Next != "", l.Next == ""
	b.Replace, err = replacements(src.Name(), nil, l.Documents)
	return err
}

// replacements groups documents by parent. Parents without documents lose what
// they had.
func replacements(source string, parents []string, docs []Document) ([]Replacement, error) {
	var out []Replacement
	at := map[string]int{}
	of := func(parent string) *Replacement {
		n, ok := at[parent]
		if !ok {
			n = len(out)
			at[parent] = n
			out = append(out, Replacement{Parent: parent})
		}
		return &out[n]
	}
	for _, p := range parents {
		of(p)
	}
	ids := map[string]bool{}
	for _, d := range docs {
		e, err := NewEntry(source, d)
		if err != nil {
			return nil, err
		}
		if ids[e.ID] {
			continue // the first counts
		}
		ids[e.ID] = true
		r := of(e.Parent)
		r.Entries = append(r.Entries, e)
	}
	return out, nil
}

// Invalidate has every document taken in anew, by whichever process keeps the
// index up to date. What there is is found until then.
func (s *Service) Invalidate(ctx context.Context) error {
	for _, src := range s.sources {
		err := s.taking(ctx, func() error {
			states, err := s.index.State(ctx)
			if err != nil {
				return err
			}
			return s.index.Apply(ctx, Batch{Source: src.Name(), From: states[src.Name()], To: progress{}.String()})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
