// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/callboard/callboard/portal/portaltest"
)

// pair is a question and what must be among the first of its answers.
type pair struct {
	q string
	// want is the ID of a document, or the end of one, such as
	// api:default/orders-api#getOrder.
	want string
	// within is how far down it may stand.
	within int
	// never is what must not be among the first ten.
	never string
}

// pairs are questions about the demo company, by what they try.
func pairs() map[string][]pair {
	return map[string][]pair{
		"exact": {
			{"checkout", "component:default/checkout", 1, ""},
			{"ledger", "component:default/ledger", 1, ""},
			{"payments", "system:default/payments", 1, ""},
			{"payments-api", "api:default/payments-api", 1, ""},
			{"Payments API", "api:default/payments-api", 1, ""},
			{"orders", "group:default/orders", 1, ""},
			{"search", "system:default/search", 1, ""},
			{"storefront", "system:default/storefront", 2, ""},
			{"storefront", "group:default/storefront", 2, ""},
			{"event-bus", "resource:default/event-bus", 1, ""},
			{"event bus", "resource:default/event-bus", 1, ""},
			{"accounts", "system:default/accounts", 2, ""},
			{"web shop", "component:default/web-shop", 1, ""},
			{"Basket v1", "component:default/legacy-basket", 1, ""},
			{"legacy-basket", "component:default/legacy-basket", 1, ""},
			{"Fieldkit", "component:default/design-system", 1, ""},
			{"design-system", "component:default/design-system", 1, ""},
			{"money", "domain:default/money", 1, ""},
			{"Go service", "template:default/go-service", 1, ""},
			{"ranking", "component:default/ranking", 1, ""},
			{"platform", "group:default/platform", 1, ""},
			{"runtime", "system:default/runtime", 1, ""},
		},
		"prefix": {
			{"check", "component:default/checkout", 1, ""},
			{"ledg", "component:default/ledger", 1, ""},
			{"capt", "component:default/capture-worker", 3, ""},
			{"recomm", "component:default/recommendations", 1, ""},
			{"pipel", "component:default/pipelines", 1, ""},
			{"vouch", "component:default/vouchers", 1, ""},
			{"shop-and", "component:default/shop-android", 1, ""},
			{"dev", "component:default/developer-portal", 1, ""},
			{"order hist", "component:default/order-history", 1, ""},
			{"delivery pl", "group:default/delivery-platform", 1, ""},
			{"notif", "component:default/notifier", 1, ""},
		},
		"infix": {
			{"android", "component:default/shop-android", 1, ""},
			{"ios", "component:default/shop-ios", 1, ""},
			{"worker", "component:default/capture-worker", 1, ""},
			{"eckout", "component:default/checkout", 1, ""},
			{"edger", "component:default/ledger", 2, ""},
			{"gateway", "component:default/search-gateway", 1, ""},
			{"indexer", "component:default/search-indexer", 1, ""},
			{"bucket", "resource:default/image-bucket", 1, ""},
			{"companion", "airesource:default/on-call-companion", 1, ""},
			{"postmortem", "airesource:default/write-a-postmortem", 1, ""},
			{"history", "component:default/order-history", 2, ""},
			{"kit", "component:default/go-kit", 2, ""},
		},
		"typos": {
			{"chekout", "component:default/checkout", 1, ""},
			{"checkuot", "component:default/checkout", 1, ""},
			{"legder", "component:default/ledger", 1, ""},
			{"paymnets", "system:default/payments", 1, ""},
			{"recomendatoins", "component:default/recommendations", 1, ""},
			{"vuochers", "component:default/vouchers", 1, ""},
			{"shippng", "component:default/shipping", 1, ""},
			{"notifer", "component:default/notifier", 1, ""},
			{"loyality", "group:default/loyalty", 1, ""},
			{"developper portal", "component:default/developer-portal", 1, ""},
			{"serach", "system:default/search", 1, ""},
			{"storfront", "group:default/storefront", 2, ""},
			{"Ines Duart", "user:default/ines", 1, ""},
			{"Okafr", "user:default/amara", 1, ""},
		},
		"phrases": {
			{`"order events"`, "api:default/order-events", 1, ""},
			{`"every cent"`, "component:default/ledger", 3, ""},
			{`"search index"`, "resource:default/search-cluster", 2, ""},
			{`"exactly once"`, "component:default/checkout", 1, ""},
			{`"double entry book"`, "component:default/ledger", 1, ""},
			{`"product images"`, "resource:default/image-bucket", 1, ""},
			{`"design system"`, "component:default/design-system", 1, ""},
			{`"blameless postmortem"`, "airesource:default/write-a-postmortem", 1, ""},
			{`"knows where every cent went"`, "user:default/ines", 1, ""},
		},
		"stems": {
			{"deployment", "component:default/pipelines", 4, ""},
			{"deploys every service", "component:default/pipelines", 1, ""},
			{"deployed", "component:default/pipelines", 4, ""},
			{"retry", "component:default/capture-worker", 2, ""},
			{"reserving stock", "component:default/checkout", 5, ""},
			{"refunded", "component:default/refunds", 2, ""},
			{"recommendation", "component:default/recommendations", 1, ""},
			{"voucher", "component:default/vouchers", 1, ""},
			{"trained model", "resource:default/ranking-models", 2, ""},
			{"receipt", "component:default/order-history", 3, ""},
			{"accessible", "template:default/react-front-end", 50, ""},
			{"pipeline", "component:default/pipelines", 1, ""},
		},
		"words": {
			{"postgres", "resource:default/ledger-db", 5, ""},
			{"kubernetes", "resource:default/cluster-eu", 1, ""},
			{"kafka", "resource:default/event-bus", 1, ""},
			{"frankfurt", "resource:default/cluster-eu", 1, ""},
			{"graceful stop", "component:default/go-kit", 1, ""},
			{"carrier", "component:default/shipping", 3, ""},
			{"library fieldkit", "component:default/design-system", 1, ""},
			{"swift", "component:default/shop-ios", 1, ""},
			{"mcp", "api:default/portal-tools", 2, ""},
			{"who owns what", "api:default/portal-tools", 5, ""},
			{"the tent you meant", "system:default/search", 1, ""},
			{"payments queue", "resource:default/capture-queue", 2, ""},
			{"payments -api", "system:default/payments", 1, "api:default/payments-api"},
			{"basket -legacy", "component:default/basket", 1, "component:default/legacy-basket"},
		},
		"tech is not team": {
			{"team", "nav:catalog.teams", 2, "techdocs"},
			{"tech", "", 0, "nav:catalog.teams"},
			{"teams", "nav:catalog.teams", 1, ""},
		},
		"teams": {
			{"payments core", "group:default/payments-core", 1, ""},
			{"payments-core", "group:default/payments-core", 1, ""},
			{"identity", "group:default/identity", 1, ""},
			{"mobile", "group:default/mobile", 1, ""},
			{"delivery platform", "group:default/delivery-platform", 1, ""},
			{"discovery", "group:default/discovery", 1, ""},
			{"commerce", "group:default/commerce", 2, ""},
			{"engineering", "group:default/engineering", 1, ""},
			{"loyalty", "group:default/loyalty", 1, ""},
		},
		"people": {
			{"ines", "user:default/ines", 1, ""},
			{"Duarte", "user:default/ines", 1, ""},
			{"Mei Lin", "user:default/mei", 1, ""},
			{"okafor", "user:default/amara", 1, ""},
			{"ravi@larkfield.example", "user:default/ravi", 1, ""},
			{"chloe", "user:default/chloe", 1, ""},
			{"brandt", "user:default/felix", 1, ""},
			{"staff engineer", "user:default/ines", 1, ""},
			{"leads orders", "user:default/noor", 1, ""},
			{"kov", "user:default/hana", 1, ""},
		},
		"operations": {
			{"getOrder", "api:default/orders-api#getOrder", 1, ""},
			{"placeOrder", "api:default/orders-api#placeOrder", 1, ""},
			{"/baskets/{basketId}", "api:default/orders-api#getBasket", 2, ""},
			{"GET /orders", "api:default/orders-api#listOrders", 1, ""},
			{"DELETE /sessions", "api:default/accounts-api#signOut", 1, ""},
			{"capturePayment", "api:default/payments-api#capturePayment", 1, ""},
			{"capture payment", "api:default/payments-api#capturePayment", 1, ""},
			{"authorise payment", "api:default/payments-api#authorisePayment", 1, ""},
			{"orders.placed.v1", "api:default/order-events#publishPlaced", 1, ""},
			{"Stock.Reserve", "api:default/stock-api#Stock.Reserve", 1, ""},
			{"query suggest", "api:default/search-api#query.suggest", 1, ""},
			{"list consents", "api:default/accounts-api#listConsents", 1, ""},
			{"getordr", "api:default/orders-api#getOrder", 2, ""},
		},
		"APIs": {
			{"stock api", "api:default/stock-api", 1, ""},
			{"graphql", "api:default/search-api", 2, ""},
			{"swagger", "api:default/accounts-api", 2, ""},
			{"asyncapi", "api:default/order-events", 2, ""},
			{"grpc api", "api:default/stock-api", 2, ""},
			{"accountsapi", "api:default/accounts-api", 1, ""},
		},
		"actions": {
			{"catalog", "nav:catalog.list", 1, ""},
			{"explore", "nav:catalog.explore", 1, ""},
			{"problems", "nav:catalog.problems", 1, ""},
			{"register", "catalog.register", 1, ""},
			{"api keys", "auth.keys", 1, ""},
			{"sign in", "auth.signin", 3, ""},
			{"settings", "auth.settings", 1, ""},
			{"agents", "agent.settings", 1, ""},
			{"model context protocol", "agent.settings", 2, ""},
		},
	}
}

