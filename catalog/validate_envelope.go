// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// envelopeCheck checks what all kinds share, and collects every problem.
type envelopeCheck struct {
	doc      *Document // for positions; nil has none
	problems []Problem
}

func (c *envelopeCheck) check(root map[string]any) {
	c.rootFields(root)
	c.apiVersion(root)
	c.kind(root)
	switch m := root["metadata"].(type) {
	case map[string]any:
		c.metadata(m)
	default:
		c.absent(root, "", "metadata", "an object", "metadata", "add metadata with at least a name")
	}
	if spec, ok := root["spec"]; ok {
		if _, isMap := spec.(map[string]any); !isMap {
			c.value("spec", "/spec", "spec must be an object, not "+typeWord(spec), "give spec fields of its own, indented below it")
		}
	}
	c.caseClashes(root)
}

// rootFields are those that an author may write. relations and status belong
// to the catalog; the original refuses them from authors as well.
func (c *envelopeCheck) rootFields(root map[string]any) {
	known := [...]string{"apiVersion", "kind", "metadata", "spec"}
	for k := range root {
		switch {
		case slices.Contains(known[:], k):
		case k == "relations" || k == "status":
			c.key("root-field", "/"+k, k+" is kept by the catalog and cannot be declared",
				"remove it; relations follow from fields of spec, such as owner and dependsOn")
		default:
			remedy := "remove it, or move it below spec or metadata"
			if near := nearest(k, known[:]); near != "" {
				remedy = "did you mean " + near + "? If not: " + remedy
			}
			c.key("root-field", "/"+escapePointer(k), "the document has an unknown field "+quote(k), remedy)
		}
	}
}

func (c *envelopeCheck) apiVersion(root map[string]any) {
	if s, ok := c.text(root, "", "apiVersion", "api-version", "add apiVersion, for example backstage.io/v1alpha1"); ok && !ValidAPIVersion(s) {
		c.value("api-version", "/apiVersion", "apiVersion "+quote(s)+" is not valid",
			"write a domain, a slash and a version, for example backstage.io/v1alpha1")
	}
}

func (c *envelopeCheck) kind(root map[string]any) {
	if s, ok := c.text(root, "", "kind", "kind", "add kind, for example Component"); ok && !ValidKind(s) {
		c.value("kind", "/kind", "kind "+quote(s)+" is not valid",
			"start with a letter and use letters and digits only, at most 63")
	}
}

func (c *envelopeCheck) metadata(m map[string]any) {
	c.name(m)
	c.namespace(m)
	for _, k := range []string{"uid", "etag", "title"} {
		if _, ok := m[k]; ok {
			c.text(m, "/metadata", k, "metadata-"+k, "give it text, or leave it out")
		}
	}
	if v, ok := m["description"]; ok {
		if _, isText := v.(string); !isText {
			c.wrongType("metadata-description", "/metadata/description", "text", v)
		}
	}
	c.labels(m, "labels", "label")
	c.labels(m, "annotations", "annotation")
	c.tags(m)
	c.links(m)
}

func (c *envelopeCheck) name(m map[string]any) {
	s, ok := c.text(m, "/metadata", "name", "metadata-name", "add a name, unique among entities of this kind")
	if !ok || ValidName(s) {
		return
	}
	remedy := "name: use letters, digits and - _ . between them, at most 63 characters"
	switch {
	case strings.Contains(s, "{{") || strings.Contains(s, "${"):
		remedy = "this looks like an unfilled template; leave template skeletons out of the catalog's locations"
	default:
		keep := func(b byte) bool { return isAlnum(b) || b == '-' || b == '_' || b == '.' }
		remedy += didYouMean(suggestName(strings.ToLower(s), keep))
	}
	c.value("metadata-name", "/metadata/name", "metadata.name "+quote(s)+" is not valid", remedy)
}

func (c *envelopeCheck) namespace(m map[string]any) {
	if _, ok := m["namespace"]; !ok {
		return
	}
	s, ok := c.text(m, "/metadata", "namespace", "metadata-namespace", "give it text, or leave it out: it is then default")
	if ok && !ValidNamespace(s) {
		keep := func(b byte) bool { return isLowerAlnum(b) || b == '-' }
		c.value("metadata-namespace", "/metadata/namespace", "metadata.namespace "+quote(s)+" is not valid",
			"use lower-case letters, digits and - between them, at most 63 characters"+didYouMean(suggestName(strings.ToLower(s), keep)))
	}
}

