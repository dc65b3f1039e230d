// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// document is a claim's content as it is stored.
type document struct {
	etag  string // of the entity
	hash  string // of the entity and its edges
	json  string // with uid and etag, without relations
	edges []edgeText
}

// edgeText is an edge before its references are resolved.
type edgeText struct{ source, name, target string }

// encode writes a claim's entity and edges in their one form.
func encode(c *catalog.Claim, ref string) (*document, error) {
	e := *c.Entity
	e.Metadata.UID, e.Metadata.ETag, e.Relations = "", "", nil
	text, err := e.AppendJSON(make([]byte, 0, 2048))
	if err != nil {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: "the content of " + ref + " has no JSON form", Err: err}
	}
	d := &document{edges: edgesOf(c.Relations)}
	h := sha256.Sum256(text)
	d.etag = base64.RawURLEncoding.EncodeToString(h[:15])
	d.hash = hashOf(d.etag, d.edges)
	d.json, err = identified(text, uidOf(ref), d.etag)
	return d, err
}

func hashOf(etag string, edges []edgeText) string {
	h := sha256.New()
	h.Write([]byte(etag))
	for _, e := range edges {
		for _, s := range [...]string{e.source, e.name, e.target} {
			h.Write([]byte{0})
			h.Write([]byte(s))
		}
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:15])
}

// identified puts uid and etag at the head of the metadata.
func identified(text []byte, uid, etag string) (string, error) {
	const opening = `"metadata":{`
	head, rest, ok := bytes.Cut(text, []byte(opening))
	if !ok {
		return "", fmt.Errorf("the JSON form of an entity has no metadata: %.80s", text)
	}
	var b strings.Builder
	b.Grow(len(text) + 96)
	b.Write(head)
	b.WriteString(opening + `"uid":"` + uid + `","etag":"` + etag + `"`)
	if rest[0] != '}' {
		b.WriteByte(',')
	}
	b.Write(rest)
	return b.String(), nil
}

// edgesOf returns the edges in order, each once.
func edgesOf(edges []catalog.Edge) []edgeText {
	out := make([]edgeText, len(edges))
	for i, e := range edges {
		out[i] = edgeText{source: refText(e.Source), name: clean(e.Type), target: refText(e.Target)}
	}
	compare := func(a, b edgeText) int {
		return cmp.Or(strings.Compare(a.source, b.source), strings.Compare(a.name, b.name), strings.Compare(a.target, b.target))
	}
	slices.SortFunc(out, compare)
	return slices.CompactFunc(out, func(a, b edgeText) bool { return compare(a, b) == 0 })
}
