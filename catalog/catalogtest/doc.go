// SPDX-License-Identifier: Apache-2.0

// Package catalogtest helps to test what is built on the catalog: conformance
// suites for a Store ([TestStore]), a Provider ([TestProvider]) and a Processor
// ([TestProcessor]), a Store in memory ([NewStore]), and builders of entities
// ([Component], [New]).
package catalogtest
