// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"go.yaml.in/yaml/v4"
)

//go:embed openapi.yaml
var openapiYAML []byte

// description is the OpenAPI description of this API.
type description struct{ asJSON func() ([]byte, error) }

// newDescription returns the description; its JSON is made when first asked for.
func newDescription() description {
	return description{asJSON: sync.OnceValues(func() ([]byte, error) {
		var v any
		if err := yaml.Unmarshal(openapiYAML, &v); err != nil {
			return nil, fmt.Errorf("catalogapi: read openapi.yaml: %w", err)
		}
		return json.Marshal(v)
	})}
}

// json serves GET /openapi.json.
func (d description) json(w http.ResponseWriter, r *http.Request) error {
	b, err := d.asJSON()
	if err != nil {
		return err
	}
	return body{b}.send(w, r)
}

// yaml serves GET /openapi.yaml.
func (d description) yaml(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(openapiYAML) // the client may have gone
	return nil
}
