// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	"github.com/callboard/callboard/portal/config"
)

// Definition is an integration as data: where to ask, what to make of the
// answer, and how to show it. Texts in double braces are expressions in CEL;
// see the package documentation for what they may name.
type Definition struct {
	// ID names it in the configuration, such as pagerduty.
	ID string `yaml:"id" validate:"required"`
	// Title is what people call the tool.
	Title string `yaml:"title" validate:"required,max=80"`
	// Category groups definitions; see [Categories].
	Category string `yaml:"category"`
	// Description says in a sentence what it shows.
	Description string `yaml:"description" validate:"required,max=300"`
	// Homepage is the tool's own page.
	Homepage string `yaml:"homepage" validate:"omitempty,http_url"`
	// Reference is the documentation of the API that it follows.
	Reference string `yaml:"reference" validate:"omitempty,http_url"`
	// Icon is the name of an icon of portal/ui.
	Icon string `yaml:"icon"`
	// As is card (the default), tab or search: where it is shown.
	As string `yaml:"as" validate:"omitempty,oneof=card tab search"`
	// Width of a card in twelfths of the page; default 6.
	Width int `yaml:"width" validate:"omitempty,min=3,max=12"`
	// AppliesTo says on which entities.
	AppliesTo AppliesTo `yaml:"appliesTo"`
	// Settings are what the operator may or must say.
	Settings map[string]Setting `yaml:"settings" validate:"max=20,dive"`
	// Credentials are the secrets that requests carry.
	Credentials map[string]Credential `yaml:"credentials" validate:"max=8,dive"`
	// Source is the request.
	Source Source `yaml:"source"`
	// Mapping names parts of the answer. Each may use the others.
	Mapping map[string]string `yaml:"mapping" validate:"max=40"`
	// View is what is drawn, in order.
	View []Block `yaml:"view" validate:"max=12,dive"`
	// Facts are values for scorecards.
	Facts map[string]FactSpec `yaml:"facts" validate:"max=40,dive"`
	// Search says what of the answer can be searched for.
	Search *SearchSpec `yaml:"search"`
	// Actions are what people can have done, by name.
	Actions map[string]ActionSpec `yaml:"actions" validate:"max=12,dive"`

	program program
}

// AppliesTo says on which entities a definition is shown: all that is set must
// hold.
type AppliesTo struct {
	// Annotations must all be there and not be empty.
	Annotations []string `yaml:"annotations" validate:"max=8"`
	// Kinds lists kinds in any case; empty is all.
	Kinds []string `yaml:"kinds" validate:"max=20"`
	// When is an expression that must be true.
	When string `yaml:"when"`
}

// Setting is something that the operator says in the configuration.
type Setting struct {
	// Kind is text (the default), url or host: the last two may stand in front
	// of a URL's path.
	Kind string `yaml:"kind" validate:"omitempty,oneof=text url host"`
	// Description says what to write.
	Description string `yaml:"description" validate:"max=300"`
	// Default is used if the operator says nothing; without one they must.
	Default string `yaml:"default"`
	// Optional lets it be empty.
	Optional bool `yaml:"optional"`
}

// Credential is a secret, and where in a request it goes. Its value stands in
// the configuration; no expression can read it.
type Credential struct {
	// Kind is bearer, basic (the value is user:password), header or query.
	Kind string `yaml:"kind" validate:"required,oneof=bearer basic header query"`
	// Name is that of the header or the parameter.
	Name string `yaml:"name" validate:"required_if=Kind header,required_if=Kind query"`
	// Prefix stands before the value in a header, such as "GenieKey ".
	Prefix string `yaml:"prefix"`
	// Description says where to get it and what it must be allowed.
	Description string `yaml:"description" validate:"max=300"`
	// Optional lets requests go without.
	Optional bool `yaml:"optional"`
}

