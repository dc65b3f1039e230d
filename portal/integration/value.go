// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/callboard/callboard/portal/ui"
)

// maxText bounds one text of a view, in characters.
const maxText = 500

// textOf returns a value as text for people; null is empty.
func textOf(v ref.Val) (string, error) {
	switch v := v.(type) {
	case types.Null:
		return "", nil
	case types.String:
		return clean(string(v)), nil
	case types.Bool:
		return map[bool]string{true: "yes", false: "no"}[bool(v)], nil
	case types.Int:
		return strconv.FormatInt(int64(v), 10), nil
	case types.Uint:
		return strconv.FormatUint(uint64(v), 10), nil
	case types.Double:
		return strconv.FormatFloat(float64(v), 'f', -1, 64), nil
	case types.Timestamp:
		return v.Time.UTC().Format("2 Jan 2006 15:04"), nil
	case types.Duration:
		return ui.FormatDuration(v.Duration), nil
	case traits.Lister:
		return listText(v)
	default:
		return "", fmt.Errorf("is a %s, which is no text", v.Type().TypeName())
	}
}

// listText joins a short list of texts.
func listText(list traits.Lister) (string, error) {
	const most = 20
	var parts []string
	for it := list.Iterator(); it.HasNext() == types.True && len(parts) < most; {
		v := it.Next()
		if _, nested := v.(traits.Lister); nested {
			return "", fmt.Errorf("is a list of lists, which is no text")
		}
		text, err := textOf(v)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	return clean(strings.Join(parts, ", ")), nil
}

// clean makes one short line of a text.
func clean(s string) string {
	if len(s) > 4*maxText {
		s = s[:4*maxText]
	}
	s = strings.ToValidUTF8(s, "�")
	var b strings.Builder
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	if r := []rune(b.String()); len(r) > maxText {
		return string(r[:maxText-1]) + "…"
	}
	return b.String()
}

// linkOf returns an address that a browser may be sent to, or nothing: only
// http and https lead out.
func linkOf(v ref.Val) string {
	s, ok := v.(types.String)
	if !ok || len(s) > 2000 {
		return ""
	}
	u, err := url.Parse(strings.TrimSpace(string(s)))
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}

// toneOf returns a tone; what is none is neutral.
func toneOf(v ref.Val) ui.Tone {
	s, _ := v.Value().(string)
	switch t := ui.Tone(s); t {
	case ui.OK, ui.Warn, ui.Bad, ui.Run:
		return t
	default:
		return ui.Neutral
	}
}

// numberOf returns a number; texts that are one count, as many APIs send them.
func numberOf(v ref.Val) (float64, bool) {
	var f float64
	switch v := v.(type) {
	case types.Int:
		f = float64(v)
	case types.Uint:
		f = float64(v)
	case types.Double:
		f = float64(v)
	case types.Duration:
		f = v.Duration.Seconds()
	case types.String:
		var err error
		if f, err = strconv.ParseFloat(strings.TrimSpace(string(v)), 64); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}

// timeLayouts are those that APIs write times in beside RFC 3339.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly, time.RFC1123}

// timeOf returns a time: a timestamp, a text, or seconds, milliseconds or
// nanoseconds since 1970.
func timeOf(v ref.Val) (time.Time, bool) {
	switch v := v.(type) {
	case types.Timestamp:
		return v.Time.UTC(), true
	case types.String:
		for _, layout := range timeLayouts {
			if t, err := time.Parse(layout, strings.TrimSpace(string(v))); err == nil {
				return t.UTC(), true
			}
		}
	}
	f, ok := numberOf(v)
	if !ok || f <= 0 {
		return time.Time{}, false
	}
	for f > 1e11 { // later than the year 5138 in seconds: it is a smaller unit
		f /= 1000
	}
	whole, part := math.Modf(f)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), true
}

// formatted returns a number with its unit, or the text as it is.
func formatted(v ref.Val, format string) (string, error) {
	text, err := textOf(v)
	f, ok := numberOf(v)
	if err != nil || !ok || text == "" {
		return text, err
	}
	switch format {
	case "number":
		return trimNumber(f), nil
	case "percent":
		return ui.FormatPercent(f / 100), nil
	case "duration":
		const longest = 1e9
		return ui.FormatDuration(time.Duration(max(-longest, min(f, longest)) * float64(time.Second))), nil
	case "bytes":
		return ui.FormatBytes(int64(max(-1e18, min(f, 1e18)))), nil
	default:
		return text, nil
	}
}

// trimNumber writes a number with two decimals at most.
func trimNumber(f float64) string {
	text := strconv.FormatFloat(f, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
