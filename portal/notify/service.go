// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Parts is what [New] needs, all of it.
type Parts struct {
	DB     *sqldb.DB
	Queue  jobs.Queue
	Bus    events.Bus
	People Directory
}

// Options are the settings of [New]; nil and zero fields mean the defaults.
type Options struct {
	// Topics are what there is to tell.
	Topics []Topic
	// Channels are the ways to tell it, beside the inbox.
	Channels []Channel
	// Kinds are what can be subscribed to.
	Kinds []SubscriptionKind
	// Settings are those of the configuration.
	Settings Settings
	// BaseURL is where people reach the portal, for links that leave it.
	BaseURL string
	// Name is that of the portal; default "Callboard".
	Name string
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Logger receives what cannot be delivered; default slog.Default.
	Logger *slog.Logger
}

// Settings are the key "notify" of the configuration.
type Settings struct {
	// Channels are those that are on unless a topic or a person says otherwise;
	// default web alone.
	Channels []string `yaml:"channels"`
	// Topics are the channels of single topics, in place of the topic's own.
	Topics map[string][]string `yaml:"topics"`
	// Retain is how long what was read and not saved is kept; default 90 days.
	// What is neither read nor saved is kept four times as long.
	Retain time.Duration `yaml:"retain" validate:"min=0"`
}

// DefaultSettings are those of a portal that says nothing.
func DefaultSettings() Settings {
	return Settings{Channels: []string{Web}, Retain: 90 * 24 * time.Hour}
}

// Service takes notifications and hands them on. It is safe for concurrent use;
// the work is done by the queue.
type Service struct {
	db     *sqldb.DB
	queue  jobs.Queue
	bus    events.Bus
	people Directory
	opts   Options
}

var _ Sender = (*Service)(nil)

// New returns a service, whose tables it makes or brings up to date, and
// registers its jobs with the queue. What of the settings names no topic or
// channel is CodeInvalid.
func New(ctx context.Context, p Parts, opts *Options) (*Service, error) {
	s := &Service{db: p.DB, queue: p.Queue, bus: p.Bus, people: p.People}
	if opts != nil {
		s.opts = *opts
	}
	if s.opts.Now == nil {
		s.opts.Now = time.Now
	}
	if s.opts.Logger == nil {
		s.opts.Logger = slog.Default()
	}
	s.opts.Name = cmp.Or(s.opts.Name, "Callboard")
	s.opts.Settings.Retain = cmp.Or(s.opts.Settings.Retain, DefaultSettings().Retain)
	if s.opts.Settings.Channels == nil {
		s.opts.Settings.Channels = []string{Web}
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := p.DB.Migrate(ctx, "notify", migrations); err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	return s, s.register()
}

func (s *Service) check() error {
	var wrong []error
	seen := map[string]bool{Web: true}
	for _, c := range s.opts.Channels {
		if seen[c.ID()] {
			wrong = append(wrong, invalid("two channels of notifications have the ID %q", c.ID()))
		}
		seen[c.ID()] = true
	}
	known := func(where string, channels []string) {
		for _, id := range channels {
			if !seen[id] {
				wrong = append(wrong, invalid("notify.%s names the channel %q, which there is not", where, id))
			}
		}
	}
	known("channels", s.opts.Settings.Channels)
	for topic, channels := range s.opts.Settings.Topics {
		known("topics."+topic, channels)
		if _, ok := s.Topic(topic); !ok {
			wrong = append(wrong, invalid("notify.topics has the topic %q, which nobody declares", topic))
		}
	}
	return errors.Join(wrong...)
}

// Topics returns what there is to tell, in order of title.
func (s *Service) Topics() []Topic {
	return slices.SortedFunc(slices.Values(s.opts.Topics), func(a, b Topic) int { return cmp.Compare(a.Title, b.Title) })
}

// Topic returns the topic with the ID.
func (s *Service) Topic(id string) (Topic, bool) {
	for _, t := range s.opts.Topics {
		if t.ID == id {
			return t, true
		}
	}
	return Topic{}, false
}

// ChannelInfo is a channel that people choose.
type ChannelInfo struct{ ID, Title string }

// Channels returns the channels that people choose between, the inbox first.
func (s *Service) Channels() []ChannelInfo {
	all := []ChannelInfo{{Web, "Inbox"}}
	for _, c := range s.personal() {
		all = append(all, ChannelInfo{c.ID(), c.Title()})
	}
	return all
}

func (s *Service) personal() (out []Channel) {
	for _, c := range s.opts.Channels {
		if _, shared := c.(Shared); !shared {
			out = append(out, c)
		}
	}
	return out
}

// Send implements [Sender].
func (s *Service) Send(ctx context.Context, tx *sql.Tx, n Notification) error {
	n, err := n.Normal()
	if err != nil {
		return err
	}
	if _, ok := s.Topic(n.Topic); !ok {
		return invalid("nobody declares the topic %q; contribute a notify.Topic", n.Topic)
	}
	m := Message{Notification: n, Key: rand.Text(), Sent: s.opts.Now().UTC()}
	if tx != nil {
		return s.sendTx(ctx, tx, m)
	}
	return s.db.InTx(ctx, func(tx *sql.Tx) error { return s.sendTx(ctx, tx, m) })
}

func (s *Service) sendTx(ctx context.Context, tx *sql.Tx, m Message) error {
	to, err := json.Marshal(m.To)
	if err != nil {
		return err
	}
	except, err := json.Marshal(m.Except)
	if err != nil {
		return err
	}
	err = tx.QueryRowContext(ctx, s.db.Rebind(`
		INSERT INTO notify_message
			(key, origin, scope, topic, severity, title, body, link, about, recipients, excepted, sent_at, spread)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')
		RETURNING id`),
		m.Key, m.Origin, m.Scope, m.Topic, m.Severity.rank(), m.Title, m.Text, m.Link, m.About,
		string(to), string(except), sqldb.Micros(m.Sent)).Scan(&m.ID)
	if err != nil {
		return sqldb.Classify(err)
	}
	if _, err := spread.EnqueueTx(ctx, tx, s.queue, spreadArgs{m.ID}, nil); err != nil {
		return err
	}
	for _, c := range s.opts.Channels {
		if shared, ok := c.(Shared); ok && shared.Takes(m) {
			if err := s.enqueue(ctx, tx, deliverArgs{Message: m.ID, Channel: c.ID()}, time.Time{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// pending is a message with how far it was handed on.
type pending struct {
	Message
	spread string
}

// message reads one that was sent, or CodeNotFound.
func (s *Service) message(ctx context.Context, id int64) (p pending, err error) {
	var to, except string
	var severity int
	var sent int64
	err = s.db.SQL().QueryRowContext(ctx, s.db.Rebind(`
		SELECT id, key, origin, scope, topic, severity, title, body, link, about, recipients, excepted, sent_at, spread
		FROM notify_message WHERE id = ?`), id).
		Scan(&p.ID, &p.Key, &p.Origin, &p.Scope, &p.Topic, &severity, &p.Title, &p.Text, &p.Link, &p.About, &to, &except, &sent, &p.spread)
	if errors.Is(err, sql.ErrNoRows) {
		return p, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no such message any more"}
	}
	if err != nil {
		return p, sqldb.Classify(err)
	}
	p.Severity, p.Sent = severityOf(severity), sqldb.FromMicros(sent)
	return p, errors.Join(json.Unmarshal([]byte(to), &p.To), json.Unmarshal([]byte(except), &p.Except))
}
