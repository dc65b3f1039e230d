// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// TestBadInput shows that each refusal says what to do.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := demo(t)
	b64 := func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) }
	deep := strings.Repeat(`{"$not":`, 5000) + `{}` + strings.Repeat("}", 5000)
	wide := `{"$any":[` + strings.TrimSuffix(strings.Repeat(`{"kind":"x"},`, 2000), ",") + `]}`
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"filter without a field", "GET", "/entities/by-query?filter==x", "", 400, "write field=value"},
		{"filter with 10k parts", "GET", "/entities/by-query?filter=" + strings.Repeat("a,", 10_000), "", 400, "$in"},
		{"5k filters", "GET", "/entities?" + strings.Repeat("filter=a&", 5_000), "", 400, "more than 1000 conditions"},
		{"match with an inner star", "GET", "/entities?match=kind=a*b", "", 400, `\*`},
		{"match by ending", "GET", "/entities?match=kind=*b", "", 400, "*text*"},
		{"match without a field", "GET", "/entities?match==b", "", 400, "plain field"},
		{"bad escape", "GET", "/entities?filter=%zz", "", 400, "percent-encode"},
		{"limit is a word", "GET", "/entities/by-query?limit=many", "", 400, "whole number"},
		{"limit is negative", "GET", "/entities/by-query?limit=-1", "", 400, "whole number"},
		{"limit is absurd", "GET", "/entities/by-query?limit=1000000", "", 400, "pageInfo.nextCursor"},
		{"limit is no integer", "GET", "/entities/by-query?limit=99999999999999999999", "", 400, "whole number"},
		{"offset is negative", "GET", "/entities/by-query?offset=-5", "", 400, "whole number"},
		{"limit 0 of the older listing", "GET", "/entities?limit=0", "", 400, "greater than zero"},
		{"after is no cursor", "GET", "/entities?after=!", "", 400, "malformed"},
		{"after is empty", "GET", "/entities?after=", "", 400, "empty"},
		{"after with a bad limit", "GET", "/entities?after=" + b64(`{"limit":-1,"offset":0}`), "", 400, "Link header"},
		{"cursor is no base64", "GET", "/entities/by-query?cursor=!!!", "", 400, "unchanged from an earlier answer"},
		{"cursor is no JSON", "GET", "/entities/by-query?cursor=" + b64("{"), "", 400, "malformed"},
		{"cursor of another listing", "GET", "/entities/by-query?cursor=" + b64("{}"), "", 400, "not one of this listing"},
		{"cursor of another store", "GET", "/entities/by-query?cursor=" + b64(`{"cursor":"forged"}`), "", 400, ""},
		{"cursor is empty", "POST", "/entities/by-query", `{"cursor":""}`, 400, "first page"},
		{"order without direction", "GET", "/entities/by-query?orderField=kind,up", "", 400, "field,asc"},
		{"older order", "GET", "/entities?order=kind", "", 400, "asc:field"},
		{"too many sort fields", "GET", "/entities/by-query?" + strings.Repeat("orderField=a,asc&", 11), "", 400, "at most 10"},
		{"totalItems", "GET", "/entities/by-query?totalItems=maybe", "", 400, "include, exclude"},
		{"fields with an index", "GET", "/entities?fields=metadata.tags[0]", "", 400, "whole array"},
		{"too many fields", "GET", "/entities?fields=" + numbered(500), "", 400, "whole entities"},
		{"no facet", "GET", "/entity-facets", "", 400, "Missing facet"},
		{"empty facet", "GET", "/entity-facets?facet=", "", 400, "Missing facet"},
		{"too many facets", "GET", "/entity-facets?facet=a" + strings.Repeat("&facet=b", 200), "", 400, "at most 100"},
		{"no facets", "POST", "/entity-facets", `{"facets":[]}`, 400, "Missing facet"},
		{"no JSON", "POST", "/entities/by-query", "{\n  \"query\": {,}\n}", 400, "2:13"},
		{"JSON ends", "POST", "/entities/by-query", `{"query":`, 400, "ends in the middle"},
		{"wrong type", "POST", "/entities/by-query", `{"limit":"ten"}`, 400, "limit"},
		{"limit is absurd in a body", "POST", "/entities/by-query", `{"limit":100000}`, 400, "at most 10000"},
		{"offset in a body", "POST", "/entities/by-query", `{"offset":-1}`, 400, "0 or more"},
		{"order in a body", "POST", "/entities/by-query", `{"orderBy":[{"field":"kind"}]}`, 400, `"order": "asc"`},
		{"totalItems in a body", "POST", "/entities/by-query", `{"totalItems":"maybe"}`, 400, "include, exclude"},
		{"predicate is no object", "POST", "/entities/by-query", `{"query":"kind"}`, 400, "must be an object"},
		{"predicate is an array", "POST", "/entities/by-query", `{"query":[]}`, 400, "must be an object"},
		{"predicate is deep", "POST", "/entities/by-query", `{"query":` + deep + `}`, 400, "flatter"},
		{"predicate is wide", "POST", "/entities/by-query", `{"query":` + wide + `}`, 400, "more than 1000"},
		{"unknown logical operator", "POST", "/entities/by-query", `{"query":{"$nor":[]}}`, 400, "$all, $any and $not"},
		{"operators beside others", "POST", "/entities/by-query", `{"query":{"$all":[],"kind":"x"}}`, 400, "only key"},
		{"all of no array", "POST", "/entities/by-query", `{"query":{"$all":{}}}`, 400, "query.$all: it must be an array"},
		{"item is no object", "POST", "/entities/by-query", `{"query":{"$any":[{},5]}}`, 400, "query.$any[1]"},
		{"not of no object", "POST", "/entities/by-query", `{"query":{"$not":1}}`, 400, "query.$not"},
		{"unknown operator", "POST", "/entities/by-query", `{"query":{"kind":{"$regex":"x"}}}`, 400, `query["kind"].$regex`},
		{"null value", "POST", "/entities/by-query", `{"query":{"kind":null}}`, 400, "plain value"},
		{"two operators", "POST", "/entities/by-query", `{"query":{"kind":{"$in":[],"$exists":true}}}`, 400, "one of"},
		{"exists of a text", "POST", "/entities/by-query", `{"query":{"kind":{"$exists":"yes"}}}`, 400, "true or false"},
		{"in of a value", "POST", "/entities/by-query", `{"query":{"kind":{"$in":"x"}}}`, 400, "array of values"},
		{"in of an object", "POST", "/entities/by-query", `{"query":{"kind":{"$in":[{}]}}}`, 400, "$in[0]"},
		{"prefix of a number", "POST", "/entities/by-query", `{"query":{"kind":{"$hasPrefix":1}}}`, 400, "a string"},
		{"contains an object", "POST", "/entities/by-query", `{"query":{"metadata.tags":{"$contains":{"a":1}}}}`, 400, "only relations"},
		{"relation without type", "POST", "/entities/by-query", `{"query":{"relations":{"$contains":{"targetRef":"x"}}}}`, 400, "type"},
		{"relation with more", "POST", "/entities/by-query", `{"query":{"relations":{"$contains":{"type":"x","color":"x"}}}}`, 400, "color"},
		{"relation to a number", "POST", "/entities/by-query", `{"query":{"relations":{"$contains":{"type":"x","targetRef":1}}}}`, 400, "targetRef"},
		{"relation to none", "POST", "/entities/by-query", `{"query":{"relations":{"$contains":{"type":"x","targetRef":{"$in":[]}}}}}`, 400, "not be empty"},
		{"refs are missing", "POST", "/entities/by-refs", `{}`, 400, "entityRefs is missing"},
		{"refs are no array", "POST", "/entities/by-refs", `{"entityRefs":"a"}`, 400, "entityRefs"},
		{"too many refs", "POST", "/entities/by-refs", `{"entityRefs":["` + strings.Repeat(`","`, 10_001) + `"]}`, 400, "split it"},
		{"no body", "POST", "/entities/by-refs", "", 400, "empty"},
		{"huge body", "POST", "/entities/by-refs", `{"entityRefs":["` + strings.Repeat("x", 9<<20) + `"]}`, 413, "larger than"},
		{"invalid reference", "POST", "/refresh", `{"entityRef":"a:b/"}`, 400, "kind:namespace/name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := s.in(t)
			got := s.do(test.method, test.path, test.body).want(test.status).message()
			if !strings.Contains(got, test.says) || len(got) > 1000 {
				t.Errorf("%s %.80s %.80s says %.300q, want something with %q", test.method, test.path, test.body, got, test.says)
			}
		})
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("f" + strings.Repeat("x", i) + ",")
	}
	return b.String()
}
