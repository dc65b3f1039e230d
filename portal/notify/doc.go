// SPDX-License-Identifier: Apache-2.0

// Package notify tells people what they want to know: a module says what
// happened and to whom it matters, and each person decides how they hear of it.
//
//	err := sender.Send(ctx, tx, notify.Notification{
//		To:     []string{"group:default/payments-core"},
//		Topic:  "acme.deploy",
//		Title:  "checkout 4.2 is in production",
//		Link:   "/catalog/default/component/checkout",
//		Origin: "acme-deploys",
//		Scope:  "component:default/checkout",
//	})
//
// Send stores the notification and a job, in the caller's transaction if there
// is one, and returns: groups are resolved, and who may see it is asked, in the
// background. Each person has an inbox with one entry for each origin and scope:
// what is sent again takes the place of what was there, unread again, and is
// counted. Beyond the inbox a notification goes out by each [Channel] that the
// person has switched on for its topic; every delivery is a job of its own, in a
// queue of its channel, so that a channel that hangs holds up no other.
//
// Modules contribute a [Topic] for each thing that they tell, and a [Channel]
// for a way to tell it; the contract of a channel is notifytest.TestChannel.
// Whom a reference stands for, and what people may see, the [Directory] knows,
// which the portal provides. People who want to hear of a thing subscribe to it;
// what can be subscribed to is a [SubscriptionKind].
//
// Start from [Sender], [Notification], [New] and [Service].
package notify
