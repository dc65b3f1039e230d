// SPDX-License-Identifier: Apache-2.0

package standard

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

// The topics of the catalog, and what people can follow.
const (
	topicChange   = "catalog.change"
	topicProblem  = "catalog.problem"
	followEntity  = "entity"
	catalogOrigin = "catalog"
)

// followPackage tells people what happens to entities that they follow, and to
// those of their teams.
func followPackage(i do.Injector) {
	for _, t := range []notify.Topic{
		{ID: topicChange, Title: "Changes of what you follow", Description: "When an entity that you follow is changed, deleted or restored."},
		{ID: topicProblem, Title: "Problems of what you own or follow", Description: "When something is wrong with how an entity is declared.", Permission: catalog.MayReadProblem},
	} {
		module.Contribute(i, func(do.Injector) (notify.Topic, error) { return t, nil })
	}
	module.Contribute(i, func(i do.Injector) (notify.SubscriptionKind, error) {
		store, err := do.Invoke[catalog.Store](i)
		if err != nil {
			return notify.SubscriptionKind{}, err
		}
		urls, err := do.Invoke[module.URLs](i)
		return entityKind(store, urls), err
	})
	module.Contribute(i, func(i do.Injector) (entitypage.Action, error) {
		service, err := do.Invoke[*notify.Service](i)
		if err != nil {
			return entitypage.Action{}, err
		}
		urls, err := do.Invoke[module.URLs](i)
		return followAction(service, urls), err
	})
	module.Provide(i, newWatcher)
}

// entityKind is following an entity. The key is its reference.
func entityKind(store catalog.Reader, urls module.URLs) notify.SubscriptionKind {
	return notify.SubscriptionKind{ID: followEntity, Title: "Entities", Describe: func(ctx context.Context, key string) (ui.Link, error) {
		ref, err := catalog.ParseRef(key, catalog.Ref{})
		if err != nil {
			return ui.Link{}, err
		}
		records, err := store.Records(ctx, []catalog.Ref{ref})
		if err != nil {
			return ui.Link{}, err
		}
		if !records[0].Found() || ref.String() != key {
			return ui.Link{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no entity " + ref.String()}
		}
		e, err := records[0].Entity()
		if err != nil {
			return ui.Link{}, err
		}
		return ui.Link{Title: e.DisplayName(), URL: entityLink(urls, ref)}, nil
	}}
}

func entityLink(urls module.URLs, ref catalog.Ref) string {
	to, err := urls.URL("catalog.entity", "namespace", ref.Namespace, "kind", ref.Kind, "name", ref.Name)
	if err != nil {
		return ""
	}
	return to
}

// followAction is the button of an entity's page.
func followAction(service *notify.Service, urls module.URLs) entitypage.Action {
	return entitypage.Action{ID: "notify.follow", Order: 100, Button: func(req entitypage.Request) ui.Action {
		ctx := req.HTTP.Context()
		person, key := callboard.IdentityFrom(ctx).Subject, req.Entity.Ref().String()
		to, err := urls.URL("notify.follow")
		if err != nil || person == "" {
			return ui.Action{}
		}
		on, err := service.Subscribed(ctx, person, followEntity, key)
		if err != nil {
			return ui.Action{}
		}
		button := ui.Action{Label: "Follow", Icon: "bell", Post: true, URL: to, Fields: []ui.Hidden{
			{Name: "kind", Value: followEntity}, {Name: "key", Value: key}, {Name: "next", Value: req.HTTP.URL.RequestURI()}, {Name: "state", Value: "on"},
		}}
		if on {
			button.Label, button.Fields[3].Value = "Unfollow", "off"
		}
		return button
	}}
}

// How often the catalog is looked at, what of it at once.
const (
	watchEvery    = time.Second
	problemsEvery = 5 // times as seldom
	watchBatch    = 200
)

// The names of how far the watcher has come.
const (
	changeCursor  = "catalog.change"
	problemCursor = "catalog.problem"
)

// watchedCatalog is what the watcher reads.
type watchedCatalog interface {
	catalog.HistoryReader
	catalog.ProblemReader
}

// watcher reads what changed in the catalog and sends it. How far it came is
// stored with what it sends, so that nothing is told twice or not at all. One
// process of many does.
type watcher struct {
	catalog watchedCatalog
	notify  *notify.Service
	leader  catalog.Leader
	urls    module.URLs
	log     *slog.Logger

	stop  context.CancelFunc
	ended sync.WaitGroup
}

func newWatcher(i do.Injector) (*watcher, error) {
	all, err := do.Invoke[catalog.Unguarded](i)
	if err != nil {
		return nil, err
	}
	w := &watcher{catalog: all, stop: func() {}}
	if w.notify, err = do.Invoke[*notify.Service](i); err != nil {
		return nil, err
	}
	if w.leader, err = do.Invoke[*sqldb.DB](i); err != nil {
		return nil, err
	}
	if w.urls, err = do.Invoke[module.URLs](i); err != nil {
		return nil, err
	}
	if w.log, err = do.Invoke[*slog.Logger](i); err != nil {
		return nil, err
	}
	// Before anything is started that changes the catalog.
	return w, w.begin(context.Background())
}

// Start begins to watch.
func (w *watcher) Start(ctx context.Context) error {
	ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	w.ended.Go(func() {
		if err := w.leader.Lead(ctx, "catalog_watch", w.watch); err != nil && ctx.Err() == nil {
			w.log.Error("standard: the catalog is not watched", "error", err)
		}
	})
	return nil
}

// Close ends the watching.
func (w *watcher) Close() error {
	w.stop()
	w.ended.Wait()
	return nil
}

// begin stores where the catalog stands, the first time.
func (w *watcher) begin(ctx context.Context) error {
	_, known, err := w.notify.Cursor(ctx, changeCursor)
	if err != nil || known {
		return err
	}
	last, err := w.catalog.Versions(ctx, catalog.Ref{}, 0, 1)
	if err != nil {
		return err
	}
	at := int64(0)
	if len(last) > 0 {
		at = last[0].Number
	}
	problem := int64(0)
	for {
		found, _, err := w.catalog.Problems(ctx, catalog.ProblemQuery{After: problem, Limit: watchBatch})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			break
		}
		problem = found[len(found)-1].ID
	}
	return w.notify.InTx(ctx, func(tx *sql.Tx) error {
		if err := w.notify.SetCursor(ctx, tx, changeCursor, at); err != nil {
			return err
		}
		return w.notify.SetCursor(ctx, tx, problemCursor, problem)
	})
}

