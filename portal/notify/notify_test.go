// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/notify/notifytest"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", what, diff)
	}
}

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

func TestSend(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		p := open(t, db, nil)
		ctx := t.Context()
		p.send(t, notify.Notification{To: []string{shop, ines, "user:default/nobody"}, Except: []string{kim}, Title: "One", Text: "first", Link: "/catalog", Scope: "s"})
		p.send(t, notify.Notification{To: []string{noor}, Title: "Other", Severity: notify.Critical})
		same(t, "inbox of ines", []string{"One×1"}, p.titles(t, ines, notify.Query{}))
		same(t, "inbox of kim", []string(nil), p.titles(t, kim, notify.Query{}))
		one := p.inbox(t, ines, notify.Query{})[0]
		if one.Text != "first" || one.Link != "/catalog" || one.Severity != notify.Normal || one.Scope != "s" || !one.Read.IsZero() {
			t.Errorf("item = %+v", one)
		}

		t.Log("the same scope takes its place, unread again, and counts")
		if err := p.Mark(ctx, ines, []string{one.ID}, notify.Mark{Read: yes(), Saved: yes()}); err != nil {
			t.Fatal(err)
		}
		p.send(t, notify.Notification{To: []string{ines}, Title: "Two", Scope: "s", Severity: notify.High})
		two := p.inbox(t, ines, notify.Query{})[0]
		if two.ID != one.ID || two.Title != "Two" || two.Times != 2 || !two.Read.IsZero() || two.Saved.IsZero() ||
			!two.Created.Equal(one.Created) || !two.Updated.After(one.Updated) || two.Severity != notify.High {
			t.Errorf("after a second one of the scope: %+v, was %+v", two, one)
		}
		p.send(t, notify.Notification{To: []string{ines}, Title: "Elsewhere", Scope: "s", Origin: "other"})
		same(t, "of two origins", []string{"Elsewhere×1", "Two×2"}, p.titles(t, ines, notify.Query{}))
		same(t, "inbox of noor", []string{"Other×1"}, p.titles(t, noor, notify.Query{}))
	})
}

func TestSendInTransaction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		p := open(t, db, nil)
		lost := errors.New("lost")
		for _, fail := range []error{lost, nil} {
			err := db.InTx(t.Context(), func(tx *sql.Tx) error {
				err := p.Send(t.Context(), tx, notify.Notification{To: []string{ines}, Topic: "test.plain", Title: fmt.Sprint(fail), Origin: "x"})
				return errors.Join(err, fail)
			})
			if !errors.Is(err, fail) {
				t.Fatal(err)
			}
		}
		p.rest(t)
		same(t, "inbox", []string{"<nil>×1"}, p.titles(t, ines, notify.Query{}))
	})
}

func TestSendRefuses(t *testing.T) {
	t.Parallel()
	p := open(t, sqldbtest.Open(t), nil)
	good := notify.Notification{To: []string{ines}, Topic: "test.plain", Title: "T", Origin: "o"}
	for name, spoil := range map[string]func(*notify.Notification){
		"nobody":            func(n *notify.Notification) { n.To = nil },
		"too many":          func(n *notify.Notification) { n.To = make([]string, notify.MaxTo+1) },
		"no title":          func(n *notify.Notification) { n.Title = " \n\x00 " },
		"no topic":          func(n *notify.Notification) { n.Topic = "" },
		"unknown topic":     func(n *notify.Notification) { n.Topic = "test.nowhere" },
		"no origin":         func(n *notify.Notification) { n.Origin = "" },
		"no such severity":  func(n *notify.Notification) { n.Severity = "urgent" },
		"long scope":        func(n *notify.Notification) { n.Scope = strings.Repeat("x", 1000) },
		"control character": func(n *notify.Notification) { n.Scope = "a\nb" },
		"bad UTF-8":         func(n *notify.Notification) { n.To = []string{"user:\xff"} },
	} {
		n := good
		spoil(&n)
		if err := p.Send(t.Context(), nil, n); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("Send with %s: %v, want CodeInvalid", name, err)
		}
	}
}

