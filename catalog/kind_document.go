// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/callboard/callboard"
)

// KindAPIVersion is the apiVersion of documents that declare kinds.
const KindAPIVersion = "callboard.dev/v1alpha1"

// ParseKinds reads declarations of kinds: YAML documents like this one, whose
// fields are those of [Kind].
//
//	apiVersion: callboard.dev/v1alpha1
//	kind: Kind
//	metadata:
//	  name: Robot
//	spec:
//	  apiVersions: [acme.example/v1]
//	  schema:
//	    type: object
//	    required: [owner]
//	    properties:
//	      owner: {type: string, minLength: 1}
//	  relations:
//	    - {field: spec.owner, type: ownedBy, inverse: ownerOf, defaultKind: Group}
//
// The error names every document that is not valid, with line and column.
func ParseKinds(content []byte) ([]Kind, error) {
	var kinds []Kind
	var faults []string
	for _, doc := range Decode(content, nil) {
		k, problems := kindOfDocument(&doc)
		for _, p := range problems {
			faults = append(faults, p.String())
		}
		if len(problems) == 0 {
			kinds = append(kinds, k)
		}
	}
	if len(faults) > 0 {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: strings.Join(faults, "; ")}
	}
	return kinds, nil
}

func kindOfDocument(doc *Document) (Kind, []Problem) {
	if len(doc.Problems) > 0 {
		return Kind{}, doc.Problems
	}
	e := doc.Entity
	if e.APIVersion != KindAPIVersion || e.Kind != "Kind" {
		doc.add(Problem{
			Rule:    "kind-declaration",
			Message: fmt.Sprintf("a declaration of a kind has apiVersion %s and kind Kind, not %s %s", KindAPIVersion, quote(e.APIVersion), quote(e.Kind)),
		}, "/kind")
		return Kind{}, doc.Problems
	}
	k := Kind{Name: e.Metadata.Name, Title: e.Metadata.Title, Description: e.Metadata.Description}
	if err := decodeStrict(e.Spec, &k); err != nil {
		doc.add(Problem{Rule: "kind-declaration", Message: err.Error()}, "/spec")
		return Kind{}, doc.Problems
	}
	if k.Name != e.Metadata.Name {
		doc.add(Problem{Rule: "kind-declaration", Message: "the name of a kind is metadata.name; remove spec.name"}, "/spec/name")
	}
	return k, doc.Problems
}

// decodeStrict fills a kind from a tree and refuses fields that it has not.
func decodeStrict(tree map[string]any, k *Kind) error {
	b, err := json.Marshal(tree)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(k); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}
