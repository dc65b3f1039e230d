// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

const orderJSON = `{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"ticket-desk","namespace":"default","uid":"u1","etag":"e1","title":"Ticket desk","description":"Sells \"seats\" & more","labels":{"a":"1","b":"2"},"annotations":{"example.com/x":"y"},"tags":["go","web"],"links":[{"url":"https://example.com","title":"Home"}],"phase":{"n":3}},"spec":{"big":9007199254740993,"list":[1,2.5,null,true,"x"],"owner":"stage-crew","type":"service"},"relations":[{"type":"ownedBy","targetRef":"group:default/stage-crew"}],"status":{"items":[{"level":"error","message":"m","type":"t"}]}}`

func ticketDesk() *catalog.Entity {
	return &catalog.Entity{
		APIVersion: "backstage.io/v1alpha1", Kind: "Component",
		Metadata: catalog.Metadata{
			UID: "u1", ETag: "e1", Name: "ticket-desk", Namespace: "default", Title: "Ticket desk",
			Description: `Sells "seats" & more`,
			Labels:      map[string]string{"b": "2", "a": "1"},
			Annotations: map[string]string{"example.com/x": "y"},
			Tags:        []string{"go", "web"},
			Links:       []catalog.Link{{URL: "https://example.com", Title: "Home"}},
			Extra:       map[string]any{"phase": map[string]any{"n": int64(3)}},
		},
		Spec: map[string]any{
			"type": "service", "owner": "stage-crew", "big": int64(9007199254740993),
			"list": []any{int64(1), 2.5, nil, true, "x"},
		},
		Relations: []catalog.Relation{{Type: "ownedBy", Target: catalog.NewRef("Group", "", "Stage-Crew")}},
		Status:    &catalog.Status{Items: []catalog.StatusItem{{Type: "t", Level: "error", Message: "m"}}},
	}
}

func TestEntityJSON(t *testing.T) {
	t.Parallel()
	b, err := ticketDesk().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(orderJSON, string(b)); diff != "" {
		t.Errorf("MarshalJSON mismatch (-want +got):\n%s", diff)
	}
	var back catalog.Entity
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ticketDesk(), &back); diff != "" {
		t.Errorf("UnmarshalJSON mismatch (-want +got):\n%s", diff)
	}
	if _, err := json.Marshal(back); err != nil {
		t.Errorf("json.Marshal of a value: %v", err)
	}
}

func TestEntityJSONNumbers(t *testing.T) {
	t.Parallel()
	in := `{"kind":"K","metadata":{"name":"n"},"spec":{"a":1.0,"b":1e3,"c":0.5,"d":1e-7,"e":1e21,"f":12345678901234567890}}`
	want := `{"apiVersion":"","kind":"K","metadata":{"name":"n"},"spec":{"a":1,"b":1000,"c":0.5,"d":1e-7,"e":1e+21,"f":12345678901234567000}}`
	var e catalog.Entity
	if err := json.Unmarshal([]byte(in), &e); err != nil {
		t.Fatal(err)
	}
	if got, ok := e.Spec["b"].(int64); !ok || got != 1000 {
		t.Errorf("spec.b = %T %v, want int64 1000", e.Spec["b"], e.Spec["b"])
	}
	b, err := e.MarshalJSON()
	if err != nil || string(b) != want {
		t.Errorf("MarshalJSON = %s, %v; want %s", b, err, want)
	}
}

func TestEntityJSONRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`[]`:                                "must be an object, not a list",
		`{"kind":3}`:                        "/kind must be text, not a number",
		`{"spec":"x"}`:                      "/spec must be an object",
		`{"metadata":{"tags":[1]}}`:         "/metadata/tags/0 must be text",
		`{"metadata":{"labels":{"a":1}}}`:   "/metadata/labels/a must be text",
		`{"metadata":{"links":["x"]}}`:      "/metadata/links/0 must be an object",
		`{"relations":[{"targetRef":"x"}]}`: "it has no kind",
	} {
		err := json.Unmarshal([]byte(in), new(catalog.Entity))
		if callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("Unmarshal(%s) = %v, want %q", in, err, want)
		}
	}
	for _, v := range []any{math.NaN(), math.Inf(1), make(chan int)} {
		e := catalog.Entity{Spec: map[string]any{"x": v}}
		if _, err := e.MarshalJSON(); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("MarshalJSON with %T = %v, want invalid", v, err)
		}
	}
}

