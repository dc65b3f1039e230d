// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/notify"
)

// maxRoster bounds the file, so that a wrong path cannot fill the memory.
const maxRoster = 4 << 20

var (
	// refresh is the kind of job that reads the roster. However often it is
	// asked for, one waits at most.
	refresh = jobs.Define[struct{}]("oncall.refresh", &jobs.Options{Unique: "roster"})
	// changed tells this process and the other replicas that rotas are new.
	changed = events.NewTopic[struct{}]("oncall.changed")
)

// Refresher reads the roster in the background: at start, by the clock, and
// when somebody asks.
type Refresher struct {
	store  *Store
	queue  jobs.Queue
	tell   Tellers
	roster string
}

// Tellers are whom a refresher tells: parts of the portal, and people.
type Tellers struct {
	Bus    events.Bus
	People notify.Sender
}

// NewRefresher registers the job and its schedule with the queue, which is
// started after everything that it works for.
func NewRefresher(store *Store, queue jobs.Queue, tell Tellers, s Settings) (*Refresher, error) {
	r := &Refresher{store: store, queue: queue, tell: tell, roster: s.Roster}
	if r.roster == "" {
		return r, nil
	}
	if err := queue.Register(refresh.Handler(r.work, nil)); err != nil {
		return nil, err
	}
	// Of many replicas, whoever is first enqueues it.
	schedule, err := refresh.Schedule("", jobs.Every(s.RefreshEvery), struct{}{}, nil)
	if err != nil {
		return nil, err
	}
	return r, queue.Schedule(schedule)
}

// Start asks for a first reading; the portal calls it because it is there.
func (r *Refresher) Start(ctx context.Context) error {
	if r.roster == "" {
		return nil
	}
	return r.Ask(ctx)
}

// Ask has the roster read soon.
func (r *Refresher) Ask(ctx context.Context) error {
	if r.roster == "" {
		return &callboard.Error{Code: callboard.CodeConflict, Message: "there is no roster to read; set oncall.roster in the configuration"}
	}
	_, err := refresh.Enqueue(ctx, r.queue, struct{}{}, nil)
	return err
}

// work is the job. Rotas, event, notifications and the job's end are one
// transaction: a process that is killed at any instant leaves all of it or
// nothing, and nobody is told twice.
func (r *Refresher) work(ctx context.Context, job *jobs.Job[struct{}]) error {
	rotas, err := r.read()
	if err != nil {
		if err := r.store.Failed(ctx, callboard.MessageOf(err)); err != nil {
			return err // tried again later
		}
		return jobs.Cancel(err) // the next reading is on the schedule
	}
	return r.store.db.InTx(ctx, func(tx *sql.Tx) error {
		now := time.Now()
		had, err := rotasIn(ctx, tx)
		if err != nil {
			return err
		}
		news, err := r.store.ReplaceTx(ctx, tx, rotas, now)
		if err != nil {
			return err
		}
		if news {
			if err := changed.PublishTx(ctx, tx, r.tell.Bus, struct{}{}); err != nil {
				return err
			}
			for _, n := range turnsOver(had, rotas, now) {
				if err := r.tell.People.Send(ctx, tx, n); err != nil {
					return err
				}
			}
		}
		return job.CompleteTx(ctx, tx)
	})
}

func (r *Refresher) read() ([]Rota, error) {
	f, err := os.Open(r.roster)
	if err != nil {
		return nil, &callboard.Error{Code: callboard.CodeUnavailable, Message: "the roster " + r.roster + " cannot be opened", Err: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRoster+1))
	if err != nil {
		return nil, &callboard.Error{Code: callboard.CodeUnavailable, Message: "the roster " + r.roster + " cannot be read", Err: err}
	}
	if len(data) > maxRoster {
		return nil, &callboard.Error{Code: callboard.CodeTooLarge, Message: fmt.Sprintf("the roster %s is larger than %d MB", r.roster, maxRoster>>20)}
	}
	rotas, err := ParseRoster(data)
	if err != nil {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: r.roster + ": " + callboard.MessageOf(err)}
	}
	return rotas, nil
}
