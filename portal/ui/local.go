// SPDX-License-Identifier: Apache-2.0

package ui

// LocalPath returns to if it is a path on this server, with its query, and "/"
// otherwise. Handlers that go back to a page named by a form use it, so that a
// form cannot send the reader elsewhere.
func LocalPath(to string) string { return localPath(to) }
