// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/ui"
)

// historyShown is how many versions a page of the history has.
const historyShown = 20

// historyPage is the body of the history tab.
type historyPage struct {
	Events []ui.Event
	Older  string
	Newest string
	Empty  *ui.Empty
}

// historyTab lists what changed, when, why and through whom, the newest first,
// each with what it changed.
func (w *Web) historyTab(req entitypage.Request) (template.HTML, error) {
	before, _ := strconv.ParseInt(req.HTTP.URL.Query().Get("before"), 10, 64)
	page, err := w.history(req.HTTP, req.Entity.Ref(), before)
	if err != nil {
		return "", err
	}
	return w.pages.Fragment(req.HTTP, "history.html", page)
}

// history reads one page of an entity's versions.
func (w *Web) history(r *http.Request, ref catalog.Ref, before int64) (historyPage, error) {
	page := historyPage{}
	versions, err := w.store.Versions(r.Context(), ref, before, historyShown+1)
	if err != nil {
		return page, err
	}
	if len(versions) > historyShown {
		versions = versions[:historyShown]
		page.Older = fmt.Sprintf("%s?before=%d", w.tabURL(ref, "history"), versions[historyShown-1].Number)
	}
	if before != 0 {
		page.Newest = w.tabURL(ref, "history")
	}
	for _, v := range versions {
		event, err := w.historyEvent(r, v)
		if err != nil {
			return page, err
		}
		page.Events = append(page.Events, event)
	}
	if len(page.Events) == 0 {
		page.Empty = &ui.Empty{Icon: "history", Title: "No versions", Text: "Nothing older is kept."}
	}
	return page, nil
}

func (w *Web) historyEvent(r *http.Request, v catalog.Version) (ui.Event, error) {
	words := map[catalog.Op]string{
		catalog.OpCreate: "Created", catalog.OpUpdate: "Changed", catalog.OpDelete: "Deleted", catalog.OpRestore: "Restored",
	}
	tones := map[catalog.Op]ui.Tone{catalog.OpCreate: ui.OK, catalog.OpDelete: ui.Bad, catalog.OpRestore: ui.OK}
	event := ui.Event{At: v.Cause.Time, Title: words[v.Op], Tone: tones[v.Op], By: v.Cause.Actor, Text: causeText(v.Cause)}
	if v.Op == catalog.OpUpdate {
		event.Title = changeTitle(v)
	}
	before, err := yamlOrNone(v.Previous)
	if err != nil {
		return event, err
	}
	after, err := yamlOrNone(v.JSON)
	if err != nil {
		return event, err
	}
	if diff := ui.NewDiff("", before, after, 3); diff.Added+diff.Removed > 0 {
		if v.Op == catalog.OpUpdate {
			event.Title += fmt.Sprintf(", +%d −%d", diff.Added, diff.Removed)
		}
		event.Detail, err = w.pages.Fragment(r, "diff.html", diff)
	}
	return event, err
}

// fieldsNamed is how many changed fields the title of a change names.
const fieldsNamed = 3

// changeTitle names the fields that changed.
func changeTitle(v catalog.Version) string {
	var before, after map[string]any
	if json.Unmarshal(v.Previous, &before) != nil || json.Unmarshal(v.JSON, &after) != nil {
		return "Changed"
	}
	fields := changedFields(nil, "", before, after)
	switch {
	case len(fields) == 0:
		return "Relations changed"
	case len(fields) > fieldsNamed:
		return fmt.Sprintf("Changed %s and %s", strings.Join(fields[:fieldsNamed], ", "), count(len(fields)-fieldsNamed, "more field", "more fields"))
	}
	return "Changed " + strings.Join(fields, ", ")
}

// follows reports whether a field is not the author's.
func follows(field string) bool {
	return field == "metadata.etag" || field == "metadata.uid" || field == "relations"
}

// changedFields adds the paths of what differs, as deep as both are objects.
func changedFields(found []string, path string, before, after map[string]any) []string {
	keys := map[string]bool{}
	for _, m := range []map[string]any{before, after} {
		for k := range m {
			keys[k] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		at := strings.TrimPrefix(path+"."+k, ".")
		old, isOld := before[k].(map[string]any)
		now, isNow := after[k].(map[string]any)
		switch {
		case follows(at):
		case isOld && isNow:
			found = changedFields(found, at, old, now)
		case !reflect.DeepEqual(before[k], after[k]):
			found = append(found, at)
		}
	}
	return found
}

// causeText says where a change came from.
func causeText(c catalog.Cause) string {
	text := capital(c.Reason)
	if c.Location != "" {
		text += " of " + c.Location
	}
	if c.Provider != "" {
		text += " by provider " + c.Provider
	}
	return text
}

// yamlOrNone is what the author wrote of a version.
func yamlOrNone(json []byte) (string, error) {
	if len(json) == 0 {
		return "", nil
	}
	return yamlOf(json, "uid", "etag")
}