// Request is what is sent. Values are put in by {{ }}, escaped for where they
// stand: they can change neither the host nor where the path leads.
type Request struct {
	// Method is GET (the default) or POST; actions may use PUT, PATCH and DELETE.
	Method string `yaml:"method" validate:"omitempty,oneof=GET POST PUT PATCH DELETE"`
	// URL begins with https://host or with a setting of the kind url. A value is
	// one segment of the path, or several with {{+ }}.
	URL string `yaml:"url" validate:"required,max=2000"`
	// Query has a template, or a list of them, for each parameter. One that
	// becomes empty is left out.
	Query map[string]any `yaml:"query" validate:"max=30"`
	// Headers has a template for each header.
	Headers map[string]string `yaml:"headers" validate:"max=20"`
	// Body is sent as JSON, every text of it a template; a text that is one
	// expression keeps the expression's type.
	Body any `yaml:"body"`
	// Form is sent as a form.
	Form map[string]string `yaml:"form" validate:"max=30"`
}

// Source is the request that fetches what is shown.
type Source struct {
	Request `yaml:",inline"`
	// Timeout bounds the call with all pages; default 10s.
	Timeout time.Duration `yaml:"timeout" validate:"min=0,max=60s"`
	// Cache is how long an answer is fresh; default 1m. An answer is shown for
	// an hour more while a new one is fetched.
	Cache time.Duration `yaml:"cache" validate:"min=0,max=24h"`
	// RateLimit bounds how often the tool is called; default 60 a minute.
	RateLimit RateLimit `yaml:"rateLimit"`
	// MaxBytes bounds the pages together; default 2 MB.
	MaxBytes config.Size `yaml:"maxBytes" validate:"min=0,max=16000000"`
	// Empty takes status 404 as an answer of null: some tools say so that there
	// is nothing.
	Empty bool `yaml:"notFoundIsEmpty"`
	// Paging says how to get the further pages; nil is one page.
	Paging *Paging `yaml:"paging"`
}

// RateLimit is a number of requests in a time.
type RateLimit struct {
	Requests int           `yaml:"requests" validate:"min=0,max=100000"`
	Per      time.Duration `yaml:"per" validate:"min=0,max=24h"`
}

// Paging says how to ask for the next page. The items of all pages together
// are the variable items.
type Paging struct {
	// Kind is link (the header Link with rel=next), page (numbers), offset or
	// cursor.
	Kind string `yaml:"kind" validate:"required,oneof=link page offset cursor"`
	// Parameter is that of the query which is set for the next page.
	Parameter string `yaml:"parameter" validate:"required_unless=Kind link"`
	// Size is how many items a full page has; a shorter one is the last. 0 goes
	// on until a page is empty.
	Size int `yaml:"size" validate:"min=0,max=10000"`
	// ZeroBased numbers pages from 0.
	ZeroBased bool `yaml:"zeroBased"`
	// Items is the expression for the list in one response.
	Items string `yaml:"items" validate:"required"`
	// Next is the expression for the next cursor in one response; null and the
	// empty text end it.
	Next string `yaml:"next" validate:"required_if=Kind cursor"`
	// MaxPages bounds the pages; default 5.
	MaxPages int `yaml:"maxPages" validate:"min=0,max=50"`
}

// The kinds of a [Block].
const (
	KindStatus = "status"
	KindFacts  = "facts"
	KindTable  = "table"
	KindChart  = "chart"
	KindLinks  = "links"
)

// Block is a part of the view. Fields whose comment says "expression" hold one.
type Block struct {
	// Kind is status, facts, table, chart or links.
	Kind string `yaml:"kind" validate:"required,oneof=status facts table chart links"`
	// Title stands above it.
	Title string `yaml:"title" validate:"max=80"`
	// When is an expression; the block is left out unless it is true.
	When string `yaml:"when"`
	// Text and Tone are the expressions of a status: words, and one of ok, warn,
	// bad, run and neutral. Note says more.
	Text string `yaml:"text"`
	Tone string `yaml:"tone"`
	Note string `yaml:"note"`
	// URL is the expression for where a status leads.
	URL string `yaml:"url"`
	// Items are those of facts.
	Items []Value `yaml:"items" validate:"max=30,dive"`
	// Rows is the expression for the list of a table, of links or of a chart's
	// points; the other expressions know each as row.
	Rows string `yaml:"rows"`
	// Limit is how many rows are shown; default 10.
	Limit int `yaml:"limit" validate:"min=0,max=100"`
	// Empty is what a table without rows says.
	Empty string `yaml:"empty" validate:"max=200"`
	// Columns are those of a table; of links the first is the title.
	Columns []Value `yaml:"columns" validate:"max=10,dive"`
	// Time is the expression for when a point of a chart was.
	Time string `yaml:"time"`
	// Series are the values of a chart's points.
	Series []Value `yaml:"series" validate:"max=4,dive"`
}

