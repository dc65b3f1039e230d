// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogapi"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/portal/httpx"
)

// start is the time at which the tests' catalogs begin.
func start() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

// server is an API under test with what stands behind it. Every request that it
// answers, and every answer, is held against the API's own description.
type server struct {
	tb      testing.TB
	handler http.Handler
	router  routers.Router
	store   catalog.Store
	service *service
}

func newServer(tb testing.TB, store catalog.Store, opts *catalogapi.Options) *server {
	tb.Helper()
	svc := &service{store: store}
	s := newServerWith(tb, store, svc, opts)
	s.service = svc
	return s
}

func newServerWith(tb testing.TB, store catalog.Store, svc catalog.Operator, opts *catalogapi.Options) *server {
	tb.Helper()
	if opts == nil {
		opts = &catalogapi.Options{}
	}
	opts.Now = start
	api, err := catalogapi.New(store, svc, opts)
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	r := mux.NewRouter()
	r.NotFoundHandler = httpx.Handler(httpx.NotFound)
	r.MethodNotAllowedHandler = httpx.Handler(httpx.MethodNotAllowed)
	api.Routes(r)
	s := &server{tb: tb, handler: r, store: store}
	s.router = descriptionRouter(tb, s)
	return s
}

// demo is a server over the in-memory store with the demo entities.
func demo(tb testing.TB) *server {
	tb.Helper()
	return demoOn(tb, catalogtest.NewStore())
}

func demoOn(tb testing.TB, store catalog.Store) *server {
	tb.Helper()
	fill(tb, store)
	return newServer(tb, store, nil)
}

// in is the server for a test within the test.
func (s *server) in(tb testing.TB) *server {
	inner := *s
	inner.tb = tb
	return &inner
}

func descriptionRouter(tb testing.TB, s *server) routers.Router {
	tb.Helper()
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, httptest.NewRequestWithContext(tb.Context(), "GET", "/api/catalog/openapi.json", nil))
	doc, err := openapi3.NewLoader().LoadFromData(rec.Body.Bytes())
	if err != nil {
		tb.Fatalf("openapi.json does not load: %v", err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		tb.Fatalf("openapi.json has no routes: %v", err)
	}
	return router
}

// answer is what came back for a request.
type answer struct {
	tb     testing.TB
	what   string
	Status int
	Header http.Header
	Body   []byte
}

// get asks for a path below the API's prefix. Headers are name and value in turn.
func (s *server) get(path string, headers ...string) *answer {
	s.tb.Helper()
	return s.do("GET", path, "", headers...)
}

// post sends a JSON body.
func (s *server) post(path, body string) *answer {
	s.tb.Helper()
	return s.do("POST", path, body)
}

func (s *server) do(method, path, body string, headers ...string) *answer {
	s.tb.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req := httptest.NewRequestWithContext(s.tb.Context(), method, catalogapi.Prefix+path, reader)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return s.send(req, body)
}

func (s *server) send(req *http.Request, body string) *answer {
	s.tb.Helper()
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, req)
	a := &answer{
		tb:     s.tb,
		what:   req.Method + " " + req.URL.RequestURI(),
		Status: rec.Code,
		Header: rec.Header(),
		Body:   rec.Body.Bytes(),
	}
	s.validate(req, body, a)
	return a
}

// validate holds the request, if it was accepted, and the answer in any case
// against the description.
func (s *server) validate(req *http.Request, body string, a *answer) {
	s.tb.Helper()
	method := req.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	again := httptest.NewRequestWithContext(s.tb.Context(), method, "/", strings.NewReader(body))
	again.URL, again.Header = req.URL, req.Header.Clone()
	if body == "" {
		again.Body, again.ContentLength = http.NoBody, 0
	}
	route, params, err := s.router.FindRoute(again)
	if err != nil {
		s.tb.Errorf("%s: the description does not have it: %v", a.what, err)
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: again, PathParams: params, Route: route}
	if a.Status < 400 {
		if err := openapi3filter.ValidateRequest(s.tb.Context(), in); err != nil {
			s.tb.Errorf("%s was answered with %d, but the description refuses it: %v", a.what, a.Status, err)
		}
	}
	if req.Method == http.MethodHead {
		return
	}
	err = openapi3filter.ValidateResponse(s.tb.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in,
		Status:                 a.Status,
		Header:                 a.Header,
		Body:                   io.NopCloser(bytes.NewReader(a.Body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		s.tb.Errorf("%s: the answer %d is not as described: %v\n%s", a.what, a.Status, err, a.Body)
	}
}

// want fails the test unless the status is as wanted.
func (a *answer) want(status int) *answer {
	a.tb.Helper()
	if a.Status != status {
		a.tb.Fatalf("%s = %d, want %d: %s", a.what, a.Status, status, a.Body)
	}
	return a
}

// into decodes the body.
func (a *answer) into(v any) {
	a.tb.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		a.tb.Fatalf("%s: decode %s: %v", a.what, a.Body, err)
	}
}

// entityJSON is as much of an entity as the tests look at.
type entityJSON struct {
	Kind     string
	Metadata struct{ UID, Name, Namespace, Title string }
}

func (e *entityJSON) ref() string {
	if e == nil {
		return "null"
	}
	return catalog.NewRef(e.Kind, e.Metadata.Namespace, e.Metadata.Name).String()
}

// pageJSON is a page of entities.
type pageJSON struct {
	Items      []*entityJSON
	TotalItems int
	PageInfo   struct{ NextCursor, PrevCursor string }
}

func (p pageJSON) names() string { return names(p.Items) }

func names(items []*entityJSON) string {
	var out []string
	for _, e := range items {
		if e == nil {
			out = append(out, "null")
			continue
		}
		out = append(out, e.Metadata.Name)
	}
	return strings.Join(out, " ")
}

// page decodes a page of entities.
func (a *answer) page() pageJSON {
	a.tb.Helper()
	var p pageJSON
	a.want(http.StatusOK).into(&p)
	return p
}

// message is the message of an error.
func (a *answer) message() string {
	a.tb.Helper()
	var body struct {
		Error struct{ Name, Message string }
	}
	a.into(&body)
	return body.Error.Name + ": " + body.Error.Message
}
