// SPDX-License-Identifier: Apache-2.0

package search

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/callboard/callboard/portal/module"
)

// Action is something that people do in the portal: a page to open, a form to
// fill. Modules contribute actions with module.Contribute; the entries of the
// navigation are actions already.
type Action struct {
	// ID is unique in the portal, as module.name.
	ID string
	// Title says what is done: "Register a location".
	Title string
	// Text says more in a sentence.
	Text string
	// Names are other words for it: they are found as the title is.
	Names []string
	// Icon is the name of an icon; empty is a general one.
	Icon string
	// Route is the name of the route that it leads to, without variables.
	Route string
	// Setting says that it is a page of settings, which are a group of their own.
	Setting bool
	// Permission, unless empty, is what it needs: nobody else finds it.
	Permission string
}

// Key returns the action's ID.
func (a Action) Key() string { return a.ID }

// The types of actions.
const (
	TypeAction  = "action"
	TypeSetting = "setting"
)

// May says what the caller in a context may do; a permission.Checker does.
type May interface {
	May(ctx context.Context, permission string) bool
}

// Actions is the source of actions: of the entries of a portal's navigation, and
// of what modules contribute.
type Actions struct {
	portal  module.Portal
	actions []Action
	urls    module.URLs
	may     May

	mu      sync.Mutex
	known   []Action // once the portal is composed
	version string
}

var _ Source = (*Actions)(nil)

// NewActions returns the source. It asks the portal for its modules when it is
// first asked itself, since all of them are there only then.
func NewActions(portal module.Portal, actions []Action, urls module.URLs, may May) *Actions {
	return &Actions{portal: portal, actions: actions, urls: urls, may: may}
}

// Name returns "portal".
func (a *Actions) Name() string { return "portal" }

// Version tells one set of actions from another.
func (a *Actions) Version() string {
	all := a.all()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.version != "" {
		return a.version
	}
	docs, err := a.documents(all)
	if err != nil {
		return "none"
	}
	content, err := json.Marshal(docs)
	if err != nil {
		panic("search: documents are plain data: " + err.Error())
	}
	sum := sha256.Sum256(content)
	version := hex.EncodeToString(sum[:8])
	if a.known != nil {
		a.version = version
	}
	return version
}

// Types returns actions and settings.
func (a *Actions) Types() []Type {
	return []Type{
		{ID: TypeAction, Title: "Actions", Icon: "bolt", Order: 20, Weight: 5},
		{ID: TypeSetting, Title: "Settings", Icon: "settings", Order: 1000},
	}
}

// List returns all actions at once: there are few.
func (a *Actions) List(context.Context, string, int) (Listing, error) {
	all := a.all()
	if all == nil {
		return Listing{}, errors.New("search: the portal is not composed, so its actions are not known")
	}
	docs, err := a.documents(all)
	return Listing{Documents: docs}, err
}

// all returns the actions, those of the navigation first.
func (a *Actions) all() []Action {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known == nil {
		if modules := a.portal.Modules(); len(modules) > 0 {
			a.known = append(navigation(modules), a.actions...)
		}
	}
	return a.known
}

func navigation(modules []module.Module) []Action {
	var list []Action
	for _, m := range modules {
		nav, ok := m.(module.Navigator)
		if !ok {
			continue
		}
		for _, item := range nav.Nav() {
			if item.Route != "" {
				list = append(list, Action{
					ID: "nav:" + item.ID, Title: item.Label, Icon: item.Icon, Route: item.Route, Permission: item.Permission, Text: item.Section,
					Setting: item.Section == module.SectionAdministration,
				})
			}
		}
	}
	return list
}

const (
	factNeeds = "needs"
	factOpen  = "open"
)

func (a *Actions) documents(all []Action) ([]Document, error) {
	var docs []Document
	for _, act := range all {
		location, err := a.urls.URL(act.Route)
		if err != nil {
			return nil, fmt.Errorf("search: the action %s: %w", act.ID, err)
		}
		guard := Fact{Field: factOpen}
		if act.Permission != "" {
			guard = Fact{Field: factNeeds, Value: act.Permission}
		}
		d := Document{
			ID: act.ID, Type: TypeAction, Title: act.Title, Text: act.Text, Names: act.Names, Icon: act.Icon, Location: location,
			Hint: act.Text, Guards: []Fact{guard},
		}
		if act.Setting {
			d.Type = TypeSetting
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// Sight is what needs nothing, or what the caller has.
func (a *Actions) Sight(ctx context.Context) (Filter, error) {
	either := Any{Has{Field: factOpen}}
	var asked []string
	for _, act := range a.all() {
		if act.Permission != "" && !slices.Contains(asked, act.Permission) {
			asked = append(asked, act.Permission)
			if a.may.May(ctx, act.Permission) {
				either = append(either, Has{factNeeds, act.Permission})
			}
		}
	}
	return either, nil
}

// Visible holds for actions that there are and that the caller may take.
func (a *Actions) Visible(ctx context.Context, hits []Hit) ([]bool, error) {
	needs := map[string]string{}
	for _, act := range a.all() {
		needs[act.ID] = act.Permission
	}
	ok := make([]bool, len(hits))
	for i, h := range hits {
		need, there := needs[h.ID]
		ok[i] = there && (need == "" || a.may.May(ctx, need))
	}
	return ok, nil
}
