// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/notify/notifyweb"
)

// seed is the job that tells the demo company's people what has happened, once
// there are people.
var seed = jobs.Define[struct{}]("demo.seed", &jobs.Options{Unique: "seed"})

// seeded says that it was done, on this database.
const seeded = "demo.seed"

// news is what has happened in the demo company.
func news() []notify.Notification {
	const payments = "group:default/payments-core"
	return []notify.Notification{
		{To: []string{notify.Everyone}, Severity: notify.Low, Title: "Welcome to the portal", Link: "/catalog",
			Text: "Follow what you work with, from its page, and you hear when it changes. Choose in the settings how."},
		{To: []string{payments}, Severity: notify.High, Title: "The certificate of payments-api ends in 14 days", Link: "/catalog/default/api/payments-api", Scope: "certificate:payments-api"},
		{To: []string{payments}, Severity: notify.Critical, Title: "Errors of checkout above 5 %", Link: "/catalog/default/component/checkout", Scope: "errors:checkout",
			Text: "5.8 % of the requests failed in the last ten minutes, most of them while paying by card."},
		{To: []string{payments}, Title: "Errors of checkout are back to normal", Link: "/catalog/default/component/checkout", Scope: "errors:checkout",
			Text: "0.2 % of the requests failed in the last ten minutes."},
	}
}

// seeder sends the news at the first start.
type seeder struct {
	service *notify.Service
	people  notify.Directory
	queue   jobs.Queue
}

// seeds adds the news to a portal with the demo company.
func seeds(i do.Injector) {
	module.Provide(i, func(i do.Injector) (*seeder, error) {
		if _, err := company(i); errors.Is(err, module.ErrDisabled) {
			return &seeder{}, nil
		} else if err != nil {
			return nil, err
		}
		s := &seeder{}
		var err error
		if s.service, err = do.Invoke[*notify.Service](i); err != nil {
			return nil, err
		}
		if s.people, err = do.Invoke[notify.Directory](i); err != nil {
			return nil, err
		}
		if s.queue, err = do.Invoke[jobs.Queue](i); err != nil {
			return nil, err
		}
		return s, s.queue.Register(seed.Handler(s.work, nil))
	})
}

// Start asks for the news, unless they were sent.
func (s *seeder) Start(ctx context.Context) error {
	if s.service == nil {
		return nil
	}
	if _, known, err := s.service.Cursor(ctx, seeded); err != nil || known {
		return err
	}
	_, err := seed.Enqueue(ctx, s.queue, struct{}{}, nil)
	return err
}

func (s *seeder) work(ctx context.Context, job *jobs.Job[struct{}]) error {
	there, err := s.people.People(ctx, []string{"user:default/ines"}, notify.MaxPeople)
	if err != nil {
		return err
	}
	if len(there) == 0 {
		return jobs.Snooze(200 * time.Millisecond)
	}
	return s.service.InTx(ctx, func(tx *sql.Tx) error {
		for _, n := range news() {
			n.Topic, n.Origin = notifyweb.External, "demo"
			if err := s.service.Send(ctx, tx, n); err != nil {
				return err
			}
		}
		if err := s.service.SetCursor(ctx, tx, seeded, 1); err != nil {
			return err
		}
		return job.CompleteTx(ctx, tx)
	})
}