func TestCheckLink(t *testing.T) {
	t.Parallel()
	for link, ok := range map[string]bool{
		"": true, "/catalog?x=1#y": true, "https://example.com/a": true, "http://example.com": true,
		"javascript:alert(1)": false, "JaVaScRiPt:alert(1)": false, " javascript:alert(1)": false, "java\tscript:alert(1)": false,
		"data:text/html,x": false, "//evil.example": false, `/\evil.example`: false, `\\evil`: false, "/a\nb": false,
		"https:evil": false, "https://user:pw@evil.example": false, "catalog": false, "vbscript:x": false, "https://": false,
		"/" + strings.Repeat("a", notify.MaxLink): false, "///evil.example": false, "%6aavascript:x": false,
	} {
		if err := notify.CheckLink(link); (err == nil) != ok {
			t.Errorf("CheckLink(%.40q) = %v, want ok %t", link, err, ok)
		}
	}
}

func TestTextsAreCut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		p := open(t, db, nil)
		p.send(t, notify.Notification{
			To: []string{ines}, Title: "a\r\nBcc: x\u202e " + strings.Repeat("é", 1<<20), Text: "<b>\x00\x1b[2J\n" + strings.Repeat("漢", 1<<20),
		})
		got := p.inbox(t, ines, notify.Query{})[0]
		if len(got.Title) > notify.MaxTitle || len(got.Text) > notify.MaxText || strings.ContainsAny(got.Title, "\r\n\u202e") ||
			strings.ContainsAny(got.Text, "\x00\x1b") || !strings.HasPrefix(got.Title, "a Bcc: x ") || !strings.HasPrefix(got.Text, "<b>[2J\n漢") {
			t.Errorf("stored %d bytes of title, %d of text: %.40q %.40q", len(got.Title), len(got.Text), got.Title, got.Text)
		}
	})
}

