// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/callboard/callboard"
)

// A tree is an entity as plain JSON values. Decoding, validation and flattening
// all work on trees, so that there is one meaning of each field.

// entityFromTree builds an entity, which shares the tree's spec.
func entityFromTree(root map[string]any) (*Entity, error) {
	e := new(Entity)
	var err error
	if e.APIVersion, err = treeText(root, "", "apiVersion"); err != nil {
		return nil, err
	}
	if e.Kind, err = treeText(root, "", "kind"); err != nil {
		return nil, err
	}
	if e.Metadata, err = metadataFromTree(root["metadata"]); err != nil {
		return nil, err
	}
	if spec, ok := root["spec"]; ok && spec != nil {
		if e.Spec, ok = spec.(map[string]any); !ok {
			return nil, shapeError("/spec", "an object", spec)
		}
	}
	if e.Relations, err = relationsFromTree(root["relations"]); err != nil {
		return nil, err
	}
	e.Status, err = statusFromTree(root["status"])
	return e, err
}

func metadataFromTree(v any) (Metadata, error) {
	var m Metadata
	if v == nil {
		return m, nil
	}
	tree, ok := v.(map[string]any)
	if !ok {
		return m, shapeError("/metadata", "an object", v)
	}
	for k, x := range tree {
		var err error
		switch k {
		case "labels":
			m.Labels, err = textMap(x, "/metadata/labels")
		case "annotations":
			m.Annotations, err = textMap(x, "/metadata/annotations")
		case "tags":
			m.Tags, err = tagsFromTree(x)
		case "links":
			m.Links, err = linksFromTree(x)
		default:
			// Text that is there but empty goes to Extra, so that it is served as it was written.
			if p := m.text(k); p != nil && x != "" {
				*p, err = treeText(tree, "/metadata", k)
				break
			}
			if m.Extra == nil {
				m.Extra = make(map[string]any)
			}
			m.Extra[k] = x
		}
		if err != nil {
			return Metadata{}, err
		}
	}
	return m, nil
}

// text returns the place of the metadata field with the JSON name, or nil.
func (m *Metadata) text(name string) *string {
	switch name {
	case "uid":
		return &m.UID
	case "etag":
		return &m.ETag
	case "name":
		return &m.Name
	case "namespace":
		return &m.Namespace
	case "title":
		return &m.Title
	case "description":
		return &m.Description
	}
	return nil
}

// names reports whether a named field of the metadata is set under the JSON name.
func (m *Metadata) names(name string) bool {
	switch name {
	case "labels":
		return m.Labels != nil
	case "annotations":
		return m.Annotations != nil
	case "tags":
		return m.Tags != nil
	case "links":
		return m.Links != nil
	}
	p := m.text(name)
	return p != nil && *p != ""
}

func tagsFromTree(v any) ([]string, error) {
	list, err := treeList(v, "/metadata/tags")
	if list == nil || err != nil {
		return nil, err
	}
	tags := make([]string, len(list))
	for i, x := range list {
		s, ok := x.(string)
		if !ok {
			return nil, shapeError("/metadata/tags/"+strconv.Itoa(i), "text", x)
		}
		tags[i] = s
	}
	return tags, nil
}

func linksFromTree(v any) ([]Link, error) {
	list, err := treeList(v, "/metadata/links")
	if list == nil || err != nil {
		return nil, err
	}
	links := make([]Link, len(list))
	for i, x := range list {
		at := "/metadata/links/" + strconv.Itoa(i)
		tree, ok := x.(map[string]any)
		if !ok {
			return nil, shapeError(at, "an object", x)
		}
		l := &links[i]
		for name, p := range map[string]*string{"url": &l.URL, "title": &l.Title, "icon": &l.Icon, "type": &l.Type} {
			if *p, err = treeText(tree, at, name); err != nil {
				return nil, err
			}
		}
	}
	return links, nil
}

func relationsFromTree(v any) ([]Relation, error) {
	list, err := treeList(v, "/relations")
	if list == nil || err != nil {
		return nil, err
	}
	relations := make([]Relation, len(list))
	for i, x := range list {
		at := "/relations/" + strconv.Itoa(i)
		tree, ok := x.(map[string]any)
		if !ok {
			return nil, shapeError(at, "an object", x)
		}
		r := &relations[i]
		if r.Type, err = treeText(tree, at, "type"); err != nil {
			return nil, err
		}
		target, err := treeText(tree, at, "targetRef")
		if err != nil {
			return nil, err
		}
		if r.Target, err = ParseRef(target, Ref{}); err != nil {
			return nil, err
		}
	}
	return relations, nil
}

