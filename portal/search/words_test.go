// SPDX-License-Identifier: Apache-2.0

package search_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/callboard/callboard/portal/search"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"payments-api", "payments api"},
		{"paymentsApi", "payments api paymentsapi"},
		{"HTTPServer2Go", "http server2 go httpserver2go"},
		{"GraphQL API", "graph ql graphql api"},
		{"iOS OAuth2 iPhone", "ios oauth2 iphone"},
		{"GET /baskets/{basketId}", "get baskets basket id basketid"},
		{"Größe, Łódź; naïve façade", "grosse lodz naive facade"},
		{"日本語 テスト", "日本語 テスト"},
		{"a_b.c:d", "a b c d"},
		{"", ""},
		{"?!", ""},
	} {
		if got := strings.Join(search.Words(tt.text), " "); got != tt.want {
			t.Errorf("Words(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestStem(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"deploy", "deploys", "deployed", "deploying", "deployment", "deployments"},
		{"service", "services"}, {"query", "queries"}, {"ship", "shipped", "shipping"}, {"order", "orders", "ordering", "ordered"},
		{"capture", "captures", "captured", "capturing"}, {"cache", "caches", "caching", "cached"}, {"box", "boxes"},
		{"process", "processes", "processed", "processing"}, {"recommend", "recommendation", "recommendations"},
		{"api", "apis"}, {"app", "apps"}, {"payment", "payments"}, {"document", "documents", "documentation"},
	} {
		for _, w := range same[1:] {
			if search.Stem(w) != search.Stem(same[0]) {
				t.Errorf("Stem(%q) = %q, Stem(%q) = %q; want the same", w, search.Stem(w), same[0], search.Stem(same[0]))
			}
		}
	}
	for _, differ := range [][2]string{
		{"tech", "team"}, {"teams", "tech"}, {"pay", "payment"}, {"doc", "document"}, {"status", "stat"}, {"feed", "fee"}, {"access", "acces"},
		{"ring", "r"}, {"string", "str"}, {"redis", "redi"}, {"test", "tests1"}, {"moment", "mo"}, {"need", "ne"},
	} {
		if search.Stem(differ[0]) == search.Stem(differ[1]) {
			t.Errorf("Stem(%q) = Stem(%q) = %q", differ[0], differ[1], search.Stem(differ[0]))
		}
	}
}

func TestParseText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, terms, phrases, without, key string
		open                               bool
	}{
		{"checkout", "checkout", "", "", "checkout", true},
		{"checkout ", "checkout", "", "", "checkout", false},
		{"Payments-API docs", "payments+api=paymentsapi docs", "", "", "paymentsapidocs", true},
		{`"order events" -legacy new`, "new", "order event", "legacy", "ordereventsnew", true},
		{"how do the deployments run ", "deployments run", "", "", "howdothedeploymentsrun", false},
		{"the", "the", "", "", "the", true},
		{"who is", "is", "", "", "whois", true},
		{`"open`, "", "open", "", "open", false},
		{"- -- ?! \"\"", "", "", "", "", false},
	} {
		got := search.ParseText(tt.text)
		var terms, phrases []string
		open := false
		for _, x := range got.Terms {
			text := strings.Join(x.Words, "+")
			if x.Joined != "" {
				text += "=" + x.Joined
			}
			terms, open = append(terms, text), x.Open
		}
		for _, p := range got.Phrases {
			phrases = append(phrases, strings.Join(p, " "))
		}
		have := []string{strings.Join(terms, " "), strings.Join(phrases, "; "), strings.Join(got.Without, " "), got.Key}
		if want := []string{tt.terms, tt.phrases, tt.without, tt.key}; !slices.Equal(have, want) || open != tt.open {
			t.Errorf("ParseText(%q) = %q, open %v; want %q, %v", tt.text, have, open, want, tt.open)
		}
	}
}

func FuzzParseText(f *testing.F) {
	for _, text := range []string{`"order events" -x y*`, "paymentsApi", "\x00\xff", `-"`, "İß", `"a" "b`, "ＡＢ", "a\u0300"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed := search.ParseText(text)
		words := slices.Concat(parsed.Without, slices.Concat(parsed.Phrases...))
		for _, term := range parsed.Terms {
			if len(term.Words) == 0 {
				t.Errorf("%q has a term without words", text)
			}
			words = append(words, term.Words...)
		}
		if len(words) > 200 {
			t.Errorf("%d words of %q", len(words), text)
		}
		for _, w := range words {
			if w == "" || len(w) > 64 || !utf8.ValidString(w) || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				t.Errorf("%q has the word %q", text, w)
			}
		}
	})
}