func TestInbox(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		p := open(t, db, nil)
		ctx := t.Context()
		for n := range 7 {
			p.send(t, notify.Notification{
				To: []string{ines, kim}, Title: fmt.Sprint("n", n), Text: []string{"50% off", "50x off", "ÄB"}[n%3],
				Severity: notify.Severities()[n%4], Topic: []string{"test.plain", "test.loud"}[n%2],
			})
		}
		all := p.inbox(t, ines, notify.Query{})
		if err := p.Mark(ctx, ines, []string{all[0].ID, all[1].ID}, notify.Mark{Read: yes()}); err != nil {
			t.Fatal(err)
		}
		if err := p.Mark(ctx, ines, []string{all[1].ID, all[2].ID}, notify.Mark{Saved: yes()}); err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			q    notify.Query
			want []string
		}{
			"all":           {notify.Query{}, []string{"n6×1", "n5×1", "n4×1", "n3×1", "n2×1", "n1×1", "n0×1"}},
			"unread":        {notify.Query{Read: no()}, []string{"n4×1", "n3×1", "n2×1", "n1×1", "n0×1"}},
			"read":          {notify.Query{Read: yes()}, []string{"n6×1", "n5×1"}},
			"saved":         {notify.Query{Saved: yes()}, []string{"n5×1", "n4×1"}},
			"grave":         {notify.Query{MinSeverity: notify.High}, []string{"n5×1", "n4×1", "n1×1", "n0×1"}},
			"topic":         {notify.Query{Topic: "test.loud"}, []string{"n5×1", "n3×1", "n1×1"}},
			"search":        {notify.Query{Search: "50%"}, []string{"n6×1", "n3×1", "n0×1"}},
			"search titles": {notify.Query{Search: "N2"}, []string{"n2×1"}},
			"since":         {notify.Query{Since: all[1].Updated}, []string{"n6×1", "n5×1"}},
			"behind":        {notify.Query{Before: all[4].Key()}, []string{"n1×1", "n0×1"}},
			"offset":        {notify.Query{Offset: 2, Limit: 2}, []string{"n4×1", "n3×1"}},
			"by ID":         {notify.Query{IDs: []string{all[3].ID, "none"}}, []string{"n3×1"}},
			"no ID":         {notify.Query{IDs: []string{}}, nil},
			"no read saved": {notify.Query{Read: no(), Saved: yes()}, []string{"n4×1"}},
		} {
			same(t, name, tt.want, p.titles(t, ines, tt.q))
			tt.q.Before, tt.q.Offset, tt.q.Limit = notify.Key{}, 0, 0
			want := len(p.inbox(t, ines, tt.q))
			if n, err := p.Count(ctx, ines, tt.q); err != nil || n != want {
				t.Errorf("Count of %s = %d, %v; want %d", name, n, err, want)
			}
		}
		topics, err := p.TopicsOf(ctx, ines, notify.Query{Saved: yes()})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "topics", []string{"test.loud", "test.plain"}, topics)
		for limit, want := range map[int]int{3: 3, 99: 5} {
			if n, err := p.UnreadUpTo(ctx, ines, limit); err != nil || n != want {
				t.Errorf("UnreadUpTo(%d) = %d, %v; want %d", limit, n, err, want)
			}
		}

		t.Log("nobody reaches another's inbox")
		if err := p.Mark(ctx, kim, []string{all[3].ID}, notify.Mark{Read: yes()}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Item(ctx, kim, all[3].ID); callboard.CodeOf(err) != callboard.CodeNotFound {
			t.Errorf("kim reads an item of ines: %v", err)
		}
		if i, err := p.Item(ctx, ines, all[3].ID); err != nil || !i.Read.IsZero() {
			t.Errorf("item of ines = %+v, %v; kim marked it", i, err)
		}

		t.Log("all at once, but for what came later")
		if err := p.MarkAllRead(ctx, ines, all[3].Updated); err != nil {
			t.Fatal(err)
		}
		same(t, "unread", []string{"n4×1"}, p.titles(t, ines, notify.Query{Read: no()}))
		if err := p.Mark(ctx, ines, []string{all[0].ID}, notify.Mark{Read: no(), Saved: no()}); err != nil {
			t.Fatal(err)
		}
		same(t, "unread again", []string{"n6×1", "n4×1"}, p.titles(t, ines, notify.Query{Read: no()}))
		for _, q := range []notify.Query{{MinSeverity: "x"}, {Search: "\x00"}, {IDs: make([]string, 1000)}} {
			if _, err := p.Inbox(ctx, ines, q); callboard.CodeOf(err) != callboard.CodeInvalid {
				t.Errorf("Inbox(%.60v) = %v, want CodeInvalid", q, err)
			}
		}
	})
}

func TestChannels(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		room := &sharedRecorder{Recorder: notifytest.Recorder{Name: "room"}}
		p := open(t, db, func(_ *post, o *notify.Options) { o.Channels = append(o.Channels, room) })
		p.send(t, notify.Notification{To: []string{shop}, Topic: "test.loud", Title: "Loud", Link: "/a"})
		p.send(t, notify.Notification{To: []string{shop}, Title: "Plain"})
		got := p.mail.Kept()
		slices.SortFunc(got, func(a, b notify.Delivery) int { return strings.Compare(a.Person.Ref, b.Person.Ref) })
		if len(got) != 2 || got[0].Person.Email != "ines@example.com" || got[1].Person.Ref != kim || got[0].Title != "Loud" ||
			got[0].URL != "https://portal.example.com/a" || got[0].Settings != "https://portal.example.com/settings/notifications" || got[0].Key == got[1].Key {
			t.Errorf("mail = %+v", got)
		}
		if got := room.Kept(); len(got) != 1 || got[0].Title != "Loud" || got[0].Person.Ref != "" {
			t.Errorf("room = %+v, want the one that it takes, once", got)
		}
		same(t, "channels to choose", []notify.ChannelInfo{{ID: "web", Title: "Inbox"}, {ID: "email", Title: "The channel email"}}, p.Channels())
	})
}

type sharedRecorder struct{ notifytest.Recorder }

