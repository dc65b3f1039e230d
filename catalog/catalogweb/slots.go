// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"slices"
	"sync"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/slot"
	"github.com/callboard/callboard/portal/ui"
)

// addOwnSlots adds the built-in tabs and cards to those of other modules and
// puts all in order.
func (w *Web) addOwnSlots() error {
	w.opts.Tabs = append(w.ownTabs(), w.opts.Tabs...)
	w.opts.Cards = append(w.ownCards(), w.opts.Cards...)
	w.opts.Actions = slices.Clone(w.opts.Actions)
	slices.SortStableFunc(w.opts.Tabs, func(a, b entitypage.Tab) int { return cmp.Compare(a.Order, b.Order) })
	slices.SortStableFunc(w.opts.Cards, func(a, b entitypage.Card) int { return cmp.Compare(a.Order, b.Order) })
	slices.SortStableFunc(w.opts.Actions, func(a, b entitypage.Action) int { return cmp.Compare(a.Order, b.Order) })
	var errs []error
	seen := map[string]bool{}
	for _, id := range w.slotIDs() {
		if seen[id] {
			errs = append(errs, fmt.Errorf("catalogweb: two slots of the entity page have the ID %q", id))
		}
		seen[id] = true
	}
	return errors.Join(errs...)
}

func (w *Web) slotIDs() []string {
	var ids []string
	for _, t := range w.opts.Tabs {
		ids = append(ids, "tab "+t.ID)
	}
	for _, c := range w.opts.Cards {
		ids = append(ids, "card "+c.ID)
	}
	for _, a := range w.opts.Actions {
		ids = append(ids, "action "+a.ID)
	}
	return ids
}

// matches reports whether a slot appears; a matcher that panics hides it.
func (w *Web) matches(id string, m entitypage.Matcher, e *catalog.Entity) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			w.opts.Logger.Error("catalogweb: a slot's matcher panicked", "slot", id, "panic", r)
			ok = false
		}
	}()
	return m == nil || m(e)
}

// cards draws the overview: every card at once, each in its own time.
func (w *Web) cards(req entitypage.Request) []ui.Card {
	var chosen []entitypage.Card
	for _, c := range w.opts.Cards {
		if w.matches(c.ID, c.For, req.Entity) {
			chosen = append(chosen, c)
		}
	}
	drawn := make([]ui.Card, len(chosen))
	var all sync.WaitGroup
	for i, c := range chosen {
		all.Go(func() { drawn[i] = w.card(req, c) })
	}
	all.Wait()
	return slices.DeleteFunc(drawn, func(c ui.Card) bool { return c.Body == "" && c.Problem == nil })
}

func (w *Web) card(req entitypage.Request, c entitypage.Card) ui.Card {
	card := ui.Card{ID: "card-" + c.ID, Title: c.Title, Width: c.Width, Flush: c.Flush}
	var more ui.Link
	html, err := w.draw(func(req entitypage.Request) (template.HTML, error) {
		if c.More != nil {
			more = c.More(req)
		}
		return c.Render(req)
	}, req)
	if callboard.Refused(err) {
		return ui.Card{} // it is not for this reader
	}
	if err != nil {
		card.Problem = w.slotProblem(req, c.ID, err)
		return card
	}
	card.Body, card.More = html, more
	return card
}

// draw runs one slot with a deadline, a recover and a size limit.
func (w *Web) draw(render entitypage.RenderFunc, req entitypage.Request) (template.HTML, error) {
	return slot.Draw(req.HTTP.Context(), w.opts.SlotTimeout, func(ctx context.Context) (template.HTML, error) {
		req.HTTP = req.HTTP.WithContext(ctx)
		return render(req)
	})
}

// slotProblem logs why a slot failed, unless the reader left, and returns what
// is seen instead.
func (w *Web) slotProblem(req entitypage.Request, id string, err error) *ui.Problem {
	requestID := httpx.RequestIDFrom(req.HTTP.Context())
	level := slog.LevelError
	if errors.Is(err, context.Canceled) {
		level = slog.LevelDebug
	}
	w.opts.Logger.Log(req.HTTP.Context(), level, "catalogweb: slot failed", "slot", id, "entity", req.Entity.Ref(), "request", requestID, "error", err)
	return &ui.Problem{Title: "This could not be drawn", Text: callboard.MessageOf(err), ID: requestID, Retry: req.HTTP.URL.RequestURI()}
}
