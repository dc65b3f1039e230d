// SPDX-License-Identifier: Apache-2.0

package slacknotify_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/notify/notifytest"
	"github.com/callboard/callboard/portal/notify/slacknotify"
)

const token = "xoxb-not-a-real-token"

// payload is a message as Slack documents it, of what is used here.
type payload struct {
	Channel string `json:"channel"`
	Text    string `json:"text"`
	Blocks  []struct {
		Type     string `json:"type"`
		Text     *text  `json:"text"`
		Elements []text `json:"elements"`
	} `json:"blocks"`
	UnfurlLinks *bool `json:"unfurl_links"`
	UnfurlMedia *bool `json:"unfurl_media"`
}

type text struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim"`
}

var (
	// control is everything in mrkdwn that Slack would act on.
	control = regexp.MustCompile(`<[^>]*>`)
	// link is the only one that is ours.
	link = regexp.MustCompile(`^<https?://[^|<> ]+\|[^<>|]+>$`)
	// entity is an ampersand as it must be.
	entity = regexp.MustCompile(`&(amp|lt|gt);`)
)

// checkText holds a text against Slack's rules.
func checkText(t *testing.T, s string, most int) {
	t.Helper()
	if n := utf8.RuneCountInString(s); n == 0 || n > most {
		t.Errorf("a text has %d characters; Slack takes 1 to %d", n, most)
	}
	for _, found := range control.FindAllString(s, -1) {
		if !link.MatchString(found) {
			t.Errorf("Slack would act on %q", found)
		}
	}
	rest := entity.ReplaceAllString(control.ReplaceAllString(s, ""), "")
	if strings.ContainsAny(rest, "&<>") {
		t.Errorf("a text is not escaped: %.200q", rest)
	}
}

// read decodes and checks a message, and returns it as text.
func read(t *testing.T, r *http.Request, direct bool) (p payload, all string) {
	t.Helper()
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		t.Errorf("it is no message: %v", err)
	}
	if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		t.Errorf("%s of %s", r.Method, r.Header.Get("Content-Type"))
	}
	if (p.Channel != "") != direct || (r.Header.Get("Authorization") == "Bearer "+token) != direct {
		t.Errorf("channel %q with authorization %q", p.Channel, r.Header.Get("Authorization"))
	}
	checkText(t, p.Text, 4000)
	if len(p.Blocks) == 0 || len(p.Blocks) > 50 || p.UnfurlLinks == nil || *p.UnfurlLinks || p.UnfurlMedia == nil || *p.UnfurlMedia {
		t.Errorf("message = %+v", p)
	}
	for _, b := range p.Blocks {
		texts := b.Elements
		switch {
		case b.Type == "section" && b.Text != nil:
			texts = append(texts, *b.Text)
		case b.Type == "context" && len(b.Elements) > 0 && len(b.Elements) <= 10:
		default:
			t.Errorf("block = %+v", b)
		}
		for _, x := range texts {
			if x.Type != "mrkdwn" || !x.Verbatim {
				t.Errorf("text = %+v", x)
			}
			checkText(t, x.Text, 3000)
			all += x.Text + "\n"
		}
	}
	return p, all
}

// slack is a strict workspace: ines has an address, C1 is a channel.
func slack(t *testing.T) (*notifytest.Server, *atomic.Int32) {
	lookups := &atomic.Int32{}
	return notifytest.NewServer(t, func(s *notifytest.Server, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		switch r.URL.Path {
		case "/api/users.lookupByEmail":
			lookups.Add(1)
			if r.Method != http.MethodGet || r.Header.Get("Authorization") != "Bearer "+token {
				t.Errorf("lookup by %s with %q", r.Method, r.Header.Get("Authorization"))
			}
			if r.URL.Query().Get("email") != "ines@example.com" {
				_, _ = io.WriteString(w, `{"ok":false,"error":"users_not_found"}`)
				return
			}
			_, _ = io.WriteString(w, `{"ok":true,"user":{"id":"W012A3CDE","team_id":"T012AB3C4","name":"ines","deleted":false}}`)
		case "/api/chat.postMessage":
			p, all := read(t, r, true)
			switch p.Channel {
			case "W012A3CDE", "C1":
				s.Keep(all)
				fmt.Fprintf(w, `{"ok":true,"channel":%q,"ts":"1503435956.000247","message":{"type":"message"}}`, p.Channel)
			case "CBUSY":
				w.Header().Set("Retry-After", "30")
				w.WriteHeader(http.StatusTooManyRequests)
				_, _ = io.WriteString(w, `{"ok":false,"error":"ratelimited"}`)
			case "CTOKEN":
				_, _ = io.WriteString(w, `{"ok":false,"error":"invalid_auth"}`)
			case "CODD":
				_, _ = io.WriteString(w, `<html>`)
			default:
				_, _ = io.WriteString(w, `{"ok":false,"error":"channel_not_found"}`)
			}
		case "/services/T0/B0/hidden":
			_, all := read(t, r, false)
			s.Keep(all)
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "ok")
		case "/services/archived":
			w.WriteHeader(http.StatusGone)
			_, _ = io.WriteString(w, "channel_is_archived")
		case "/services/payload":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, "invalid_payload")
		case "/services/none":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "no_service")
		case "/services/prohibited":
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "action_prohibited")
		default:
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
	}), lookups
}