func (r *sharedRecorder) Takes(m notify.Message) bool { return m.Topic == "test.loud" }

func TestPreferences(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		p := open(t, db, func(_ *post, o *notify.Options) {
			o.Settings.Topics = map[string][]string{"test.secret": {"email"}}
		})
		ctx := t.Context()
		matrix := func(person string) (out []string) {
			all, err := p.Preferences(ctx, person)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range all {
				out = append(out, fmt.Sprintf("%s %s %t %s", c.Topic.Title, c.Channel.ID, c.On, c.By))
			}
			return out
		}
		same(t, "defaults", []string{
			"Loud web true topic", "Loud email true topic", "Plain web true portal", "Plain email false portal",
			"Secret web false portal", "Secret email true portal",
		}, matrix(ines))
		if err := p.Choose(ctx, ines, map[string]map[string]bool{
			"test.loud": {"email": false, "web": true}, "test.plain": {"email": true, "web": false}}); err != nil {
			t.Fatal(err)
		}
		p.people.Do(func(d *notifytest.People) { d.Lacking[ines+" test.read"] = true })
		same(t, "choices", []string{"Loud web true topic", "Loud email false person", "Plain web false person", "Plain email true person"}, matrix(ines))
		p.send(t, notify.Notification{To: []string{ines}, Topic: "test.loud", Title: "Loud"})
		p.send(t, notify.Notification{To: []string{ines}, Title: "Plain"})
		p.send(t, notify.Notification{To: []string{ines, kim}, Topic: "test.secret", Title: "Secret"})
		same(t, "inbox", []string{"Loud×1"}, p.titles(t, ines, notify.Query{}))
		var mails []string
		for _, d := range p.mail.Kept() {
			mails = append(mails, d.Person.Name+" "+d.Title)
		}
		same(t, "mails", []string{"Ines Plain", "Kim Secret"}, mails)
		if err := p.Choose(ctx, ines, map[string]map[string]bool{"test.plain": {"email": false, "web": true}}); err != nil {
			t.Fatal(err)
		}
		same(t, "as usual", "Plain web true portal", matrix(ines)[2])
		for _, wrong := range []map[string]map[string]bool{{"nowhere": {"web": true}}, {"test.loud": {"pigeon": true}}} {
			if err := p.Choose(ctx, ines, wrong); callboard.CodeOf(err) != callboard.CodeInvalid {
				t.Errorf("Choose(%v) = %v, want CodeInvalid", wrong, err)
			}
		}
	})
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t)
	for _, s := range []notify.Settings{
		{Channels: []string{"pigeon"}}, {Topics: map[string][]string{"nowhere": {"web"}}},
	} {
		_, err := notify.New(t.Context(), notify.Parts{DB: db}, &notify.Options{Settings: s})
		if callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("New with %+v: %v, want CodeInvalid", s, err)
		}
	}
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	day := func(hour, minute int) time.Time { return time.Date(2026, 3, 10, hour, minute, 0, 0, time.UTC) }
	night := notify.Quiet{From: 22 * 60, Until: 7 * 60}
	for _, tt := range []struct {
		q         notify.Quiet
		now, want time.Time
	}{
		{night, day(23, 0), day(31, 0)}, {night, day(6, 59), day(7, 0)}, {night, day(7, 0), time.Time{}}, {night, day(21, 59), time.Time{}},
		{night, day(22, 0), day(31, 0)}, {notify.Quiet{From: 9 * 60, Until: 17 * 60}, day(12, 0), day(17, 0)}, {notify.Quiet{}, day(0, 0), time.Time{}},
	} {
		if got := tt.q.Ends(tt.now); !got.Equal(tt.want) {
			t.Errorf("%+v at %s ends %s, want %s", tt.q, tt.now, got, tt.want)
		}
	}
	each(t, func(t *testing.T, db *sqldb.DB) {
		p := open(t, db, nil)
		now := time.Now().UTC()
		minute := now.Hour()*60 + now.Minute()
		q := notify.Quiet{From: (minute + 1440 - 60) % 1440, Until: (minute + 180) % 1440}
		if err := p.SetQuiet(t.Context(), ines, q); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Quiet(t.Context(), ines); err != nil || got != q {
			t.Errorf("Quiet = %+v, %v; want %+v", got, err, q)
		}
		p.send2(t, notify.Notification{To: []string{ines, kim}, Topic: "test.loud", Title: "Later"})
		p.send2(t, notify.Notification{To: []string{ines}, Topic: "test.loud", Title: "Fire", Severity: notify.Critical})
		wait(t, "kim hears, and ines of the fire", func() bool { return len(p.mail.Kept()) == 2 })
		same(t, "inbox", []string{"Fire×1", "Later×1"}, p.titles(t, ines, notify.Query{}))
		list, err := p.queue.Jobs(t.Context(), jobs.Query{State: jobs.StatePending, Kind: "notify.deliver"})
		if err != nil || len(list) != 1 || list[0].RunAt.Before(now.Add(time.Hour)) {
			t.Errorf("pending deliveries = %+v, %v; want one in hours", list, err)
		}
		for _, wrong := range []notify.Quiet{{From: -1}, {From: 1, Until: 1440}, {From: 1, Zone: "Mars/Base"}, {From: 1, Zone: "../etc"}} {
			if err := p.SetQuiet(t.Context(), ines, wrong); callboard.CodeOf(err) != callboard.CodeInvalid {
				t.Errorf("SetQuiet(%+v) = %v, want CodeInvalid", wrong, err)
			}
		}
		if err := p.SetQuiet(t.Context(), ines, notify.Quiet{}); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Quiet(t.Context(), ines); err != nil || got.On() {
			t.Errorf("Quiet after it was cleared = %+v, %v", got, err)
		}
	})
}

