// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs"
)

// Workers is how many deliveries of one channel run at once in a process.
const Workers = 4

// maxAge is how old a message may be when it goes out: what waited for a channel
// that was switched off for weeks is no news.
const maxAge = 72 * time.Hour

// QueueOf returns the name of the queue of a channel, which has workers of its
// own: one that hangs holds up no other.
func QueueOf(channel string) string { return "notify-" + channel }

// deliverArgs is a delivery; Person is empty for a shared channel.
type deliverArgs struct {
	Message int64
	Channel string
	Person  string `json:",omitempty"`
}

// deliver hands one message to one person by one channel.
var deliver = jobs.Define[deliverArgs]("notify.deliver", nil)

func (s *Service) enqueue(ctx context.Context, tx *sql.Tx, args deliverArgs, at time.Time) error {
	_, err := deliver.EnqueueTx(ctx, tx, s.queue, args, &jobs.Options{Queue: QueueOf(args.Channel), RunAt: at})
	return err
}

// deliver is the job. Whether the person is still there and may still see what
// the message is about is asked again, since much may have happened since it was
// sent.
func (s *Service) deliver(ctx context.Context, job *jobs.Job[deliverArgs]) error {
	channel := s.channel(job.Args.Channel)
	if channel == nil {
		return jobs.Cancel(invalid("there is no channel %q any more", job.Args.Channel))
	}
	m, err := s.message(ctx, job.Args.Message)
	if err != nil {
		return final(err)
	}
	if s.opts.Now().Sub(m.Sent) > maxAge {
		return jobs.Cancel(&callboard.Error{Code: callboard.CodeTimeout, Message: "it is too old to be delivered; it stays in the inbox"})
	}
	d := Delivery{Message: m.Message, Key: deliveryKey(m.Key, job.Args), Portal: s.opts.Name, URL: s.absolute(m.Link)}
	if job.Args.Person != "" {
		if d.Person, err = s.people.Person(ctx, job.Args.Person); err != nil {
			return final(err)
		}
		may, err := s.mayHear(ctx, m.Message, job.Args.Person)
		if err != nil {
			return err
		}
		if !may {
			return jobs.Cancel(&callboard.Error{Code: callboard.CodeForbidden, Message: "the person may not see any more what it is about"})
		}
		d.Settings = s.absolute("/settings/notifications")
	}
	return channel.Deliver(ctx, d)
}

// final ends the job if the error says that what it needs is gone.
func final(err error) error {
	if callboard.CodeOf(err) == callboard.CodeNotFound {
		return jobs.Cancel(err)
	}
	return err
}

func (s *Service) channel(id string) Channel {
	for _, c := range s.opts.Channels {
		if c.ID() == id {
			return c
		}
	}
	return nil
}

// absolute is a link as it works outside the portal.
func (s *Service) absolute(link string) string {
	if !strings.HasPrefix(link, "/") {
		return link
	}
	if s.opts.BaseURL == "" {
		return ""
	}
	return s.opts.BaseURL + link
}

// deliveryKey names a delivery, the same for each attempt; it says nothing of
// the person.
func deliveryKey(message string, args deliverArgs) string {
	sum := sha256.Sum256([]byte(message + "\x00" + args.Channel + "\x00" + args.Person))
	return "msg_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}
