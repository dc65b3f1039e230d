// SPDX-License-Identifier: Apache-2.0

package httpx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
)

// ask sends one request through a handler. Headers come in pairs.
func ask(t testing.TB, h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func coded(code callboard.Code) error { return &callboard.Error{Code: code, Message: "why"} }

func failing(err error) http.Handler {
	return httpx.Handler(func(http.ResponseWriter, *http.Request) error { return err })
}

func text(s string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) })
}

func TestErrorBecomesTheWireShape(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err     error
		status  int
		name    string
		message string
	}{
		{coded(callboard.CodeInvalid), 400, "InputError", "why"},
		{coded(callboard.CodeUnauthenticated), 401, "AuthenticationError", "why"},
		{coded(callboard.CodeForbidden), 403, "NotAllowedError", "why"},
		{coded(callboard.CodeNotFound), 404, "NotFoundError", "why"},
		{coded(callboard.CodeConflict), 409, "ConflictError", "why"},
		{coded(callboard.CodeTooLarge), 413, "PayloadTooLargeError", "why"},
		{coded(callboard.CodeRateLimited), 429, "TooManyRequestsError", "why"},
		{coded(callboard.CodeInternal), 500, "Error", "why"},
		{coded(callboard.CodeUnavailable), 503, "ServiceUnavailableError", "why"},
		{coded(callboard.CodeTimeout), 504, "TimeoutError", "why"},
		{fmt.Errorf("outer: %w", coded(callboard.CodeNotFound)), 404, "NotFoundError", "why"},
		{errors.New("password=hunter2"), 500, "Error", "something went wrong; the log has the cause"},
		{context.DeadlineExceeded, 504, "TimeoutError", "the request took too long and was stopped"},
		{&http.MaxBytesError{Limit: 5}, 413, "PayloadTooLargeError", "the request body is larger than 5 bytes, which is the limit here"},
		{httpx.WithStatus(coded(callboard.CodeInvalid), 422), 422, "InputError", "why"},
		{httpx.WithStatus(coded(callboard.CodeInvalid), 415), 415, "UnsupportedMediaTypeError", "why"},
	}
	for _, tt := range tests {
		h := httpx.Errors(httpx.ErrorOptions{Logger: slog.New(slog.DiscardHandler)})(failing(tt.err))
		w := ask(t, h, "POST", "/api/catalog/x?y=z", "")
		want := fmt.Sprintf(`{"error":{"name":%q,"message":%q},"request":{"method":"POST","url":"/api/catalog/x?y=z"},"response":{"statusCode":%d}}`+"\n",
			tt.name, tt.message, tt.status)
		if diff := cmp.Diff(want, w.Body.String()); diff != "" {
			t.Errorf("%v: body mismatch (-want +got):\n%s", tt.err, diff)
		}
		if w.Code != tt.status || w.Header().Get("Content-Type") != "application/json; charset=utf-8" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%v: %d %v", tt.err, w.Code, w.Header())
		}
		if got := httpx.StatusOf(tt.err); got != tt.status {
			t.Errorf("StatusOf(%v) = %d, want %d", tt.err, got, tt.status)
		}
	}
}

type renderer func(w http.ResponseWriter, r *http.Request, f httpx.Failure) error

func (f renderer) RenderError(w http.ResponseWriter, r *http.Request, failure httpx.Failure) error {
	return f(w, r, failure)
}