// send2 sends and waits for the inboxes alone.
func (p *post) send2(tb testing.TB, n notify.Notification) {
	tb.Helper()
	n.Origin = "test"
	if err := p.Send(tb.Context(), nil, n); err != nil {
		tb.Fatal(err)
	}
	wait(tb, "it is in the inbox", func() bool { return len(p.inbox(tb, n.To[0], notify.Query{Search: n.Title})) > 0 })
}

// TestWhoMayHear: who may not see what it is about is not told, nor who may not
// any more when it is delivered, nor who has left.
func TestWhoMayHear(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		hold, tried := make(chan struct{}), atomic.Int32{}
		p := open(t, db, func(p *post, _ *notify.Options) {
			p.mail.Answer = func(context.Context, notify.Delivery) error {
				select {
				case <-hold:
					return nil
				default:
					tried.Add(1)
					return jobs.Snooze(10 * time.Millisecond)
				}
			}
		})
		p.people.Hidden[kim+" thing:x"] = true
		if err := p.Send(t.Context(), nil, notify.Notification{To: []string{notify.Everyone}, Topic: "test.loud", Title: "X", Origin: "o", About: "thing:x"}); err != nil {
			t.Fatal(err)
		}
		wait(t, "the others are tried", func() bool { return tried.Load() >= 4 })
		same(t, "inbox of kim", []string(nil), p.titles(t, kim, notify.Query{}))
		same(t, "inbox of ines", []string{"X×1"}, p.titles(t, ines, notify.Query{}))
		p.people.Do(func(d *notifytest.People) {
			d.Hidden[ines+" thing:x"] = true
			delete(d.Known, noor)
		})
		close(hold)
		p.rest(t)
		if got := p.mail.Kept(); len(got) > 0 && got[0].Person.Ref == kim {
			t.Errorf("kim was told: %+v", got)
		}
		list, err := p.queue.Jobs(t.Context(), jobs.Query{State: jobs.StateCancelled, Kind: "notify.deliver"})
		if err != nil || len(list)+len(p.mail.Kept()) != 2 {
			t.Errorf("cancelled = %+v, %v; delivered %+v", list, err, p.mail.Kept())
		}
	})
}

