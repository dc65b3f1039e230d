// SPDX-License-Identifier: Apache-2.0

package notifytest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// MailServer is a strict SMTP server for tests (RFC 5321, 3207, 4954): commands
// in their order, lines that end in CRLF and are not too long, one recipient.
type MailServer struct {
	// Host and Port are where it listens.
	Host string
	Port int
	// Roots trusts its certificate.
	Roots *tls.Config
	// Username and Password are those that it takes, if it asks for any.
	Username, Password string
	// Implicit is TLS from the start; NoTLS offers none. Set them before Start.
	Implicit, NoTLS bool
	// Broken has it refuse mail for a while.
	Broken atomic.Bool
	// Refuse are recipients that it does not know.
	Refuse []string

	tb    testing.TB
	certs []tls.Certificate
	mu    sync.Mutex
	mails []Mail
}

// Mail is a message as it came in.
type Mail struct {
	From, To string
	// Raw is the content, with CRLF.
	Raw string
	// Message has its headers, Text and HTML its parts, decoded.
	Message    *mail.Message
	Text, HTML string
	// TLS and SignedIn say how it came.
	TLS, SignedIn bool
}

// NewMailServer returns a server that is not started.
func NewMailServer(tb testing.TB) *MailServer {
	tb.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate, which is for 127.0.0.1
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	return &MailServer{tb: tb, certs: web.TLS.Certificates, Host: "127.0.0.1", Roots: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
}

// Start listens until the test ends.
func (s *MailServer) Start() *MailServer {
	s.tb.Helper()
	ln, err := (&net.ListenConfig{}).Listen(s.tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		s.tb.Fatal(err)
	}
	if s.Implicit {
		ln = tls.NewListener(ln, &tls.Config{Certificates: s.certs})
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	if s.Port, err = strconv.Atoi(port); err != nil {
		s.tb.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				// Clients hang up as they like.
				_ = (&smtpSession{s: s, conn: conn, in: bufio.NewReader(conn), tls: s.Implicit}).run()
			})
		}
	})
	s.tb.Cleanup(func() {
		_ = ln.Close()
		all.Wait()
	})
	return s
}

// Mails returns what came in.
func (s *MailServer) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Texts returns what came in as one text each: subject, text and HTML.
func (s *MailServer) Texts() (out []string) {
	for _, m := range s.Mails() {
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Message.Header.Get("Subject"))
		if err != nil {
			s.tb.Errorf("the subject cannot be decoded: %v", err)
		}
		out = append(out, subject+"\n"+m.Text+"\n"+m.HTML)
	}
	return out
}

// smtpSession is a connection.
type smtpSession struct {
	s      *MailServer
	conn   net.Conn
	in     *bufio.Reader
	tls    bool
	hello  bool
	signed bool
	from   string
	to     string
}

// maxSMTPLine is the longest line, without CRLF.
const maxSMTPLine = 998

// line reads a line, which must end in CRLF.
func (c *smtpSession) line() (string, error) {
	text, err := c.in.ReadString('\n')
	if err != nil {
		return "", err
	}
	text, ok := strings.CutSuffix(text, "\r\n")
	if !ok || strings.ContainsAny(text, "\r\x00") || len(text) > maxSMTPLine {
		c.s.tb.Errorf("a line is malformed: %.200q", text)
	}
	return text, nil
}

func (c *smtpSession) say(code int, lines ...string) error {
	for n, text := range lines {
		sep := "-"
		if n == len(lines)-1 {
			sep = " "
		}
		if _, err := fmt.Fprintf(c.conn, "%d%s%s\r\n", code, sep, text); err != nil {
			return err
		}
	}
	return nil
}

func (c *smtpSession) run() error {
	if err := c.say(220, "mail.test ESMTP"); err != nil {
		return err
	}
	for {
		text, err := c.line()
		if err != nil {
			return err
		}
		verb, rest, _ := strings.Cut(text, " ")
		if err := c.do(strings.ToUpper(verb), rest); err != nil {
			return err
		}
	}
}

// do answers one command.
func (c *smtpSession) do(verb, rest string) error {
	switch verb {
	case "EHLO":
		c.hello, c.from, c.to = rest != "", "", ""
		return c.say(250, c.offers()...)
	case "STARTTLS":
		return c.startTLS()
	case "AUTH":
		return c.auth(rest)
	case "MAIL":
		return c.mailFrom(rest)
	case "RCPT":
		return c.rcpt(rest)
	case "DATA":
		return c.data()
	case "QUIT":
		if err := c.say(221, "bye"); err != nil {
			return err
		}
		return io.EOF
	case "*": // net/smtp ends a refused AUTH so
		return c.say(501, "5.7.0 cancelled")
	}
	c.s.tb.Errorf("the command %s %s is unknown", verb, rest)
	return c.say(500, "unknown")
}

func (c *smtpSession) offers() []string {
	lines := []string{"mail.test"}
	if !c.tls && !c.s.NoTLS {
		lines = append(lines, "STARTTLS")
	}
	if c.s.Username != "" && (c.tls || c.s.NoTLS) {
		lines = append(lines, "AUTH PLAIN")
	}
	return append(lines, "8BITMIME", "ENHANCEDSTATUSCODES")
}

