// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/ui"
)

// peopleShown is how many people the page lists.
const peopleShown = 50

// signinPage lists the ways to sign in.
type signinPage struct {
	ui.Page
	Methods []ui.Action
	Local   *localPeople
	Empty   *ui.Empty
}

// localPeople are those whom the reader can be.
type localPeople struct {
	Search ui.SearchField
	People []Person
	Now    string
	Next   string
	Action string
	Empty  *ui.Empty
}

// signinPage serves GET /signin.
func (a *Auth) signinPage(w http.ResponseWriter, r *http.Request) error {
	next := nextPath(r.URL.Query().Get("next"))
	id := callboard.IdentityFrom(r.Context())
	page := signinPage{Page: ui.Page{Title: "Sign in", Lead: "Pages are then about what you and your teams own."}}
	if id.SignedIn() {
		page.Notices = append(page.Notices, ui.Notice{Text: "You are signed in as " + id.Name + ".", Link: ui.Link{Title: "Go on", URL: next}})
	}
	_, res, err := a.recognise(r)
	if err != nil {
		return err
	}
	if res.Refusal != "" {
		page.Notices = append(page.Notices, ui.Notice{Tone: ui.Bad, Title: "The portal's proxy knows you, but the portal does not.", Text: res.Refusal})
	}
	for _, m := range a.opts.Methods {
		if _, ok := m.(Redirector); ok {
			page.Methods = append(page.Methods, ui.Action{Label: "Sign in with " + m.Label(), Icon: "arrow-right", URL: a.link("auth.begin", next, "method", m.ID()), Primary: true})
		}
	}
	if a.localAllowed(r) {
		if page.Local, err = a.localPeople(r, id.Subject, next); err != nil {
			return err
		}
	}
	if page.Local == nil && len(page.Methods) == 0 {
		page.Empty = &ui.Empty{Icon: "lock", Title: "There is no way to sign in here", Text: "The portal's operator configures one. Local accounts, without a password, work on the machine itself only."}
	}
	return a.pages.Page(w, r, "signin.html", page)
}

func (a *Auth) localPeople(r *http.Request, now, next string) (*localPeople, error) {
	text := strings.TrimSpace(r.URL.Query().Get("q"))
	people, err := a.people.People(r.Context(), text, peopleShown)
	if err != nil {
		return nil, err
	}
	l := &localPeople{
		Search: ui.SearchField{Name: "q", Value: text, Label: "Find a person", Placeholder: "Find a person"},
		People: people, Now: now, Next: next, Action: a.link("auth.local", "/"),
	}
	if len(people) == 0 {
		l.Empty = &ui.Empty{Icon: "user", Title: "Nobody found", Text: "People are entities of kind User in the catalog."}
	}
	return l, nil
}

// signinLocal serves POST /signin/local: the reader is who they say.
func (a *Auth) signinLocal(w http.ResponseWriter, r *http.Request) error {
	if !a.localAllowed(r) {
		return &callboard.Error{Code: callboard.CodeForbidden, Message: "local accounts work on the portal's own machine only, or not at all: sign in another way"}
	}
	if err := parseForm(w, r); err != nil {
		return err
	}
	id, err := a.people.Identity(r.Context(), r.PostForm.Get("person"))
	if err != nil {
		return err
	}
	step := Step{Rule: "local account", LookedUp: "person " + id.Subject, Found: []string{id.Subject}}
	return a.signIn(w, r, started{record{Subject: id.Subject, Method: localID}, detail{Steps: []Step{step}}}, r.PostForm.Get("next"))
}

// signIn begins a session in this browser and goes on to next.
func (a *Auth) signIn(w http.ResponseWriter, r *http.Request, in started, next string) error {
	in.ID, in.Browser, in.Address = newID(), browser(r), address(r)
	had := a.cookie(r, a.sessionName(r))
	var token string
	err := a.db.InTx(r.Context(), func(tx *sql.Tx) (err error) {
		if token, err = a.sessions.begin(r.Context(), tx, in, had); err != nil {
			return err
		}
		return a.log.Record(r.Context(), tx, audit.Entry{Actor: in.Subject, Action: "auth.signin", Resource: "session:" + in.ID, Message: "signed in with " + a.label(in.Method)})
	})
	if err != nil {
		return err
	}
	a.setCookie(w, r, a.sessionName(r), token, a.opts.Settings.Session.Lifetime)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, nextPath(next), http.StatusSeeOther)
	return nil
}

