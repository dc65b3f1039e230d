// SPDX-License-Identifier: Apache-2.0

//go:build unix

package sqlsearch_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// site is a generated company: its documents are made when they are listed. A
// caller who is called "part" sees what one of fifty teams owns.
type site struct{ size int }

const siteTeams = 50

var (
	siteNouns = strings.Fields("checkout basket payment order invoice ledger refund voucher loyalty search ranking catalog stock shipping customer account session identity token gateway proxy metric trace alert deploy build release pipeline cluster network storage backup archive report export import mail notification template portal page widget design image video document translation country currency tax price offer campaign segment audience survey feedback review rating comment forum chat call meeting calendar task project issue board roadmap budget forecast contract supplier warehouse vehicle route driver map location weather sensor device firmware battery")
	siteKinds = strings.Fields("service worker api library website database queue cache topic bucket job function cli plugin dashboard model")
	siteText  = strings.Fields("the service takes requests from customers and writes events to a queue which another team reads it is deployed on the runtime in every region with a database of its own operations are documented in the runbook and alerts go to the owner when latency rises above its objective data is kept for thirty days and exported nightly")
)

func (s site) doc(n int) search.Document {
	r := rand.New(rand.NewPCG(uint64(n), 7)) //nolint:gosec // the same each time
	noun, other, kind := siteNouns[r.IntN(len(siteNouns))], siteNouns[r.IntN(len(siteNouns))], siteKinds[r.IntN(len(siteKinds))]
	team := fmt.Sprintf("group:default/team-%d", n%siteTeams)
	var text []string
	for range 40 {
		text = append(text, siteText[r.IntN(len(siteText))])
	}
	text = append(text, noun, other, fmt.Sprintf("zone%d", r.IntN(2000)))
	name := fmt.Sprintf("%s-%s-%s-%d", noun, other, kind, n)
	guards := []search.Fact{{Field: "kind", Value: "component"}, {Field: "relations.ownedby", Value: team}, {Field: "metadata.namespace", Value: "default"}, {Field: "metadata.name", Value: name}, {Field: "spec.type", Value: kind}}
	for i := range 6 {
		guards = append(guards, search.Fact{Field: fmt.Sprintf("metadata.annotations.example.com/a%d", i)}, search.Fact{Field: fmt.Sprintf("metadata.annotations.example.com/a%d", i), Value: fmt.Sprint(r.IntN(1000))})
	}
	return search.Document{
		ID: fmt.Sprintf("component:default/%s", name), Type: []string{"component", "operation"}[n%2], Title: name, Keywords: []string{kind, "team-" + fmt.Sprint(n%siteTeams)},
		Text: strings.Join(text, " "), Location: "/catalog/default/component/" + name, Owner: team, Guards: guards, Fields: map[string][]string{"kind": {"Component"}, "type": {kind}},
	}
}

func (site) Name() string    { return "site" }
func (site) Version() string { return "1" }
func (site) Types() []search.Type {
	return []search.Type{{ID: "component", Title: "Components"}, {ID: "operation", Title: "Operations"}}
}

func (s site) List(_ context.Context, after string, limit int) (search.Listing, error) {
	from := 0
	if after != "" {
		if _, err := fmt.Sscan(after, &from); err != nil {
			return search.Listing{}, err
		}
	}
	var l search.Listing
	for n := from; n < min(s.size, from+limit); n++ {
		l.Documents = append(l.Documents, s.doc(n))
	}
	if from+limit < s.size {
		l.Next = fmt.Sprint(from + limit)
	}
	return l, nil
}

func (site) Sight(ctx context.Context) (search.Filter, error) {
	either := search.Any{}
	for n := range sees(ctx) {
		either = append(either, search.Has{Field: "relations.ownedby", Value: fmt.Sprintf("group:default/team-%d", n)})
	}
	if len(either) == 0 {
		return nil, nil
	}
	return search.All{search.Has{Field: "kind", Value: "component"}, either, search.Not{Filter: search.Has{Field: "metadata.labels.visibility", Value: "secret"}}}, nil
}

