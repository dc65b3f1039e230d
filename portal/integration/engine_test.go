// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/integration"
)

const weather = `
id: weather
title: Weather
description: The weather of a city.
appliesTo: {annotations: [acme.example/city]}
settings: {url: {kind: url}}
credentials: {token: {kind: bearer}}
source:
  url: "{{settings.url}}/cities/{{annotations['acme.example/city']}}"
  cache: 1m
  rateLimit: {requests: 20, per: 1m}
  maxBytes: 64 KB
view:
  - {kind: status, text: "string(response.celsius) + ' °C'"}
facts:
  celsius: {type: number, value: response.celsius}
actions:
  rain:
    title: Make rain
    confirm: "It rains on {{annotations['acme.example/city']}}."
    inputs: [{name: litres, title: Litres, required: true, maxLength: 3}]
    request: {url: "{{settings.url}}/rain", body: {litres: "{{int(inputs.litres)}}"}}
    done: "{{response.fell}} litres fell."
`

func mustParse(t testing.TB, text string) *integration.Definition {
	t.Helper()
	d, err := integration.Parse("weather.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: now} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// station is a weather station whose answers a test decides.
type station struct {
	t      *testing.T
	server *httptest.Server
	clock  *clock
	engine *integration.Engine
	calls  atomic.Int64
	logs   *lockedBuffer
}

// lockedBuffer takes a log.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// newStation runs a definition against a handler on this machine, whose address
// the operator named.
func newStation(t *testing.T, definition string, handler http.HandlerFunc, wait time.Duration) *station {
	t.Helper()
	s := &station{t: t, clock: newClock(), logs: &lockedBuffer{}}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		handler(w, r)
	}))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.server.Start()
	t.Cleanup(s.server.Close)
	client, err := fetch.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := mustParse(t, definition)
	i := integration.Instance{ID: d.ID, Definition: d, Settings: map[string]string{"url": s.server.URL}, Named: []string{"url"}, Credentials: map[string]config.Secret{"token": config.NewSecret(secretWord)}}
	s.engine, err = integration.New([]integration.Instance{i}, client, &integration.Options{
		Now: s.clock.Now, Wait: wait, Logger: slog.New(slog.NewTextHandler(s.logs, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.engine.Close() })
	return s
}

func city(name string) integration.Subject {
	return integration.SubjectOf(map[string]any{"kind": "Component", "metadata": map[string]any{"name": "shop", "annotations": map[string]any{"acme.example/city": name}}})
}

func (s *station) load(name string) integration.Outcome {
	s.t.Helper()
	out, err := s.engine.Load(s.t.Context(), "weather", city(name))
	if err != nil {
		s.t.Fatalf("Load: %v", err)
	}
	if out.Trouble != nil && strings.Contains(out.Trouble.Error(), secretWord) || strings.Contains(s.logs.String(), secretWord) {
		s.t.Errorf("the credential is told: %v\n%s", out.Trouble, s.logs.String())
	}
	return out
}

// patience is how long a test waits for what another goroutine does.
const patience = 2 * time.Minute

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s never comes true", what)
		}
	}
}

func degrees(out integration.Outcome) string {
	if out.Result == nil {
		return "nothing"
	}
	return out.Result.View.Blocks[0].Status.Chip.Text
}

// TestManyAskOnce: whoever asks at the same time shares one call, and who asks
// later is answered from memory.
func TestManyAskOnce(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newStation(t, weather, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = io.WriteString(w, `{"celsius": 21}`)
	}, patience)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got := degrees(s.load("Kassel")); got != "21 °C" {
				t.Errorf("Load = %s", got)
			}
		})
	}
	eventually(t, "the call", func() bool { return s.calls.Load() == 1 })
	close(release)
	all.Wait()
	s.load("Kassel")
	if n := s.calls.Load(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
	facts, err := s.engine.Facts(t.Context(), "weather", city("Kassel"))
	if err != nil || len(facts) != 1 || facts[0].Name != "weather.celsius" || facts[0].Value != 21.0 || !facts[0].At.Equal(now) {
		t.Errorf("Facts = %+v, %v", facts, err)
	}
}