func statusFromTree(v any) (*Status, error) {
	if v == nil {
		return nil, nil
	}
	tree, ok := v.(map[string]any)
	if !ok {
		return nil, shapeError("/status", "an object", v)
	}
	list, err := treeList(tree["items"], "/status/items")
	if err != nil {
		return nil, err
	}
	s := &Status{}
	for i, x := range list {
		at := "/status/items/" + strconv.Itoa(i)
		item, ok := x.(map[string]any)
		if !ok {
			return nil, shapeError(at, "an object", x)
		}
		var it StatusItem
		for name, p := range map[string]*string{"type": &it.Type, "level": &it.Level, "message": &it.Message} {
			if *p, err = treeText(item, at, name); err != nil {
				return nil, err
			}
		}
		s.Items = append(s.Items, it)
	}
	return s, nil
}

func statusTree(s *Status) map[string]any {
	tree := make(map[string]any, 1)
	if len(s.Items) == 0 {
		return tree
	}
	items := make([]any, len(s.Items))
	for i, it := range s.Items {
		items[i] = map[string]any{"type": it.Type, "level": it.Level, "message": it.Message}
	}
	tree["items"] = items
	return tree
}

// tree returns the entity as JSON values. It shares the spec where that is
// already made of JSON values.
func (e *Entity) tree() (map[string]any, error) {
	root := map[string]any{"apiVersion": e.APIVersion, "kind": e.Kind}
	meta, err := e.Metadata.tree()
	if err != nil {
		return nil, err
	}
	root["metadata"] = meta
	if e.Spec != nil {
		if root["spec"], err = plain(e.Spec); err != nil {
			return nil, err
		}
	}
	if e.Relations != nil {
		list := make([]any, len(e.Relations))
		for i, r := range e.Relations {
			list[i] = map[string]any{"type": r.Type, "targetRef": r.Target.String()}
		}
		root["relations"] = list
	}
	if e.Status != nil {
		root["status"] = statusTree(e.Status)
	}
	return root, nil
}

func (m *Metadata) tree() (map[string]any, error) {
	tree := make(map[string]any, 8+len(m.Extra))
	for k, x := range m.Extra {
		v, err := plain(x)
		if err != nil {
			return nil, err
		}
		tree[k] = v
	}
	for _, name := range []string{"uid", "etag", "name", "namespace", "title", "description"} {
		if s := *m.text(name); s != "" {
			tree[name] = s
		}
	}
	if m.Labels != nil {
		tree["labels"] = anyMap(m.Labels)
	}
	if m.Annotations != nil {
		tree["annotations"] = anyMap(m.Annotations)
	}
	if m.Tags != nil {
		tags := make([]any, len(m.Tags))
		for i, t := range m.Tags {
			tags[i] = t
		}
		tree["tags"] = tags
	}
	if m.Links != nil {
		tree["links"] = linksTree(m.Links)
	}
	return tree, nil
}

func linksTree(links []Link) []any {
	list := make([]any, len(links))
	for i, l := range links {
		t := map[string]any{"url": l.URL}
		for name, s := range map[string]string{"title": l.Title, "icon": l.Icon, "type": l.Type} {
			if s != "" {
				t[name] = s
			}
		}
		list[i] = t
	}
	return list
}

func anyMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// plain returns v made of the value types of [Entity.Spec] only; v itself if
// it already is.
func plain(v any) (any, error) {
	if isPlain(v) {
		return v, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, noJSON(v, err)
	}
	return jsonTree(b)
}

func isPlain(v any) bool {
	switch t := v.(type) {
	case nil, string, bool, int64:
		return true
	case float64:
		return wholeNumber(t) == any(t)
	case []any:
		for _, x := range t {
			if !isPlain(x) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, x := range t {
			if !isPlain(x) {
				return false
			}
		}
		return true
	}
	return false
}

func treeText(tree map[string]any, at, name string) (string, error) {
	v, ok := tree[name]
	if !ok || v == nil {
		return "", nil
	}
	s, ok := v.(string)
	if !ok {
		return "", shapeError(at+"/"+name, "text", v)
	}
	return s, nil
}

func treeList(v any, at string) ([]any, error) {
	if v == nil {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, shapeError(at, "a list", v)
	}
	return list, nil
}

func textMap(v any, at string) (map[string]string, error) {
	if v == nil {
		return nil, nil
	}
	tree, ok := v.(map[string]any)
	if !ok {
		return nil, shapeError(at, "an object", v)
	}
	m := make(map[string]string, len(tree))
	for k := range tree {
		s, err := treeText(tree, at, k)
		if err != nil {
			return nil, err
		}
		m[k] = s
	}
	return m, nil
}

func shapeError(at, want string, got any) error {
	if at == "" {
		at = "the entity"
	}
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf("%s must be %s, not %s", at, want, typeWord(got))}
}

// typeWord names the type of a JSON value for a person.
func typeWord(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "true or false"
	case int64, float64:
		return "a number"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}
