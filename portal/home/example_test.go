// SPDX-License-Identifier: Apache-2.0

package home_test

import (
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/portal/home"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// Modules contribute cards, and home.Package puts them on the page; New does so
// without a portal.
func ExampleNew() {
	u, err := ui.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	page, err := home.New(u, []module.HomeCard{{
		ID: "acme.lunch", Title: "Lunch", Order: 100,
		Render: func(*http.Request) (template.HTML, error) { return "<p>Soup.</p>", nil },
	}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	r := mux.NewRouter()
	page.Routes(r)
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(answer.Code, strings.Contains(answer.Body.String(), "<p>Soup.</p>"))
	// Output: 200 true
}
