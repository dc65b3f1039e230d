// SPDX-License-Identifier: Apache-2.0

package notifyweb

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/notify"
)

// commandOrigin is who sends what the command sends.
const commandOrigin = "service:command-line"

// command returns "notify".
func command(parts func() (*notify.Service, *audit.Log, error)) *cobra.Command {
	cmd := &cobra.Command{Use: "notify", Short: "Tell people something"}
	var n notify.Notification
	var severity string
	send := &cobra.Command{
		Use: "send TITLE", Short: "Send a notification", Args: cobra.ExactArgs(1),
		Long: "Send stores a notification; the portal that runs on the same database hands it on.\n" +
			"It is for people and groups, or for everybody with --to '*'.",
		Example: `  portal notify send --to group:default/payments --link /catalog "The ledger moves on Monday"`,
	}
	f := send.Flags()
	f.StringArrayVar(&n.To, "to", nil, "tell that `PERSON` or group, by reference; may be repeated")
	f.StringVar(&n.Text, "text", "", "say more: `TEXT`")
	f.StringVar(&n.Link, "link", "", "lead to that `URL` or path of the portal")
	f.StringVar(&n.Topic, "topic", External, "the `TOPIC`")
	f.StringVar(&severity, "severity", string(notify.Normal), "how much it matters: `SEVERITY` is critical, high, normal or low")
	f.StringVar(&n.Scope, "scope", "", "take the place of the earlier one with the same `SCOPE`")
	send.RunE = func(cmd *cobra.Command, args []string) error {
		n.Title, n.Origin, n.Severity = args[0], commandOrigin, notify.Severity(severity)
		sent, err := n.Normal()
		if err != nil {
			return err
		}
		s, log, err := parts()
		if err != nil {
			return err
		}
		if err := Record(cmd.Context(), log, s, sent); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "Sent to %s.\n", strings.Join(n.To, ", "))
		return nil
	}
	cmd.AddCommand(send)
	return cmd
}
