// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"fmt"
	"os"
	"time"

	"github.com/callboard/callboard/portal/integration"
)

// A definition is tried on an answer that is at hand; nothing is called.
func ExampleDefinition_Try() {
	d, err := integration.Parse("weather.yaml", []byte(`
id: weather
title: Weather
description: The weather where the service runs.
appliesTo: {annotations: [acme.example/city]}
settings: {url: {kind: url, default: "https://weather.acme.example"}}
source:
  url: "{{settings.url}}/v1/cities/{{annotations['acme.example/city']}}"
view:
  - kind: status
    text: "string(response.celsius) + ' °C'"
    tone: "response.celsius > 35 ? 'warn' : 'ok'"
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	shop := integration.SubjectOf(map[string]any{"kind": "Component", "metadata": map[string]any{
		"name": "shop", "annotations": map[string]any{"acme.example/city": "Bad Arolsen"},
	}})
	sample, err := d.Try(shop, nil, []byte(`{"celsius": 21}`), time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sample.Request)
	if err := sample.Result.View.Print(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// GET https://weather.acme.example/v1/cities/Bad%20Arolsen
	// [ok] 21 °C
}

// What is wrong with a definition is said all at once, each with its place.
func ExampleParse() {
	_, err := integration.Parse("weather.yaml", []byte(`id: weather
title: Weather
description: The weather.
appliesTo: {annotations: [acme.example/city]}
source:
  url: "https://{{annotations['acme.example/city']}}.example"
view:
  - {kind: status, text: "response.celsius +"}
`))
	fmt.Println(err)
	// Output:
	// weather.yaml:6:8: source.url has annotations['acme.example/city'] in the host; only a setting of the kind host may stand there; write https://host/path or {{settings.url}}/path, with values in the path only
	// weather.yaml:8:45: view[0].text is no expression: Syntax error: mismatched input '<EOF>'; correct the CEL; see the list of variables in the documentation
}
