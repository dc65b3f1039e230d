// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"fmt"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/notify"
)

func ExampleNotification() {
	n, err := notify.Notification{
		To: []string{"group:default/payments-core"}, Topic: "acme.deploy", Origin: "acme-deploys",
		Title: "checkout 4.2\nis in production", Link: "/catalog/default/component/checkout",
	}.Normal()
	fmt.Println(n.Severity, n.Title, err)

	n.Link = "javascript:alert(1)"
	_, err = n.Normal()
	fmt.Println(callboard.CodeOf(err))
	// Output:
	// normal checkout 4.2 is in production <nil>
	// invalid
}
