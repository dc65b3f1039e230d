// SPDX-License-Identifier: Apache-2.0

package notifyweb

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/notify"
)

// Record sends a notification that somebody wrote, and notes in the audit log
// that they did, in one transaction.
func Record(ctx context.Context, log *audit.Log, s *notify.Service, n notify.Notification) error {
	after, err := json.Marshal(map[string]any{"to": n.To, "title": n.Title, "severity": n.Severity, "link": n.Link, "scope": n.Scope})
	if err != nil {
		return err
	}
	return s.InTx(ctx, func(tx *sql.Tx) error {
		if err := s.Send(ctx, tx, n); err != nil {
			return err
		}
		return log.Record(ctx, tx, audit.Entry{Action: "notify.send", Resource: "topic:" + n.Topic, After: after})
	})
}
