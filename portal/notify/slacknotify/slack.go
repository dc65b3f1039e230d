// SPDX-License-Identifier: Apache-2.0

// Package slacknotify tells people in Slack: each person by a bot, as a direct
// message ([Direct]), and a team's channel by an incoming webhook ([Room]).
//
// A person is known by the annotation slack.com/bot-notify of their entity, which
// holds the ID of a member or channel, or else by their e-mail address, which the
// bot looks up. The bot needs the scopes chat:write and users:read.email. The
// settings stand at notify.slack in the configuration; see [Settings].
//
// Titles and texts are escaped, so that nobody can call a whole channel by one.
// When Slack asks to wait, the delivery waits as long.
package slacknotify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/notify"
)

// Annotation of a person has the ID of the member or channel to write to.
const Annotation = "slack.com/bot-notify"

// Settings are the key "notify.slack" of the configuration.
type Settings struct {
	// Token is that of a bot, which begins with xoxb-; without one nobody is told
	// directly.
	Token config.Secret `yaml:"token"`
	// API is where Slack's methods are; default https://slack.com/api.
	API string `yaml:"api" validate:"omitempty,http_url"`
	// Rooms are channels of teams.
	Rooms []RoomSettings `yaml:"rooms" validate:"dive"`
}

// RoomSettings is a team's channel.
type RoomSettings struct {
	// ID names the channel of notifications, in lower case.
	ID string `yaml:"id" validate:"required"`
	// URL is that of an incoming webhook, which is a secret.
	URL config.Secret `yaml:"url" validate:"required"`
	// Topics are IDs of topics, in which * stands for any text; default all.
	Topics []string `yaml:"topics"`
	// MinimumSeverity is how grave a notification must be; default any.
	MinimumSeverity string `yaml:"minimumSeverity" validate:"omitempty,oneof=critical high normal low"`
}

// DefaultAPI is where Slack's methods are.
const DefaultAPI = "https://slack.com/api"

// Client is what the channels speak HTTP with; *fetch.Client is one.
type Client interface {
	Post(ctx context.Context, url string, body []byte, req *fetch.Request) (*fetch.Response, error)
	Get(ctx context.Context, url string, req *fetch.Request) (*fetch.Response, error)
}

// Room is a team's channel, which gets each message once.
type Room struct {
	s      RoomSettings
	filter notify.Filter
	client Client
}

var _ notify.Shared = (*Room)(nil)

// NewRoom returns the channel. What is wrong with the settings is CodeInvalid.
func NewRoom(s RoomSettings, client Client) (*Room, error) {
	r := &Room{s: s, client: client, filter: notify.Filter{Topics: s.Topics, MinSeverity: notify.Severity(s.MinimumSeverity)}}
	if err := notify.CheckChannelID(s.ID); err != nil {
		return nil, err
	}
	if _, err := notify.RuleFor(s.URL.Reveal()); err != nil {
		return nil, err
	}
	return r, r.filter.Check()
}

// ID returns the channel's ID.
func (r *Room) ID() string { return r.s.ID }

// Title names the channel.
func (r *Room) Title() string { return "Slack, " + r.s.ID }

// Takes reports whether the settings select the message.
func (r *Room) Takes(m notify.Message) bool { return r.filter.Takes(m) }

// Deliver posts the message.
func (r *Room) Deliver(ctx context.Context, d notify.Delivery) error {
	body, err := json.Marshal(newMessage(d))
	if err != nil {
		return err
	}
	_, err = r.client.Post(ctx, r.s.URL.Reveal(), body, request(nil))
	return gone(notify.Outcome(err))
}

// gone ends a delivery to a webhook or channel that there is no more.
func gone(err error) error {
	if callboard.CodeOf(err) == callboard.CodeNotFound && !jobs.IsCancel(err) {
		return jobs.Cancel(err)
	}
	return err
}

// request is one with JSON, and more headers.
func request(header http.Header) *fetch.Request {
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	for name, values := range header {
		h[name] = values
	}
	return &fetch.Request{Header: h, MaxBytes: 1 << 20}
}

// Direct is direct messages of a bot.
type Direct struct {
	s      Settings
	client Client
	now    func() time.Time

	mu    sync.Mutex
	known map[string]member
}

