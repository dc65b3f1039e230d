// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// accessNotes collects what handlers add to the access log's line.
type accessNotes struct {
	mu    sync.Mutex
	attrs []slog.Attr
}

type accessKey struct{}

// Annotate adds attributes to the access log's line for the request that ctx
// belongs to: who called, which module served. Without [AccessLog] it does
// nothing.
func Annotate(ctx context.Context, attrs ...slog.Attr) {
	if notes, ok := ctx.Value(accessKey{}).(*accessNotes); ok {
		notes.mu.Lock()
		defer notes.mu.Unlock()
		notes.attrs = append(notes.attrs, attrs...)
	}
}

// AccessLog logs one line for each request when it is over. Values of query
// parameters that may be secret are masked. A nil logger is slog.Default().
func AccessLog(logger *slog.Logger) func(http.Handler) http.Handler {
	if logger == nil {
		logger = slog.Default()
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			notes := &accessNotes{}
			rec, start := record(w), time.Now()
			defer func() { logAccess(logger, r, rec, notes, time.Since(start)) }()
			next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), accessKey{}, notes)))
		})
	}
}

func logAccess(logger *slog.Logger, r *http.Request, rec *recorder, notes *accessNotes, took time.Duration) {
	status := rec.status
	if status == 0 {
		status = http.StatusOK
	}
	notes.mu.Lock()
	defer notes.mu.Unlock()
	attrs := append([]slog.Attr{
		slog.String("request_id", RequestIDFrom(r.Context())),
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path),
		slog.String("query", maskQuery(r.URL.RawQuery)),
		slog.Int("status", status),
		slog.Int64("bytes", rec.bytes),
		slog.Duration("took", took),
		slog.String("client", ClientIP(r).String()),
	}, notes.attrs...)
	logger.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
}

// secretWords mark a query parameter whose value stays out of the log.
var secretWords = []string{"token", "secret", "password", "passwd", "key", "code", "state", "sig", "auth", "session", "credential", "assertion", "nonce", "ticket", "jwt"}

// maskQuery returns the query with the values of secret parameters replaced. A
// query that cannot be read could hide one and is masked as a whole.
func maskQuery(raw string) string {
	if raw == "" {
		return ""
	}
	if _, err := url.ParseQuery(raw); err != nil {
		return "***"
	}
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if value != "" && (err != nil || isSecretName(plain)) {
			pairs[i] = name + "=***"
		}
	}
	return strings.Join(pairs, "&")
}

func isSecretName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(name, word) })
}
