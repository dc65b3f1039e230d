// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

const (
	starCookie  = "callboard_stars"
	maxStars    = 60 // so that the cookie stays below the 4 KB that browsers keep
	maxStarText = 3 << 10
)

// starred returns what the reader has starred in this browser.
func (w *Web) starred(r *http.Request) []catalog.Ref {
	c, err := r.Cookie(starCookie)
	if err != nil {
		return nil
	}
	var refs []catalog.Ref
	for text := range strings.SplitSeq(c.Value, "|") {
		if ref, err := catalog.ParseRef(text, catalog.Ref{}); err == nil && len(refs) < maxStars {
			refs = append(refs, ref)
		}
	}
	return refs
}

// star serves POST /catalog/star: it stars the entity, or takes the star away,
// and goes back to the page that the form stood on.
func (w *Web) star(rw http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(rw, r.Body, 16<<10)
	ref, err := catalog.ParseRef(r.PostFormValue("ref"), catalog.Ref{})
	if err != nil {
		return err
	}
	refs := slices.DeleteFunc(w.starred(r), func(s catalog.Ref) bool { return s == ref })
	if r.PostFormValue("on") == "true" {
		refs = append([]catalog.Ref{ref}, refs...)
	}
	setStars(rw, r, refs)
	http.Redirect(rw, r, ui.LocalPath(r.PostFormValue("next")), http.StatusSeeOther)
	return nil
}

// setStars keeps the newest stars that fit.
func setStars(rw http.ResponseWriter, r *http.Request, refs []catalog.Ref) {
	var texts []string
	length := 0
	for _, ref := range refs[:min(len(refs), maxStars)] {
		if length += len(ref.String()) + 1; length > maxStarText {
			break
		}
		texts = append(texts, ref.String())
	}
	http.SetCookie(rw, &http.Cookie{
		Name: starCookie, Value: strings.Join(texts, "|"), Path: "/", HttpOnly: true,
		Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode, MaxAge: int(365 * 24 * time.Hour / time.Second),
	})
}

// starAction is the button that stars the entity or takes the star away.
func (w *Web) starAction(r *http.Request, ref catalog.Ref) ui.Action {
	on := slices.Contains(w.starred(r), ref)
	a := ui.Action{
		Label: "Star", Icon: "star", IconOnly: true, Post: true, URL: w.url("catalog.star"), Toggle: "off",
		Fields: []ui.Hidden{{Name: "ref", Value: ref.String()}, {Name: "on", Value: "true"}, {Name: "next", Value: r.URL.RequestURI()}},
	}
	if on {
		a.Toggle, a.Fields[1].Value = "on", "false"
	}
	return a
}