func (w *watcher) watch(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		feeds := []func(context.Context) (bool, error){w.changes}
		if n%problemsEvery == 0 {
			feeds = append(feeds, w.problems)
		}
		for _, feed := range feeds {
			if err := drain(ctx, feed); err != nil && ctx.Err() == nil {
				w.log.Error("standard: what changed in the catalog could not be told", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// drain calls the feed until there is no more.
func drain(ctx context.Context, feed func(context.Context) (bool, error)) error {
	for ctx.Err() == nil {
		if more, err := feed(ctx); err != nil || !more {
			return err
		}
	}
	return nil
}

// changes sends what a batch of versions is to those who follow, and reports
// whether there may be more.
func (w *watcher) changes(ctx context.Context) (more bool, err error) {
	at, _, err := w.notify.Cursor(ctx, changeCursor)
	if err != nil {
		return false, err
	}
	versions, err := w.catalog.Changes(ctx, at, watchBatch)
	if err != nil || len(versions) == 0 {
		return false, err
	}
	var all []notify.Notification
	for _, v := range versions {
		followers, err := w.notify.Subscribers(ctx, followEntity, v.Ref.String(), v.Cause.Time)
		if err != nil {
			return false, err
		}
		n, worth := w.told(v)
		if worth {
			all = append(all, each(n, followers)...)
		}
	}
	return len(versions) == watchBatch, w.send(ctx, all, changeCursor, versions[len(versions)-1].Number)
}

// each is a notification for many people, in parts that can be sent.
func each(n notify.Notification, people []string) (out []notify.Notification) {
	for part := range slices.Chunk(people, notify.MaxTo) {
		n.To = part
		out = append(out, n)
	}
	return out
}

func (w *watcher) send(ctx context.Context, all []notify.Notification, cursor string, at int64) error {
	return w.notify.InTx(ctx, func(tx *sql.Tx) error {
		for _, n := range all {
			if err := w.notify.Send(ctx, tx, n); err != nil {
				return err
			}
		}
		return w.notify.SetCursor(ctx, tx, cursor, at)
	})
}

// did says what an operation is.
var did = map[catalog.Op]string{
	catalog.OpCreate: "was created", catalog.OpUpdate: "was changed", catalog.OpDelete: "was deleted", catalog.OpRestore: "was restored",
}

// told is what there is to say of a version, and whether that is anything: a
// change of relations alone is not. It names fields and no values.
func (w *watcher) told(v catalog.Version) (notify.Notification, bool) {
	doc := v.JSON
	if doc == nil {
		doc = v.Previous
	}
	e, err := catalog.Record{JSON: doc}.Entity()
	if err != nil {
		return notify.Notification{}, false
	}
	n := notify.Notification{
		Topic: topicChange, Origin: catalogOrigin, Scope: aboutEntity + v.Ref.String(), About: aboutEntity + v.Ref.String(),
		Title: e.DisplayName() + " " + did[v.Op], Link: entityLink(w.urls, v.Ref),
	}
	if v.Op == catalog.OpDelete {
		n.Severity = notify.High
	}
	var lines []string
	if v.Op == catalog.OpUpdate {
		fields := changedFields(v.Previous, v.JSON)
		if len(fields) == 0 {
			return n, false
		}
		lines = append(lines, "Changed: "+strings.Join(fields, ", ")+".")
	}
	if v.Cause.Actor != "" {
		n.Except = []string{v.Cause.Actor}
		lines = append(lines, "By "+v.Cause.Actor+".")
	}
	n.Text = strings.Join(lines, "\n")
	return n, true
}

// maxFields is how many fields a text names.
const maxFields = 8

// changedFields returns the names of the fields of metadata and spec that
// differ, sorted.
func changedFields(before, after []byte) []string {
	var was, is struct{ Metadata, Spec map[string]any }
	if json.Unmarshal(before, &was) != nil || json.Unmarshal(after, &is) != nil {
		return nil
	}
	names := map[string]bool{}
	for _, part := range []struct {
		name    string
		was, is map[string]any
	}{{"", was.Metadata, is.Metadata}, {"spec.", was.Spec, is.Spec}} {
		for _, side := range []map[string]any{part.was, part.is} {
			for name := range side {
				if !reflect.DeepEqual(part.was[name], part.is[name]) {
					names[part.name+name] = true
				}
			}
		}
	}
	delete(names, "etag")
	delete(names, "uid")
	fields := slices.Sorted(maps.Keys(names))
	if len(fields) > maxFields {
		fields = append(fields[:maxFields], fmt.Sprintf("and %d more", len(fields)-maxFields))
	}
	return fields
}

// problems sends what is newly wrong: to owners once for all that is theirs, to
// those who follow for each entity.
func (w *watcher) problems(ctx context.Context) (more bool, err error) {
	at, _, err := w.notify.Cursor(ctx, problemCursor)
	if err != nil {
		return false, err
	}
	found, _, err := w.catalog.Problems(ctx, catalog.ProblemQuery{After: at, Limit: watchBatch})
	if err != nil || len(found) == 0 {
		return false, err
	}
	var all []notify.Notification
	byOwner := map[string][]catalog.Problem{}
	for _, p := range found {
		if p.Owner != "" {
			byOwner[p.Owner] = append(byOwner[p.Owner], p)
		}
		if p.Entity == "" {
			continue
		}
		followers, err := w.notify.Subscribers(ctx, followEntity, p.Entity, p.FirstSeen)
		if err != nil {
			return false, err
		}
		n := w.problem(p)
		n.Scope = "follow:" + p.Entity
		all = append(all, each(n, followers)...)
	}
	for _, owner := range slices.Sorted(maps.Keys(byOwner)) {
		n := w.problem(byOwner[owner][0])
		if many := len(byOwner[owner]); many > 1 {
			// It names none of them, since not everybody of the group may see all.
			n.Title, n.Text, n.About = fmt.Sprintf("%d new problems in what %s owns", many, nameOf(owner)), "", ""
			n.Link = w.link("catalog.problems")
		}
		n.To, n.Scope = []string{owner}, "owner:"+owner
		all = append(all, n)
	}
	return len(found) == watchBatch, w.send(ctx, all, problemCursor, found[len(found)-1].ID)
}

// problem is a notification of a problem, for nobody yet.
func (w *watcher) problem(p catalog.Problem) notify.Notification {
	n := notify.Notification{
		Topic: topicProblem, Origin: catalogOrigin, About: fmt.Sprintf("%s%d", aboutProblem, p.ID),
		Title: "Something is wrong with " + p.Location, Link: w.link("catalog.problems"),
	}
	if ref, err := catalog.ParseRef(p.Entity, catalog.Ref{}); err == nil {
		n.Title, n.Link = "Something is wrong with "+ref.Name, entityLink(w.urls, ref)
	}
	n.Text = p.Message
	if p.Remedy != "" {
		n.Text += "\n" + p.Remedy
	}
	if p.Severity == catalog.SeverityError {
		n.Severity = notify.High
	}
	return n
}

func (w *watcher) link(route string) string {
	to, err := w.urls.URL(route)
	if err != nil {
		return ""
	}
	return to
}

// nameOf is the name of what a reference names.
func nameOf(text string) string {
	ref, err := catalog.ParseRef(text, catalog.Ref{})
	if err != nil {
		return text
	}
	return ref.Name
}
