// SPDX-License-Identifier: Apache-2.0

package httpx

import (
	"net/http"
	"strconv"
	"strings"
)

// maxAcceptItems bounds the work that one header can cause.
const maxAcceptItems = 64

// preference is one item of an Accept or Accept-Encoding header.
type preference struct {
	value string
	q     float64
}

// parsePreferences reads a header of values with q parameters. What it cannot
// read it leaves out.
func parsePreferences(header string) []preference {
	var prefs []preference
	for len(header) > 0 && len(prefs) < maxAcceptItems {
		var item string
		item, header, _ = strings.Cut(header, ",")
		value, params, _ := strings.Cut(item, ";")
		value = strings.ToLower(strings.TrimSpace(value))
		if q, ok := parseQ(params); ok && value != "" {
			prefs = append(prefs, preference{value: value, q: q})
		}
	}
	return prefs
}

// parseQ finds the weight among parameters; without one it is 1.
func parseQ(params string) (float64, bool) {
	for len(params) > 0 {
		var param string
		param, params, _ = strings.Cut(params, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return q, err == nil && q >= 0 && q <= 1
	}
	return 1, true
}

// Accepts returns the offer that the request's Accept header likes best, the
// earlier one when two are equal, the first when there is no header, and ""
// when none is acceptable. Offers are media types such as "text/html".
func Accepts(r *http.Request, offers ...string) string {
	header := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		if len(offers) == 0 {
			return ""
		}
		return offers[0]
	}
	prefs := parsePreferences(header)
	best, bestQ := "", 0.0
	for _, offer := range offers {
		if q := mediaQ(prefs, offer); q > bestQ {
			best, bestQ = offer, q
		}
	}
	return best
}

// mediaQ returns the weight of the most specific range that covers offer.
func mediaQ(prefs []preference, offer string) float64 {
	major, _, _ := strings.Cut(offer, "/")
	q, specificity := 0.0, 0
	for _, p := range prefs {
		s := 0
		switch p.value {
		case offer:
			s = 3
		case major + "/*":
			s = 2
		case "*/*":
			s = 1
		}
		if s > specificity {
			q, specificity = p.q, s
		}
	}
	return q
}

// acceptsGzip reports whether a response to r may be compressed with gzip.
func acceptsGzip(r *http.Request) bool {
	gzip, star := -1.0, -1.0
	for _, p := range parsePreferences(strings.Join(r.Header.Values("Accept-Encoding"), ",")) {
		switch p.value {
		case "gzip", "x-gzip":
			gzip = max(gzip, p.q)
		case "*":
			star = p.q
		}
	}
	if gzip >= 0 {
		return gzip > 0
	}
	return star > 0
}

// addVary adds a name to the Vary header unless it stands there already.
func addVary(h http.Header, name string) {
	for _, v := range h.Values("Vary") {
		for item := range strings.SplitSeq(v, ",") {
			if item = strings.TrimSpace(item); item == "*" || strings.EqualFold(item, name) {
				return
			}
		}
	}
	h.Add("Vary", name)
}
