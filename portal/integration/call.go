// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"cel.dev/cel-go/common/types"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
)

// maxNesting is how deep a response may be.
const maxNesting = 64

// call is a request with its values put in, before the credentials are added:
// it may be compared, and holds no secret.
type call struct {
	method string
	url    string
	query  url.Values
	header http.Header
	body   []byte
}

// String tells calls apart.
func (c call) String() string {
	return c.method + " " + c.url + "?" + c.query.Encode() + " " + fmt.Sprint(c.header) + " " + string(c.body)
}

// call puts the values in.
func (r request) call(ctx context.Context, settings map[string]string, vars map[string]any) (call, error) {
	c := call{method: r.method, query: url.Values{}, header: http.Header{}}
	var err error
	if c.url, err = r.url.expand(ctx, settings, vars); err != nil {
		return c, err
	}
	if err := fields(ctx, r.query, vars, c.query.Add); err != nil {
		return c, err
	}
	c.header.Set("Accept", "application/json")
	if err := fields(ctx, r.headers, vars, c.header.Set); err != nil {
		return c, err
	}
	switch {
	case r.body != nil:
		tree, err := fill(ctx, r.body, vars)
		if err != nil {
			return c, err
		}
		if c.body, err = json.Marshal(tree); err != nil {
			return c, err
		}
		if c.header.Get("Content-Type") == "" {
			c.header.Set("Content-Type", "application/json")
		}
	case len(r.form) > 0:
		form := url.Values{}
		if err := fields(ctx, r.form, vars, form.Add); err != nil {
			return c, err
		}
		c.body = []byte(form.Encode())
		c.header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return c, nil
}

// fields gives each value that is not empty to add.
func fields(ctx context.Context, list []field, vars map[string]any, add func(name, value string)) error {
	for _, f := range list {
		name, err := f.name.expand(ctx, vars)
		if err != nil {
			return err
		}
		for _, t := range f.values {
			text, err := t.expand(ctx, vars)
			if err != nil {
				return err
			}
			if text != "" {
				add(name, text)
			}
		}
	}
	return nil
}

// fill puts the values into a body.
func fill(ctx context.Context, v any, vars map[string]any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, one := range v {
			filled, err := fill(ctx, one, vars)
			if err != nil {
				return nil, err
			}
			out[name] = filled
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			filled, err := fill(ctx, one, vars)
			if err != nil {
				return nil, err
			}
			out[i] = filled
		}
		return out, nil
	case *textTemplate:
		return v.leaf(ctx, vars)
	default:
		return v, nil
	}
}

// leaf returns the value of a template in a body: the type of a single
// expression stays if JSON has it.
func (t *textTemplate) leaf(ctx context.Context, vars map[string]any) (any, error) {
	if x := t.single(); x != nil {
		v, err := x.eval(ctx, vars)
		if err != nil {
			return nil, err
		}
		switch v := v.(type) {
		case types.Null:
			return nil, nil
		case types.Int, types.Uint, types.Double, types.Bool:
			return v.Value(), nil
		}
	}
	return t.expand(ctx, vars)
}

// credential is a [Credential] with its value.
type credential struct {
	Credential
	name   string
	secret config.Secret
}

// authorize adds the credentials to what is sent.
func authorize(list []credential, query url.Values, header http.Header) {
	for _, c := range list {
		secret := c.secret.Reveal()
		if secret == "" {
			continue
		}
		switch c.Kind {
		case "bearer":
			header.Set("Authorization", "Bearer "+secret)
		case "basic":
			header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(secret)))
		case "header":
			header.Set(c.Name, c.Prefix+secret)
		default:
			query.Set(c.Name, secret)
		}
	}
}

// decodeJSON reads a response. Whole numbers stay whole.
func decodeJSON(data []byte) (any, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	if nesting(data) > maxNesting {
		return nil, invalid("the answer nests deeper than %d levels", maxNesting)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, invalid("the answer is no JSON; check the address, which may lead to a page for people")
	}
	if _, err := dec.Token(); err != io.EOF { //nolint:errorlint // what the decoder returns as it is
		return nil, invalid("the answer has something behind its JSON")
	}
	return numbers(tree), nil
}

// nesting returns how deep JSON text is, without parsing it.
func nesting(data []byte) int {
	depth, deepest, inside := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside = !inside
		case inside:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

// numbers replaces the texts of numbers by int64 or float64.
func numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, one := range v {
			v[name] = numbers(one)
		}
	case []any:
		for i, one := range v {
			v[i] = numbers(one)
		}
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, err := v.Float64()
		if err != nil {
			return v.String() // larger than any number that can be computed with
		}
		return f
	}
	return v
}

// nextLink returns the address of the header Link with rel=next.
func nextLink(header http.Header) string {
	for _, line := range header.Values("Link") {
		for one := range strings.SplitSeq(line, ",") {
			target, params, _ := strings.Cut(one, ";")
			target = strings.TrimSpace(target)
			if !strings.HasPrefix(target, "<") || !strings.HasSuffix(target, ">") {
				continue
			}
			for p := range strings.SplitSeq(params, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
				if strings.EqualFold(name, "rel") && strings.EqualFold(strings.Trim(value, `"`), "next") {
					return target[1 : len(target)-1]
				}
			}
		}
	}
	return ""
}

func invalid(format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}