// TestOldIsShownWhileNewComes: an answer that is no longer fresh is shown at
// once, and the next reader has the new one. After an hour it is not shown.
func TestOldIsShownWhileNewComes(t *testing.T) {
	t.Parallel()
	var temperature atomic.Int64
	temperature.Store(20)
	s := newStation(t, weather, func(w http.ResponseWriter, _ *http.Request) {
		if temperature.Load() < 0 {
			http.Error(w, "broken", http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, `{"celsius": %d}`, temperature.Load())
	}, patience)
	s.load("Kassel")
	temperature.Store(25)
	s.clock.add(2 * time.Minute)
	if out := s.load("Kassel"); degrees(out) != "20 °C" || !out.Stale {
		t.Errorf("Load of the old = %s, stale %v", degrees(out), out.Stale)
	}
	eventually(t, "the new answer", func() bool { return degrees(s.load("Kassel")) == "25 °C" })

	temperature.Store(-1)
	s.clock.add(2 * time.Minute)
	s.load("Kassel")
	eventually(t, "the failure beside the old answer", func() bool {
		out := s.load("Kassel")
		return degrees(out) == "25 °C" && out.Stale && out.Trouble != nil && out.Trouble.Status == http.StatusInternalServerError
	})
	s.clock.add(2 * time.Hour)
	if out := s.load("Kassel"); out.Result != nil || out.Trouble == nil {
		t.Errorf("Load after hours = %s, %v", degrees(out), out.Trouble)
	}
}

// TestFailureIsRemembered: for half a minute nobody asks again.
func TestFailureIsRemembered(t *testing.T) {
	t.Parallel()
	s := newStation(t, weather, func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) }, patience)
	for range 3 {
		if out := s.load("Atlantis"); out.Trouble == nil || out.Trouble.Reason != integration.ReasonNotFound || !strings.Contains(out.Trouble.Text, "acme.example/city (Atlantis)") {
			t.Fatalf("Load = %+v", out.Trouble)
		}
	}
	if n := s.calls.Load(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
	s.clock.add(31 * time.Second)
	s.load("Atlantis")
	if n := s.calls.Load(); n != 2 {
		t.Errorf("%d calls after half a minute, want 2", n)
	}
}

// TestBreaker: after five failures in a row nothing is called, and the trouble
// says since when and until when; one try decides whether it goes on.
func TestBreaker(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	broken.Store(true)
	s := newStation(t, weather, func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			http.Error(w, "broken", http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, `{"celsius": 1}`)
	}, patience)
	for n := range 5 {
		s.load(fmt.Sprintf("city-%d", n))
		s.clock.add(time.Second)
	}
	out := s.load("another")
	if s.calls.Load() != 5 || out.Trouble.Reason != integration.ReasonStopped || !out.Trouble.Since.Equal(now) || !out.Trouble.Until.Equal(now.Add(34*time.Second)) {
		t.Fatalf("after %d calls: %+v", s.calls.Load(), out.Trouble)
	}
	if state := s.engine.States()[0]; state.Failing != 5 || !state.Open.Equal(now) || !state.RetryAt.Equal(now.Add(34*time.Second)) || state.Calls != 5 {
		t.Errorf("state = %+v", state)
	}
	s.clock.add(31 * time.Second)
	s.load("try")
	if out := s.load("other"); s.calls.Load() != 6 || out.Trouble.Until.Sub(s.clock.Now()) != time.Minute {
		t.Errorf("after a try that failed: %d calls, %+v", s.calls.Load(), out.Trouble)
	}
	broken.Store(false)
	s.clock.add(61 * time.Second)
	if out := s.load("well"); degrees(out) != "1 °C" {
		t.Errorf("after a try that went well: %+v", out.Trouble)
	}
	if out := s.load("too"); degrees(out) != "1 °C" || s.engine.States()[0].Failing != 0 {
		t.Errorf("the breaker stays open: %+v", out.Trouble)
	}
}