// TestDeadChannel: a channel that hangs, and one that fails, hold up no other.
func TestDeadChannel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		var failed atomic.Int32
		release := make(chan struct{})
		hangs := &notifytest.Recorder{Name: "hangs", Answer: func(ctx context.Context, _ notify.Delivery) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-release:
				return nil
			}
		}}
		fails := &notifytest.Recorder{Name: "fails", Answer: func(_ context.Context, d notify.Delivery) error {
			if failed.Add(1) < 3 {
				return errors.New("not now")
			}
			return nil
		}}
		p := open(t, db, func(_ *post, o *notify.Options) {
			o.Channels = append([]notify.Channel{hangs, fails}, o.Channels...)
			o.Settings.Channels = []string{"hangs", "fails", "email", "web"}
		})
		for n := range 5 {
			if err := p.Send(t.Context(), nil, notify.Notification{To: []string{shop}, Topic: "test.plain", Title: fmt.Sprint(n), Origin: "o"}); err != nil {
				t.Fatal(err)
			}
		}
		wait(t, "the others deliver", func() bool { return len(p.mail.Kept()) == 10 && len(fails.Kept()) == 10 })
		if len(hangs.Kept()) > 0 {
			t.Error("what hangs delivered")
		}
		close(release)
		p.rest(t)
		if len(hangs.Kept()) != 10 || len(p.mail.Kept()) != 10 {
			t.Errorf("delivered %d by what hung and %d by mail, want 10 each", len(hangs.Kept()), len(p.mail.Kept()))
		}
		keys := map[string]bool{}
		for _, d := range append(hangs.Kept(), p.mail.Kept()...) {
			keys[d.Key] = true
		}
		if len(keys) != 20 {
			t.Errorf("%d keys for 20 deliveries", len(keys))
		}
	})
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		p := open(t, db, nil)
		ctx := t.Context()
		for _, key := range []string{"b", "a", "a"} {
			if err := p.Subscribe(ctx, ines, "thing", key); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Subscribe(ctx, kim, "thing", "a"); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []struct {
			kind, key string
			code      callboard.Code
		}{{"thing", "hidden", callboard.CodeNotFound}, {"other", "a", callboard.CodeInvalid}, {"thing", strings.Repeat("x", 999), callboard.CodeInvalid}} {
			if err := p.Subscribe(ctx, ines, wrong.kind, wrong.key); callboard.CodeOf(err) != wrong.code {
				t.Errorf("Subscribe(%s %.20s) = %v, want %s", wrong.kind, wrong.key, err, wrong.code)
			}
		}
		who, err := p.Subscribers(ctx, "thing", "a", p.clock.now())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "subscribers", []string{ines, kim}, who)
		if who, err := p.Subscribers(ctx, "thing", "a", p.clock.now().Add(-time.Hour)); err != nil || len(who) > 0 {
			t.Errorf("Subscribers of an hour ago = %v, %v", who, err)
		}
		if err := p.Unsubscribe(ctx, ines, "thing", "a"); err != nil {
			t.Fatal(err)
		}
		left, err := p.Subscriptions(ctx, ines)
		if err != nil || len(left) != 1 || left[0].Key != "b" || left[0].Created.IsZero() {
			t.Errorf("Subscriptions = %+v, %v; want b", left, err)
		}
		if on, err := p.Subscribed(ctx, ines, "thing", "a"); err != nil || on {
			t.Errorf("Subscribed = %t, %v", on, err)
		}
	})
}

