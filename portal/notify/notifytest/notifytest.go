// SPDX-License-Identifier: Apache-2.0

// Package notifytest has the conformance suite for channels of notifications,
// and the fakes that tests of what sends them need: people who are known, and a
// channel that keeps what it was given.
//
//	func TestChannel(t *testing.T) {
//		notifytest.TestChannel(t, func(t *testing.T) notifytest.Harness { … })
//	}
package notifytest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/notify"
)

// Harness is a channel with the other end of it.
type Harness struct {
	// Channel is what is tested.
	Channel notify.Channel
	// Person can be told by the channel; zero for a notify.Shared channel.
	Person notify.Person
	// Stranger cannot, because what the channel needs is not known of them; zero
	// leaves the case out.
	Stranger notify.Person
	// Arrived returns what arrived at the other end so far, each as text in
	// which titles and texts can be found.
	Arrived func() []string
	// Break has the other end refuse everything for a while from now on, as one
	// that is overloaded does.
	Break func()
	// Secrets must be in no error.
	Secrets []string
}

// message is a message that asks for nothing special.
func message(title string) notify.Message {
	return notify.Message{ID: 1, Key: "KEY", Sent: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Notification: notify.Notification{
		Topic: "test.topic", Severity: notify.Normal, Title: title, Text: "The text.", Link: "/catalog", Origin: "test",
	}}
}

func (h Harness) delivery(m notify.Message) notify.Delivery {
	return notify.Delivery{
		Message: m, Key: fmt.Sprintf("msg_%x", sha256.Sum256([]byte(m.Title)))[:24], Person: h.Person,
		URL: "https://portal.example.com/catalog", Settings: "https://portal.example.com/settings/notifications", Portal: "Acme",
	}
}

// TestChannel checks the contract of a channel. open is called for each case.
func TestChannel(t *testing.T, open func(t *testing.T) Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"names itself": testNames, "delivers": testDelivers, "takes odd texts": testOdd, "says that it failed": testBroken,
		"keeps to its context": testContext, "many at once": testMany, "nobody there": testStranger,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func testNames(t *testing.T, h Harness) {
	if id := h.Channel.ID(); id == "" || id == notify.Web || strings.ToLower(id) != id || strings.ContainsAny(id, " ./") {
		t.Errorf("ID = %q, want one in lower case, without spaces, dots and slashes", id)
	}
	if h.Channel.Title() == "" {
		t.Error("Title is empty")
	}
}

func testDelivers(t *testing.T, h Harness) {
	if err := h.Channel.Deliver(t.Context(), h.delivery(message("A first one"))); err != nil {
		t.Fatalf("Deliver: %v", err)
	}
	got := h.Arrived()
	if len(got) != 1 {
		t.Fatalf("%d arrived, want 1", len(got))
	}
	for _, want := range []string{"A first one", "The text.", "https://portal.example.com/catalog"} {
		if !strings.Contains(got[0], want) {
			t.Errorf("what arrived lacks %q:\n%s", want, got[0])
		}
	}
	bare := h.delivery(message("A bare one"))
	bare.Text, bare.Link, bare.URL, bare.Settings = "", "", "", ""
	if err := h.Channel.Deliver(t.Context(), bare); err != nil || len(h.Arrived()) != 2 {
		t.Errorf("Deliver without text and link: %v, %d arrived, want 2", err, len(h.Arrived()))
	}
}

func testOdd(t *testing.T, h Harness) {
	for n, odd := range []string{
		"<script>alert(1)</script> & \"quotes\"", "Ünïcödé 🚀 漢字", "*bold* _it_ `code` ~no~ <!channel> <@U1>",
		strings.Repeat("long ", notify.MaxTitle/5),
	} {
		m := message(odd)
		m.Text = strings.Repeat(odd+"\n.\n..\n", 1+notify.MaxText/(len(odd)+6))[:notify.MaxText-200] + "\nEND"
		m.Text = strings.ToValidUTF8(m.Text, "")
		if err := h.Channel.Deliver(t.Context(), h.delivery(m)); err != nil {
			t.Errorf("Deliver of %.30q: %v", odd, err)
		}
		if len(h.Arrived()) != n+1 {
			t.Fatalf("%d arrived after %d deliveries", len(h.Arrived()), n+1)
		}
	}
}

func testBroken(t *testing.T, h Harness) {
	h.Break()
	err := h.Channel.Deliver(t.Context(), h.delivery(message("Broken")))
	if err == nil || jobs.IsCancel(err) {
		t.Errorf("Deliver to what is broken: %v, want an error that is tried again", err)
	}
	for _, secret := range h.Secrets {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds a secret: %v", err)
		}
	}
}