// TestOwnLimit: more than the definition's rate is not called.
func TestOwnLimit(t *testing.T) {
	t.Parallel()
	s := newStation(t, weather, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"celsius": 1}`) }, patience)
	for n := range 20 {
		s.load(fmt.Sprintf("city-%d", n))
	}
	out := s.load("one-more")
	if out.Trouble == nil || out.Trouble.Reason != integration.ReasonRateLimited || !out.Trouble.Until.Equal(now.Add(3*time.Second)) || s.calls.Load() != 20 {
		t.Fatalf("the 21st = %+v after %d calls", out.Trouble, s.calls.Load())
	}
	s.clock.add(4 * time.Second)
	if out := s.load("one-more"); out.Trouble != nil {
		t.Errorf("later = %v", out.Trouble)
	}
}

// TestToolsLimit: a tool that asks to wait is not asked about others either.
func TestToolsLimit(t *testing.T) {
	t.Parallel()
	s := newStation(t, weather, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "90")
		w.WriteHeader(http.StatusTooManyRequests)
	}, patience)
	s.load("a")
	if out := s.load("b"); out.Trouble.Reason != integration.ReasonRateLimited || !out.Trouble.Until.Equal(now.Add(90*time.Second)) || s.calls.Load() != 1 {
		t.Errorf("the second city = %+v after %d calls", out.Trouble, s.calls.Load())
	}
	if got := s.engine.States()[0].Paused; !got.Equal(now.Add(90 * time.Second)) {
		t.Errorf("paused until %s", got)
	}
}

// TestSlowTool: the reader does not wait, the answer is kept when it comes, and
// closing ends what hangs.
func TestSlowTool(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newStation(t, weather, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/hangs") {
			<-r.Context().Done()
			return
		}
		<-release
		_, _ = io.WriteString(w, `{"celsius": 5}`)
	}, time.Millisecond)
	if out := s.load("slow"); out.Trouble == nil || out.Trouble.Reason != integration.ReasonLoading {
		t.Fatalf("Load = %+v", out)
	}
	close(release)
	eventually(t, "the late answer", func() bool { return degrees(s.load("slow")) == "5 °C" })
	s.load("hangs")
	if err := s.engine.Close(); err != nil {
		t.Error(err)
	}
	if out := s.load("after"); out.Trouble == nil {
		t.Error("a closed engine asks")
	}
}

// TestMissingCredential says what to set, and asks nobody.
func TestMissingCredential(t *testing.T) {
	t.Parallel()
	client, err := fetch.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	i := integration.Instance{ID: "kassel", Definition: mustParse(t, weather), Settings: map[string]string{"url": "https://weather.example"}}
	e, err := integration.New([]integration.Instance{i}, client, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	out, err := e.Load(t.Context(), "kassel", city("Kassel"))
	if err != nil || out.Trouble == nil || out.Trouble.Reason != integration.ReasonCredential || !strings.Contains(out.Trouble.Text, "integrations.kassel.credentials.token") {
		t.Errorf("Load = %+v, %v", out.Trouble, err)
	}
	if _, err := e.Facts(t.Context(), "kassel", city("Kassel")); callboard.CodeOf(err) != callboard.CodeUnavailable {
		t.Errorf("Facts = %v", err)
	}
	if _, err := e.Load(t.Context(), "hamburg", city("Kassel")); callboard.CodeOf(err) != callboard.CodeNotFound {
		t.Errorf("Load of what is not configured = %v", err)
	}
}

// TestActions: inputs are checked, the request is sent once, and what was
// remembered of the subject is asked for again.
func TestActions(t *testing.T) {
	t.Parallel()
	var got atomic.Value
	s := newStation(t, weather, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"celsius": 9}`)
			return
		}
		got.Store(fmt.Sprintf("%s %s %s %s", r.Method, r.URL.Path, r.Header.Get("Authorization"), body))
		_, _ = io.WriteString(w, `{"fell": 40}`)
	}, patience)
	s.load("Kassel")
	ctx, subject := t.Context(), city("Kassel")
	a, err := s.engine.Action(ctx, "weather", "rain", subject)
	if err != nil || a.Confirm != "It rains on Kassel." || len(a.Inputs) != 1 {
		t.Errorf("Action = %+v, %v", a, err)
	}
	for _, tt := range []struct {
		inputs map[string]string
		words  string
	}{
		{nil, "litres is required"}, {map[string]string{"litres": "1000"}, "longer than 3"},
		{map[string]string{"litres": "4\n0"}, "more than one line"}, {map[string]string{"litres": "40", "snow": "1"}, "snow is not asked for"},
	} {
		if _, err := s.engine.Run(ctx, "weather", "rain", subject, tt.inputs); callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("Run(%v) = %v", tt.inputs, err)
		}
	}
	says, err := s.engine.Run(ctx, "weather", "rain", subject, map[string]string{"litres": "40"})
	if want := `POST /rain Bearer ` + secretWord + ` {"litres":40}`; err != nil || says != "40 litres fell." || got.Load() != want {
		t.Errorf("Run = %q, %v; the tool got %v", says, err, got.Load())
	}
	before := s.calls.Load()
	if s.load("Kassel"); s.calls.Load() != before+1 {
		t.Error("what was remembered is still shown after the action")
	}
	if _, err := s.engine.Run(ctx, "weather", "snow", subject, nil); callboard.CodeOf(err) != callboard.CodeNotFound {
		t.Errorf("Run of no action = %v", err)
	}
	other := integration.SubjectOf(map[string]any{"kind": "Component"})
	if _, err := s.engine.Run(ctx, "weather", "rain", other, nil); callboard.CodeOf(err) != callboard.CodeNotFound {
		t.Errorf("Run on what it is not for = %v", err)
	}
}