// TestManyPeople: a notification for ten thousand people costs the sender two
// rows, and reaches everybody once; a killed process goes on where it was.
func TestManyPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		const many = 2_500
		p := open(t, db, func(p *post, _ *notify.Options) { crowd(p, many) })
		sub := p.Watch()
		defer sub.Close()
		p.send(t, notify.Notification{To: []string{"group:default/crowd"}, Title: "All"})
		var n int
		if err := db.SQL().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM notify_item`).Scan(&n); err != nil || n != many {
			t.Errorf("%d items, %v; want %d", n, err, many)
		}
		event, err := sub.Next(t.Context())
		if err != nil || len(event.Value.People) == 0 {
			t.Errorf("event = %+v, %v", event, err)
		}
		t.Log("the job once more tells nobody twice")
		list, err := p.queue.Jobs(t.Context(), jobs.Query{Kind: "notify.spread"})
		if err != nil || len(list) != 1 {
			t.Fatalf("jobs = %v, %v", list, err)
		}
		if err := p.queue.Retry(t.Context(), list[0].ID); err != nil {
			t.Fatal(err)
		}
		p.rest(t)
		if err := db.SQL().QueryRowContext(t.Context(), `SELECT SUM(times) FROM notify_item`).Scan(&n); err != nil || n != many {
			t.Errorf("told %d times, %v; want %d", n, err, many)
		}
	})
}

// TestTooManyPeople: what is for more people than can be meant reaches nobody,
// and administrators see why.
func TestTooManyPeople(t *testing.T) {
	t.Parallel()
	p := open(t, sqldbtest.Open(t), func(p *post, _ *notify.Options) { crowd(p, notify.MaxPeople+1) })
	p.send(t, notify.Notification{To: []string{"group:default/crowd"}, Title: "All"})
	list, err := p.queue.Jobs(t.Context(), jobs.Query{Kind: "notify.spread"})
	if err != nil || len(list) != 1 || list[0].State != jobs.StateCancelled || !strings.Contains(list[0].Errors[0].Message, "too many people") {
		t.Errorf("jobs = %+v, %v; want it cancelled", list, err)
	}
	same(t, "inbox", []string(nil), p.titles(t, "user:default/p000001", notify.Query{}))
}

// TestGoneChannel: what waits for a channel that is not configured any more is
// given up.
func TestGoneChannel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		p := open(t, db, nil)
		args := []byte(`{"Message": 1, "Channel": "pigeon", "Person": "user:default/ines"}`)
		if _, err := p.queue.Insert(t.Context(), nil, jobs.Request{Kind: "notify.deliver", Args: args}); err != nil {
			t.Fatal(err)
		}
		p.rest(t)
		list, err := p.queue.Jobs(t.Context(), jobs.Query{Kind: "notify.deliver"})
		if err != nil || len(list) != 1 || list[0].State != jobs.StateCancelled {
			t.Errorf("jobs = %+v, %v; want it cancelled", list, err)
		}
	})
}

// TestTooOld: what could not go out for days is given up, and stays in the
// inbox.
func TestTooOld(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		var tried atomic.Int32
		p := open(t, db, func(p *post, _ *notify.Options) {
			p.mail.Answer = func(context.Context, notify.Delivery) error {
				tried.Add(1)
				return jobs.Snooze(10 * time.Millisecond)
			}
		})
		if err := p.Send(t.Context(), nil, notify.Notification{To: []string{ines}, Topic: "test.loud", Title: "Old", Origin: "o"}); err != nil {
			t.Fatal(err)
		}
		wait(t, "it is tried", func() bool { return tried.Load() > 0 })
		p.clock.set(p.clock.now().Add(100 * time.Hour))
		p.rest(t)
		list, err := p.queue.Jobs(t.Context(), jobs.Query{State: jobs.StateCancelled, Kind: "notify.deliver"})
		if err != nil || len(list) != 1 || len(p.mail.Kept()) != 0 {
			t.Errorf("cancelled = %+v, %v; delivered %d", list, err, len(p.mail.Kept()))
		}
		same(t, "inbox", []string{"Old×1"}, p.titles(t, ines, notify.Query{}))
	})
}

// TestClean: what is old goes, once it is read, but for what was saved.
func TestClean(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		const day = 24 * time.Hour
		p := open(t, db, nil)
		now := p.clock.now()
		for title, age := range map[string]time.Duration{"read": 91 * day, "saved": 400 * day, "unread": 91 * day, "forgotten": 361 * day, "new": day} {
			p.clock.set(now.Add(-age))
			p.send(t, notify.Notification{To: []string{ines}, Title: title})
			item := p.inbox(t, ines, notify.Query{Search: title, Limit: 500})
			m := map[string]notify.Mark{"read": {Read: yes()}, "saved": {Read: yes(), Saved: yes()}, "new": {Read: yes()}}[title]
			for _, i := range item {
				if i.Title == title {
					if err := p.Mark(t.Context(), ines, []string{i.ID}, m); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		p.clock.set(now)
		if _, err := p.queue.Insert(t.Context(), nil, jobs.Request{Kind: "notify.clean", Args: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
		p.rest(t)
		same(t, "what is left", []string{"new×1", "unread×1", "saved×1"}, p.titles(t, ines, notify.Query{}))
		var messages int
		if err := db.SQL().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM notify_message`).Scan(&messages); err != nil || messages != 3 {
			t.Errorf("%d messages are left, %v; want 3", messages, err)
		}
	})
}