func TestPageOrJSON(t *testing.T) {
	t.Parallel()
	page := renderer(func(w http.ResponseWriter, _ *http.Request, f httpx.Failure) error {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		_, err := fmt.Fprintf(w, "<h1>%d %s</h1>", f.Status, f.Message)
		return err
	})
	tests := []struct{ path, accept, want string }{
		{"/x", "", "text/html"},
		{"/x", "*/*", "text/html"},
		{"/x", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"},
		{"/x", "application/json", "application/json; charset=utf-8"},
		{"/x", "application/json, text/html;q=0.5", "application/json; charset=utf-8"},
		{"/x", "application/*", "application/json; charset=utf-8"},
		{"/x", "application/json;q=0.1, text/html", "text/html"},
		{"/x", "image/png", "text/html"},
		{"/x", "application/json;q=0, */*", "text/html"},
		{"/api/x", "text/html", "application/json; charset=utf-8"},
		{"/apix", "", "text/html"},
	}
	h := httpx.Errors(httpx.ErrorOptions{Renderer: page})(failing(coded(callboard.CodeNotFound)))
	for _, tt := range tests {
		w := ask(t, h, "GET", tt.path, "", "Accept", tt.accept)
		if got := w.Header().Get("Content-Type"); got != tt.want || w.Code != 404 {
			t.Errorf("%s Accept %q: %d %s, want 404 %s", tt.path, tt.accept, w.Code, got, tt.want)
		}
	}
}

func TestBrokenRendererFallsBackToText(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]renderer{
		"error": func(http.ResponseWriter, *http.Request, httpx.Failure) error { return errors.New("no template") },
		"panic": func(http.ResponseWriter, *http.Request, httpx.Failure) error { panic("no template") },
		"none":  nil,
	} {
		opts := httpx.ErrorOptions{Logger: slog.New(slog.DiscardHandler)}
		if r != nil {
			opts.Renderer = r
		}
		w := ask(t, httpx.Errors(opts)(failing(coded(callboard.CodeForbidden))), "GET", "/x", "")
		if w.Code != 403 || w.Body.String() != "403 Forbidden\n\nwhy\n" {
			t.Errorf("%s: %d %q", name, w.Code, w.Body)
		}
	}
}

func TestCauseIsLoggedOnceAndNotShown(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	opts := httpx.ErrorOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	cause := &callboard.Error{Code: callboard.CodeInternal, Message: "cannot save", Err: errors.New("disk full")}
	h := httpx.Chain(failing(cause), httpx.Errors(opts), httpx.RequestID, httpx.Recover)
	w := ask(t, h, "GET", "/x", "", "X-Request-Id", "trace-0001")
	if strings.Contains(w.Body.String(), "disk full") || !strings.Contains(w.Body.String(), "trace-0001") {
		t.Errorf("page = %q; want the id and no cause", w.Body)
	}
	if got := log.String(); strings.Count(got, "disk full") != 1 || !strings.Contains(got, "request_id=trace-0001") || !strings.Contains(got, "level=ERROR") {
		t.Errorf("log = %q; want the cause once, with the id", got)
	}
	log.Reset()
	ask(t, httpx.Errors(opts)(failing(coded(callboard.CodeNotFound))), "GET", "/x", "")
	if log.Len() > 0 {
		t.Errorf("log = %q; a client's mistake is none of ours", log.String())
	}
}

func TestErrorAfterTheResponseBegan(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(httpx.Errors(httpx.ErrorOptions{Logger: slog.New(slog.DiscardHandler)})(
		httpx.Handler(func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
			return errors.New("boom")
		})))
	defer srv.Close()
	res, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if data, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("read %q to a good end; want a broken response", data)
	}
}

func TestRecover(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	opts := httpx.ErrorOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	h := httpx.Chain(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret state") }),
		httpx.Errors(opts), httpx.Recover, httpx.Compress, httpx.ETag)
	w := ask(t, h, "GET", "/api/x", "", "Accept-Encoding", "gzip")
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "secret state") || !strings.Contains(log.String(), "handler_test.go") {
		t.Errorf("log = %q; want the panic with its stack", log.String())
	}
	aborting := httpx.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer func() {
		v := recover()
		if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("recovered %v, want ErrAbortHandler to pass", v)
		}
	}()
	ask(t, aborting, "GET", "/", "")
}