// TestDocuments: what can be searched for, as many as are kept, and no view that
// is too long because of them.
func TestDocuments(t *testing.T) {
	t.Parallel()
	text := weather + "search: {rows: response.reports, title: row.title, text: row.text, url: row.url}\n"
	s := newStation(t, text, func(w http.ResponseWriter, _ *http.Request) {
		var reports []string
		for n := range 90 {
			reports = append(reports, fmt.Sprintf(`{"title": "Report %d", "text": %q, "url": "https://w.example/%d"}`, n, strings.Repeat("rain ", 90), n))
		}
		reports[1] = `{"title": "Bad", "text": "", "url": "javascript:alert(1)"}`
		body := `{"celsius": 1, "reports": [` + strings.Join(reports, ",") + `]}`
		_, _ = io.WriteString(w, body)
	}, patience)
	docs, err := s.engine.Documents(t.Context(), "weather", city("Kassel"))
	if err != nil || len(docs) != 89 || docs[0].Subject != "component:default/shop" || docs[0].ID != "https://w.example/0" || docs[1].Title != "Report 2" {
		t.Errorf("Documents = %d, %+v, %v", len(docs), docs[:min(2, len(docs))], err)
	}
}

// TestReaderLeaves: the call goes on for others.
func TestReaderLeaves(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newStation(t, weather, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = io.WriteString(w, `{"celsius": 3}`)
	}, patience)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, err := s.engine.Load(ctx, "weather", city("Kassel")); err != nil || out.Trouble == nil {
		t.Errorf("Load of one who leaves = %+v, %v", out, err)
	}
	close(release)
	if got := degrees(s.load("Kassel")); got != "3 °C" || s.calls.Load() != 1 {
		t.Errorf("the next has %s after %d calls", got, s.calls.Load())
	}
}