func TestRecordEntity(t *testing.T) {
	t.Parallel()
	e, err := catalog.Record{JSON: json.RawMessage(orderJSON)}.Entity()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ticketDesk(), e); diff != "" {
		t.Errorf("Entity() mismatch (-want +got):\n%s", diff)
	}
	if _, err := (catalog.Record{}).Entity(); callboard.CodeOf(err) != callboard.CodeNotFound {
		t.Errorf("zero Record.Entity() = %v, want not found", err)
	}
}

func TestEntityHelpers(t *testing.T) {
	t.Parallel()
	e := ticketDesk()
	c := e.Clone()
	c.Spec["list"].([]any)[0] = "changed"
	c.Metadata.Labels["a"] = "changed"
	c.Metadata.Extra["phase"].(map[string]any)["n"] = "changed"
	if diff := cmp.Diff(ticketDesk(), e); diff != "" {
		t.Errorf("a change to a clone reached the original (-want +got):\n%s", diff)
	}
	if got := e.DisplayName(); got != "Ticket desk" {
		t.Errorf("DisplayName() = %q", got)
	}
	e.Metadata.Title, e.Relations = "", nil
	e.Spec["profile"] = map[string]any{"displayName": "Desk"}
	if got := e.DisplayName(); got != "Desk" {
		t.Errorf("DisplayName() = %q", got)
	}
	if got, want := e.Owner(), catalog.NewRef("group", "", "stage-crew"); got != want {
		t.Errorf("Owner() = %v, want %v", got, want)
	}
	if e.Type() != "service" || e.Lifecycle() != "" {
		t.Errorf("Type, Lifecycle = %q, %q", e.Type(), e.Lifecycle())
	}
}

// FuzzJSONTree holds what is read against what the standard library reads.
func FuzzJSONTree(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":[true,false,null,"x\"\\\/\u00e9\ud83d\ude00\ud83d",-1.5e3,[],{}], "c" : { "d" : "é" } }`, `{"a":"` + "\xff\xfe" + `"}`, `{"a":1e400}`,
		`{"a":1,"a":2}`, `{} `, `{}x`, ``, `{"a":9223372036854775808,"b":1.0,"c":-0}`, "{\"\\n\":\"\t\"}", `{"a":"\\"}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := `{"kind":"X","metadata":{"name":"x"},"spec":{"v":` + s + `}}`
		var got catalog.Entity
		err := json.Unmarshal([]byte(text), &got)
		dec := json.NewDecoder(strings.NewReader(s))
		dec.UseNumber()
		var want any
		if !json.Valid([]byte(text)) || !json.Valid([]byte(s)) || dec.Decode(&want) != nil {
			if err == nil && !json.Valid([]byte(text)) {
				t.Errorf("Unmarshal(%q) = %v, want an error", text, got)
			}
			return
		}
		want, ok := plainNumbers(want)
		if ok != (err == nil) {
			t.Fatalf("Unmarshal(%q): %v, want success: %v", text, err, ok)
		}
		if diff := cmp.Diff(want, got.Spec["v"]); ok && diff != "" {
			t.Errorf("Unmarshal(%q) mismatch (-want +got):\n%s", text, diff)
		}
	})
}

// plainNumbers turns numbers into int64 and float64, or reports that one is out
// of range.
func plainNumbers(v any) (any, bool) {
	all := true
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		n, err := v.Float64()
		if n == math.Trunc(n) && math.Abs(n) <= 1<<53 {
			return int64(n), err == nil
		}
		return n, err == nil
	case []any:
		for i := range v {
			var ok bool
			v[i], ok = plainNumbers(v[i])
			all = all && ok
		}
	case map[string]any:
		for k := range v {
			var ok bool
			v[k], ok = plainNumbers(v[k])
			all = all && ok
		}
	}
	return v, all
}
