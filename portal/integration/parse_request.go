// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// request compiles a request.
func (p *parser) request(path string, r Request, s scope, methods []string) request {
	out := request{method: r.Method}
	if out.method == "" {
		out.method = methods[0]
	}
	if !slices.Contains(methods, out.method) {
		p.report(path+".method", "method", "is "+out.method, "write one of "+strings.Join(methods, ", "))
	}
	pieces, problem := cutTemplate(r.URL)
	if problem == "" {
		p.pieces(path+".url", pieces, s)
		out.url, problem = cutURL(pieces, p.d.Settings)
	}
	if problem != "" {
		p.report(path+".url", "url", problem, "write https://host/path or {{settings.url}}/path, with values in the path only")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Query)) {
		out.query = append(out.query, p.field(key(path+".query", name), name, r.Query[name], s))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		at := key(path+".headers", name)
		if !httpguts.ValidHeaderFieldName(name) || ownHeader(name) {
			p.report(at, "header", "is no header that a definition may set", "remove it; credentials have a section of their own")
		}
		out.headers = append(out.headers, p.field(at, name, r.Headers[name], s))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Form)) {
		out.form = append(out.form, p.field(key(path+".form", name), name, r.Form[name], s))
	}
	if r.Body != nil {
		p.inBody = true
		out.body = p.body(path+".body", path+".body", r.Body, s, 0)
		p.inBody = false
	}
	switch {
	case out.method == "GET" && (r.Body != nil || len(r.Form) > 0):
		p.report(path, "body", "has a body, which GET does not send", "write method: POST, or use query")
	case r.Body != nil && len(r.Form) > 0:
		p.report(path, "body", "has both body and form", "keep one")
	}
	return out
}

// ownHeader reports whether a header is the engine's or the connection's.
func ownHeader(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "cookie", "host", "content-length", "connection", "transfer-encoding", "te", "range", "accept-encoding", "user-agent", "proxy-authorization":
		return true
	}
	return false
}

// field compiles a text or a list of texts.
func (p *parser) field(path, name string, v any, s scope) field {
	out := field{name: p.template(path, name, s)}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, one := range list {
		switch one := one.(type) {
		case string:
			out.values = append(out.values, p.template(path, one, s))
		case int64, float64, bool:
			out.values = append(out.values, &textTemplate{[]piece{{text: fmt.Sprint(one)}}})
		default:
			p.report(path, "type", "is neither a text nor a list of texts", "write a template")
		}
	}
	return out
}

// maxBody bounds how deep the body of a request is.
const maxBody = 12

// body compiles the leaves of a body. Positions within it are those of the
// nearest part that has one.
func (p *parser) body(path, at string, v any, s scope, depth int) any {
	if depth > maxBody {
		p.report(at, "limit", fmt.Sprintf("is deeper than %d levels", maxBody), "flatten it")
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out[name] = p.body(key(path, name), at, v[name], s, depth+1)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = p.body(path+"["+strconv.Itoa(i)+"]", at, one, s, depth+1)
		}
		return out
	case string:
		return p.template(at, v, s)
	default:
		return v
	}
}

func (p *parser) paging(pg Paging) {
	if pg.Kind != "cursor" && pg.Next != "" {
		p.report("source.paging.next", "paging", "is for cursors", "remove it, or write kind: cursor")
	}
	if pg.Kind == "offset" && pg.Size == 0 {
		p.report("source.paging.size", "paging", "is missing: offsets grow by it", "write how many items a page has")
	}
	for name := range p.d.Source.Query {
		if name == pg.Parameter && pg.Kind == "cursor" {
			p.report("source.paging.parameter", "paging", "stands under query too", "remove it there; the first page has none")
		}
	}
}
