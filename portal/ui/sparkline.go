// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Sparkline is a trend without axes, as wide as a word. Template "ui/spark".
type Sparkline struct {
	Values []float64
	Tone   Tone
	// Label says what the line shows; without one readers do not hear it, for
	// a table that has the number beside it.
	Label string
}

const sparkWidth, sparkHeight = 96.0, 24.0

// Path returns the line's path; gaps stand where a value is not a number.
func (s Sparkline) Path() string {
	lo, hi := extent(s.Values)
	var b strings.Builder
	pen := false
	for i, v := range s.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			pen = false
			continue
		}
		cmd := "L"
		if !pen {
			cmd, pen = "M", true
		}
		x, y := sparkWidth/2, sparkHeight/2
		if len(s.Values) > 1 {
			x = 1.5 + float64(i)*(sparkWidth-3)/float64(len(s.Values)-1)
		}
		if hi > lo {
			y = sparkHeight - 3 - (v-lo)/(hi-lo)*(sparkHeight-6)
		}
		b.WriteString(cmd + coord(x) + " " + coord(y))
	}
	return b.String()
}

// SVG returns the drawing.
func (s Sparkline) SVG() template.HTML {
	head := `<svg class="spark ` + s.Tone.Class() + `" viewBox="0 0 96 24" `
	if s.Label == "" {
		return template.HTML(head + `aria-hidden="true"><path d="` + s.Path() + `"/></svg>`)
	}
	return template.HTML(head + `role="img" aria-label="` + template.HTMLEscapeString(s.Label) + `"><path d="` + s.Path() + `"/></svg>`)
}

// extent returns the least and the greatest finite value.
func extent(values []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if lo > hi {
		return 0, 0
	}
	return lo, hi
}

// coord writes a coordinate with one decimal at most.
func coord(v float64) string {
	text := strconv.FormatFloat(v, 'f', 1, 64)
	text = strings.TrimSuffix(text, ".0")
	if text == "-0" {
		return "0"
	}
	return text
}
