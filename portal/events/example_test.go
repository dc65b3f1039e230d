// SPDX-License-Identifier: Apache-2.0

package events_test

import (
	"context"
	"fmt"
	"log"

	"github.com/callboard/callboard/portal/events"
)

type changed struct{ Ref string }

var topic = events.NewTopic[changed]("catalog.changed")

func Example() {
	ctx, bus := context.Background(), &events.Local{}

	sub := topic.Subscribe(bus, 0)
	defer sub.Close()

	if err := topic.Publish(ctx, bus, changed{Ref: "component:default/payments"}); err != nil {
		log.Fatal(err)
	}
	event, err := sub.Next(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(event.Value.Ref, event.Missed)
	// Output: component:default/payments 0
}
