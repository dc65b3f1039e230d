// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/callboard/callboard/portal/sqldb"
)

// choice is a channel of a topic for a person.
type choice struct{ person, topic, channel string }

// Source says where it is decided whether a channel is on.
type Source string

// The sources, from the most general to the most particular.
const (
	ByPortal Source = "portal"
	ByTopic  Source = "topic"
	ByPerson Source = "person"
)

// Preference is whether a person hears of a topic by a channel.
type Preference struct {
	Topic   Topic
	Channel ChannelInfo
	On      bool
	// By says who decided, Default what holds if the person does not.
	By      Source
	Default bool
}

// defaults are the channels of a topic for whoever chose nothing.
func (s *Service) defaults(t Topic) []string {
	channels, _ := s.inherited(t)
	return channels
}

func (s *Service) inherited(t Topic) ([]string, Source) {
	if channels, ok := s.opts.Settings.Topics[t.ID]; ok {
		return channels, ByPortal
	}
	if t.Channels != nil {
		return t.Channels, ByTopic
	}
	return s.opts.Settings.Channels, ByPortal
}

// Preferences returns every topic that the person may be told of with every
// channel, in the order of Topics and Channels.
func (s *Service) Preferences(ctx context.Context, person string) ([]Preference, error) {
	rows, err := s.db.SQL().QueryContext(ctx, s.db.Rebind(`SELECT person, topic, channel, chosen FROM notify_choice WHERE person = ?`), person)
	chosen, err := scanChoices(rows, err)
	if err != nil {
		return nil, err
	}
	var all []Preference
	for _, t := range s.Topics() {
		if t.Permission != "" {
			if may, err := s.people.May(ctx, person, t.Permission); err != nil {
				return nil, err
			} else if !may {
				continue
			}
		}
		channels, by := s.inherited(t)
		for _, c := range s.Channels() {
			p := Preference{Topic: t, Channel: c, By: by, Default: slices.Contains(channels, c.ID)}
			p.On = p.Default
			if on, ok := chosen[choice{person, t.ID, c.ID}]; ok {
				p.On, p.By = on, ByPerson
			}
			all = append(all, p)
		}
	}
	return all, nil
}

// choicesOf returns what people chose for a topic.
func (s *Service) choicesOf(ctx context.Context, topic string, people []string) (map[choice]bool, error) {
	rows, err := s.db.SQL().QueryContext(ctx, s.db.Rebind(`
		SELECT person, topic, channel, chosen FROM notify_choice
		WHERE topic = ? AND person IN (`+sqldb.Placeholders(len(people))+`)`), append([]any{topic}, idArgs(people)...)...)
	return scanChoices(rows, err)
}

func scanChoices(rows *sql.Rows, err error) (map[choice]bool, error) {
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close()
	chosen := map[choice]bool{}
	for rows.Next() {
		var c choice
		var on int64
		if err := rows.Scan(&c.person, &c.topic, &c.channel, &on); err != nil {
			return nil, sqldb.Classify(err)
		}
		chosen[c] = on != 0
	}
	return chosen, sqldb.Classify(rows.Err())
}

