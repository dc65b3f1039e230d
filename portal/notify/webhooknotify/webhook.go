// SPDX-License-Identifier: Apache-2.0

// Package webhooknotify sends notifications to addresses of other systems,
// signed as Standard Webhooks says, so that their libraries can check them:
//
//	webhook-id: msg_…            the same at each attempt, to drop doubles by
//	webhook-timestamp: 1767225600
//	webhook-signature: v1,…      HMAC-SHA256 of "id.timestamp.body", for each secret
//
// The body is JSON of type "notification". A channel has several secrets while
// they are exchanged: it signs with all of them. The list stands at
// notify.webhooks in the configuration; see [Settings].
//
// See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
package webhooknotify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/notify"
)

// Settings is one address: an item of the key "notify.webhooks".
type Settings struct {
	// ID names the channel, in lower case.
	ID string `yaml:"id" validate:"required"`
	// URL is where notifications are sent. Private addresses need fetch.allowPrivate.
	URL config.Secret `yaml:"url" validate:"required"`
	// Secrets sign what is sent: "whsec_" and 24 to 64 bytes in base64. The first
	// is the newest.
	Secrets []config.Secret `yaml:"secrets" validate:"min=1"`
	// Topics are IDs of topics, in which * stands for any text; default all.
	Topics []string `yaml:"topics"`
	// MinimumSeverity is how grave a notification must be; default any.
	MinimumSeverity string `yaml:"minimumSeverity" validate:"omitempty,oneof=critical high normal low"`
}

// Poster sends what a channel has to send; *fetch.Client is one.
type Poster interface {
	Post(ctx context.Context, url string, body []byte, req *fetch.Request) (*fetch.Response, error)
}

// Channel is a notify.Channel that many read at once.
type Channel struct {
	s      Settings
	filter notify.Filter
	keys   [][]byte
	client Poster
	now    func() time.Time
}

var _ notify.Shared = (*Channel)(nil)

// Options are the settings of [New] beyond the configuration; nil means the
// defaults.
type Options struct {
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// The sizes of a secret, in bytes.
const (
	minSecret = 24
	maxSecret = 64
)

// New returns the channel. What is wrong with the settings is CodeInvalid.
func New(s Settings, client Poster, opts *Options) (*Channel, error) {
	c := &Channel{s: s, client: client, now: time.Now, filter: notify.Filter{Topics: s.Topics, MinSeverity: notify.Severity(s.MinimumSeverity)}}
	if opts != nil && opts.Now != nil {
		c.now = opts.Now
	}
	if err := notify.CheckChannelID(s.ID); err != nil {
		return nil, err
	}
	if err := c.filter.Check(); err != nil {
		return nil, err
	}
	for n, secret := range s.Secrets {
		text, ok := strings.CutPrefix(secret.Reveal(), "whsec_")
		key, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil || len(key) < minSecret || len(key) > maxSecret {
			return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf("secret %d of webhook %q is not whsec_ with %d to %d bytes in base64, such as openssl rand -base64 32 prints", n+1, s.ID, minSecret, maxSecret)}
		}
		c.keys = append(c.keys, key)
	}
	if len(c.keys) == 0 {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf("webhook %q has no secret to sign with", s.ID)}
	}
	return c, nil
}

// ID returns the channel's ID.
func (c *Channel) ID() string { return c.s.ID }

// Title names the channel.
func (c *Channel) Title() string { return "Webhook " + c.s.ID }

// Takes reports whether the settings select the message.
func (c *Channel) Takes(m notify.Message) bool { return c.filter.Takes(m) }

// event is the body.
type event struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

type data struct {
	Topic       string          `json:"topic"`
	Severity    notify.Severity `json:"severity"`
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Link        string          `json:"link,omitempty"`
	Origin      string          `json:"origin"`
	Scope       string          `json:"scope,omitempty"`
	Recipients  []string        `json:"recipients"`
}

// Deliver sends the message. An answer other than 2xx is tried again, but for
// 410 and those that say that the request is wrong.
func (c *Channel) Deliver(ctx context.Context, d notify.Delivery) error {
	link := d.URL
	if link == "" {
		link = d.Link
	}
	body, err := json.Marshal(event{Type: "notification", Timestamp: d.Sent.UTC(), Data: data{
		Topic: d.Topic, Severity: d.Severity, Title: d.Title, Description: d.Text, Link: link, Origin: d.Origin, Scope: d.Scope, Recipients: d.To,
	}})
	if err != nil {
		return err
	}
	at := strconv.FormatInt(c.now().Unix(), 10)
	header := http.Header{
		"Content-Type": {"application/json"}, "Webhook-Id": {d.Key}, "Webhook-Timestamp": {at},
		"Webhook-Signature": {c.sign(d.Key, at, body)},
	}
	_, err = c.client.Post(ctx, c.s.URL.Reveal(), body, &fetch.Request{Header: header, MaxBytes: 1 << 20})
	return notify.Outcome(err)
}

// sign returns a signature for each secret.
func (c *Channel) sign(id, at string, body []byte) string {
	signatures := make([]string, len(c.keys))
	for n, key := range c.keys {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
		signatures[n] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " ")
}
