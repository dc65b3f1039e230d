// SPDX-License-Identifier: Apache-2.0

package notifyweb

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/notify"
)

// notificationJSON is a notification as the Backstage backend writes it.
type notificationJSON struct {
	ID      string      `json:"id"`
	User    *string     `json:"user"`
	Created time.Time   `json:"created"`
	Saved   time.Time   `json:"saved,omitzero"`
	Read    time.Time   `json:"read,omitzero"`
	Updated time.Time   `json:"updated,omitzero"`
	Origin  string      `json:"origin"`
	Payload payloadJSON `json:"payload"`
	// Count is how many notifications of the scope there were; ours.
	Count int `json:"count,omitempty"`
}

type payloadJSON struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Link        string `json:"link,omitempty"`
	Severity    string `json:"severity,omitempty"`
	Topic       string `json:"topic,omitempty"`
	Scope       string `json:"scope,omitempty"`
}

func newJSON(i notify.Item) notificationJSON {
	n := notificationJSON{
		ID: i.ID, User: &i.Recipient, Created: i.Created, Saved: i.Saved, Read: i.Read, Origin: i.Origin, Count: i.Times,
		Payload: payloadJSON{i.Title, i.Text, i.Link, string(i.Severity), i.Topic, i.Scope},
	}
	if i.Times > 1 {
		n.Updated = i.Updated
	}
	return n
}

func newJSONs(items []notify.Item) []notificationJSON {
	out := []notificationJSON{}
	for _, i := range items {
		out = append(out, newJSON(i))
	}
	return out
}

// maxOffset bounds how many items a request may pass over.
const maxOffset = 1_000_000

// apiQuery reads the parameters that the API's lists know.
func apiQuery(v url.Values) (q notify.Query, err error) {
	q = notify.Query{
		Read: flag(v.Get("read")), Saved: flag(v.Get("saved")), Topic: v.Get("topic"), Search: v.Get("search"),
		MinSeverity: notify.Severity(v.Get("minimumSeverity")),
	}
	for name, to := range map[string]*int{"offset": &q.Offset, "limit": &q.Limit} {
		if text := v.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 || n > maxOffset {
				return q, &callboard.Error{Code: callboard.CodeInvalid, Message: name + " is a number, 0 or more"}
			}
			*to = n
		}
	}
	if text := v.Get("createdAfter"); text != "" {
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if q.Since, err = time.Parse(layout, text); err == nil {
				break
			}
		}
		if err != nil {
			return q, &callboard.Error{Code: callboard.CodeInvalid, Message: "createdAfter is a time, such as 2026-03-01T12:00:00Z"}
		}
	}
	return q, nil
}

// list serves GET /api/notifications.
func (w *Web) list(rw http.ResponseWriter, r *http.Request) error {
	q, err := apiQuery(r.URL.Query())
	if err != nil {
		return err
	}
	items, err := w.p.Service.Inbox(r.Context(), subject(r.Context()), q)
	if err != nil {
		return err
	}
	total, err := w.p.Service.Count(r.Context(), subject(r.Context()), q)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusOK, struct {
		TotalCount    int                `json:"totalCount"`
		Notifications []notificationJSON `json:"notifications"`
	}{total, newJSONs(items)})
}

// one serves GET /api/notifications/{id}.
func (w *Web) one(rw http.ResponseWriter, r *http.Request) error {
	item, err := w.p.Service.Item(r.Context(), subject(r.Context()), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusOK, newJSON(item))
}

// status serves GET /api/notifications/status.
func (w *Web) status(rw http.ResponseWriter, r *http.Request) error {
	yes, no := true, false
	unread, err := w.p.Service.Count(r.Context(), subject(r.Context()), notify.Query{Read: &no})
	if err != nil {
		return err
	}
	read, err := w.p.Service.Count(r.Context(), subject(r.Context()), notify.Query{Read: &yes})
	if err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusOK, map[string]int{"unread": unread, "read": read})
}

// topics serves GET /api/notifications/topics.
func (w *Web) topics(rw http.ResponseWriter, r *http.Request) error {
	q, err := apiQuery(r.URL.Query())
	if err != nil {
		return err
	}
	topics, err := w.p.Service.TopicsOf(r.Context(), subject(r.Context()), q)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusOK, map[string][]string{"topics": topics})
}

// update serves POST /api/notifications/update.
func (w *Web) update(rw http.ResponseWriter, r *http.Request) error {
	var in struct {
		IDs   []string `json:"ids"`
		Read  *bool    `json:"read"`
		Saved *bool    `json:"saved"`
	}
	if err := httpx.DecodeJSONLenient(r, &in); err != nil {
		return err
	}
	if in.IDs == nil {
		return &callboard.Error{Code: callboard.CodeInvalid, Message: "ids is missing: which notifications to update"}
	}
	person := subject(r.Context())
	if err := w.p.Service.Mark(r.Context(), person, in.IDs, notify.Mark{Read: in.Read, Saved: in.Saved}); err != nil {
		return err
	}
	items, err := w.p.Service.Inbox(r.Context(), person, notify.Query{IDs: in.IDs, Limit: notify.MaxPage})
	if err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusOK, newJSONs(items))
}

// refs is a reference or a list of them.
type refs []string

// UnmarshalJSON reads either.
func (r *refs) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*r = refs{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(r))
}

// sending is what a program sends.
type sending struct {
	Recipients struct {
		Type    string `json:"type"`
		Entity  refs   `json:"entityRef"`
		Exclude refs   `json:"excludeEntityRef"`
	} `json:"recipients"`
	Payload payloadJSON `json:"payload"`
}

// notification is what is sent on behalf of a subject. A topic that nobody
// declares is the one for other systems.
func (s sending) notification(service *notify.Service, origin string) (notify.Notification, error) {
	p := s.Payload
	n := notify.Notification{
		To: s.Recipients.Entity, Except: s.Recipients.Exclude, Topic: cmp.Or(p.Topic, External), Severity: notify.Severity(p.Severity),
		Title: p.Title, Text: p.Description, Link: p.Link, Origin: origin, Scope: p.Scope,
	}
	switch s.Recipients.Type {
	case "broadcast":
		n.To = []string{notify.Everyone}
	case "entity":
		if slices.Contains(n.To, notify.Everyone) {
			return n, &callboard.Error{Code: callboard.CodeInvalid, Message: "recipients for everybody have the type broadcast"}
		}
	default:
		return n, &callboard.Error{Code: callboard.CodeInvalid, Message: "recipients.type is entity or broadcast"}
	}
	if _, ok := service.Topic(n.Topic); !ok {
		n.Topic = External
	}
	return n.Normal()
}

// send serves POST /api/notifications. Who hears of it is found out in the
// background, so the answer has the notification without a person.
func (w *Web) send(rw http.ResponseWriter, r *http.Request) error {
	var in sending
	if err := httpx.DecodeJSONLenient(r, &in); err != nil {
		return err
	}
	n, err := in.notification(w.p.Service, subject(r.Context()))
	if err != nil {
		return err
	}
	if err := Record(r.Context(), w.p.Log, w.p.Service, n); err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusAccepted, []notificationJSON{{
		Created: time.Now().UTC(), Origin: n.Origin,
		Payload: payloadJSON{n.Title, n.Text, n.Link, string(n.Severity), n.Topic, n.Scope},
	}})
}
