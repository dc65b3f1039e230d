// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"net/http"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/callboard/callboard/portal/httpx"
)

var _ httpx.ErrorRenderer = (*UI)(nil)

// errorPage is what templates/pages/error.html is executed with.
type errorPage struct {
	Page
	// Text says what failed, Advice what to do about it.
	Text, Advice string
	RequestID    string
	// Retry is the same page again, where another try may help.
	Retry string
}

// RenderError writes the page for a failed request: what failed, what to do,
// and the id under which the log has the cause.
func (u *UI) RenderError(w http.ResponseWriter, r *http.Request, f httpx.Failure) error {
	key := "error." + strconv.Itoa(f.Status)
	if _, known := errorStatuses[f.Status]; !known {
		key = "error.500"
		if f.Status < http.StatusInternalServerError {
			key = "error.400"
		}
	}
	p := errorPage{
		Page:      Page{Title: u.Text(r, key+".title"), Status: f.Status, Chips: []Chip{{Text: strconv.Itoa(f.Status)}}},
		Text:      sentence(f.Message),
		Advice:    u.Text(r, key+".advice"),
		RequestID: f.RequestID,
	}
	if r.Method == http.MethodGet && errorStatuses[f.Status] {
		p.Retry = r.URL.RequestURI()
	}
	return u.ownPages.Page(w, r, "error.html", p)
}

// errorStatuses are those with words of their own, and whether the same
// request may succeed later.
var errorStatuses = map[int]bool{
	http.StatusBadRequest: false, http.StatusUnauthorized: false, http.StatusForbidden: false,
	http.StatusNotFound: false, http.StatusMethodNotAllowed: false, http.StatusConflict: true,
	http.StatusRequestEntityTooLarge: false, http.StatusTooManyRequests: true,
	http.StatusInternalServerError: true, http.StatusServiceUnavailable: true, http.StatusGatewayTimeout: true,
}

// sentence makes a message, which is in lower case without a full stop, fit to
// stand alone.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if last := text[len(text)-1]; last != '.' && last != '!' && last != '?' {
		text += "."
	}
	return text
}