// labels checks labels or annotations, whose keys have one rule.
func (c *envelopeCheck) labels(m map[string]any, field, rule string) {
	v, ok := m[field]
	if !ok {
		return
	}
	at := "/metadata/" + field
	tree, ok := v.(map[string]any)
	if !ok {
		c.wrongType(rule, at, "an object", v)
		return
	}
	for k, v := range tree {
		here := func() string { return at + "/" + escapePointer(k) }
		if !ValidLabelKey(k) {
			c.key(rule, here(), "the "+rule+" key "+quote(k)+" is not valid",
				"use a name, or a lower-case domain, a slash and a name, for example example.com/tier; names have letters, digits and - _ . between them, at most 63 characters")
		}
		s, isText := v.(string)
		switch {
		case !isText:
			c.notText(rule, here(), "the value of "+rule+" "+quote(k), v)
		case rule == "label" && s != "" && !ValidName(s):
			c.value(rule, here(), "the label value "+quote(s)+" is not valid",
				"use letters, digits and - _ . between them, at most 63 characters; longer text belongs into an annotation")
		}
	}
}

func (c *envelopeCheck) tags(m map[string]any) {
	v, ok := m["tags"]
	if !ok {
		return
	}
	list, ok := v.([]any)
	if !ok {
		c.wrongType("tag", "/metadata/tags", "a list", v)
		return
	}
	for i, x := range list {
		at := func() string { return "/metadata/tags/" + strconv.Itoa(i) }
		s, isText := x.(string)
		switch {
		case !isText:
			c.notText("tag", at(), "a tag", x)
		case !ValidTag(s):
			keep := func(b byte) bool { return isTagByte(b) || b == '-' }
			c.value("tag", at(), "the tag "+quote(s)+" is not valid",
				"use lower-case letters, digits and : + # with single - between them, at most 63 characters"+
					didYouMean(suggestTag(strings.ToLower(s), keep)))
		}
	}
}

func suggestTag(s string, keep func(byte) bool) string {
	for strings.Contains(s, "--") {
		s = strings.ReplaceAll(s, "--", "-")
	}
	return suggestName(s, keep)
}

func didYouMean(s string) string {
	if s == "" {
		return ""
	}
	return "; did you mean '" + s + "'?"
}

// text returns a field that must be there and be text that is not empty.
func (c *envelopeCheck) text(tree map[string]any, at, name, rule, remedy string) (string, bool) {
	s, ok := tree[name].(string)
	if ok && s != "" {
		return s, true
	}
	c.absent(tree, at, name, "text", rule, remedy)
	return "", false
}

// absent reports a field that is missing, empty or of the wrong type.
func (c *envelopeCheck) absent(tree map[string]any, at, name, want, rule, remedy string) {
	v, there := tree[name]
	field := strings.TrimPrefix(strings.ReplaceAll(at+"/"+name, "/", "."), ".")
	switch {
	case !there:
		c.value(rule, at+"/"+name, field+" is missing", remedy)
	case v == "":
		c.value(rule, at+"/"+name, field+" is empty", remedy)
	case want == "text":
		c.notText(rule, at+"/"+name, field, v)
	default:
		c.wrongType(rule, at+"/"+name, want, v)
	}
}

func (c *envelopeCheck) wrongType(rule, at, want string, got any) {
	field := strings.TrimPrefix(strings.ReplaceAll(at, "/", "."), ".")
	remedy := "write " + want + ", or leave it out"
	if got == nil {
		remedy = "give it a value, or leave it out"
	}
	c.value(rule, at, fmt.Sprintf("%s must be %s, not %s", field, want, typeWord(got)), remedy)
}

// notText reports a value that YAML did not read as text, most often for lack of quotes.
func (c *envelopeCheck) notText(rule, at, what string, got any) {
	remedy := "write text"
	switch v := got.(type) {
	case bool, int64, float64:
		remedy = fmt.Sprintf("put it in quotes: '%v'", v)
	case nil:
		remedy = "give it text, or leave it out; empty text is ''"
	case map[string]any, []any:
		remedy = "write text; put text that starts with { or [ in quotes"
	}
	c.value(rule, at, fmt.Sprintf("%s must be text, not %s", what, typeWord(got)), remedy)
}

func (c *envelopeCheck) value(rule, pointer, message, remedy string) {
	c.report(rule, pointer, message, remedy, c.doc.Position)
}

func (c *envelopeCheck) key(rule, pointer, message, remedy string) {
	c.report(rule, pointer, message, remedy, c.doc.KeyPosition)
}

// maxProblems of one document are listed: who has more mends those first, and
// hostile input must not fill the store.
const maxProblems = 100

func (c *envelopeCheck) report(rule, pointer, message, remedy string, position func(string) (int, int)) {
	if len(c.problems) > maxProblems {
		return
	}
	if len(c.problems) == maxProblems {
		rule, pointer, message, remedy = "more-problems", "", "there are more problems than are listed", "mend these first"
	}
	line, column := position(pointer)
	c.problems = append(c.problems, Problem{
		Severity: SeverityError, Rule: rule, Message: message, Remedy: remedy, Pointer: pointer, Line: line, Column: column,
	})
}