func (c *smtpSession) startTLS() error {
	if c.tls || c.s.NoTLS || !c.hello {
		return c.say(502, "not now")
	}
	if err := c.say(220, "go ahead"); err != nil {
		return err
	}
	if c.in.Buffered() > 0 {
		c.s.tb.Error("something was sent before TLS began")
	}
	conn := tls.Server(c.conn, &tls.Config{Certificates: c.s.certs})
	if err := conn.HandshakeContext(c.s.tb.Context()); err != nil {
		return err
	}
	c.conn, c.in, c.tls, c.hello = conn, bufio.NewReader(conn), true, false
	return nil
}

func (c *smtpSession) auth(rest string) error {
	method, initial, _ := strings.Cut(rest, " ")
	if c.s.Username == "" || !c.hello || method != "PLAIN" {
		return c.say(503, "5.5.1 not here")
	}
	got, err := base64.StdEncoding.DecodeString(initial)
	if err != nil || string(got) != "\x00"+c.s.Username+"\x00"+c.s.Password {
		return c.say(535, "5.7.8 wrong: "+string(got)) // as careless servers do
	}
	c.signed = true
	return c.say(235, "2.7.0 welcome")
}

// path reads FROM:<address> or TO:<address> with parameters.
func path(rest, word string) (string, bool) {
	address, ok := strings.CutPrefix(rest, word+":<")
	if !ok {
		return "", false
	}
	address, _, ok = strings.Cut(address, ">")
	return address, ok && !strings.ContainsAny(address, "<> \t")
}

func (c *smtpSession) mailFrom(rest string) error {
	from, ok := path(rest, "FROM")
	switch {
	case c.s.Broken.Load():
		return c.say(451, "4.3.2 not now")
	case !c.hello || !ok || c.from != "":
		c.s.tb.Errorf("MAIL %s is out of order", rest)
		return c.say(503, "bad sequence")
	case c.s.Username != "" && !c.signed:
		return c.say(530, "5.7.0 sign in first")
	}
	c.from = from
	return c.say(250, "2.1.0 ok")
}

func (c *smtpSession) rcpt(rest string) error {
	to, ok := path(rest, "TO")
	if c.from == "" || !ok || c.to != "" {
		c.s.tb.Errorf("RCPT %s is out of order", rest)
		return c.say(503, "bad sequence")
	}
	for _, refused := range c.s.Refuse {
		if to == refused {
			return c.say(550, "5.1.1 no such mailbox")
		}
	}
	c.to = to
	return c.say(250, "2.1.5 ok")
}

func (c *smtpSession) data() error {
	if c.to == "" {
		return c.say(503, "bad sequence")
	}
	if err := c.say(354, "go ahead"); err != nil {
		return err
	}
	var raw strings.Builder
	for {
		text, err := c.line()
		if err != nil {
			return err
		}
		if text == "." {
			break
		}
		raw.WriteString(strings.TrimPrefix(text, ".") + "\r\n")
	}
	m := Mail{From: c.from, To: c.to, Raw: raw.String(), TLS: c.tls, SignedIn: c.signed}
	if err := m.parse(); err != nil {
		c.s.tb.Errorf("the message cannot be read: %v\n%s", err, m.Raw)
		return c.say(554, "5.6.0 malformed")
	}
	c.s.mu.Lock()
	c.s.mails = append(c.s.mails, m)
	c.s.mu.Unlock()
	c.from, c.to = "", ""
	return c.say(250, "2.0.0 taken")
}

// parse reads the message, whose headers must be ASCII, and each there once.
func (m *Mail) parse() error {
	head, _, _ := strings.Cut(m.Raw, "\r\n\r\n")
	for text := range strings.SplitSeq(head, "\r\n") {
		if len(text) > 200 {
			return fmt.Errorf("a header's line has %d bytes", len(text))
		}
		for _, r := range text {
			if r > 126 || r < ' ' {
				return fmt.Errorf("a header has the character %q", r)
			}
		}
	}
	var err error
	if m.Message, err = mail.ReadMessage(strings.NewReader(m.Raw)); err != nil {
		return err
	}
	for name, values := range m.Message.Header {
		if len(values) != 1 {
			return fmt.Errorf("the header %s is there %d times", name, len(values))
		}
	}
	media, params, err := mime.ParseMediaType(m.Message.Header.Get("Content-Type"))
	if err != nil || media != "multipart/alternative" {
		return fmt.Errorf("it is %q, %w", media, err)
	}
	parts := multipart.NewReader(m.Message.Body, params["boundary"])
	for _, want := range []struct {
		media string
		to    *string
	}{{"text/plain", &m.Text}, {"text/html", &m.HTML}} {
		part, err := parts.NextRawPart()
		if err != nil {
			return err
		}
		if got := part.Header.Get("Content-Type"); got != want.media+"; charset=utf-8" || part.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			return fmt.Errorf("a part is %q", got)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return err
		}
		*want.to = string(content)
	}
	_, err = parts.NextRawPart()
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("there is more than two parts: %w", err)
	}
	return nil
}
