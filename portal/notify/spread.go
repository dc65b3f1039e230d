// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"crypto/rand"
	"database/sql"
	"slices"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/sqldb"
)

// MaxPeople bounds for how many people one notification may be.
const MaxPeople = 50_000

// spreadBatch is how many people are told in one transaction.
const spreadBatch = 200

// patience is how long a message waits for whom it is for, where the directory
// knows nobody of them yet, as when a portal starts for the first time.
const patience = 30 * time.Second

// spreadArgs names the message to hand on.
type spreadArgs struct{ Message int64 }

// spread hands a message on to everybody whom it is for.
var spread = jobs.Define[spreadArgs]("notify.spread", nil)

// clean removes what is old.
var clean = jobs.Define[struct{}]("notify.clean", nil)

func (s *Service) register() error {
	if err := s.queue.Register(
		spread.Handler(s.spread, &jobs.HandlerOptions{Timeout: time.Hour}),
		deliver.Handler(s.deliver, &jobs.HandlerOptions{Timeout: 2 * time.Minute}),
		clean.Handler(s.clean, nil),
	); err != nil {
		return err
	}
	schedule, err := clean.Schedule("", jobs.Daily(3, 20, nil), struct{}{}, nil)
	if err != nil {
		return err
	}
	return s.queue.Schedule(schedule)
}

// spread is the job. It goes through the people in order, a batch in each
// transaction, and notes how far it came in the same one: a process that is
// killed goes on from there, and nobody is told twice.
func (s *Service) spread(ctx context.Context, job *jobs.Job[spreadArgs]) error {
	m, err := s.message(ctx, job.Args.Message)
	if callboard.CodeOf(err) == callboard.CodeNotFound {
		return jobs.Cancel(err)
	}
	if err != nil {
		return err
	}
	people, err := s.people.People(ctx, m.To, MaxPeople)
	if callboard.CodeOf(err) == callboard.CodeTooLarge {
		return jobs.Cancel(err)
	}
	if err != nil {
		return err
	}
	if len(people) == 0 && s.opts.Now().Sub(m.Sent) < patience {
		return jobs.Snooze(patience / 10)
	}
	people = slices.DeleteFunc(people, func(p string) bool { return p <= m.spread || slices.Contains(m.Except, p) })
	done := 0
	for batch := range slices.Chunk(people, spreadBatch) {
		told, err := s.plan(ctx, m.Message, batch)
		if err != nil {
			return err
		}
		last := batch[len(batch)-1]
		if err := s.db.InTx(ctx, func(tx *sql.Tx) error { return s.tell(ctx, tx, m, told, last) }); err != nil {
			return err
		}
		m.spread, done = last, done+len(batch)
		if err := job.Progress(ctx, int64(done), int64(len(people)), ""); err != nil {
			return err
		}
	}
	return nil
}

// listener is a person with the channels by which they hear of a message.
type listener struct {
	person string
	inbox  bool
	// by are the other channels; after is when they may speak.
	by    []string
	after time.Time
}

// plan says who of the people hears of the message, and how.
func (s *Service) plan(ctx context.Context, m Message, people []string) ([]listener, error) {
	topic, _ := s.Topic(m.Topic)
	chosen, err := s.choicesOf(ctx, m.Topic, people)
	if err != nil {
		return nil, err
	}
	quiet, err := s.quietOf(ctx, people)
	if err != nil {
		return nil, err
	}
	var told []listener
	for _, person := range people {
		l := listener{person: person}
		for _, c := range s.Channels() {
			on, ok := chosen[choice{person, m.Topic, c.ID}]
			if !ok {
				on = slices.Contains(s.defaults(topic), c.ID)
			}
			switch {
			case !on:
			case c.ID == Web:
				l.inbox = true
			default:
				l.by = append(l.by, c.ID)
			}
		}
		if !l.inbox && len(l.by) == 0 {
			continue
		}
		may, err := s.mayHear(ctx, m, person)
		if err != nil {
			return nil, err
		}
		if !may {
			continue
		}
		if m.Severity != Critical {
			l.after = quiet[person].Ends(s.opts.Now())
		}
		told = append(told, l)
	}
	return told, nil
}