// member is a person's ID in Slack, with when it was looked up.
type member struct {
	id string
	at time.Time
}

var _ notify.Channel = (*Direct)(nil)

// NewDirect returns the channel.
func NewDirect(s Settings, client Client) (*Direct, error) {
	if s.Token.IsZero() {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: "a bot of Slack needs a token"}
	}
	if s.API == "" {
		s.API = DefaultAPI
	}
	return &Direct{s: s, client: client, now: time.Now, known: map[string]member{}}, nil
}

// ID returns "slack".
func (d *Direct) ID() string { return "slack" }

// Title names the channel.
func (d *Direct) Title() string { return "Slack" }

// Deliver writes to the person.
func (d *Direct) Deliver(ctx context.Context, to notify.Delivery) error {
	id, err := d.member(ctx, to.Person)
	if err != nil {
		return err
	}
	m := newMessage(to)
	m.Channel = id
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	res, err := d.client.Post(ctx, d.s.API+"/chat.postMessage", body, request(d.authorization()))
	if err != nil {
		return notify.Outcome(err)
	}
	var a answer
	return a.read(res.Body, &a)
}

func (d *Direct) authorization() http.Header {
	return http.Header{"Authorization": {"Bearer " + d.s.Token.Reveal()}}
}

// answer is what every answer of the API has.
type answer struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"`
}

// lasting are the errors that do not pass by themselves: the message or whom it
// is for is at fault. Others are those of the bot or of Slack.
var lasting = []string{
	"channel_not_found", "is_archived", "user_not_found", "users_not_found", "cannot_dm_bot", "user_disabled", "not_in_channel",
	"msg_too_long", "no_text", "invalid_blocks", "invalid_blocks_format", "messages_tab_disabled",
}

// read decodes an answer into v, which holds a, and returns the error that it
// says.
func (a *answer) read(body []byte, v any) error {
	if err := json.Unmarshal(body, v); err != nil {
		return &callboard.Error{Code: callboard.CodeUnavailable, Message: "Slack's answer is no JSON"}
	}
	if a.OK {
		return nil
	}
	err := &callboard.Error{Code: callboard.CodeUnavailable, Message: "Slack did not take the message: " + short(a.Error)}
	if slices.Contains(lasting, a.Error) {
		return jobs.Cancel(err)
	}
	return err
}

// short bounds what others say, for messages.
func short(s string) string { return s[:min(len(s), 100)] }

const (
	// knownFor is how long a member's ID is kept.
	knownFor = time.Hour
	// maxKnown is how many are.
	maxKnown = 10_000
)

// member returns the ID to write to.
func (d *Direct) member(ctx context.Context, p notify.Person) (string, error) {
	if id := p.Annotations[Annotation]; id != "" {
		return id, nil
	}
	if p.Email == "" {
		return "", jobs.Cancel(&callboard.Error{Code: callboard.CodeNotFound, Message: "neither an e-mail address nor the annotation " + Annotation + " is known of " + p.Ref})
	}
	d.mu.Lock()
	m, ok := d.known[p.Email]
	d.mu.Unlock()
	if ok && d.now().Sub(m.at) < knownFor {
		return m.id, nil
	}
	id, err := d.lookup(ctx, p.Email)
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) >= maxKnown {
		clear(d.known)
	}
	d.known[p.Email] = member{id, d.now()}
	return id, nil
}

// lookup asks Slack for the member with an address.
func (d *Direct) lookup(ctx context.Context, email string) (string, error) {
	to := d.s.API + "/users.lookupByEmail?" + url.Values{"email": {email}}.Encode()
	res, err := d.client.Get(ctx, to, &fetch.Request{Header: d.authorization(), MaxBytes: 1 << 20})
	if err != nil {
		return "", notify.Outcome(err)
	}
	var found struct {
		answer
		User struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	if err := found.read(res.Body, &found); err != nil {
		return "", err
	}
	if found.User.ID == "" {
		return "", &callboard.Error{Code: callboard.CodeUnavailable, Message: "Slack's answer names no member"}
	}
	return found.User.ID, nil
}