// flaky is a directory that fails once, at one person.
type flaky struct {
	notify.Directory
	at     string
	failed atomic.Bool
}

func (f *flaky) MaySee(ctx context.Context, person, about string) (bool, error) {
	if person == f.at && f.failed.CompareAndSwap(false, true) {
		return false, errors.New("the directory is away")
	}
	return f.Directory.MaySee(ctx, person, about)
}

// TestInterrupted: what broke off in the middle goes on from there, and tells
// nobody twice, in the inbox and by a channel.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		const many = 450
		people := &flaky{at: "user:default/p000420"}
		p := open(t, db, func(p *post, _ *notify.Options) {
			crowd(p, many)
			people.Directory, p.directory = p.people, people
		})
		p.send(t, notify.Notification{To: []string{"group:default/crowd"}, Topic: "test.loud", Title: "All", About: "thing:x"})
		var items, times int
		if err := db.SQL().QueryRowContext(t.Context(), `SELECT COUNT(*), SUM(times) FROM notify_item`).Scan(&items, &times); err != nil || items != many || times != many {
			t.Errorf("%d items told %d times, %v; want %d", items, times, err, many)
		}
		keys := map[string]bool{}
		for _, d := range p.mail.Kept() {
			keys[d.Key] = true
		}
		if len(keys) != many || len(p.mail.Kept()) != many || !people.failed.Load() {
			t.Errorf("%d deliveries of %d keys, want %d; failed: %t", len(p.mail.Kept()), len(keys), many, people.failed.Load())
		}
	})
}

// crowd adds people in a group.
func crowd(p *post, n int) {
	for i := range n {
		ref := fmt.Sprintf("user:default/p%06d", i)
		p.people.Known[ref] = notify.Person{Ref: ref, Name: ref}
		p.people.Groups["group:default/crowd"] = append(p.people.Groups["group:default/crowd"], ref)
	}
}

func TestQueriesUseAnIndex(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		open(t, db, nil)
		for index, query := range map[string]string{
			"notify_item_inbox":  `SELECT id FROM notify_item i WHERE i.recipient = 'a' AND (i.updated_at, i.id) < (5, 'x') ORDER BY i.updated_at DESC, i.id DESC LIMIT 50`,
			"notify_item_unread": `SELECT id FROM notify_item i WHERE i.recipient = 'a' AND i.read_at = 0 ORDER BY i.updated_at DESC, i.id DESC LIMIT 50`,
			"notify_item_saved":  `SELECT id FROM notify_item i WHERE i.recipient = 'a' AND i.saved_at > 0 ORDER BY i.updated_at DESC, i.id DESC LIMIT 50`,
			"notify_item_topic":  `SELECT id FROM notify_item i WHERE i.recipient = 'a' AND i.topic = 't' ORDER BY i.updated_at DESC, i.id DESC LIMIT 50`,
		} {
			plan := sqldbtest.Explain(t, db, query)
			if !strings.Contains(plan, index) || strings.Contains(strings.ToLower(plan), "temp b-tree") || strings.Contains(plan, "Sort") {
				t.Errorf("%s is answered by\n%s\nwant the index %s and no sort", query, plan, index)
			}
		}
	})
}
