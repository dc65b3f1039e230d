// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// WriteJSON writes v as JSON with the status. It encodes before it writes, so
// a value that cannot be encoded is an error and no half a response.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // the content type is JSON and nosniff is set
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("httpx: encode response: %w", err)
	}
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	// An error here is the client's disappearance: there is nobody to tell.
	_, _ = w.Write(buf.Bytes())
	return nil
}
