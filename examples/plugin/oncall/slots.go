// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// The slots below are drawn on pages of others. Each is drawn with a deadline,
// a size limit and a recover: one that fails becomes an error card, and the
// page stays.

// rotaOf returns the name of the rota that the entity is, or is covered by.
func rotaOf(e *catalog.Entity) string {
	if isRota(e) {
		return strings.TrimPrefix(e.Metadata.Name, rotaPrefix)
	}
	return e.Annotation(Annotation)
}

// concerned says on which entities the slots appear. It is asked for each
// entity page, so it looks at the entity alone.
func concerned(e *catalog.Entity) bool { return rotaOf(e) != "" }

func isRota(e *catalog.Entity) bool { return e.Ref().Kind == "resource" && e.Type() == rotaType }

// Card is on the overview of an entity: who answers for it now.
func (w *Web) Card() entitypage.Card {
	return entitypage.Card{ID: "oncall.now", Title: "On call", Order: 250, Width: 4, For: concerned, Render: w.card}
}

// Tab is a page of an entity: the turns to come.
func (w *Web) Tab() entitypage.Tab {
	return entitypage.Tab{ID: "oncall", Title: "On call", Order: 500, For: concerned, Render: w.tab}
}

// Action is a button in the head of a rota's page.
func (w *Web) Action() entitypage.Action {
	return entitypage.Action{
		ID: "oncall.refresh", Label: "Read roster again", Icon: "clock", Post: true, For: isRota,
		URL: func(req entitypage.Request) string {
			to, err := w.ui.URL("oncall.refresh")
			if err != nil || !w.may.May(req.HTTP.Context(), mayRefresh) {
				return "" // no button
			}
			return to
		},
	}
}

// HomeCard is on the first page: who is on call for what.
func (w *Web) HomeCard() module.HomeCard {
	return module.HomeCard{ID: "oncall.now", Title: "On call now", Order: 250, Width: 4, Render: w.homeCard}
}

// slotView is the body of card and tab: of the rota, or why there is none.
type slotView struct {
	Missing *ui.Empty
	Facts   ui.KV
	Columns []ui.Column
	Turns   []turnRow
}

type turnRow struct {
	Person ui.Link
	Turn   Turn
	Now    bool
}

func (w *Web) card(req entitypage.Request) (template.HTML, error) {
	if !w.may.May(req.HTTP.Context(), mayRead) {
		return "", nil // a card without content is left out
	}
	v, rota, err := w.find(req)
	if err != nil || v.Missing != nil {
		return w.draw(req, "card.html", v, err)
	}
	people, err := w.linksTo(req.HTTP.Context(), rota)
	if err != nil {
		return "", err
	}
	turn := rota.At(w.opts.Now())
	person, next := people[turn.Person], people[rota.At(turn.To).Person]
	v.Facts = ui.KV{
		{Label: "Now", Text: person.Title, URL: person.URL},
		{Label: "Hands over", Time: turn.To},
		{Label: "Next", Text: next.Title, URL: next.URL},
		{Label: "Channel", Text: rota.Channel, Mono: true, Copy: true},
	}
	return w.draw(req, "card.html", v, nil)
}

func (w *Web) tab(req entitypage.Request) (template.HTML, error) {
	if err := w.may.Require(req.HTTP.Context(), mayRead); err != nil {
		return "", err
	}
	v, rota, err := w.find(req)
	if err != nil || v.Missing != nil {
		return w.draw(req, "tab.html", v, err)
	}
	people, err := w.linksTo(req.HTTP.Context(), rota)
	if err != nil {
		return "", err
	}
	now := w.opts.Now()
	v.Columns = []ui.Column{{Title: "Person"}, {Title: "From"}, {Title: "To"}}
	for n, t := range rota.Turns(now, now.Add(w.opts.Settings.Horizon)) {
		v.Turns = append(v.Turns, turnRow{Person: people[t.Person], Turn: t, Now: n == 0})
	}
	return w.draw(req, "tab.html", v, nil)
}

// find looks up the rota of the page's entity.
func (w *Web) find(req entitypage.Request) (slotView, Rota, error) {
	rotas, err := w.store.Rotas(req.HTTP.Context())
	if err != nil {
		return slotView{}, Rota{}, err
	}
	name := rotaOf(req.Entity)
	var known []string
	for _, r := range rotas {
		if strings.EqualFold(r.Name, name) { // as references are
			return slotView{}, r, nil
		}
		known = append(known, r.Name)
	}
	text := "The roster names none."
	if len(known) > 0 {
		text = "The roster has " + strings.Join(known, ", ") + ". Mend the annotation " + Annotation + "."
	}
	return slotView{Missing: &ui.Empty{Icon: "clock", Title: "No rota " + strconv.Quote(name), Text: text}}, Rota{}, nil
}

func (w *Web) draw(req entitypage.Request, name string, v slotView, err error) (template.HTML, error) {
	if err != nil {
		return "", err
	}
	return w.pages.Fragment(req.HTTP, name, v)
}

// homeCard is left out while there is nothing to say.
func (w *Web) homeCard(r *http.Request) (template.HTML, error) {
	if !w.may.May(r.Context(), mayRead) {
		return "", nil
	}
	rotas, err := w.store.Rotas(r.Context())
	if err != nil || len(rotas) == 0 {
		return "", err
	}
	people, err := w.linksTo(r.Context(), rotas...)
	if err != nil {
		return "", err
	}
	reader := callboard.IdentityFrom(r.Context()).Subject
	var v slotView
	for _, rota := range rotas {
		turn := rota.At(w.opts.Now())
		person := people[turn.Person]
		fact := ui.KVItem{Label: rota.Title, Text: person.Title, URL: person.URL}
		if reader == catalog.NewRef("user", "", turn.Person).String() {
			fact.Chips = []ui.Chip{{Tone: ui.Run, Text: "that is you"}}
		}
		v.Facts = append(v.Facts, fact)
	}
	return w.pages.Fragment(r, "card.html", v)
}

// turnWords says how long a turn is.
func turnWords(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == 7*day:
		return "a week"
	case d == day:
		return "a day"
	case d%day == 0:
		return strconv.Itoa(int(d/day)) + " days"
	default:
		return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
	}
}
