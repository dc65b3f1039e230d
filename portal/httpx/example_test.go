// SPDX-License-Identifier: Apache-2.0

package httpx_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
)

func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("GET /api/things/{id}", httpx.Handler(func(w http.ResponseWriter, r *http.Request) error {
		if r.PathValue("id") != "7" {
			return &callboard.Error{Code: callboard.CodeNotFound, Message: "no thing " + r.PathValue("id")}
		}
		return httpx.WriteJSON(w, http.StatusOK, map[string]string{"id": "7"})
	}))
	for _, path := range []string{"/api/things/7", "/api/things/8"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// 200 {"id":"7"}
	// 404 {"error":{"name":"NotFoundError","message":"no thing 8"},"request":{"method":"GET","url":"/api/things/8"},"response":{"statusCode":404}}
}

func ExampleChain() {
	h := httpx.Chain(http.NotFoundHandler(), httpx.RequestID, httpx.Recover, httpx.SecurityHeaders)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(w.Code, w.Header().Get("X-Content-Type-Options"))
	// Output: 404 nosniff
}

func ExampleNewHealth() {
	health := httpx.NewHealth([]httpx.Check{{
		Name: "database",
		Run: func(context.Context) error {
			return &callboard.Error{Code: callboard.CodeUnavailable, Message: "the database does not answer"}
		},
	}}, &httpx.HealthOptions{Logger: slog.New(slog.DiscardHandler)})
	mux := http.NewServeMux()
	mux.Handle("GET /livez", health.Live())
	mux.Handle("GET /readyz", health.Ready())
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "the database does not answer"))
	// Output: 503 true
}
