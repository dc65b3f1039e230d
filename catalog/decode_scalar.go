// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

const quotedStyle = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// plainScalar reports whether the node is text without quotes and without tag,
// whose type therefore follows from how it looks.
func plainScalar(n *yaml.Node) bool { return n.Style&(quotedStyle|yaml.TaggedStyle) == 0 }

// scalar returns the value of a scalar by the core schema of YAML 1.2
// (https://yaml.org/spec/1.2.2/#103-core-schema), whatever the parser, which
// leans to 1.1, makes of it. An error says why it has no JSON form.
func scalar(n *yaml.Node, text string) (any, error) {
	if plainScalar(n) {
		return resolvePlain(text)
	}
	if n.Style&yaml.TaggedStyle == 0 {
		return text, nil
	}
	return resolveTagged(n.Tag, text)
}

// resolveTagged honours the tags of the core schema. Other tags say nothing
// that JSON could keep, so that the value is text, as the field's parser has it.
func resolveTagged(tag, text string) (any, error) {
	var ok bool
	v, err := resolvePlain(text)
	switch tag {
	case "!!int":
		_, ok = v.(int64)
	case "!!float":
		switch v.(type) {
		case int64, float64:
			ok = true
		}
	case "!!bool":
		_, ok = v.(bool)
	case "!!null":
		ok = v == nil
	default:
		return text, nil
	}
	if err != nil || ok {
		return v, err
	}
	return nil, fmt.Errorf("%s is not a value for the tag %s", quote(text), tag)
}

func resolvePlain(s string) (any, error) {
	if s == "" {
		return nil, nil
	}
	switch c := s[0]; {
	case c == '~' || c == 'n' || c == 'N':
		if isNull(s) {
			return nil, nil
		}
	case c == 't' || c == 'T' || c == 'f' || c == 'F':
		switch s {
		case "true", "True", "TRUE":
			return true, nil
		case "false", "False", "FALSE":
			return false, nil
		}
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
		return resolveNumber(s)
	}
	return s, nil
}

func isNull(s string) bool {
	return s == "" || s == "~" || s == "null" || s == "Null" || s == "NULL"
}

func resolveNumber(s string) (any, error) {
	if strings.HasPrefix(s, "0o") || strings.HasPrefix(s, "0x") {
		return resolveBased(s)
	}
	body := strings.TrimLeft(s, "+-")
	if len(s)-len(body) > 1 {
		return s, nil
	}
	switch body {
	case ".inf", ".Inf", ".INF":
		return nil, fmt.Errorf("%s is not a number that JSON has", s)
	case ".nan", ".NaN", ".NAN":
		if body == s {
			return nil, fmt.Errorf("%s is not a number that JSON has", s)
		}
		return s, nil
	}
	if !isDecimal(body) {
		return s, nil
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, fmt.Errorf("the number %s is out of range", quote(s))
	}
	return wholeNumber(f), nil
}

// resolveBased reads 0o17 and 0x1F.
func resolveBased(s string) (any, error) {
	base := 8
	if s[1] == 'x' {
		base = 16
	}
	digits := s[2:]
	for i := range len(digits) {
		if !baseDigit(digits[i], base) {
			return s, nil
		}
	}
	if digits == "" {
		return s, nil
	}
	i, err := strconv.ParseInt(digits, base, 64)
	if err != nil {
		return nil, fmt.Errorf("the number %s is out of range", quote(s))
	}
	return i, nil
}

func baseDigit(c byte, base int) bool {
	if base == 8 {
		return c >= '0' && c <= '7'
	}
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// isDecimal reports whether s is digits with an optional fraction and exponent.
func isDecimal(s string) bool {
	mantissa := s
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		exponent := s[i+1:]
		if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
		if exponent == "" || !isDigits(exponent) {
			return false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return whole+fraction != "" && isDigits(whole) && isDigits(fraction)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