func TestNotFoundAndMethodNotAllowed(t *testing.T) {
	t.Parallel()
	if w := ask(t, httpx.Handler(httpx.NotFound), "GET", "/api/x", ""); w.Code != 404 || !strings.Contains(w.Body.String(), "there is nothing at /api/x") {
		t.Errorf("NotFound: %d %s", w.Code, w.Body)
	}
	if w := ask(t, httpx.Handler(httpx.MethodNotAllowed), "PUT", "/api/x", ""); w.Code != 405 || !strings.Contains(w.Body.String(), "PUT is not allowed") {
		t.Errorf("MethodNotAllowed: %d %s", w.Code, w.Body)
	}
}

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := httpx.WriteJSON(w, 201, map[string]string{"a": "<b>"}); err != nil {
		t.Fatal(err)
	}
	if w.Code != 201 || w.Body.String() != "{\"a\":\"<b>\"}\n" || w.Header().Get("Content-Length") != "12" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	w = httptest.NewRecorder()
	if err := httpx.WriteJSON(w, 200, func() {}); err == nil || w.Body.Len() > 0 {
		t.Errorf("a func was encoded: %v, %q", err, w.Body)
	}
}

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	type inner struct {
		Port int `json:"port"`
	}
	type body struct {
		Name  string    `json:"name"`
		Inner inner     `json:"inner"`
		Tags  []string  `json:"tags"`
		At    time.Time `json:"at"`
	}
	tests := []struct {
		name, body, contentType string
		code                    callboard.Code
		message                 string
	}{
		{"good", `{"name":"a","inner":{"port":1}} ` + "\n", "application/json; charset=utf-8", "", ""},
		{"vendor type", `{}`, "application/merge-patch+json", "", ""},
		{"no type", `{}`, "", "", ""},
		{"empty", " ", "", callboard.CodeInvalid, "the request body is empty; expected JSON"},
		{"form", "name=a", "application/x-www-form-urlencoded", callboard.CodeInvalid, "expected application/json"},
		{"syntax", "{\n  \"name\": nope}", "", callboard.CodeInvalid, "not JSON at 2:12: invalid character 'o' in literal null"},
		{"cut", "{\n\"name\":", "", callboard.CodeInvalid, "ends in the middle of JSON at 2:8"},
		{"trailing", "{}\n  {}", "", callboard.CodeInvalid, "goes on after its JSON value at 2:3; expected one value"},
		{"trailing junk", "{} ]", "", callboard.CodeInvalid, "at 1:4"},
		{"type", `{"inner":{"port":"x"}}`, "", callboard.CodeInvalid, "the field inner.port at 1:20 is a string; expected a whole number"},
		{"top type", `[]`, "", callboard.CodeInvalid, "the value at 1:1 is a array; expected an object"},
		{"overflow", `{"inner":{"port":1e99}}`, "", callboard.CodeInvalid, "expected a whole number"},
		{"unknown", "{\"name\":\"a\",\n \"nam\":1}", "", callboard.CodeInvalid, `the field "nam" at 2:2 is unknown`},
		{"unknown twice", `{"inner":{"x":1},"x":2}`, "", callboard.CodeInvalid, `the field "x" is unknown`},
		{"own unmarshaler", `{"at":"yesterday"}`, "", callboard.CodeInvalid, "does not fit"},
		{"too large", `"` + strings.Repeat("x", httpx.MaxJSONBytes) + `"`, "", callboard.CodeTooLarge, "larger than 8388608 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			if tt.contentType != "" {
				r.Header.Set("Content-Type", tt.contentType)
			}
			var v body
			err := httpx.DecodeJSON(r, &v)
			if callboard.CodeOf(err) != tt.code {
				t.Fatalf("DecodeJSON = %v, want code %q", err, tt.code)
			}
			if err != nil && !strings.Contains(callboard.MessageOf(err), tt.message) {
				t.Errorf("message %q lacks %q", callboard.MessageOf(err), tt.message)
			}
		})
	}
	var v body
	if err := httpx.DecodeJSONLenient(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"name":"a","new":1}`)), &v); err != nil || v.Name != "a" {
		t.Errorf("lenient: %v, %+v", err, v)
	}
	if got := httpx.StatusOf(httpx.DecodeJSON(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{}`)), v)); got != 500 {
		t.Errorf("a target that is no pointer is our fault, got %d", got)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `{"b":[1,2,{"a":"x"}]} x`, "{\"\u00e9\":1}", `{"a":"\ud800"}`, `[`, "\xff", `{"zz":1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v struct {
			A int               `json:"a"`
			B []json.RawMessage `json:"b"`
		}
		err := httpx.DecodeJSON(httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(data)), &v)
		if err == nil && !json.Valid(data) {
			t.Errorf("accepted %q", data)
		}
		if err != nil && httpx.StatusOf(err) != 400 {
			t.Errorf("%q: status %d (%v)", data, httpx.StatusOf(err), err)
		}
	})
}
