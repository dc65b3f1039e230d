// SPDX-License-Identifier: Apache-2.0

package home_test

import (
	"errors"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/home"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// open draws the page for the reader.
func open(t *testing.T, id callboard.Identity, cards []module.HomeCard, opts *home.Options) string {
	t.Helper()
	u, err := ui.New(&ui.Options{Account: func(*http.Request) ui.Account { return ui.Account{Name: id.Name, URL: "/signin"} }})
	if err != nil {
		t.Fatal(err)
	}
	h, err := home.New(u, cards, opts)
	if err != nil {
		t.Fatal(err)
	}
	router := mux.NewRouter()
	h.Routes(router)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	w := httptest.NewRecorder()
	router.ServeHTTP(w, r.WithContext(callboard.WithIdentity(r.Context(), id)))
	if w.Code != http.StatusOK {
		t.Fatalf("GET / = %d:\n%s", w.Code, w.Body)
	}
	return w.Body.String()
}

// inOrder fails the test unless the parts stand in the page in their order.
func inOrder(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		i := strings.Index(page, part)
		if i < 0 {
			t.Fatalf("the page lacks %q, or has it earlier:\n%s", part, page)
		}
		page = page[i+len(part):]
	}
}

func card(id string, order, width int, body template.HTML, err error) module.HomeCard {
	return module.HomeCard{ID: id, Title: "Card " + id, Order: order, Width: width, Render: func(*http.Request) (template.HTML, error) { return body, err }}
}

func TestCards(t *testing.T) {
	t.Parallel()
	page := open(t, callboard.Identity{Subject: "user:default/ines", Name: "Ines Duarte"}, []module.HomeCard{
		card("side", 1, 0, "<p>at the side</p>", nil),
		card("late", 9, 8, "<p>second</p>", nil),
		card("main", 2, 8, "<p>first</p>", nil),
		card("wide", 5, 12, "<p>wide</p>", nil),
		card("silent", 3, 8, "", nil),
		card("broken", 10, 8, "", errors.New("secret cause")),
		{ID: "panics", Title: "Card panics", Order: 11, Width: 8, Render: func(*http.Request) (template.HTML, error) { panic("secret stack") }},
		{ID: "linked", Title: "Card linked", Order: 12, Width: 8, More: func(*http.Request) module.Link { return module.Link{Title: "All", URL: "/all"} }, Render: func(*http.Request) (template.HTML, error) { return "linked", nil }},
	}, &home.Options{Now: func() time.Time { return time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC) }})
	inOrder(t, page, "Good morning, Ines", "<p>wide</p>", "<p>first</p>", "<p>second</p>", `id="card-broken"`, "could not be drawn", `id="card-panics"`, "could not be drawn", `href="/all"`, "<p>at the side</p>")
	for _, not := range []string{"secret", "Card silent", "Sign in"} {
		if strings.Contains(page, not) {
			t.Errorf("the page says %q", not)
		}
	}
}

func TestLeads(t *testing.T) {
	t.Parallel()
	lead := func(id string, order int, text string, err error) module.HomeLead {
		return module.HomeLead{ID: id, Order: order, Text: func(*http.Request) (string, error) { return text, err }}
	}
	page := open(t, callboard.Identity{}, nil, &home.Options{Leads: []module.HomeLead{
		lead("b", 2, "Two <things> wait.", nil), lead("a", 1, "One is red.", nil), lead("c", 3, "lost", errors.New("no")),
		{ID: "d", Text: func(*http.Request) (string, error) { panic("no") }},
	}})
	inOrder(t, page, `class="lead"`, "One is red. Two &lt;things&gt; wait. Sign in")
	if strings.Contains(page, "lost") {
		t.Error("a sentence that failed is shown")
	}
}

func TestGuest(t *testing.T) {
	t.Parallel()
	page := open(t, callboard.Identity{}, nil, nil)
	inOrder(t, page, `href="/signin"`, "Sign in", "Nothing here yet")
}

// TestRefusedGuest shows that what is not for the reader is left out, and that
// a guest who may see nothing learns to sign in.
func TestRefusedGuest(t *testing.T) {
	t.Parallel()
	refused := module.HomeCard{ID: "a", Title: "Mine", Render: func(*http.Request) (template.HTML, error) {
		return "", &callboard.Error{Code: callboard.CodeUnauthenticated, Message: "sign in first"}
	}}
	page := open(t, callboard.Identity{}, []module.HomeCard{refused}, nil)
	inOrder(t, page, "Sign in to see anything", `href="/signin"`)
	drawn := module.HomeCard{ID: "b", Title: "Everybody's", Render: func(*http.Request) (template.HTML, error) { return "here", nil }}
	both := open(t, callboard.Identity{}, []module.HomeCard{refused, drawn}, nil)
	for _, page := range []string{page, both} {
		if strings.Contains(page, "could not be drawn") || strings.Contains(page, "Mine") {
			t.Error("a card that is not for the reader is shown")
		}
	}
	inOrder(t, both, "Everybody", "here")
}

func TestGreeting(t *testing.T) {
	t.Parallel()
	for hour, want := range map[int]string{4: "evening", 5: "morning", 11: "morning", 12: "afternoon", 17: "afternoon", 18: "evening"} {
		page := open(t, callboard.Identity{}, nil, &home.Options{Now: func() time.Time { return time.Date(2026, 11, 18, hour, 0, 0, 0, time.UTC) }})
		if !strings.Contains(page, "Good "+want) {
			t.Errorf("at %d the page does not say good %s", hour, want)
		}
	}
}