// The least mean reciprocal rank, and share of questions whose answer stands
// where it must: just under what is reached.
const (
	leastMRR = 0.955
	leastHit = 0.985
)

// TestRelevance asks the portal of the demo company.
func TestRelevance(t *testing.T) {
	t.Parallel()
	p := start(t).As(t, "user:default/ines")
	settled(t, p)
	asked, met, sum := 0, 0, 0.0
	for name, list := range pairs() {
		group, groupMet := 0, 0
		for _, pair := range list {
			ids := answers(t, p, pair.q)
			if pair.never != "" && slices.ContainsFunc(ids[:min(10, len(ids))], func(id string) bool { return strings.HasSuffix(id, pair.never) }) {
				t.Errorf("%s: %q finds %s among %v", name, pair.q, pair.never, ids[:min(10, len(ids))])
			}
			if pair.want == "" {
				continue
			}
			group++
			at := slices.Index(ids, pair.want)
			if at >= 0 {
				sum += 1 / float64(at+1)
			}
			if at >= 0 && at < pair.within {
				groupMet++
				continue
			}
			t.Logf("%s: %q has %s at place %d, want %d at most; first are %v", name, pair.q, pair.want, at+1, pair.within, ids[:min(5, len(ids))])
		}
		t.Logf("%s: %d of %d", name, groupMet, group)
		asked, met = asked+group, met+groupMet
	}
	mrr, hit := sum/float64(asked), float64(met)/float64(asked)
	t.Logf("%d questions: mean reciprocal rank %.3f, %.1f %% where they must be", asked, mrr, 100*hit)
	if asked < 100 || mrr < leastMRR || hit < leastHit {
		t.Errorf("%d questions: mean reciprocal rank %.3f, want %.3f; %.3f where they must be, want %.3f", asked, mrr, leastMRR, hit, leastHit)
	}
}

// answers returns the IDs of what is found, in order.
func answers(t *testing.T, p *portaltest.Portal, q string) []string {
	t.Helper()
	res := p.Get(t, "/api/search/documents?limit=50&q="+url.QueryEscape(q))
	var found struct {
		Items []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(res.Body), &found); err != nil || res.Status != http.StatusOK {
		t.Fatalf("%q: %d %v\n%s", q, res.Status, err, res.Body)
	}
	ids := make([]string, len(found.Items))
	for i, item := range found.Items {
		ids[i] = item.ID
	}
	return ids
}

// settled waits until the whole company is in the index.
func settled(t *testing.T, p *portaltest.Portal) {
	t.Helper()
	for t.Context().Err() == nil {
		body := p.Get(t, "/api/search/documents?q=portal-tools").Body
		if strings.Contains(body, `"api:default/portal-tools"`) && strings.Contains(body, `"behind":false`) {
			return
		}
	}
}
