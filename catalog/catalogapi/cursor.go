// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/base64"
	"encoding/json"

	"github.com/callboard/callboard/catalog"
)

// maxCursor is the greatest length of a cursor. It carries the whole query, so
// it is as long as what asked for it.
const maxCursor = 1 << 20

// pageCursor is what a by-query cursor holds. It is base64 of JSON, because the
// field's client looks into it: a member "query" makes it continue with POST.
type pageCursor struct {
	// Store is the store's own cursor.
	Store string `json:"cursor"`
	// Total is the number found on the first page, so that it is counted once.
	Total int `json:"totalItems"`
	// Query is set if the listing was begun with POST.
	Query *struct{} `json:"query,omitempty"`
}

// legacyCursor is the after parameter of GET /entities.
type legacyCursor struct {
	Limit  int `json:"limit"`
	Offset int `json:"offset"`
}

// locationCursor continues a listing of locations behind an id.
type locationCursor struct {
	Limit int             `json:"limit"`
	After string          `json:"afterId"`
	Query json.RawMessage `json:"query,omitempty"`
}

// listCursor continues the listings that are ours.
type listCursor struct {
	Ref string `json:"ref,omitempty"`
	ID  int64  `json:"id,omitempty"`
}

// encodeCursor never fails: all cursors are plain structs.
func encodeCursor(v any) string {
	b, _ := json.Marshal(v)
	return base64.StdEncoding.EncodeToString(b)
}

// decodeCursor reads a cursor that an earlier answer gave.
func decodeCursor(s string, v any) error {
	const hint = "pass one on unchanged from an earlier answer, or leave it out to start at the first page"
	if s == "" {
		return invalid("the cursor is empty; %s", hint)
	}
	if len(s) > maxCursor {
		return invalid("the cursor is too long; %s", hint)
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		b, err = base64.RawURLEncoding.DecodeString(s)
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return invalid("the cursor %q is malformed; %s", short(s), hint)
	}
	return nil
}

// pages turns a page's cursors into ours.
func (c pageCursor) pages(p catalog.Page) pageInfo {
	wrap := func(s string) string {
		if s == "" {
			return ""
		}
		c.Store = s
		return encodeCursor(c)
	}
	return pageInfo{Next: wrap(p.Next), Prev: wrap(p.Prev)}
}

// pageInfo is how every list tells where it goes on.
type pageInfo struct {
	Next string `json:"nextCursor,omitempty"`
	Prev string `json:"prevCursor,omitempty"`
}
