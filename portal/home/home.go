// SPDX-License-Identifier: Apache-2.0

// Package home is the first page of a portal: a greeting, and the cards that
// modules contribute as [module.HomeCard], each drawn on its own.
//
// Start from [Package], which owns the path /.
package home

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/slot"
	"github.com/callboard/callboard/portal/ui"
)

//go:embed templates
var embedded embed.FS

// Home is the page. It is safe for concurrent use.
type Home struct {
	cards []module.HomeCard
	leads []module.HomeLead
	pages *ui.Templates
	ui    *ui.UI
	opts  Options
}

// Options is what [New] may be given; nil and zero fields mean the defaults.
type Options struct {
	// Leads are the sentences below the greeting.
	Leads []module.HomeLead
	// Now tells the time of day to greet by; nil means time.Now.
	Now func() time.Time
	// CardTimeout is how long one card may take; 0 means [slot.Timeout].
	CardTimeout time.Duration
	// Logger takes what cards fail with; nil discards.
	Logger *slog.Logger
}

// New returns the page with the cards in their order.
func New(u *ui.UI, cards []module.HomeCard, opts *Options) (*Home, error) {
	h := &Home{cards: slices.Clone(cards), ui: u}
	if opts != nil {
		h.opts = *opts
	}
	if h.opts.Now == nil {
		h.opts.Now = time.Now
	}
	if h.opts.CardTimeout == 0 {
		h.opts.CardTimeout = slot.Timeout
	}
	if h.opts.Logger == nil {
		h.opts.Logger = slog.New(slog.DiscardHandler)
	}
	h.leads = slices.Clone(h.opts.Leads)
	slices.SortStableFunc(h.leads, func(a, b module.HomeLead) int { return cmp.Compare(a.Order, b.Order) })
	slices.SortStableFunc(h.cards, func(a, b module.HomeCard) int { return cmp.Compare(a.Order, b.Order) })
	files, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	h.pages, err = u.Templates(files)
	return h, err
}

// ID returns "home".
func (h *Home) ID() string { return "home" }

// Prefixes returns the path of the page.
func (h *Home) Prefixes() []string { return []string{"/"} }

// Routes adds the page.
func (h *Home) Routes(r *mux.Router) {
	r.Handle("/", httpx.Handler(h.page)).Methods(http.MethodGet).Name("home.page")
}

// Nav returns the entry of the navigation.
func (h *Home) Nav() []module.NavItem {
	return []module.NavItem{{ID: "home.page", Label: "Home", Icon: "home", Route: "home.page", Order: 100}}
}

// homePage is the cards below a greeting.
type homePage struct {
	ui.Page
	// Wide are the cards that take the whole width; below them Main and Side
	// stand beside each other.
	Wide, Main, Side []ui.Card
	Empty            *ui.Empty
}

// place puts a card where its width belongs.
func (p *homePage) place(c ui.Card) {
	switch {
	case c.Width >= 12:
		p.Wide = append(p.Wide, c)
	case c.Width >= 6:
		p.Main = append(p.Main, c)
	default:
		p.Side = append(p.Side, c)
	}
}

func (h *Home) page(w http.ResponseWriter, r *http.Request) error {
	id := callboard.IdentityFrom(r.Context())
	page := homePage{Page: ui.Page{Title: "Home", Heading: h.greeting(id), Active: "home.page"}}
	var lead sync.WaitGroup
	lead.Go(func() { page.Lead = h.lead(r) })
	cards := h.draw(r)
	lead.Wait()
	for _, c := range cards {
		page.place(c)
	}
	if account := h.ui.Account(r); !id.SignedIn() && account.URL != "" {
		page.Actions = []ui.Action{{Label: "Sign in", Icon: "user", URL: account.URL, Primary: true}}
		page.Lead = strings.TrimSpace(page.Lead + " Sign in, and this page is about what you and your teams own.")
	}
	switch {
	case len(cards) == 0 && len(h.cards) > 0 && len(page.Actions) > 0:
		page.Empty = &ui.Empty{Icon: "lock", Title: "Sign in to see anything", Text: "This portal shows nothing to guests.", Action: &page.Actions[0]}
		page.Actions, page.Lead = nil, ""
	case len(cards) == 0:
		page.Empty = &ui.Empty{Icon: "home", Title: "Nothing here yet", Text: "Modules put cards on this page; none of them has anything to say."}
	}
	return h.pages.Page(w, r, "home.html", page)
}

// lead draws the sentences; what fails is logged and left out.
func (h *Home) lead(r *http.Request) string {
	var all []string
	for _, l := range h.leads {
		text, err := slot.Draw(r.Context(), h.opts.CardTimeout, func(ctx context.Context) (template.HTML, error) {
			text, err := l.Text(r.WithContext(ctx))
			return template.HTML(text), err //nolint:gosec // it is only ever written as text
		})
		if err != nil {
			h.failed(r, "sentence "+l.ID, err)
			continue
		}
		if text != "" {
			all = append(all, string(text))
		}
	}
	return strings.Join(all, " ")
}

func (h *Home) greeting(id callboard.Identity) string {
	hour := h.opts.Now().Hour()
	words := "Good evening"
	switch {
	case hour >= 5 && hour < 12:
		words = "Good morning"
	case hour >= 12 && hour < 18:
		words = "Good afternoon"
	}
	if first, _, _ := strings.Cut(id.Name, " "); first != "" {
		return words + ", " + first
	}
	return words
}

// draw draws every card at once; one that has nothing to say is left out.
func (h *Home) draw(r *http.Request) []ui.Card {
	drawn := make([]ui.Card, len(h.cards))
	var all sync.WaitGroup
	for i, c := range h.cards {
		all.Go(func() { drawn[i] = h.card(r, c) })
	}
	all.Wait()
	return slices.DeleteFunc(drawn, func(c ui.Card) bool { return c.Body == "" && c.Problem == nil })
}

func (h *Home) card(r *http.Request, c module.HomeCard) ui.Card {
	card := ui.Card{ID: "card-" + c.ID, Title: c.Title, Width: c.Width, Flush: c.Flush}
	var more ui.Link
	html, err := slot.Draw(r.Context(), h.opts.CardTimeout, func(ctx context.Context) (template.HTML, error) {
		r := r.WithContext(ctx)
		if c.More != nil {
			more = ui.Link(c.More(r))
		}
		return c.Render(r)
	})
	if callboard.Refused(err) {
		return ui.Card{} // it is not for this reader
	}
	if err != nil {
		id := httpx.RequestIDFrom(r.Context())
		h.failed(r, "card "+c.ID, err)
		card.Problem = &ui.Problem{Title: "This could not be drawn", Text: callboard.MessageOf(err), ID: id, Retry: r.URL.RequestURI()}
		return card
	}
	card.Body, card.More = html, more
	return card
}

// failed logs why a contribution could not be drawn, unless the reader left or
// may not see it.
func (h *Home) failed(r *http.Request, what string, err error) {
	level := slog.LevelError
	if errors.Is(err, context.Canceled) || callboard.Refused(err) {
		level = slog.LevelDebug
	}
	h.opts.Logger.Log(r.Context(), level, "home: "+what+" failed", "request", httpx.RequestIDFrom(r.Context()), "error", err)
}