// mayHear reports whether a person may be told of a message.
func (s *Service) mayHear(ctx context.Context, m Message, person string) (bool, error) {
	if topic, _ := s.Topic(m.Topic); topic.Permission != "" {
		if may, err := s.people.May(ctx, person, topic.Permission); err != nil || !may {
			return false, err
		}
	}
	if m.About == "" {
		return true, nil
	}
	return s.people.MaySee(ctx, person, m.About)
}

// tell writes a batch: the entries of inboxes, a job for each delivery, and how
// far the message has come. Somebody else who was faster is a conflict.
func (s *Service) tell(ctx context.Context, tx *sql.Tx, m pending, told []listener, last string) error {
	res, err := tx.ExecContext(ctx, s.db.Rebind(`UPDATE notify_message SET spread = ? WHERE id = ? AND spread = ?`), last, m.ID, m.spread)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return &callboard.Error{Code: callboard.CodeConflict, Message: "another process hands the message on", Err: err}
	}
	var inboxes []string
	for _, l := range told {
		if l.inbox {
			inboxes = append(inboxes, l.person)
		}
	}
	if err := s.file(ctx, tx, m.Message, inboxes); err != nil {
		return err
	}
	for _, l := range told {
		for _, channel := range l.by {
			if err := s.enqueue(ctx, tx, deliverArgs{Message: m.ID, Channel: channel, Person: l.person}, l.after); err != nil {
				return err
			}
		}
	}
	if len(inboxes) == 0 {
		return nil
	}
	return changed.PublishTx(ctx, tx, s.bus, Changed{inboxes})
}

// file puts the message into inboxes. Of one scope the message that was sent
// last stays, and all are counted, in whatever order they come.
func (s *Service) file(ctx context.Context, tx *sql.Tx, m Message, people []string) error {
	if len(people) == 0 {
		return nil
	}
	scope := m.Scope
	if scope == "" {
		scope = "#" + m.Key // of its own
	} else {
		scope = "=" + scope
	}
	query := `
		INSERT INTO notify_item
			(id, recipient, origin, scope, message_id, topic, severity, updated_at, times, created_at, read_at, saved_at)
		VALUES `
	at := sqldb.Micros(m.Sent)
	var args []any
	const row = `(?, ?, ?, ?, ?, ?, ?, ?, 1, ?, 0, 0)`
	for n, person := range people {
		if n > 0 {
			query += `, `
		}
		query += row
		args = append(args, rand.Text(), person, m.Origin, scope, m.ID, m.Topic, m.Severity.rank(), at, at)
	}
	query += `
		ON CONFLICT (recipient, origin, scope) DO UPDATE SET times = notify_item.times + 1`
	for _, column := range []string{"message_id", "topic", "severity", "updated_at", "read_at"} {
		query += `,
			` + column + ` = CASE WHEN notify_item.message_id < excluded.message_id THEN excluded.` + column + ` ELSE notify_item.` + column + ` END`
	}
	query += `
		WHERE notify_item.message_id <> excluded.message_id`
	_, err := tx.ExecContext(ctx, s.db.Rebind(query), args...)
	return err
}

// cleanBatch is how many rows one transaction of cleaning removes.
const cleanBatch = 1000

// clean is the job that removes what is old.
func (s *Service) clean(ctx context.Context, _ *jobs.Job[struct{}]) error {
	now := s.opts.Now()
	read, unread := now.Add(-s.opts.Settings.Retain), now.Add(-4*s.opts.Settings.Retain)
	for _, c := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM notify_item WHERE id IN (
			SELECT id FROM notify_item
			WHERE saved_at = 0 AND updated_at < ? AND (read_at > 0 OR updated_at < ?) LIMIT ?)`,
			[]any{sqldb.Micros(read), sqldb.Micros(unread), cleanBatch}},
		{`DELETE FROM notify_message WHERE id IN (
			SELECT m.id FROM notify_message m
			WHERE m.sent_at < ? AND NOT EXISTS (SELECT 1 FROM notify_item i WHERE i.message_id = m.id) LIMIT ?)`,
			[]any{sqldb.Micros(read), cleanBatch}},
	} {
		for {
			res, err := s.db.Exec(ctx, c.query, c.args...)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			if n < cleanBatch {
				break
			}
		}
	}
	return nil
}
