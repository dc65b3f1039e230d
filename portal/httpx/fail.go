// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/callboard/callboard"
)

// ErrorRenderer shows a failure as a page.
type ErrorRenderer interface {
	// RenderError writes the page with the status f.Status. If it returns an
	// error before it has written anything, plain text is sent instead.
	RenderError(w http.ResponseWriter, r *http.Request, f Failure) error
}

// ErrorOptions says how [Fail] shows and logs errors.
type ErrorOptions struct {
	// Renderer shows failures to people; nil means plain text.
	Renderer ErrorRenderer
	// Logger receives internal causes; nil means slog.Default().
	Logger *slog.Logger
	// APIPrefixes are the paths under which every failure is JSON; nil means
	// "/api/".
	APIPrefixes []string
}

type errorsKey struct{}

// Errors installs how failures are shown and logged for all handlers within.
func Errors(opts ErrorOptions) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), errorsKey{}, &opts)))
		})
	}
}

func errorOptions(r *http.Request) *ErrorOptions {
	if opts, ok := r.Context().Value(errorsKey{}).(*ErrorOptions); ok {
		return opts
	}
	return &ErrorOptions{}
}

func loggerOf(r *http.Request) *slog.Logger {
	if l := errorOptions(r).Logger; l != nil {
		return l
	}
	return slog.Default()
}

// Fail writes err as the response: JSON for API paths and clients that ask for
// it, else a page. An internal cause is logged here, once, with the request
// id; the client sees a neutral message. Handlers return errors instead of
// calling it; middleware calls it.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	f := failureOf(r, err)
	logFailure(r, f, err)
	h := w.Header()
	for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Disposition", "ETag", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	if f.Status == http.StatusNotModified || f.Status == http.StatusNoContent {
		w.WriteHeader(f.Status)
		return
	}
	if WantsJSON(r) {
		writeFailureJSON(w, r, f)
		return
	}
	addVary(h, "Accept")
	writeFailurePage(w, r, f)
}

// WantsJSON reports whether a failure of r is answered with JSON: the path is
// an API's, or the Accept header prefers JSON to HTML.
func WantsJSON(r *http.Request) bool {
	prefixes := errorOptions(r).APIPrefixes
	if prefixes == nil {
		prefixes = []string{"/api/"}
	}
	for _, p := range prefixes {
		if strings.HasPrefix(r.URL.Path, p) {
			return true
		}
	}
	return Accepts(r, "text/html", "application/json") == "application/json"
}

type failureBody struct {
	Error    failureError    `json:"error"`
	Request  failureRequest  `json:"request"`
	Response failureResponse `json:"response"`
}

type failureError struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

type failureRequest struct {
	Method string `json:"method"`
	URL    string `json:"url"`
}

type failureResponse struct {
	StatusCode int `json:"statusCode"`
}

func writeFailureJSON(w http.ResponseWriter, r *http.Request, f Failure) {
	url := r.RequestURI
	if url == "" {
		url = r.URL.RequestURI()
	}
	// A failure to write means that the client has gone.
	_ = WriteJSON(w, f.Status, failureBody{
		Error:    failureError{Name: f.Name, Message: f.Message},
		Request:  failureRequest{Method: r.Method, URL: url},
		Response: failureResponse{StatusCode: f.Status},
	})
}

func writeFailurePage(w http.ResponseWriter, r *http.Request, f Failure) {
	if renderer := errorOptions(r).Renderer; renderer != nil {
		rec := record(w)
		err := renderSafely(renderer, rec, r, f)
		if err != nil {
			loggerOf(r).ErrorContext(r.Context(), "error page failed", "request_id", f.RequestID, "error", err)
		}
		if err == nil || rec.started() {
			return
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(f.Status)
	text := fmt.Sprintf("%d %s\n\n%s\n", f.Status, http.StatusText(f.Status), f.Message)
	if f.RequestID != "" {
		text += "request " + f.RequestID + "\n"
	}
	_, _ = w.Write([]byte(text)) // the client may have gone
}

func renderSafely(renderer ErrorRenderer, w http.ResponseWriter, r *http.Request, f Failure) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("httpx: error renderer panicked: %v", v)
		}
	}()
	return renderer.RenderError(w, r, f)
}

// logFailure logs what the client is not told: internal faults as errors,
// causes behind other server-side failures as warnings, and nothing that is
// the client's own mistake.
func logFailure(r *http.Request, f Failure, err error) {
	if f.Status < http.StatusInternalServerError {
		return
	}
	level := slog.LevelWarn
	switch {
	case errors.Is(err, context.Canceled) && !timedOut(r):
		level = slog.LevelDebug // the client went away
	case f.Code == callboard.CodeInternal:
		level = slog.LevelError
	}
	loggerOf(r).LogAttrs(r.Context(), level, "request failed",
		slog.String("request_id", f.RequestID),
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path),
		slog.Int("status", f.Status),
		slog.String("error", err.Error()))
}
