// SPDX-License-Identifier: Apache-2.0

// Package mailnotify tells people by e-mail, over SMTP: with STARTTLS, or TLS
// from the start, signed in or not. A message is plain text and simple HTML, and
// says how to hear less (List-Unsubscribe). The settings stand at notify.email in
// the configuration; see [Settings].
//
// A message has the same Message-ID at each attempt, by which mailboxes drop
// doubles. An address that the server refuses for good is not tried again.
package mailnotify

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/notify"
)

// The ways to protect a connection.
const (
	StartTLS = "starttls"
	Implicit = "implicit"
	NoTLS    = "none"
)

// Settings are the key "notify.email" of the configuration.
type Settings struct {
	// Host is the server's name; without one nobody is told by e-mail.
	Host string `yaml:"host"`
	// Port is the server's; default 587, and 465 for implicit TLS.
	Port int `yaml:"port" validate:"min=0,max=65535"`
	// TLS is starttls, implicit or none; default starttls. Without TLS no password
	// is sent, but to this machine.
	TLS string `yaml:"tls" validate:"oneof=starttls implicit none"`
	// Username and Password sign in; without them nobody does.
	Username string        `yaml:"username"`
	Password config.Secret `yaml:"password"`
	// From is who writes, such as "Portal <portal@example.com>".
	From string `yaml:"from"`
	// Timeout bounds a delivery; default 30s.
	Timeout time.Duration `yaml:"timeout" validate:"min=0"`
}

// DefaultSettings are those that hold where the configuration says nothing.
func DefaultSettings() Settings { return Settings{TLS: StartTLS, Timeout: 30 * time.Second} }

// Options are the settings of [New] beyond the configuration; nil means the
// defaults.
type Options struct {
	// TLS configures connections; nil means the system's roots.
	TLS *tls.Config
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Channel is a notify.Channel. It is safe for concurrent use; each delivery has
// a connection of its own.
type Channel struct {
	s    Settings
	from *mail.Address
	opts Options
}

var _ notify.Channel = (*Channel)(nil)

// New returns the channel. What is wrong with the settings is CodeInvalid.
func New(s Settings, opts *Options) (*Channel, error) {
	c := &Channel{s: s}
	if opts != nil {
		c.opts = *opts
	}
	if c.opts.Now == nil {
		c.opts.Now = time.Now
	}
	if c.s.Timeout == 0 {
		c.s.Timeout = DefaultSettings().Timeout
	}
	if c.s.Port == 0 {
		if c.s.Port = 587; c.s.TLS == Implicit {
			c.s.Port = 465
		}
	}
	if s.Host == "" {
		return nil, invalid("notify.email.host is missing: the server that takes e-mail")
	}
	from, err := mail.ParseAddress(s.From)
	if err != nil || !plainAddress(from.Address) {
		return nil, invalid("notify.email.from is no address; write such as Portal <portal@example.com>")
	}
	c.from = from
	if (s.Username == "") != s.Password.IsZero() {
		return nil, invalid("notify.email has a username or a password without the other")
	}
	return c, nil
}

func invalid(message string) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: message}
}

// ID returns "email".
func (c *Channel) ID() string { return "email" }

// Title names the channel.
func (c *Channel) Title() string { return "E-mail" }

// plainAddress reports whether an address can be sent to without extensions,
// and is nothing but an address.
func plainAddress(address string) bool {
	parsed, err := mail.ParseAddress("<" + address + ">")
	return err == nil && parsed.Address == address && len(address) <= 254 &&
		!strings.ContainsFunc(address, func(r rune) bool {
			return r > unicode.MaxASCII || unicode.IsControl(r) || r == ' ' || r == '<' || r == '>'
		})
}

// Deliver sends the message to the person's address.
func (c *Channel) Deliver(ctx context.Context, d notify.Delivery) error {
	if !plainAddress(d.Person.Email) {
		return jobs.Cancel(&callboard.Error{Code: callboard.CodeNotFound, Message: "no e-mail address is known of " + d.Person.Ref + ", or none that can be written to"})
	}
	content, err := c.compose(d)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.s.Timeout)
	defer cancel()
	if err := c.send(ctx, d.Person.Email, content); err != nil {
		return c.explain(ctx, err)
	}
	return nil
}

// refused is that the server does not take the person's address, or the
// message.
type refused struct{ err error }

func (r *refused) Error() string { return r.err.Error() }
func (r *refused) Unwrap() error { return r.err }

// explain says in a person's words what went wrong. What the server says of the
// password is left out, since servers have been seen to quote it.
func (c *Channel) explain(ctx context.Context, err error) error {
	var proto *textproto.Error
	var final *refused
	switch {
	case ctx.Err() != nil:
		return &callboard.Error{Code: callboard.CodeTimeout, Message: c.s.Host + " did not take the message in time", Err: ctx.Err()}
	case errors.As(err, &final) && errors.As(err, &proto) && proto.Code >= 500:
		return jobs.Cancel(&callboard.Error{Code: callboard.CodeInvalid, Message: c.s.Host + " refuses the message: " + strconv.Itoa(proto.Code) + " " + visible(proto.Msg)})
	case errors.As(err, &proto):
		return &callboard.Error{Code: callboard.CodeUnavailable, Message: c.s.Host + " does not take the message now: " + strconv.Itoa(proto.Code)}
	default:
		return &callboard.Error{Code: callboard.CodeUnavailable, Message: c.s.Host + " cannot be written to", Err: err}
	}
}

// visible is the beginning of what a server says, on one line.
func visible(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return s[:min(len(s), 200)]
}

// send speaks SMTP.
func (c *Channel) send(ctx context.Context, to string, content []byte) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // after Quit it is closed already
	if c.s.Username != "" {
		if err := client.Auth(smtp.PlainAuth("", c.s.Username, c.s.Password.Reveal(), c.s.Host)); err != nil {
			return err
		}
	}
	if err := client.Mail(c.from.Address); err != nil {
		return err
	}
	if err := client.Rcpt(to); err != nil {
		return &refused{err}
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return &refused{err}
	}
	_ = client.Quit() // it is taken
	return nil
}

// connect opens a connection that is protected as the settings say, and ends
// with ctx.
func (c *Channel) connect(ctx context.Context) (*smtp.Client, error) {
	address := net.JoinHostPort(c.s.Host, strconv.Itoa(c.s.Port))
	protect := c.opts.TLS.Clone()
	if protect == nil {
		protect = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	protect.ServerName = c.s.Host
	var dialer interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	} = &net.Dialer{}
	if c.s.TLS == Implicit {
		dialer = &tls.Dialer{Config: protect}
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	client, err := smtp.NewClient(conn, c.s.Host)
	if err != nil {
		conn.Close()
		return nil, err
	}
	_, domain, _ := strings.Cut(c.from.Address, "@")
	err = client.Hello(domain)
	if err == nil && c.s.TLS == StartTLS {
		err = client.StartTLS(protect)
	}
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return client, nil
}
