// SPDX-License-Identifier: Apache-2.0

package mailnotify_test

import (
	"mime"
	"net/mail"
	"strings"
	"testing"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/notify/mailnotify"
	"github.com/callboard/callboard/portal/notify/notifytest"
)

const password = "correct horse"

// channel is one to a server.
func channel(t *testing.T, s *notifytest.MailServer, change func(*mailnotify.Settings)) *mailnotify.Channel {
	t.Helper()
	settings := mailnotify.Settings{Host: s.Host, Port: s.Port, TLS: mailnotify.StartTLS, From: "The Pörtal <portal@acme.example>"}
	if s.Username != "" {
		settings.Username, settings.Password = s.Username, config.NewSecret(s.Password)
	}
	if change != nil {
		change(&settings)
	}
	c, err := mailnotify.New(settings, &mailnotify.Options{TLS: s.Roots})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func server(t *testing.T) *notifytest.MailServer {
	s := notifytest.NewMailServer(t)
	s.Username, s.Password = "portal", password
	return s
}

func ines() notify.Person {
	return notify.Person{Ref: "user:default/ines", Name: "Ines Duarte", Email: "ines@acme.example"}
}

func TestChannel(t *testing.T) {
	t.Parallel()
	notifytest.TestChannel(t, func(t *testing.T) notifytest.Harness {
		s := server(t).Start()
		return notifytest.Harness{
			Channel: channel(t, s, nil), Person: ines(), Stranger: notify.Person{Ref: "user:default/x"},
			Arrived: s.Texts, Break: func() { s.Broken.Store(true) }, Secrets: []string{password},
		}
	})
}

func delivery() notify.Delivery {
	return notify.Delivery{
		Key: "msg_abc", Person: ines(), URL: "https://portal.acme.example/x?a=1&b=2", Settings: "https://portal.acme.example/settings/notifications", Portal: "Acme",
		Message: notify.Message{Notification: notify.Notification{Topic: "catalog.change", Severity: notify.Critical, Title: "checkout ist kaputt – schon wieder", Text: "One.\n.\n..Two\n<b>"}},
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	s := server(t).Start()
	if err := channel(t, s, nil).Deliver(t.Context(), delivery()); err != nil {
		t.Fatal(err)
	}
	m := s.Mails()[0]
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Message.Header.Get("Subject"))
	if err != nil || subject != "[critical] checkout ist kaputt – schon wieder" {
		t.Errorf("subject = %q, %v", subject, err)
	}
	for name, want := range map[string]string{
		"Message-Id": "<msg_abc@acme.example>", "List-Unsubscribe": "<https://portal.acme.example/settings/notifications>", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0",
	} {
		if got := m.Message.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	from, err := m.Message.Header.AddressList("From")
	if err != nil || *from[0] != (mail.Address{Name: "The Pörtal", Address: "portal@acme.example"}) || m.From != "portal@acme.example" {
		t.Errorf("from = %v, %v", from, err)
	}
	if _, err := m.Message.Header.Date(); err != nil {
		t.Error(err)
	}
	if !m.TLS || !m.SignedIn || m.To != "ines@acme.example" {
		t.Errorf("mail = %+v", m)
	}
	if !strings.Contains(m.Text, "One.\r\n.\r\n..Two\r\n<b>\r\n") || !strings.Contains(m.HTML, "&lt;b&gt;") || !strings.Contains(m.HTML, `<a href="https://portal.acme.example/x?a=1&amp;b=2">`) {
		t.Errorf("text = %q\nHTML = %q", m.Text, m.HTML)
	}
}

// TestHeaderInjection: whatever stands in a name, a title or an address, the
// server, which takes every header once, sees none that is not ours.
func TestHeaderInjection(t *testing.T) {
	t.Parallel()
	s := server(t).Start()
	c := channel(t, s, nil)
	for _, evil := range []string{
		"x\r\nBcc: all@acme.example", "x\nBcc: all@acme.example\n\n<script>", "x\rSubject: y", "=?utf-8?q?x=0D=0ABcc:_all@acme.example?=", "\u2028Bcc: x", strings.Repeat("ä", 5000), `"><b>`, strings.Repeat("word ", 300),
	} {
		d := delivery()
		d.Title, d.Person.Name, d.Text, d.Portal, d.Topic = evil, evil, evil, evil, evil
		before := len(s.Mails())
		if err := c.Deliver(t.Context(), d); err != nil {
			t.Errorf("Deliver of %.40q: %v", evil, err)
			continue
		}
		m := s.Mails()[before]
		if m.Message.Header.Get("Bcc") != "" || m.To != "ines@acme.example" || len(m.Message.Header) != 9 || strings.Contains(m.HTML, "<script>") || strings.Contains(m.HTML, `"><b>`) {
			t.Errorf("%.40q made %v\n%s", evil, m.Message.Header, m.HTML)
		}
	}
	for _, evil := range []string{
		"", "a@b\r\nBcc: c@d", "<a@b>", "a@b, c@d", "Ines <a@b>", "a@b>\r\nDATA", "ü@b.example", "a b@c", strings.Repeat("a", 300) + "@b", "a@b\x00",
	} {
		d := delivery()
		d.Person.Email = evil
		if err := c.Deliver(t.Context(), d); !jobs.IsCancel(err) {
			t.Errorf("Deliver to %.40q = %v, want that it is given up", evil, err)
		}
	}
	d := delivery()
	d.Settings, d.URL = "https://x.example/>\r\nBcc: y", "javascript:alert(1)"
	if err := c.Deliver(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	mails := s.Mails()
	if m := mails[len(mails)-1]; m.Message.Header.Get("Bcc") != "" || strings.Contains(m.HTML, `href="javascript`) {
		t.Errorf("a link made %v\n%s", m.Message.Header, m.HTML)
	}
}

func TestConnections(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		server func(*notifytest.MailServer)
		change func(*mailnotify.Settings)
		code   callboard.Code // empty is delivered
		final  bool
		tls    bool
	}{
		"starttls":             {tls: true},
		"implicit":             {server: func(s *notifytest.MailServer) { s.Implicit = true }, change: func(s *mailnotify.Settings) { s.TLS = mailnotify.Implicit }, tls: true},
		"none on this machine": {server: func(s *notifytest.MailServer) { s.NoTLS = true }, change: func(s *mailnotify.Settings) { s.TLS = mailnotify.NoTLS }},
		"TLS was stripped":     {server: func(s *notifytest.MailServer) { s.NoTLS = true }, code: callboard.CodeUnavailable},
		"wrong password":       {change: func(s *mailnotify.Settings) { s.Password = config.NewSecret("guess-" + password) }, code: callboard.CodeUnavailable},
		"no sign-in":           {server: func(s *notifytest.MailServer) { s.Username = "" }, tls: true},
		"unknown mailbox":      {server: func(s *notifytest.MailServer) { s.Refuse = []string{"ines@acme.example"} }, code: callboard.CodeInvalid, final: true},
		"busy":                 {server: func(s *notifytest.MailServer) { s.Broken.Store(true) }, code: callboard.CodeUnavailable},
		"nobody listens":       {change: func(s *mailnotify.Settings) { s.Port = 1 }, code: callboard.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server(t)
			if tt.server != nil {
				tt.server(s)
			}
			s.Start()
			err := channel(t, s, tt.change).Deliver(t.Context(), delivery())
			if callboard.CodeOf(err) != tt.code || jobs.IsCancel(err) != tt.final {
				t.Fatalf("Deliver = %v, want code %q, given up %t", err, tt.code, tt.final)
			}
			if err != nil && strings.Contains(err.Error(), password) {
				t.Errorf("the error holds the password: %v", err)
			}
			if err == nil && s.Mails()[0].TLS != tt.tls {
				t.Errorf("with TLS: %t", s.Mails()[0].TLS)
			}
		})
	}
	t.Run("untrusted certificate", func(t *testing.T) {
		t.Parallel()
		s := server(t).Start()
		s.Roots = nil
		if err := channel(t, s, nil).Deliver(t.Context(), delivery()); callboard.CodeOf(err) != callboard.CodeUnavailable {
			t.Errorf("Deliver = %v", err)
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]mailnotify.Settings{
		"no host": {From: "a@b.example"}, "no from": {Host: "x"}, "odd from": {Host: "x", From: "a@b\nBcc: x@y"}, "half a sign-in": {Host: "x", From: "a@b.example", Username: "u"},
	} {
		if _, err := mailnotify.New(s, nil); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("New with %s: %v, want CodeInvalid", name, err)
		}
	}
}
