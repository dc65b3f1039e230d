// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes, written as "512", "64 KB", "10MiB" or "1.5 GB".
// Every unit is a power of 1024.
type Size int64

type sizeUnit struct {
	name  string
	bytes float64
}

// sizeUnits stand from large to small.
var sizeUnits = []sizeUnit{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}}

// String returns the size in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if n := int64(u.bytes); s != 0 && int64(s)%n == 0 {
			return fmt.Sprintf("%d %s", int64(s)/n, u.name)
		}
	}
	return fmt.Sprintf("%d B", int64(s))
}

// MarshalText returns what String returns.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	t := strings.ToUpper(strings.TrimSpace(string(text)))
	end := strings.LastIndexAny(t, "0123456789.") + 1
	number, unit := t[:end], strings.TrimSpace(t[end:])
	factor, ok := sizeFactor(unit)
	n, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || strings.Trim(number, "0123456789.") != "" || n*factor >= math.MaxInt64 {
		return fmt.Errorf("%q is not a size, such as 64 KB or 10 MB", text)
	}
	*s = Size(n * factor)
	return nil
}

func sizeFactor(unit string) (float64, bool) {
	unit = strings.TrimSuffix(unit, "B")
	unit = strings.TrimSuffix(unit, "I")
	if unit == "" {
		return 1, true
	}
	for _, u := range sizeUnits {
		if u.name[:1] == unit {
			return u.bytes, true
		}
	}
	return 0, false
}
