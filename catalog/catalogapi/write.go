// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/callboard/callboard/portal/httpx"
)

// body is an answer in pieces, so that stored JSON is sent without being put
// together first.
type body [][]byte

// list makes a JSON array of finished values between before and after. A nil
// value is null.
func list(before string, items []json.RawMessage, after string) body {
	b := make(body, 0, 2*len(items)+2)
	b = append(b, []byte(before+"["))
	for i, item := range items {
		if i > 0 {
			b = append(b, comma())
		}
		if item == nil {
			item = json.RawMessage("null")
		}
		b = append(b, item)
	}
	return append(b, []byte("]"+after))
}

func comma() []byte { return []byte{','} }

func (b body) size() int {
	n := 0
	for _, piece := range b {
		n += len(piece)
	}
	return n
}

// etag is weak because what is sent may be compressed on the way.
func (b body) etag() string {
	h := sha256.New()
	for _, piece := range b {
		h.Write(piece) // never fails
	}
	return `W/"` + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16]) + `"`
}

// send writes the pieces as JSON. A reader that has the same already is told so.
func (b body) send(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		tag := b.etag()
		h.Set("ETag", tag)
		h.Set("Cache-Control", "private, no-cache")
		if matchesTag(r.Header.Values("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.size()))
	w.WriteHeader(http.StatusOK)
	b.write(w)
	return nil
}

// write sends the pieces. That it fails is the client's disappearance: there is
// nobody to tell.
func (b body) write(w http.ResponseWriter) {
	for _, piece := range b {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
}

// matchesTag compares weakly, as RFC 9110 asks of If-None-Match.
func matchesTag(headers []string, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for _, header := range headers {
		for item := range strings.SplitSeq(header, ",") {
			item = strings.TrimSpace(item)
			if item == "*" || strings.TrimPrefix(item, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// sendJSON encodes v and sends it with an entity tag.
func sendJSON(w http.ResponseWriter, r *http.Request, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return body{b}.send(w, r)
}

// decode reads a JSON body. What a newer client adds is passed over; a body
// that is not there at all is an empty object where the format allows it.
func decode(r *http.Request, v any) error { return httpx.DecodeJSONLenient(r, v) }

func decodeOptional(r *http.Request, v any) error {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil
	}
	return decode(r, v)
}
