// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"time"

	"github.com/callboard/callboard/portal/ui"
)

// Web is the ID of the channel that is always there: the inbox.
const Web = "web"

// Topic is a kind of thing that a module tells, which people can have by the
// channels that they like. Modules contribute it with module.Contribute.
type Topic struct {
	// ID has the module and the thing, such as "catalog.change".
	ID string
	// Title names it to people, Description says in a sentence when it comes.
	Title, Description string
	// Channels are those that are on unless somebody chooses otherwise; nil
	// leaves it to the portal's default.
	Channels []string
	// Permission, unless empty, is what people need to be told.
	Permission string
}

// Key returns the ID, which no two have.
func (t Topic) Key() string { return t.ID }

// Channel is a way to tell a person. Modules contribute it with
// module.Contribute, or a list of them. The contract is
// notifytest.TestChannel.
type Channel interface {
	// ID is unique, in lower case, such as "email".
	ID() string
	// Title names the channel to people.
	Title() string
	// Deliver hands a delivery over. It may be called again for one that
	// arrived, if the process died before that was noted; Delivery.Key is then
	// the same. An error is tried again later; jobs.Cancel says that trying
	// again is no use, jobs.Snooze when to. Errors are logged and shown to
	// administrators: they hold no secrets. It is called from several
	// goroutines, and keeps to ctx's deadline.
	Deliver(ctx context.Context, d Delivery) error
}

// Shared is a [Channel] that many read at once, such as a team's chat room. It
// gets each message once, whoever is to be told of it, and nobody chooses
// whether: who runs the portal says what it takes.
type Shared interface {
	Channel
	// Takes reports whether the channel is to have the message.
	Takes(m Message) bool
}

// Delivery is a message on its way to a person by a channel.
type Delivery struct {
	Message
	// Key names message, channel and person, and is the same at each attempt.
	Key string
	// Person is who is told; zero for a [Shared] channel.
	Person Person
	// URL is the message's link as an absolute address; empty if it has none, or
	// if the portal does not know its own.
	URL string
	// Settings is the address of the page where the person chooses; empty as
	// URL is.
	Settings string
	// Portal is the name of the portal.
	Portal string
}

// Person is somebody who can be told.
type Person struct {
	// Ref is the reference, such as user:default/ines.
	Ref string
	// Name is what to call them; Email may be empty.
	Name, Email string
	// Annotations are what channels find addresses of other systems in.
	Annotations map[string]string
}

// Directory knows the people, and what they may see. The portal provides one.
type Directory interface {
	// People returns the references of the people that references stand for,
	// members of groups and of the groups below them, everybody for [Everyone];
	// each once, sorted. What nobody is known by stands for nobody. Of more than
	// limit people it is CodeTooLarge.
	People(ctx context.Context, refs []string, limit int) ([]string, error)
	// Person returns one, or CodeNotFound of who has left.
	Person(ctx context.Context, ref string) (Person, error)
	// MaySee reports whether a person may see what a notification is about.
	MaySee(ctx context.Context, person, about string) (bool, error)
	// May reports whether a person has a permission, on whatever condition.
	May(ctx context.Context, person, permission string) (bool, error)
}

// SubscriptionKind is something that people can subscribe to. Modules contribute
// it with module.Contribute; they read who subscribed from the Service, and send.
type SubscriptionKind struct {
	// ID is such as "entity".
	ID string
	// Title names what is subscribed to, in the plural: "Entities".
	Title string
	// Describe returns a link to what the key names, for the person in ctx. An
	// error says why they may not subscribe to it: CodeNotFound if there is no
	// such thing, for all that they may see.
	Describe func(ctx context.Context, key string) (ui.Link, error)
}

// Key returns the ID, which no two have.
func (k SubscriptionKind) Key() string { return k.ID }

// Subscription is that a person wants to hear of a thing.
type Subscription struct {
	Person, Kind, Key string
	Created           time.Time
}