// sees returns the numbers of the teams whose things the caller sees; nothing is
// all of them.
func sees(ctx context.Context) map[int]bool {
	return map[string]map[int]bool{"part": {7: true}, "half": func() map[int]bool {
		m := map[int]bool{}
		for n := range siteTeams / 2 {
			m[n] = true
		}
		return m
	}()}[callboard.IdentityFrom(ctx).Subject]
}

func (site) Visible(ctx context.Context, hits []search.Hit) ([]bool, error) {
	teams := sees(ctx)
	ok := make([]bool, len(hits))
	for i, h := range hits {
		n, err := strconv.Atoi(h.Title[strings.LastIndexByte(h.Title, '-')+1:])
		ok[i] = err == nil && (teams == nil || teams[n%siteTeams])
	}
	return ok, nil
}

// questions are those of people: names, beginnings, errors, common and rare words.
func questions() []string {
	return []string{
		"checkout", "pay", "p", "paymnet", "checkout payment api", "service", "deployed", "the service", `"service takes"`, "zone77", "zone1",
		"team-7", "shipping-ware", "ledger databse", "component", "queue -worker", "hippopotamus", "runtime region", "heckou", "orders deployed runbook",
		"checkout-payment-api", "documentation", "a", "alert latency objective", "invoice refund voucher", "api", "e",
	}
}

// BenchmarkSearch measures questions at three sizes, by somebody who sees all, by
// one who sees half, and by one who sees a fiftieth. The 95th percentile is over
// all questions.
func BenchmarkSearch(b *testing.B) {
	for _, size := range []int{10_000, 100_000, 250_000} {
		b.Run(fmt.Sprintf("%dk", size/1000), func(b *testing.B) {
			if testing.Short() && size > 10_000 {
				b.Skip("long")
			}
			sqldbtest.EachB(b, func(b *testing.B, db *sqldb.DB) { benchmarkSearch(b, db, size) })
		})
	}
}

func benchmarkSearch(b *testing.B, db *sqldb.DB, size int) {
	s, err := search.New(on(b, db), []search.Source{site{size}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	s.Sync(b.Context())
	took := time.Since(start)
	if n, err := s.Counts(b.Context()); err != nil || n["site"] != size {
		b.Fatalf("%v documents, %v", n, err)
	}
	for _, who := range []string{"all", "half", "part"} {
		b.Run(who, func(b *testing.B) {
			ctx := callboard.WithIdentity(b.Context(), callboard.Identity{Subject: who})
			var times, used []time.Duration
			slowest := map[string]time.Duration{}
			b.ReportAllocs()
			for b.Loop() {
				for _, q := range questions() {
					start, before := time.Now(), processor(b)
					if _, err := s.Search(ctx, search.Query{Text: q, Facets: true}); err != nil {
						b.Fatal(err)
					}
					d := time.Since(start)
					times, used = append(times, d), append(used, processor(b)-before)
					slowest[q] = max(slowest[q], d)
				}
			}
			slices.Sort(times)
			slices.Sort(used)
			for q, d := range slowest {
				if d > 50*time.Millisecond {
					b.Logf("%q took %s", q, d)
				}
			}
			at := func(times []time.Duration, share float64) float64 {
				return float64(times[int(share*float64(len(times)-1))].Microseconds()) / 1000
			}
			b.ReportMetric(at(times, 0.5), "p50-ms")
			b.ReportMetric(at(times, 0.95), "p95-ms")
			b.ReportMetric(at(used, 0.95), "p95-cpu-ms")
			b.ReportMetric(took.Seconds(), "build-s")
		})
	}
}

// processor returns how long this process has been on a processor: what a busy
// machine does not change. On PostgreSQL the server's share is not in it.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
