// SPDX-License-Identifier: Apache-2.0

package signed

import "strings"

// Text returns the claim of that name, or the one at that path through objects;
// empty if it is no text.
func Text(claims map[string]any, name string) string {
	s, _ := find(claims, name).(string)
	return s
}

// Texts returns the texts of the claim, which is a list or one text.
func Texts(claims map[string]any, name string) []string {
	if s := Text(claims, name); s != "" {
		return []string{s}
	}
	list, _ := find(claims, name).([]any)
	var out []string
	for _, item := range list {
		if s, _ := item.(string); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Email returns the person's address and whether it is verified, which some
// providers write as a text. With trust it is, unless the provider says that it
// is not.
func Email(claims map[string]any, trust bool) (address string, verified bool) {
	v, said := claims["email_verified"]
	address = Text(claims, "email")
	return address, address != "" && (v == true || v == "true" || trust && !said)
}

// find returns the claim of that name, or the one at that path.
func find(claims map[string]any, name string) any {
	if v, has := claims[name]; has {
		return v
	}
	first, rest, dotted := strings.Cut(name, ".")
	inner, ok := claims[first].(map[string]any)
	if !dotted || !ok {
		return nil
	}
	return find(inner, rest)
}
