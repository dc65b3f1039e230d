// SPDX-License-Identifier: Apache-2.0

package webhooknotify_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/notify/notifytest"
	"github.com/callboard/callboard/portal/notify/webhooknotify"
)

// Of the specification's example: the key, the message, and its signature.
const (
	exampleSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	otherSecret   = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

// verify checks a request as the specification has receivers do it.
func verify(r *http.Request, body []byte, secret string) string {
	id, at := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	if id == "" || strings.ContainsAny(id, ". ") {
		return "webhook-id is " + id
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if age := time.Since(time.Unix(seconds, 0)); err != nil || age > 5*time.Minute || age < -5*time.Minute {
		return "webhook-timestamp is " + at
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return err.Error()
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	for signature := range strings.SplitSeq(r.Header.Get("webhook-signature"), " ") {
		version, value, _ := strings.Cut(signature, ",")
		got, err := base64.StdEncoding.DecodeString(value)
		if version == "v1" && err == nil && hmac.Equal(got, mac.Sum(nil)) {
			return ""
		}
	}
	return "no signature fits"
}

// receiver is a strict receiver, which knows both secrets.
func receiver(t *testing.T) *notifytest.Server {
	return notifytest.NewServer(t, func(s *notifytest.Server, w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		for _, secret := range []string{exampleSecret, otherSecret} {
			if wrong := verify(r, body, secret); wrong != "" {
				t.Errorf("a request does not verify: %s", wrong)
			}
		}
		if wrong := verify(r, append(body, ' '), exampleSecret); wrong == "" {
			t.Error("a changed body verifies")
		}
		var event struct {
			Type      string    `json:"type"`
			Timestamp time.Time `json:"timestamp"`
			Data      struct {
				Topic, Severity, Title, Description, Link, Origin, Scope string
				Recipients                                               []string
			} `json:"data"`
		}
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&event); err != nil || event.Type != "notification" || event.Timestamp.IsZero() || event.Data.Title == "" ||
			r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s is no event: %v", r.Method, body, err)
		}
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/busy":
			w.Header().Set("Retry-After", "90")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/lost":
			w.WriteHeader(http.StatusNotFound)
		default:
			s.Keep(event.Data.Title + "\n" + event.Data.Description + "\n" + event.Data.Link)
			w.WriteHeader(http.StatusNoContent)
		}
	})
}

func settings(url string) webhooknotify.Settings {
	return webhooknotify.Settings{ID: "hub", URL: config.NewSecret(url), Secrets: []config.Secret{config.NewSecret(otherSecret), config.NewSecret(exampleSecret)}}
}

func TestChannel(t *testing.T) {
	t.Parallel()
	notifytest.TestChannel(t, func(t *testing.T) notifytest.Harness {
		s := receiver(t)
		c, err := webhooknotify.New(settings(s.URL+"/token-in-path"), s.Client, nil)
		if err != nil {
			t.Fatal(err)
		}
		return notifytest.Harness{Channel: c, Arrived: s.Kept, Break: func() { s.Broken.Store(true) }, Secrets: []string{"token-in-path", "MfKQ9r8G"}}
	})
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	s := receiver(t)
	m := notify.Delivery{Key: "msg_1", Message: notify.Message{Sent: time.Now(), Notification: notify.Notification{Title: "T", Topic: "a.b"}}}
	for path, check := range map[string]func(error) bool{
		"/gone": jobs.IsCancel,
		"/busy": func(err error) bool { d, ok := jobs.IsSnooze(err); return ok && d == 90*time.Second },
		"/lost": func(err error) bool { return callboard.CodeOf(err) == callboard.CodeNotFound && !jobs.IsCancel(err) },
	} {
		c, err := webhooknotify.New(settings(s.URL+path), s.Client, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Deliver(t.Context(), m); !check(err) {
			t.Errorf("Deliver to %s = %v", path, err)
		}
	}
	c, err := webhooknotify.New(settings("http://169.254.169.254/latest"), s.Client, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Deliver(t.Context(), m); callboard.CodeOf(err) != callboard.CodeForbidden || strings.Contains(err.Error(), "latest") {
		t.Errorf("Deliver to a private address = %v, want it forbidden", err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*webhooknotify.Settings){
		"no ID":        func(s *webhooknotify.Settings) { s.ID = "" },
		"web":          func(s *webhooknotify.Settings) { s.ID = "web" },
		"odd ID":       func(s *webhooknotify.Settings) { s.ID = "My Hub" },
		"no secret":    func(s *webhooknotify.Settings) { s.Secrets = nil },
		"short secret": func(s *webhooknotify.Settings) { s.Secrets = []config.Secret{config.NewSecret("whsec_c2hvcnQ=")} },
		"plain secret": func(s *webhooknotify.Settings) {
			s.Secrets = []config.Secret{config.NewSecret("hunter2hunter2hunter2hunter2")}
		},
		"odd topics":      func(s *webhooknotify.Settings) { s.Topics = []string{"["} },
		"no such gravity": func(s *webhooknotify.Settings) { s.MinimumSeverity = "loud" },
	} {
		s := settings("https://example.com")
		spoil(&s)
		if _, err := webhooknotify.New(s, nil, nil); callboard.CodeOf(err) != callboard.CodeInvalid || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("New with %s: %v, want CodeInvalid", name, err)
		}
	}
	s := settings("https://example.com")
	s.Topics, s.MinimumSeverity = []string{"catalog.*", "x"}, "high"
	c, err := webhooknotify.New(s, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for topic, severities := range map[string]map[notify.Severity]bool{
		"catalog.change": {notify.Critical: true, notify.High: true, notify.Normal: false}, "x": {notify.High: true}, "xy": {notify.High: false}, "other": {notify.Critical: false},
	} {
		for severity, want := range severities {
			if got := c.Takes(notify.Message{Notification: notify.Notification{Topic: topic, Severity: severity}}); got != want {
				t.Errorf("Takes(%s %s) = %t, want %t", topic, severity, got, want)
			}
		}
	}
}