// Choose stores what a person wants of topics: by topic and channel, on or not.
// What is as it would be anyway is not stored, so that it follows the defaults.
// A topic or channel that there is not is CodeInvalid.
func (s *Service) Choose(ctx context.Context, person string, wanted map[string]map[string]bool) error {
	known := map[string]bool{}
	for _, c := range s.Channels() {
		known[c.ID] = true
	}
	for topic, channels := range wanted {
		if _, ok := s.Topic(topic); !ok {
			return invalid("there is no topic %q", topic)
		}
		for channel := range channels {
			if !known[channel] {
				return invalid("there is no channel %q", channel)
			}
		}
	}
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		for topic, channels := range wanted {
			t, _ := s.Topic(topic)
			for channel, on := range channels {
				if err := s.choose(ctx, tx, choice{person, topic, channel}, on, on == slices.Contains(s.defaults(t), channel)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *Service) choose(ctx context.Context, tx *sql.Tx, c choice, on, usual bool) error {
	if usual {
		_, err := tx.ExecContext(ctx, s.db.Rebind(`DELETE FROM notify_choice WHERE topic = ? AND person = ? AND channel = ?`), c.topic, c.person, c.channel)
		return err
	}
	chosen := 0
	if on {
		chosen = 1
	}
	_, err := tx.ExecContext(ctx, s.db.Rebind(`
		INSERT INTO notify_choice (topic, person, channel, chosen) VALUES (?, ?, ?, ?)
		ON CONFLICT (topic, person, channel) DO UPDATE SET chosen = excluded.chosen`), c.topic, c.person, c.channel, chosen)
	return err
}

// Quiet is when a person is left alone by every channel but the inbox; what is
// critical comes all the same. The zero value is never.
type Quiet struct {
	// From and Until are minutes since midnight; Until may be before From.
	From, Until int
	// Zone is an IANA time zone; empty is UTC.
	Zone string
}

// On reports whether there are quiet hours at all.
func (q Quiet) On() bool { return q.From != q.Until }

const dayMinutes = 24 * 60

// Ends returns when the quiet hours that hold at a time end, or the zero time if
// none hold.
func (q Quiet) Ends(now time.Time) time.Time {
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		zone = time.UTC
	}
	if !q.On() {
		return time.Time{}
	}
	local := now.In(zone)
	minute := local.Hour()*60 + local.Minute()
	since, long := (minute-q.From+dayMinutes)%dayMinutes, (q.Until-q.From+dayMinutes)%dayMinutes
	if since >= long {
		return time.Time{}
	}
	day := local.Day()
	if minute >= q.Until {
		day++
	}
	return time.Date(local.Year(), local.Month(), day, q.Until/60, q.Until%60, 0, 0, zone)
}

func (q Quiet) check() error {
	if q.From < 0 || q.From >= dayMinutes || q.Until < 0 || q.Until >= dayMinutes {
		return invalid("write times of the day, such as 22:00")
	}
	if _, err := time.LoadLocation(q.Zone); err != nil || q.Zone == "Local" {
		return invalid("%q is no time zone; write one such as Europe/Berlin", cut(q.Zone, 50))
	}
	return nil
}

// Quiet returns the person's quiet hours.
func (s *Service) Quiet(ctx context.Context, person string) (Quiet, error) {
	found, err := s.quietOf(ctx, []string{person})
	return found[person], err
}

// SetQuiet stores the person's quiet hours.
func (s *Service) SetQuiet(ctx context.Context, person string, q Quiet) error {
	if err := q.check(); err != nil {
		return err
	}
	if !q.On() {
		_, err := s.db.Exec(ctx, `DELETE FROM notify_quiet WHERE person = ?`, person)
		return err
	}
	_, err := s.db.Exec(ctx, `
		INSERT INTO notify_quiet (person, from_min, until_min, zone) VALUES (?, ?, ?, ?)
		ON CONFLICT (person) DO UPDATE SET from_min = excluded.from_min, until_min = excluded.until_min, zone = excluded.zone`,
		person, q.From, q.Until, q.Zone)
	return err
}

func (s *Service) quietOf(ctx context.Context, people []string) (map[string]Quiet, error) {
	rows, err := s.db.SQL().QueryContext(ctx, s.db.Rebind(`
		SELECT person, from_min, until_min, zone FROM notify_quiet
		WHERE person IN (`+sqldb.Placeholders(len(people))+`)`), idArgs(people)...)
	if err != nil {
		return nil, sqldb.Classify(err)
	}
	defer rows.Close()
	found := map[string]Quiet{}
	for rows.Next() {
		var person string
		var q Quiet
		if err := rows.Scan(&person, &q.From, &q.Until, &q.Zone); err != nil {
			return nil, sqldb.Classify(err)
		}
		found[person] = q
	}
	return found, sqldb.Classify(rows.Err())
}

// Cursor returns how far a reader of some feed came, and whether it ever did;
// it is for what sends as things change.
func (s *Service) Cursor(ctx context.Context, name string) (position int64, ok bool, err error) {
	err = s.db.SQL().QueryRowContext(ctx, s.db.Rebind(`SELECT position FROM notify_cursor WHERE name = ?`), name).Scan(&position)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return position, err == nil, sqldb.Classify(err)
}

// SetCursor notes how far the reader came, in the transaction in which it sent
// what it found there.
func (s *Service) SetCursor(ctx context.Context, tx *sql.Tx, name string, position int64) error {
	_, err := tx.ExecContext(ctx, s.db.Rebind(`
		INSERT INTO notify_cursor (name, position) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET position = excluded.position`), name, position)
	return sqldb.Classify(err)
}
