// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
)

const (
	flashCookie    = "callboard_notice"
	flashSeconds   = 60
	maxFlashBytes  = 3 << 10
	maxFlashNotice = 5
)

// Flash leaves notices for the page that the reader sees next, after a
// redirect. They travel in a cookie that scripts cannot read and that is gone
// once shown. The reader could change it, and it is text only: put no secret
// into it and decide nothing by it. Notices that do not fit are dropped.
func (u *UI) Flash(w http.ResponseWriter, r *http.Request, notices ...Notice) {
	text, err := json.Marshal(notices)
	if err != nil || len(text) > maxFlashBytes {
		u.opts.Logger.Warn("ui: notice dropped", "bytes", len(text), "error", err)
		return
	}
	http.SetCookie(w, flashOf(r, base64.RawURLEncoding.EncodeToString(text), flashSeconds))
}

// takeFlash returns the notices left for this request and forgets them.
func (u *UI) takeFlash(w http.ResponseWriter, r *http.Request) []Notice {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	http.SetCookie(w, flashOf(r, "", -1))
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return nil
	}
	var notices []Notice
	if json.Unmarshal(text, &notices) != nil || len(notices) > maxFlashNotice {
		return nil
	}
	for i := range notices {
		// A link in the cookie may lead into the portal only.
		if notices[i].Link.URL != "" {
			notices[i].Link.URL = localPath(notices[i].Link.URL)
		}
	}
	return notices
}

func flashOf(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: flashCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	}
}
