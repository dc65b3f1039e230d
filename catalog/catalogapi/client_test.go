// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog/catalogapi/clienttest"
)

// TestClient runs Backstage's own client against the API.
func TestClient(t *testing.T) {
	t.Parallel()
	s := demo(t)
	web := httptest.NewServer(s)
	defer web.Close()
	out := clienttest.Run(t, filepath.Join("testdata", "client", "driver.cjs"), web.URL+"/api/catalog")
	got, want := map[string]any{}, map[string]any{}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("driver.cjs printed %q: %v", out, err)
	}
	wanted, err := os.ReadFile(filepath.Join("testdata", "client", "want.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(wanted, &want); err != nil {
		t.Fatalf("want.json: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the client saw mismatch (-want +got):\n%s", diff)
	}
}

// ServeHTTP serves a real client, and holds what passes against the description.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		s.tb.Errorf("read a client's request: %v", err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	a := s.send(r, string(sent))
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Status)
	if _, err := w.Write(a.Body); err != nil {
		s.tb.Errorf("answer a client: %v", err)
	}
}
