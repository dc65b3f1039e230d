// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"net/http"
)

// recorder notes the status and size of a response as it passes.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func record(w http.ResponseWriter) *recorder {
	if rec, ok := w.(*recorder); ok {
		return rec
	}
	return &recorder{ResponseWriter: w}
}

func (rec *recorder) started() bool { return rec.status != 0 }

func (rec *recorder) WriteHeader(status int) {
	// Informational headers do not start the response.
	if rec.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(p []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	n, err := rec.ResponseWriter.Write(p)
	rec.bytes += int64(n)
	return n, err
}

// Flush serves callers that look for an http.Flusher.
func (rec *recorder) Flush() { _ = rec.FlushError() }

// FlushError sends what is buffered.
func (rec *recorder) FlushError() error {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	return http.NewResponseController(rec.ResponseWriter).Flush()
}

// Unwrap serves http.ResponseController.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }
