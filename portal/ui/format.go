// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// FormatBytes writes a size with its unit, in powers of 1000: "31 KB".
func FormatBytes(n int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB", "PB", "EB"}
	v, i := float64(n), 0
	for i < len(units)-1 && math.Abs(v) >= 999.5 {
		v /= 1000
		i++
	}
	return trim3(v) + " " + units[i]
}

// FormatDuration writes a duration with its unit: "412 ms", "1.18 s",
// "2m 08s", "3h 05m", "4d 02h".
func FormatDuration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "−", max(-d, 0)
	}
	switch {
	case d == 0:
		return "0 s"
	case d < time.Microsecond:
		return sign + strconv.FormatInt(int64(d), 10) + " ns"
	case d < time.Millisecond:
		return sign + trim3(float64(d)/float64(time.Microsecond)) + " µs"
	case d < time.Second:
		return sign + trim3(float64(d)/float64(time.Millisecond)) + " ms"
	case d < time.Minute:
		return sign + trim3(d.Seconds()) + " s"
	case d < time.Hour:
		return sign + fmt.Sprintf("%dm %02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return sign + fmt.Sprintf("%dh %02dm", d/time.Hour, d%time.Hour/time.Minute)
	default:
		day := 24 * time.Hour
		return sign + fmt.Sprintf("%dd %02dh", d/day, d%day/time.Hour)
	}
}

// FormatPercent writes a ratio of 0..1 as a percentage with one decimal.
func FormatPercent(ratio float64) string {
	if math.IsNaN(ratio) || math.IsInf(ratio, 0) {
		return "–"
	}
	return minus(strconv.FormatFloat(ratio*100, 'f', 1, 64)) + "%"
}

// FormatDelta writes a number with its sign, "+1.3" or "−0.9", and zero
// without one.
func FormatDelta(v float64) string {
	text := strconv.FormatFloat(v, 'f', 1, 64)
	switch {
	case text == "0.0" || text == "-0.0":
		return "0.0"
	case v > 0:
		return "+" + text
	default:
		return minus(text)
	}
}

// trim3 writes v with three significant digits and no needless zeros.
func trim3(v float64) string {
	digits := 2
	switch a := math.Abs(v); {
	case a >= 99.95:
		digits = 0
	case a >= 9.995:
		digits = 1
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if digits > 0 {
		for text[len(text)-1] == '0' {
			text = text[:len(text)-1]
		}
		if text[len(text)-1] == '.' {
			text = text[:len(text)-1]
		}
	}
	return minus(text)
}

// minus replaces a leading hyphen by a minus sign, which is as wide as a digit.
func minus(text string) string {
	if len(text) > 0 && text[0] == '-' {
		return "−" + text[1:]
	}
	return text
}

// ago returns the key and the count of the words for a time that lies d in
// the past, or in the future if negative; beyond 30 days there is none.
func ago(d time.Duration) (key string, n int, ok bool) {
	suffix := ".ago"
	if d < 0 {
		suffix, d = ".in", -d
	}
	day := 24 * time.Hour
	switch {
	case d < 5*time.Second:
		return "time.now", 0, true
	case d < time.Minute:
		return "time.seconds" + suffix, int(d / time.Second), true
	case d < time.Hour:
		return "time.minutes" + suffix, int(d / time.Minute), true
	case d < day:
		return "time.hours" + suffix, int(d / time.Hour), true
	case d < 30*day:
		return "time.days" + suffix, int(d / day), true
	default:
		return "", 0, false
	}
}
