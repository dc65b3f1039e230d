// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/callboard/callboard"
)

// Limits on one transaction, which also bound the memory of a run.
const (
	batchSources = 500
	batchBytes   = 4 << 20
)

// result counts what an ingestion did to sources, and collects what it leaves
// to do: Location entities that changed.
type result struct {
	added, changed, removed, unchanged int
	locations                          []Ref
}

func (r *result) add(o result) {
	r.added += o.added
	r.changed += o.changed
	r.removed += o.removed
	r.unchanged += o.unchanged
	r.locations = append(r.locations, o.locations...)
}

// ingest takes sources in, in order: several are processed at once, and while
// one batch is stored the next is processed. An error of the sequence is
// returned after what came before it was stored.
func (s *Service) ingest(ctx context.Context, cause Cause, seq iter.Seq2[inbound, error]) (result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan []outcome)
	var total result
	var applyErr error
	var applying sync.WaitGroup
	applying.Go(func() {
		for b := range batches {
			if applyErr != nil {
				continue
			}
			var r result
			if r, applyErr = s.applyBatch(ctx, cause, b); applyErr != nil {
				cancel()
			}
			total.add(r)
		}
	})
	readErr := s.batches(ctx, seq, func(b []outcome) { batches <- b })
	close(batches)
	applying.Wait()
	if applyErr != nil {
		return total, applyErr
	}
	return total, readErr
}

// batches cuts the sequence into batches and processes each.
func (s *Service) batches(ctx context.Context, seq iter.Seq2[inbound, error], emit func([]outcome)) error {
	var batch []inbound
	var failed error
	size := 0
	flush := func() bool {
		out, err := s.processBatch(ctx, batch)
		batch, size = batch[:0], 0
		if err != nil {
			failed = err
			return false
		}
		emit(out)
		return true
	}
	for in, err := range seq {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			failed = err
			break
		}
		batch = append(batch, in)
		size += len(in.item.Content) + 1024*len(in.item.Entities)
		if (len(batch) >= batchSources || size >= batchBytes) && !flush() {
			return failed
		}
	}
	if len(batch) > 0 && ctx.Err() == nil {
		flush()
	}
	return failed
}

// processBatch processes sources side by side and keeps their order.
func (s *Service) processBatch(ctx context.Context, batch []inbound) ([]outcome, error) {
	out := make([]outcome, len(batch))
	workers := s.opts.Parallel
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range min(workers, len(batch)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(batch) {
					return
				}
				o, err := s.pipe.process(ctx, batch[i])
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				o.open = batch[i].item.Open
				o.isNew = batch[i].known == ""
				out[i] = o
			}
		})
	}
	wg.Wait()
	return out, failed
}

// applyBatch stores what changed, in one transaction. If the store refuses it,
// each source is tried alone, so that one bad source does not stop the others.
func (s *Service) applyBatch(ctx context.Context, cause Cause, batch []outcome) (result, error) {
	var r result
	updates := make([]SourceUpdate, 0, len(batch))
	for _, o := range batch {
		switch {
		case o.same:
			r.unchanged++
			continue
		case o.update.Remove:
			r.removed++
			s.due.remove(o.update.Key)
			s.follow.forget(o.update.Key)
		case o.isNew:
			r.added++
		default:
			r.changed++
		}
		updates = append(updates, o.update)
		if len(o.locations) > 0 && o.open != nil {
			s.follow.remember(o.update.Key, o.open)
		}
	}
	if len(updates) == 0 {
		return r, nil
	}
	locations, err := s.apply(ctx, cause, updates)
	if err != nil && ctx.Err() == nil && callboard.CodeOf(err) == callboard.CodeInvalid {
		locations, err = s.applyEach(ctx, cause, updates)
	}
	if err != nil {
		return result{}, err
	}
	r.locations = locations
	for _, u := range updates {
		if !u.Remove && !u.Next.IsZero() {
			s.due.set(u.Key, u.Next)
		}
	}
	return r, nil
}

// apply stores one change, tells about it, and returns the Location entities
// that it touched.
func (s *Service) apply(ctx context.Context, cause Cause, updates []SourceUpdate) ([]Ref, error) {
	cause.Time = s.opts.Now().UTC()
	a, err := s.store.Apply(ctx, Change{Cause: cause, Sources: updates})
	if err != nil {
		return nil, err
	}
	s.changed(ctx, cause, a)
	var locations []Ref
	for _, c := range a.Changes {
		if c.Ref.Kind == locationKind {
			locations = append(locations, c.Ref)
		}
	}
	return locations, nil
}

// changed tells whoever wants to know, and survives their mistakes.
func (s *Service) changed(ctx context.Context, cause Cause, a Applied) {
	if len(a.Changes) == 0 {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			s.log.ErrorContext(ctx, "the listener to catalog changes panicked", "panic", v)
		}
	}()
	s.opts.Changed(ctx, cause, a)
}

func (s *Service) applyEach(ctx context.Context, cause Cause, updates []SourceUpdate) ([]Ref, error) {
	var locations []Ref
	for _, u := range updates {
		more, err := s.apply(ctx, cause, []SourceUpdate{u})
		if callboard.CodeOf(err) == callboard.CodeInvalid {
			more, err = s.apply(ctx, cause, []SourceUpdate{refused(u, err)})
		}
		if err != nil {
			return locations, err
		}
		locations = append(locations, more...)
	}
	return locations, nil
}

// refused is an update that keeps what is stored and says what was wrong.
func refused(u SourceUpdate, err error) SourceUpdate {
	u.Claims, u.KeepMissing = nil, true
	u.Hash = "refused:" + u.Hash
	u.Problems = append(slices.Clone(u.Problems), Problem{
		Severity: SeverityError,
		Rule:     "store-refused",
		Message:  "cannot be stored: " + callboard.MessageOf(err),
		Remedy:   "remove what cannot be stored; what the source declared last is still served",
		Location: u.Key.Location,
	})
	return u
}

// each yields the sources of a list.
func each(list []inbound) iter.Seq2[inbound, error] {
	return func(yield func(inbound, error) bool) {
		for _, in := range list {
			if !yield(in, nil) {
				return
			}
		}
	}
}
