// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/go-playground/validator/v10"
)

// inlineName marks inlined structs in the validator's namespaces; no key can
// be named so.
const inlineName = "\x00inline"

// newValidator is called once: building one costs, and it caches types.
var newValidator = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if inlined(f, key, options) {
			return inlineName
		}
		return keyOf(f)
	})
	v.RegisterCustomTypeFunc(func(field reflect.Value) any {
		return field.Interface().(Secret).Reveal()
	}, Secret{})
	return v
})

// validate checks the validate tags of the section.
func (d *decoder) validate(v reflect.Value, path string) {
	rule := ""
	switch v.Kind() {
	case reflect.Struct:
	case reflect.Slice, reflect.Map:
		if !hasStruct(v.Type()) {
			return
		}
		rule = "dive"
	default:
		return
	}
	var err error
	if rule == "" {
		err = newValidator().Struct(v.Interface())
	} else {
		err = newValidator().Var(v.Interface(), rule)
	}
	var fields validator.ValidationErrors
	if !errors.As(err, &fields) {
		return
	}
	for _, fe := range fields {
		d.broken(fe, d.fieldPath(path, strings.TrimPrefix(fe.Namespace(), v.Type().Name()+".")))
	}
}

// broken reports a rule that a value breaks, unless the value was reported
// already.
func (d *decoder) broken(fe validator.FieldError, path string) {
	for failed := range d.failed {
		if within(path, failed) {
			return
		}
	}
	at := d.origin(path)
	message, remedy := sentence(fe)
	if remedy == "" && strings.HasPrefix(fe.Tag(), "required") {
		remedy = "set it in a file or as " + variableFor(d.c.opts.Prefix, path)
	}
	d.report(at, path, fe.Tag(), message, remedy)
}

// origin returns where path is set, or the nearest thing above it that is.
func (d *decoder) origin(path string) Origin { return originOf(d.origins, path) }

func originOf(origins map[string]Origin, path string) Origin {
	for {
		if at, ok := origins[path]; ok {
			return at
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return origins[""]
		}
		path = path[:i]
	}
}

// fieldPath turns the validator's "tls.hosts[0]" into a path of ours.
func (d *decoder) fieldPath(section, rest string) string {
	path := section
	for rest != "" {
		var segment string
		segment, rest = nextSegment(rest)
		key, inBrackets := strings.CutPrefix(segment, "[")
		i, err := strconv.Atoi(strings.TrimSuffix(key, "]"))
		switch {
		case segment == inlineName:
		case !inBrackets:
			path = join(path, segment)
		case err == nil && d.origins[join(path, strconv.Itoa(i))] == (Origin{}):
			path = index(path, i)
		default:
			path = join(path, strings.TrimSuffix(key, "]"))
		}
	}
	return path
}

// nextSegment cuts a name or a bracketed index off a namespace.
func nextSegment(s string) (segment, rest string) {
	if strings.HasPrefix(s, "[") {
		if i := strings.IndexByte(s, ']'); i >= 0 {
			return s[:i+1], strings.TrimPrefix(s[i+1:], ".")
		}
		return s, ""
	}
	i := strings.IndexAny(s, ".[")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimPrefix(s[i:], ".")
}

// sentence says in words which rule is broken, and what to do if the rule does
// not say so itself.
func sentence(fe validator.FieldError) (message, remedy string) {
	param := fe.Param()
	switch fe.Tag() {
	case "required", "required_if", "required_unless", "required_with", "required_without", "required_with_all", "required_without_all":
		return "is required" + condition(fe), ""
	case "excluded_with", "excluded_if", "excluded_unless", "excluded_without", "excluded_with_all", "excluded_without_all":
		return "must not be set" + condition(fe), "remove it"
	case "min", "gte":
		return "must be " + amount(fe, "at least "), ""
	case "max", "lte":
		return "must be " + amount(fe, "at most "), ""
	case "gt":
		return "must be " + amount(fe, "more than "), ""
	case "lt":
		return "must be " + amount(fe, "less than "), ""
	case "len", "eq":
		return "must be " + amount(fe, "exactly "), ""
	case "oneof", "oneofci":
		return "must be one of " + strings.Join(strings.Fields(param), ", "), ""
	case "startswith":
		return "must begin with " + param, ""
	case "endswith":
		return "must end with " + param, ""
	case "unique":
		return "must not name anything twice", "remove the repetition"
	}
	if what, ok := formats(fe.Tag()); ok {
		return "must be " + what, ""
	}
	rule := fe.Tag()
	if param != "" {
		rule += "=" + param
	}
	return "breaks the rule " + rule, ""
}

func condition(fe validator.FieldError) string {
	_, when, found := strings.Cut(fe.Tag(), "_")
	if !found {
		return ""
	}
	names := strings.Fields(fe.Param())
	switch when {
	case "if", "unless":
		var parts []string
		for i := 0; i+1 < len(names); i += 2 {
			parts = append(parts, lowerFirst(names[i])+" is "+names[i+1])
		}
		return " " + when + " " + strings.Join(parts, " and ")
	}
	for i := range names {
		names[i] = lowerFirst(names[i])
	}
	word := map[string]string{"with": "with", "without": "without", "with_all": "with all of", "without_all": "without any of"}[when]
	return " " + word + " " + strings.Join(names, ", ")
}

func lowerFirst(s string) string {
	if s == "" || strings.ToUpper(s) == s {
		return strings.ToLower(s)
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// amount says how much of what the rule allows.
func amount(fe validator.FieldError, bound string) string {
	kind := fe.Kind()
	switch {
	case fe.Type() == durationType:
		return bound + fe.Param()
	case fe.Type() == sizeType:
		if n, err := strconv.ParseInt(fe.Param(), 10, 64); err == nil {
			return bound + Size(n).String()
		}
	case kind == reflect.String:
		return bound + fe.Param() + " characters long"
	case kind == reflect.Slice || kind == reflect.Map:
		return bound + fe.Param() + " items long"
	}
	return bound + fe.Param()
}

// formats names the formats that configuration uses most.
func formats(tag string) (string, bool) {
	what, ok := map[string]string{
		"url":                "a URL, such as https://example.com",
		"http_url":           "an http or https URL",
		"uri":                "a URI",
		"email":              "an email address",
		"hostname":           "a host name",
		"hostname_rfc1123":   "a host name",
		"fqdn":               "a full host name, such as portal.example.com",
		"hostname_port":      "host:port, such as 127.0.0.1:7007",
		"port":               "a port between 1 and 65535",
		"ip":                 "an IP address",
		"ipv4":               "an IPv4 address",
		"ipv6":               "an IPv6 address",
		"cidr":               "an address range, such as 10.0.0.0/8",
		"file":               "the path of a file that exists",
		"filepath":           "the path of a file",
		"dir":                "the path of a directory that exists",
		"dirpath":            "the path of a directory",
		"alphanum":           "letters and digits only",
		"alpha":              "letters only",
		"lowercase":          "lower case",
		"uuid":               "a UUID",
		"cron":               "a cron expression of five fields",
		"timezone":           "a time zone, such as Europe/Berlin",
		"base64":             "base64",
		"hexadecimal":        "hexadecimal digits",
		"semver":             "a version, such as 1.2.3",
		"bcp47_language_tag": "a language, such as en-GB",
	}[tag]
	return what, ok
}
