// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"compress/gzip"
	"mime"
	"net/http"
	"strings"
	"sync"
)

// minCompressBytes is the size below which gzip saves less than it costs.
const minCompressBytes = 1024

// Compress sends responses of compressible types from 1 KB on with gzip when
// the client accepts it. It leaves alone what is encoded already, ranges,
// event streams (a gzip writer per open stream would cost too much memory) and
// responses marked no-transform. A strong ETag becomes weak.
func Compress(next http.Handler) http.Handler {
	pool := &sync.Pool{New: func() any { return gzip.NewWriter(nil) }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead || r.Header.Get("Upgrade") != "" {
			addVary(w.Header(), "Accept-Encoding")
			next.ServeHTTP(w, r)
			return
		}
		cw := &compressWriter{ResponseWriter: w, pool: pool, accepted: acceptsGzip(r)}
		defer cw.release()
		next.ServeHTTP(cw, r)
		// Not deferred: after a panic the response is not completed, so that
		// the client sees a broken stream and not a short one that looks whole.
		cw.close()
	})
}

// compressWriter holds the first bytes back until it can decide.
type compressWriter struct {
	http.ResponseWriter
	pool     *sync.Pool
	accepted bool
	status   int
	held     []byte
	decided  bool
	gz       *gzip.Writer
}

func (cw *compressWriter) WriteHeader(status int) {
	if status < 200 && status != http.StatusSwitchingProtocols {
		cw.ResponseWriter.WriteHeader(status)
		return
	}
	if cw.status != 0 {
		return
	}
	cw.status = status
	if !cw.mayHaveBody() {
		_ = cw.decide(false) // nothing is held that could fail to be written
	}
}

func (cw *compressWriter) mayHaveBody() bool {
	return cw.status >= 200 && cw.status != http.StatusNoContent && cw.status != http.StatusNotModified
}

func (cw *compressWriter) Write(p []byte) (int, error) {
	if cw.status == 0 {
		cw.WriteHeader(http.StatusOK)
	}
	if cw.decided {
		return cw.write(p)
	}
	cw.held = append(cw.held, p...)
	if len(cw.held) < minCompressBytes {
		return len(p), nil
	}
	if err := cw.decide(true); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (cw *compressWriter) write(p []byte) (int, error) {
	if cw.gz != nil {
		return cw.gz.Write(p)
	}
	return cw.ResponseWriter.Write(p)
}

// decide settles whether the response is compressed and sends what was held.
func (cw *compressWriter) decide(worthIt bool) error {
	cw.decided = true
	h := cw.Header()
	if cw.mayHaveBody() && len(cw.held) > 0 && h.Get("Content-Type") == "" {
		h.Set("Content-Type", http.DetectContentType(cw.held))
	}
	if cw.compressible() {
		addVary(h, "Accept-Encoding")
		if worthIt && cw.accepted {
			cw.begin()
		}
	}
	cw.ResponseWriter.WriteHeader(cw.status)
	if len(cw.held) == 0 {
		return nil
	}
	_, err := cw.write(cw.held)
	cw.held = nil
	return err
}

func (cw *compressWriter) begin() {
	h := cw.Header()
	h.Set("Content-Encoding", "gzip")
	h.Del("Content-Length")
	h.Del("Accept-Ranges")
	if tag := h.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("ETag", "W/"+tag)
	}
	cw.gz = cw.pool.Get().(*gzip.Writer)
	cw.gz.Reset(cw.ResponseWriter)
}

func (cw *compressWriter) compressible() bool {
	h := cw.Header()
	if !cw.mayHaveBody() || cw.status == http.StatusPartialContent ||
		h.Get("Content-Encoding") != "" || h.Get("Content-Range") != "" ||
		strings.Contains(strings.ToLower(h.Get("Cache-Control")), "no-transform") {
		return false
	}
	return compressibleType(h.Get("Content-Type"))
}

func compressibleType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch media {
	case "text/event-stream":
		return false
	case "application/json", "application/javascript", "application/xml", "application/yaml",
		"application/wasm", "application/x-ndjson", "image/svg+xml", "image/x-icon", "font/ttf", "font/otf":
		return true
	}
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+json") ||
		strings.HasSuffix(media, "+xml") || strings.HasSuffix(media, "+yaml")
}

// Flush serves callers that look for an http.Flusher.
func (cw *compressWriter) Flush() { _ = cw.FlushError() }

// FlushError sends what is buffered, compressed or not. A handler that flushes
// streams, so its response is worth compressing whatever its first size.
func (cw *compressWriter) FlushError() error {
	if cw.status == 0 {
		cw.WriteHeader(http.StatusOK)
	}
	if !cw.decided {
		if err := cw.decide(true); err != nil {
			return err
		}
	}
	if cw.gz != nil {
		if err := cw.gz.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(cw.ResponseWriter).Flush()
}

// Unwrap serves http.ResponseController.
func (cw *compressWriter) Unwrap() http.ResponseWriter { return cw.ResponseWriter }

// close completes the response. Errors mean that the client has gone.
func (cw *compressWriter) close() {
	if cw.status != 0 && !cw.decided {
		_ = cw.decide(false)
	}
	if cw.gz != nil {
		_ = cw.gz.Close()
	}
}

func (cw *compressWriter) release() {
	if cw.gz == nil {
		return
	}
	cw.gz.Reset(nil)
	cw.pool.Put(cw.gz)
	cw.gz = nil
}
