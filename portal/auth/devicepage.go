// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"net/http"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

// devicePage lets a program in, by its code.
type devicePage struct {
	ui.Page
	Form    ui.Form
	Device  *device
	Code    string
	Approve ui.Action
	Deny    ui.Action
}

// devicePage serves GET /device.
func (a *Auth) devicePage(w http.ResponseWriter, r *http.Request) error {
	_, _, done, err := a.reader(w, r)
	if done || err != nil {
		return err
	}
	return a.showDevice(w, r, a.deviceAsk(r.URL.Query().Get("code"), ""))
}

func (a *Auth) showDevice(w http.ResponseWriter, r *http.Request, page devicePage) error {
	w.Header().Set("Cache-Control", "no-store")
	return a.pages.Page(w, r, "device.html", page)
}

// deviceAsk asks for the code.
func (a *Auth) deviceAsk(code, problem string) devicePage {
	page := devicePage{
		Page: ui.Page{Title: "Let a program in", Lead: "A program that you started shows a code. Type it here, and the program works on your behalf."},
		Form: ui.Form{Action: a.link("auth.device.code", "/"), Submit: "Look first", Fields: []ui.Field{
			{Name: "code", Label: "Code", Value: code, Error: problem, Required: true, Mono: true, Autocomplete: "off", Placeholder: "BCDF-GHJK"},
		}},
	}
	if problem != "" {
		page.Status = http.StatusUnprocessableEntity
	}
	return page
}

// deviceForm serves POST /device: first a look at who asks, then the decision.
func (a *Auth) deviceForm(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	id, _, done, err := a.reader(w, r)
	if done || err != nil {
		return err
	}
	if err := managing(r); err != nil {
		return err
	}
	code := r.PostForm.Get("code")
	dev, err := a.devices.find(r.Context(), code)
	if state := r.PostForm.Get("decision"); err == nil && (state == deviceApproved || state == deviceDenied) {
		if err = a.devices.decide(r.Context(), code, id.Subject, state); err == nil {
			text := map[string]string{deviceApproved: dev.Client + " is let in. Go back to it.", deviceDenied: dev.Client + " is not let in."}[state]
			a.ui.Flash(w, r, ui.Notice{Tone: ui.OK, Text: text})
			http.Redirect(w, r, a.link("auth.keys", "/"), http.StatusSeeOther)
			return nil
		}
	}
	if callboard.CodeOf(err) == callboard.CodeNotFound {
		return a.showDevice(w, r, a.deviceAsk(code, sentence(callboard.MessageOf(err))))
	}
	if err != nil {
		return err
	}
	decide := func(label, state string) ui.Action {
		return ui.Action{Label: label, Post: true, URL: a.link("auth.device.code", "/"), Fields: []ui.Hidden{{Name: "code", Value: code}, {Name: "decision", Value: state}}}
	}
	page := devicePage{Page: ui.Page{Title: "Let this program in?", Lead: "It will do whatever you may do, until you revoke its key."}, Device: &dev, Code: strings.ToUpper(code)}
	page.Approve, page.Deny = decide("Let it in", deviceApproved), decide("Refuse", deviceDenied)
	page.Approve.Primary = true
	return a.showDevice(w, r, page)
}

// deviceAnswer is what a program gets to begin with.
type deviceAnswer struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
	URI        string `json:"verification_uri"`
	Complete   string `json:"verification_uri_complete"`
	ExpiresIn  int    `json:"expires_in"`
	Interval   int    `json:"interval"`
}

const maxClientName = 60

// deviceCode serves POST /api/auth/device/code.
func (a *Auth) deviceCode(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return writeOAuthError(w, "invalid_request", callboard.MessageOf(err))
	}
	client := strings.TrimSpace(r.PostForm.Get("client_id"))
	if client == "" || len(client) > maxClientName || !printable(client) {
		return writeOAuthError(w, "invalid_client", "client_id says which program this is, in up to 60 characters")
	}
	base, err := a.base(r)
	if err != nil {
		return err
	}
	deviceCode, userCode, err := a.devices.begin(r.Context(), device{Client: client, Address: address(r)})
	if err != nil {
		return err
	}
	uri := base + a.link("auth.device", "/")
	w.Header().Set("Cache-Control", "no-store")
	return httpx.WriteJSON(w, http.StatusOK, deviceAnswer{
		DeviceCode: deviceCode, UserCode: userCode, URI: uri, Complete: uri + "?code=" + userCode,
		ExpiresIn: int(deviceLifetime.Seconds()), Interval: int(deviceWait.Seconds()),
	})
}

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// tokenAnswer is a key as OAuth 2 hands it over.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
}

// deviceToken serves POST /api/auth/device/token.
func (a *Auth) deviceToken(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return writeOAuthError(w, "invalid_request", callboard.MessageOf(err))
	}
	if grant := r.PostForm.Get("grant_type"); grant != deviceGrant {
		return writeOAuthError(w, "unsupported_grant_type", "the grant_type here is "+deviceGrant)
	}
	_, secret, refusal, err := a.devices.poll(r.Context(), r.PostForm.Get("device_code"))
	if err != nil {
		return err
	}
	if refusal != "" {
		return writeOAuthError(w, refusal, "")
	}
	w.Header().Set("Cache-Control", "no-store")
	return httpx.WriteJSON(w, http.StatusOK, tokenAnswer{secret, "Bearer", int(deviceKeyLife.Seconds())})
}