func testContext(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Channel.Deliver(ctx, h.delivery(message("Late"))); err == nil || jobs.IsCancel(err) {
		t.Errorf("Deliver with an ended context: %v, want an error that is tried again", err)
	}
}

func testMany(t *testing.T, h Harness) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := h.Channel.Deliver(t.Context(), h.delivery(message("One of many"))); err != nil {
				t.Errorf("Deliver: %v", err)
			}
		})
	}
	all.Wait()
	if got := len(h.Arrived()); got != 8 {
		t.Errorf("%d arrived, want 8", got)
	}
}

func testStranger(t *testing.T, h Harness) {
	if h.Stranger.Ref == "" {
		t.Skip("everybody can be told")
	}
	d := h.delivery(message("Anybody?"))
	d.Person = h.Stranger
	if err := h.Channel.Deliver(t.Context(), d); !jobs.IsCancel(err) {
		t.Errorf("Deliver to somebody without an address: %v, want that trying again is no use", err)
	}
}

// People is a directory of people who are known by groups. Hidden are subjects
// that a person may not see, and Lacking permissions that they do not have. It
// may be changed by Do alone once it is in use.
type People struct {
	mu sync.Mutex
	// Groups has the members of each group.
	Groups map[string][]string
	// Known are the people.
	Known map[string]notify.Person
	// Hidden and Lacking have a person's name before a space and the subject or
	// permission.
	Hidden, Lacking map[string]bool
}

var _ notify.Directory = (*People)(nil)

// NewPeople returns people of those names, as user:default/NAME, with addresses
// at example.com.
func NewPeople(names ...string) *People {
	p := &People{Groups: map[string][]string{}, Known: map[string]notify.Person{}, Hidden: map[string]bool{}, Lacking: map[string]bool{}}
	for _, name := range names {
		ref := "user:default/" + name
		p.Known[ref] = notify.Person{Ref: ref, Name: strings.ToUpper(name[:1]) + name[1:], Email: name + "@example.com"}
	}
	return p
}

// Do changes what is known.
func (p *People) Do(change func(*People)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// People implements notify.Directory.
func (p *People) People(_ context.Context, refs []string, limit int) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, ref := range refs {
		if ref == notify.Everyone {
			for person := range p.Known {
				out = append(out, person)
			}
		}
		if _, ok := p.Known[ref]; ok {
			out = append(out, ref)
		}
		out = append(out, p.Groups[ref]...)
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) > limit {
		return nil, &callboard.Error{Code: callboard.CodeTooLarge, Message: "too many people"}
	}
	return out, nil
}

// Person implements notify.Directory.
func (p *People) Person(_ context.Context, ref string) (notify.Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if person, ok := p.Known[ref]; ok {
		return person, nil
	}
	return notify.Person{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is nobody called " + ref}
}

// MaySee implements notify.Directory.
func (p *People) MaySee(_ context.Context, person, about string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.Hidden[person+" "+about], nil
}

// May implements notify.Directory.
func (p *People) May(_ context.Context, person, permission string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.Lacking[person+" "+permission], nil
}

// Recorder is a channel that keeps what it is given.
type Recorder struct {
	// Name is its ID.
	Name string
	// Answer, unless nil, is asked what to return.
	Answer func(ctx context.Context, d notify.Delivery) error

	mu   sync.Mutex
	kept []notify.Delivery
}

var _ notify.Channel = (*Recorder)(nil)

// ID implements notify.Channel.
func (r *Recorder) ID() string { return r.Name }

// Title implements notify.Channel.
func (r *Recorder) Title() string { return "The channel " + r.Name }

// Deliver implements notify.Channel.
func (r *Recorder) Deliver(ctx context.Context, d notify.Delivery) error {
	if r.Answer != nil {
		if err := r.Answer(ctx, d); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, d)
	return nil
}

// Kept returns what was delivered.
func (r *Recorder) Kept() []notify.Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.kept)
}