// begin serves GET /signin/{method}: it sends the browser to the provider. A
// link of another site leads to the page instead, so that nobody is signed in
// without having asked for it.
func (a *Auth) begin(w http.ResponseWriter, r *http.Request) error {
	m, err := method[Redirector](a, mux.Vars(r)["method"])
	if err != nil {
		return err
	}
	next := nextPath(r.URL.Query().Get("next"))
	w.Header().Set("Cache-Control", "no-store")
	if crossSite(r) || r.Header.Get("Sec-Purpose") != "" {
		http.Redirect(w, r, a.link("auth.signin", next), http.StatusSeeOther)
		return nil
	}
	base, err := a.base(r)
	if err != nil {
		return err
	}
	state, bound := newSecret(), newSecret()
	callback := base + a.link("auth.callback", "/", "method", m.ID())
	ctx, cancel := context.WithTimeout(r.Context(), a.opts.ProviderTimeout)
	defer cancel()
	to, err := m.Begin(ctx, Beginning{Callback: callback, State: state})
	if err != nil {
		return err
	}
	if u, err := url.Parse(to.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return &callboard.Error{Code: callboard.CodeUnavailable, Message: m.Label() + " leads to an address that is none", Err: err}
	}
	if err := a.flows.add(r.Context(), m.ID(), state, bound, flow{Callback: callback, Secret: to.Secret, Next: next}); err != nil {
		return err
	}
	a.setCookie(w, r, flowCookie(state), bound, flowLifetime)
	http.Redirect(w, r, to.URL, http.StatusSeeOther)
	return nil
}

// callback serves GET /signin/{method}/callback: the browser came back.
func (a *Auth) callback(w http.ResponseWriter, r *http.Request) error {
	m, err := method[Redirector](a, mux.Vars(r)["method"])
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address has a code in it
	query := r.URL.Query()
	state := query.Get("state")
	fl, err := a.flows.take(r.Context(), m.ID(), state, a.cookie(r, flowCookie(state)))
	if err != nil {
		return err
	}
	if fl == nil {
		return a.refuse(w, r, refusal{Method: m, Status: http.StatusBadRequest,
			Text: "This sign-in was not begun in this browser, was finished already, or took longer than ten minutes. Begin again, in the tab that you want to go on in."})
	}
	a.setCookie(w, r, flowCookie(state), "", 0)
	ctx, cancel := context.WithTimeout(r.Context(), a.opts.ProviderTimeout)
	defer cancel()
	in, err := m.Complete(ctx, Return{Callback: fl.Callback, Secret: fl.Secret, Query: query})
	if err != nil {
		return a.failed(w, r, m, fl, err)
	}
	return a.arrive(w, r, m, fl, in)
}

// failed refuses a sign-in that the provider or the browser is at fault for,
// and returns the portal's own faults.
func (a *Auth) failed(w http.ResponseWriter, r *http.Request, m Method, fl *flow, err error) error {
	if callboard.CodeOf(err) == callboard.CodeInternal || r.Context().Err() != nil {
		return err
	}
	return a.refuse(w, r, refusal{Method: m, Next: fl.Next, Status: statusOf(err), Text: callboard.MessageOf(err)})
}

// arrive signs in whoever the provider says has come.
func (a *Auth) arrive(w http.ResponseWriter, r *http.Request, m Method, fl *flow, in SignIn) error {
	res, err := a.resolver.Settle(r.Context(), m.ID(), in.Claims)
	if err != nil {
		return a.failed(w, r, m, fl, err)
	}
	id, err := a.person(r.Context(), res.Subject)
	if err != nil {
		return err
	}
	if res.Subject != "" && !id.SignedIn() {
		res.Refusal = "The catalog no longer has " + res.Subject + ", whom you were recognised as."
	}
	if res.Refusal != "" {
		return a.refuse(w, r, refusal{Method: m, Next: fl.Next, Status: http.StatusForbidden, Text: res.Refusal, Claims: &in.Claims, Steps: res.Steps})
	}
	return a.signIn(w, r, started{record{Subject: res.Subject, Method: m.ID(), Claims: policyClaims(in.Claims)}, detail{
		Steps: res.Steps, Hint: in.Hint,
		Issuer: in.Claims.Issuer, ProviderSubject: in.Claims.Subject, ProviderSession: in.Claims.Session,
	}}, fl.Next)
}