// Value is a named value of a view.
type Value struct {
	// Title is the column's heading, the fact's label or the series' name.
	Title string `yaml:"title" validate:"required,max=60"`
	// Value is the expression.
	Value string `yaml:"value" validate:"required"`
	// Format is text (the default), number, percent (of 0 to 100), duration (in
	// seconds), bytes, time, code or status: a word with a dot.
	Format string `yaml:"format" validate:"omitempty,oneof=text number percent duration bytes time code status"`
	// URL, Note and Tone are expressions: where it leads, what stands quietly
	// below, and how it is coloured.
	URL  string `yaml:"url"`
	Note string `yaml:"note"`
	Tone string `yaml:"tone"`
}

// FactSpec declares a [Fact].
type FactSpec struct {
	// Title says what it is.
	Title string `yaml:"title" validate:"max=80"`
	// Type is number, text or boolean.
	Type string `yaml:"type" validate:"required,oneof=number text boolean"`
	// Value is the expression.
	Value string `yaml:"value" validate:"required"`
}

// SearchSpec declares the [Document]s of an answer.
type SearchSpec struct {
	// Rows is the expression for the list; the others know each as row.
	Rows  string `yaml:"rows" validate:"required"`
	Title string `yaml:"title" validate:"required"`
	Text  string `yaml:"text"`
	URL   string `yaml:"url" validate:"required"`
}

// ActionSpec declares something that people can have done.
type ActionSpec struct {
	// Title is the verb on the button.
	Title string `yaml:"title" validate:"required,max=60"`
	// Icon is the name of an icon of portal/ui.
	Icon string `yaml:"icon"`
	// Confirm is the question that is asked first; a template.
	Confirm string `yaml:"confirm" validate:"required,max=300"`
	// Danger marks what destroys.
	Danger bool `yaml:"danger"`
	// Inputs are asked for, in order; expressions know them as inputs.
	Inputs []Input `yaml:"inputs" validate:"max=12,dive"`
	// Request is what is sent; its method is POST if it says none.
	Request Request `yaml:"request"`
	// Done is a template for what is said afterwards; it knows the response.
	Done string `yaml:"done" validate:"max=300"`
}

// Input is a field of an action's form.
type Input struct {
	Name  string `yaml:"name" validate:"required,max=40"`
	Title string `yaml:"title" validate:"required,max=60"`
	Hint  string `yaml:"hint" validate:"max=200"`
	// Options are what to choose from; empty is free text.
	Options []string `yaml:"options" validate:"max=50"`
	// Default is what the form begins with.
	Default string `yaml:"default"`
	// Required refuses an empty value.
	Required bool `yaml:"required"`
	// MaxLength bounds the value; default 200.
	MaxLength int `yaml:"maxLength" validate:"min=0,max=10000"`
}

// Categories returns what a definition may be about, by the name that
// definitions use, in the order of the page.
func Categories() []Category {
	return []Category{
		{"incidents", "Incidents and on-call"}, {"monitoring", "Monitoring"}, {"errors", "Errors"},
		{"quality", "Quality"}, {"security", "Security"}, {"issues", "Issues and planning"},
		{"delivery", "Delivery"}, {"flags", "Feature flags"}, {"cost", "Cost"}, {"docs", "Documentation"}, {"other", "Other"},
	}
}

// Category is what definitions are about.
type Category struct{ Name, Title string }
