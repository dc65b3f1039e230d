// SPDX-License-Identifier: Apache-2.0

// Package integration shows in a portal what other tools know of an entity:
// open incidents, the state of a deployment, what a service costs. An
// integration is data, a YAML file, so a company adds its own without Go and
// without a new binary:
//
//	id: weather
//	title: Weather
//	description: The weather where the service runs.
//	appliesTo: {annotations: [acme.example/city]}
//	settings: {url: {kind: url, default: "https://weather.acme.example"}}
//	credentials: {token: {kind: bearer}}
//	source:
//	  url: "{{settings.url}}/v1/cities/{{annotations['acme.example/city']}}"
//	  cache: 10m
//	view:
//	  - kind: status
//	    text: "string(response.celsius) + ' °C'"
//	    tone: "response.celsius > 35 ? 'warn' : 'ok'"
//
// and an entry of the configuration, without which nothing is called:
//
//	integrationFolders: [./integrations]
//	integrations:
//	  weather:
//	    credentials: {token: {$file: /run/secrets/weather}}
//
// Expressions are CEL (https://cel.dev), with the functions of its strings,
// lists, math and encoders extensions, optional values (a.?b.orValue(c)), and
// quoted(text), which writes a text as a literal of the query languages of most
// tools. They know entity, annotations, settings and now; behind the request
// also response (the first page as JSON), items (of all pages) and the names of
// the mapping; in rows also row; in actions inputs. What they may cost is
// bounded, and secrets are no variables at all.
//
// A value of an entity that is put into a request is escaped for where it
// stands. It can change neither the host nor climb the path: such a value is
// refused. Answers are bounded in size, depth, pages and time; what they say is
// shown as text, and only links to http and https lead out.
//
// The [Engine] asks: it remembers answers, makes one call of many, shows the old
// while the new is fetched, keeps to limits, and stops calling a tool that
// fails. Its hooks give [Fact]s to scorecards, [Document]s to a search, and
// [Action]s to people and templates. Start from [Parse], [New], [Engine.Load]
// and [Package]; the definitions that ship stand in the folder definitions.
package integration