func direct(t *testing.T, s *notifytest.Server) *slacknotify.Direct {
	t.Helper()
	c, err := slacknotify.NewDirect(slacknotify.Settings{Token: config.NewSecret(token), API: s.URL + "/api"}, s.Client)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func room(t *testing.T, s *notifytest.Server, path string) *slacknotify.Room {
	t.Helper()
	c, err := slacknotify.NewRoom(slacknotify.RoomSettings{ID: "slack-payments", URL: config.NewSecret(s.URL + path)}, s.Client)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDirect(t *testing.T) {
	t.Parallel()
	notifytest.TestChannel(t, func(t *testing.T) notifytest.Harness {
		s, _ := slack(t)
		return notifytest.Harness{
			Channel: direct(t, s), Person: notify.Person{Ref: "user:default/ines", Email: "ines@example.com"}, Stranger: notify.Person{Ref: "user:default/x", Email: "x@example.com"},
			Arrived: s.Kept, Break: func() { s.Broken.Store(true) }, Secrets: []string{token},
		}
	})
}

func TestRoom(t *testing.T) {
	t.Parallel()
	notifytest.TestChannel(t, func(t *testing.T) notifytest.Harness {
		s, _ := slack(t)
		return notifytest.Harness{Channel: room(t, s, "/services/T0/B0/hidden"), Arrived: s.Kept, Break: func() { s.Broken.Store(true) }, Secrets: []string{"hidden"}}
	})
}

func delivery(annotation string) notify.Delivery {
	d := notify.Delivery{Key: "msg_1", URL: "https://portal.example.com/a?b=1&c=|>x", Message: notify.Message{Notification: notify.Notification{
		Topic: "catalog.change", Severity: notify.Critical, Title: "A <b|c> & d", Text: "<!channel>",
	}}}
	d.Person = notify.Person{Ref: "user:default/ines", Annotations: map[string]string{slacknotify.Annotation: annotation}}
	return d
}

func TestDirectAnswers(t *testing.T) {
	t.Parallel()
	s, lookups := slack(t)
	c := direct(t, s)
	if err := c.Deliver(t.Context(), delivery("C1")); err != nil {
		t.Fatal(err)
	}
	if got, want := s.Kept()[0], "*<https://portal.example.com/a?b=1&amp;c=%7C%3Ex|Critical: A &lt;b/c&gt; &amp; d>*\n&lt;!channel&gt;\n"; !strings.HasPrefix(got, want) {
		t.Errorf("message = %q, want %q…", got, want)
	}
	for channel, ok := range map[string]func(error) bool{
		"CBUSY":  func(err error) bool { d, ok := jobs.IsSnooze(err); return ok && d == 30*time.Second },
		"CTOKEN": func(err error) bool { return callboard.CodeOf(err) == callboard.CodeUnavailable && !jobs.IsCancel(err) },
		"CODD":   func(err error) bool { return err != nil && !jobs.IsCancel(err) },
		"CNONE":  jobs.IsCancel,
	} {
		if err := c.Deliver(t.Context(), delivery(channel)); !ok(err) {
			t.Errorf("Deliver to %s = %v", channel, err)
		}
	}
	byMail := delivery("")
	byMail.Person.Email = "ines@example.com"
	for range 3 {
		if err := c.Deliver(t.Context(), byMail); err != nil {
			t.Fatal(err)
		}
	}
	if n := lookups.Load(); n != 1 {
		t.Errorf("an address was looked up %d times, want once", n)
	}
	byMail.Person.Email = ""
	if err := c.Deliver(t.Context(), byMail); !jobs.IsCancel(err) {
		t.Errorf("Deliver without address = %v", err)
	}
}

func TestRoomAnswers(t *testing.T) {
	t.Parallel()
	s, _ := slack(t)
	for path, cancelled := range map[string]bool{"/services/archived": true, "/services/payload": true, "/services/none": true, "/services/prohibited": false} {
		if err := room(t, s, path).Deliver(t.Context(), delivery("")); err == nil || jobs.IsCancel(err) != cancelled || strings.Contains(err.Error(), "services") {
			t.Errorf("Deliver to %s = %v, want cancelled %t", path, err, cancelled)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	if _, err := slacknotify.NewDirect(slacknotify.Settings{}, nil); callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Errorf("NewDirect without a token: %v", err)
	}
	for _, wrong := range []slacknotify.RoomSettings{
		{ID: "", URL: config.NewSecret("https://hooks.slack.com/x")}, {ID: "a", URL: config.NewSecret("hooks")},
		{ID: "a", URL: config.NewSecret("https://hooks.slack.com/x"), MinimumSeverity: "loud"},
	} {
		if _, err := slacknotify.NewRoom(wrong, nil); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("NewRoom(%+v): %v, want CodeInvalid", wrong, err)
		}
	}
}
