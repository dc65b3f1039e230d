// SPDX-License-Identifier: Apache-2.0

// Package agent lets AI agents use the portal: a server of the Model Context
// Protocol over streamable HTTP at /mcp, with the identities, permissions and
// audit that people have.
//
// What agents can do is a [Tool]. Modules contribute theirs:
//
//	module.Contribute(i, func(i do.Injector) (agent.Tool, error) {
//		return agent.Read(agent.Spec{
//			Name: "acme_oncall", Title: "Who is on call",
//			Description: "Returns who is on call for a team now.",
//			Permission:  "acme.oncall.read",
//		}, func(ctx context.Context, in struct {
//			Team string `json:"team" jsonschema:"the team, such as group:default/payments"`
//		}) (any, error) {
//			return rota.Now(ctx, in.Team)
//		})
//	})
//
// A tool that changes something is made with [Change], of two functions: one
// says what would happen, the other has it happen. Every such tool therefore has
// a dry run, the input dryRun, and every call that is not one is in the audit
// log. Texts to read are a [Resource], ready questions a [Prompt].
//
// Each request is one message of one caller, as its key, token or session says,
// and there is no session of the protocol's own: nothing that one caller opened
// can be used by another, what is revoked is over at once, and any replica
// answers. Handlers find the caller in their context, as handlers of pages do,
// and ask the same guarded services.
//
// The contract of a tool is agenttest.TestTool.
package agent
