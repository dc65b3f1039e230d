// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// maxETagBytes is the size up to which a response is held back to be hashed.
const maxETagBytes = 1 << 20

// ETag gives successful GET responses an entity tag and answers 304 when the
// client has that version already. A handler that knows a version sets its own
// ETag, which is then compared instead of a hash of the body. Responses over
// 1 MB without one, and those that are flushed, pass through untagged.
// Responses that say nothing of caching become "private, no-cache": kept by
// the browser and asked for again each time.
func ETag(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		ew := &etagWriter{ResponseWriter: w, match: r.Header.Values("If-None-Match")}
		next.ServeHTTP(ew, r)
		ew.close() // not deferred: after a panic nothing that was held is sent
	})
}

type etagWriter struct {
	http.ResponseWriter
	match   []string
	status  int
	held    []byte
	passing bool // the response is on its way, unchanged
	dropped bool // answered with 304; the body is not sent
}

func (ew *etagWriter) WriteHeader(status int) {
	if status < 200 && status != http.StatusSwitchingProtocols {
		ew.ResponseWriter.WriteHeader(status)
		return
	}
	if ew.status != 0 {
		return
	}
	ew.status = status
	switch {
	case status != http.StatusOK:
		ew.pass()
	case ew.Header().Get("ETag") != "":
		ew.settle()
	case noStore(ew.Header()):
		ew.pass()
	}
}

func noStore(h http.Header) bool {
	return strings.Contains(strings.ToLower(h.Get("Cache-Control")), "no-store")
}

// settle answers 304 if the client has this version, else lets it pass.
func (ew *etagWriter) settle() {
	h := ew.Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	if !matchesETag(ew.match, h.Get("ETag")) {
		ew.pass()
		return
	}
	ew.dropped, ew.held = true, nil
	for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding", "Content-Range"} {
		h.Del(name)
	}
	ew.ResponseWriter.WriteHeader(http.StatusNotModified)
}

func (ew *etagWriter) pass() {
	ew.passing = true
	ew.ResponseWriter.WriteHeader(ew.status)
}

func (ew *etagWriter) Write(p []byte) (int, error) {
	if ew.status == 0 {
		ew.WriteHeader(http.StatusOK)
	}
	switch {
	case ew.dropped:
		return len(p), nil
	case ew.passing:
		return ew.ResponseWriter.Write(p)
	case len(ew.held)+len(p) <= maxETagBytes:
		ew.held = append(ew.held, p...)
		return len(p), nil
	}
	if err := ew.release(); err != nil {
		return 0, err
	}
	return ew.ResponseWriter.Write(p)
}

// release gives up tagging: it sends what was held and lets the rest pass.
func (ew *etagWriter) release() error {
	ew.pass()
	if len(ew.held) == 0 {
		return nil
	}
	_, err := ew.ResponseWriter.Write(ew.held)
	ew.held = nil
	return err
}

// Flush serves callers that look for an http.Flusher.
func (ew *etagWriter) Flush() { _ = ew.FlushError() }

// FlushError sends what is buffered; the response is a stream and gets no tag.
func (ew *etagWriter) FlushError() error {
	if ew.status == 0 {
		ew.WriteHeader(http.StatusOK)
	}
	if !ew.passing && !ew.dropped {
		if err := ew.release(); err != nil {
			return err
		}
	}
	return http.NewResponseController(ew.ResponseWriter).Flush()
}

// Unwrap serves http.ResponseController.
func (ew *etagWriter) Unwrap() http.ResponseWriter { return ew.ResponseWriter }

// close tags and sends what was held. Errors mean that the client has gone.
func (ew *etagWriter) close() {
	if ew.status == 0 || ew.passing || ew.dropped {
		return
	}
	h := ew.Header()
	if len(ew.held) > 0 { // a HEAD response without a body has nothing to hash
		sum := sha256.Sum256(ew.held)
		h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:16])+`"`)
		if h.Get("Content-Type") == "" {
			h.Set("Content-Type", http.DetectContentType(ew.held))
		}
		h.Set("Content-Length", strconv.Itoa(len(ew.held)))
	}
	ew.settle()
	if ew.passing && len(ew.held) > 0 {
		_, _ = ew.ResponseWriter.Write(ew.held)
	}
}

// matchesETag compares weakly, as If-None-Match does: W/"a" equals "a".
func matchesETag(headers []string, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	if tag == "" {
		return false
	}
	for _, header := range headers {
		for len(header) > 0 {
			var candidate string
			candidate, header = nextETag(header)
			if candidate == "*" || candidate == tag {
				return true
			}
		}
	}
	return false
}

// nextETag cuts the first entity tag off a list, without its weakness mark. A
// tag may hold commas, so the list is not split at them. Of a malformed list
// nothing more is read.
func nextETag(list string) (tag, rest string) {
	list = strings.TrimLeft(list, " \t,")
	if after, ok := strings.CutPrefix(list, "*"); ok {
		return "*", after
	}
	list = strings.TrimPrefix(list, "W/")
	if len(list) < 2 || list[0] != '"' {
		return "", ""
	}
	end := strings.IndexByte(list[1:], '"')
	if end < 0 {
		return "", ""
	}
	return list[:end+2], list[end+2:]
}
