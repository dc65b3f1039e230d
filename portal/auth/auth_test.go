// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"bytes"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// keyLike is a key that nobody made.
func keyLike() string {
	body := strings.Repeat("A", 52)
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body)))
	return "cb_" + body + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum)
}

var keyShape = regexp.MustCompile(`cb_[A-Z2-7]{59}`)

func secretIn(t *testing.T, text string) string {
	t.Helper()
	secret := keyShape.FindString(text)
	if secret == "" {
		t.Fatalf("there is no key in:\n%s", text)
	}
	return secret
}

func field(t *testing.T, doc, name string) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(doc), &m); err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	return fmt.Sprint(m[name])
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := open(t, db, auth.Options{})
		b := s.browser()
		if a := b.get("/settings?x=1"); a.status != http.StatusSeeOther || a.location() != "/signin?next=%2Fsettings%3Fx%3D1" {
			t.Errorf("a guest's settings = %d to %q", a.status, a.location())
		}
		if a := b.get("/signin?next=%2Fsettings"); !strings.Contains(a.body, `href="/signin/acme?next=%2Fsettings"`) {
			t.Errorf("the page does not lead to the provider:\n%s", a.body)
		}
		if n := s.count("auth_session") + s.count("auth_flow"); n != 0 || b.token() != "" {
			t.Errorf("a guest has %d rows and the token %q", n, b.token())
		}
		b.signIn("ines@acme.example")
		page := b.get("/settings")
		for _, want := range []string{"Ines Duarte", "group:default/web", "How you were recognised", "e-mail address ines@acme.example", "this one", "Sign out"} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the settings lack %q:\n%s", want, page.body)
			}
		}
		s.audited("auth.signin", audit.Done, ines)

		token := b.token()
		a := b.post("/signout", url.Values{})
		if !strings.HasPrefix(a.header.Get("Refresh"), "0; url=https://acme.example/end?id_token_hint=hint&") || !strings.Contains(a.body, "Sign out of Acme") || strings.Contains(a.body, "Ines Duarte") {
			t.Errorf("signing out = %d, Refresh %q:\n%s", a.status, a.header.Get("Refresh"), a.body)
		}
		b.setToken(token)
		if who := b.me(); who != "" {
			t.Errorf("after signing out the token is %q", who)
		}
		s.audited("auth.signout", audit.Done, ines)
		if a := b.post("/signout", url.Values{}); a.status != http.StatusSeeOther || a.location() != "/" {
			t.Errorf("signing out twice = %d to %q", a.status, a.location())
		}
	})
}

func TestRefusedSignIn(t *testing.T) {
	t.Parallel()
	s := open(t, sqldbtest.Open(t), auth.Options{Settings: auth.Settings{Resolve: []auth.Rule{
		{By: auth.ByEmail}, {By: auth.ByAnnotation, Annotation: "acme.example/login", Claim: "username"}, {By: auth.ByName},
	}}})
	for _, tt := range []struct {
		name   string
		claims auth.Claims
		want   []string
	}{
		{"nobody", auth.Claims{Email: "eve@evil.example", EmailVerified: true, Username: "eve"}, []string{"eve@evil.example", "nobody in the catalog has it", "name eve"}},
		{"not verified", auth.Claims{Email: "ines@acme.example"}, []string{"does not say that the e-mail address is verified", "ines@acme.example (not verified)"}},
		{"two by mail", auth.Claims{Email: "KIM@acme.example", EmailVerified: true}, []string{"user:old/kim, user:new/kim"}},
		{"markup", auth.Claims{Username: "<script>alert(1)</script>"}, []string{"&lt;script&gt;"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := s.browser()
			callback, state := b.begin("/")
			a := b.back(callback, state, s.idp.Code(auth.SignIn{Claims: tt.claims}))
			if a.status != http.StatusForbidden || b.me() != "" {
				t.Errorf("the callback = %d, and somebody is %q", a.status, b.me())
			}
			for _, want := range tt.want {
				if !strings.Contains(a.body, want) {
					t.Errorf("the page lacks %q:\n%s", want, a.body)
				}
			}
		})
	}
	b := s.browser()
	callback, state := b.begin("/")
	if a := b.get(callback.Path + "?error=access_denied&state=" + state); a.status != http.StatusUnauthorized || !strings.Contains(a.body, "you refused") {
		t.Errorf("the person's own refusal = %d:\n%s", a.status, a.body)
	}
	s.audited("auth.signin", audit.Denied, "anonymous")
}

func TestResolve(t *testing.T) {
	t.Parallel()
	verified := func(email string) auth.Claims { return auth.Claims{Email: email, EmailVerified: true} }
	for _, tt := range []struct {
		name   string
		rule   auth.Rule
		claims auth.Claims
		want   string
	}{
		{"email", auth.Rule{By: auth.ByEmail}, verified("INES@acme.example"), ines},
		{"name", auth.Rule{By: auth.ByName}, auth.Claims{Username: "Ines"}, ines},
		{"name of another method", auth.Rule{By: auth.ByName, Methods: []string{"other"}}, auth.Claims{Username: "ines"}, ""},
		{"domain", auth.Rule{By: auth.ByDomain, Domain: "Corp.example"}, verified("omar@corp.example"), omar},
		{"domain, not verified", auth.Rule{By: auth.ByDomain, Domain: "corp.example"}, auth.Claims{Email: "omar@corp.example"}, ""},
		{"domain below", auth.Rule{By: auth.ByDomain, Domain: "corp.example"}, verified("omar@x.corp.example"), ""},
		{"annotation", auth.Rule{By: auth.ByAnnotation, Annotation: "acme.example/login"}, auth.Claims{Subject: "Ines-7"}, ines},
		{"annotation in another case", auth.Rule{By: auth.ByAnnotation, Annotation: "acme.example/login"}, auth.Claims{Subject: "ines-7"}, ""},
		{"annotation by a claim", auth.Rule{By: auth.ByAnnotation, Annotation: "acme.example/login", Claim: "login"}, auth.Claims{Other: map[string]any{"login": "Ines-7"}}, ines},
		{"annotation by a claim that is no text", auth.Rule{By: auth.ByAnnotation, Annotation: "acme.example/login", Claim: "login"}, auth.Claims{Other: map[string]any{"login": []any{"Ines-7"}}}, ""},
		{"annotation by an address", auth.Rule{By: auth.ByAnnotation, Annotation: "acme.example/login", Claim: "email"}, auth.Claims{Email: "Ines-7"}, ""},
		{"empty", auth.Rule{By: auth.ByName}, auth.Claims{}, ""},
		{"two", auth.Rule{By: auth.ByName}, auth.Claims{Username: "kim"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res, err := auth.NewResolver(acme(), nil, []auth.Rule{tt.rule}).Resolve(t.Context(), "acme", tt.claims)
			if err != nil || res.Subject != tt.want || (res.Subject == "") != (res.Refusal != "") || len(res.Steps) != 1 || (res.Subject == "") != (res.Steps[0].Why != "") {
				t.Errorf("Resolve = %+v, %v; want %q", res, err, tt.want)
			}
		})
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := open(t, db, auth.Options{Settings: auth.Settings{Session: auth.SessionSettings{Idle: time.Hour, Lifetime: 3 * time.Hour}}})
		idle, busy := s.browser(), s.browser()
		idle.signIn("omar@acme.example")
		busy.signIn("ines@acme.example")
		for n := range 4 {
			s.clock.advance(45 * time.Minute)
			want := ines
			if n == 3 {
				want = "" // three hours have passed
			}
			if who := busy.me(); who != want {
				t.Errorf("after %d quarters of an hour of use the browser is %q, want %q", 3*(n+1), who, want)
			}
			s.awaitSeen(want)
		}
		if who := idle.me(); who != "" {
			t.Errorf("after three idle hours the browser is %q", who)
		}
	})
}

// awaitSeen waits until the use of the subject's session is written.
func (s *site) awaitSeen(subject string) {
	s.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); subject != ""; time.Sleep(time.Millisecond) {
		var n int
		err := s.db.SQL().QueryRowContext(s.t.Context(), s.db.Rebind(`SELECT count(*) FROM auth_session WHERE subject = ? AND seen_at > ?`), subject, sqldb.Micros(s.clock.now().Add(-time.Minute))).Scan(&n)
		if err != nil || time.Now().After(deadline) {
			s.t.Fatalf("the session of %s was not seen: %v", subject, err)
		}
		if n > 0 {
			return
		}
	}
}

// TestTouchOncePerMinute: using a session writes once a minute.
func TestTouchOncePerMinute(t *testing.T) {
	t.Parallel()
	s := open(t, sqldbtest.Open(t), auth.Options{})
	b := s.browser()
	b.signIn("ines@acme.example")
	s.clock.advance(2 * time.Minute)
	b.me()
	s.awaitSeen(ines)
	seen := s.text(`SELECT seen_at FROM auth_session`)
	for range 10 {
		b.me()
	}
	if err := s.auth.Close(t.Context()); err != nil { // writes what is left
		t.Fatal(err)
	}
	if now := s.text(`SELECT seen_at FROM auth_session`); now != seen {
		t.Errorf("seen at %s, then at %s within the same minute", seen, now)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := open(t, db, auth.Options{})
		here, there, other := s.browser(), s.browser(), s.browser()
		there.header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
		for _, b := range []*browser{here, there} {
			b.signIn("ines@acme.example")
		}
		other.signIn("omar@acme.example")
		if page := here.get("/settings"); !strings.Contains(page.body, "Firefox on Linux") || !strings.Contains(page.body, "127.0.0.1") {
			t.Errorf("the settings do not list the other browser:\n%s", page.body)
		}
		id := s.text(`SELECT id FROM auth_session WHERE subject = '` + omar + `'`)
		if a := here.post("/settings/sessions/revoke", url.Values{"id": {id}}); a.status != http.StatusNotFound || other.me() != omar {
			t.Errorf("ending a session of somebody else = %d, and they are %q", a.status, other.me())
		}
		if a := here.do(http.MethodDelete, "/api/auth/sessions/"+id, nil); a.status != http.StatusNotFound {
			t.Errorf("DELETE of a session of somebody else = %d", a.status)
		}
		if a := here.post("/settings/sessions/revoke", url.Values{"all": {"others"}}); a.status != http.StatusSeeOther {
			t.Errorf("ending the others = %d:\n%s", a.status, a.body)
		}
		if who := there.me() + here.me() + other.me(); who != ines+omar {
			t.Errorf("after ending the others they are %q", who)
		}
		list := here.get("/api/auth/sessions")
		if strings.Count(list.body, `"id"`) != 1 || !strings.Contains(list.body, `"current":true`) {
			t.Errorf("GET /api/auth/sessions = %s", list.body)
		}
		s.audited("auth.session.revoke", audit.Done, ines)
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := open(t, db, auth.Options{})
		b := s.browser()
		b.signIn("ines@acme.example")
		if a := b.post("/settings/keys", url.Values{"name": {""}, "days": {"30"}, "limits": {"x"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "has a name") {
			t.Errorf("a key without a name = %d:\n%s", a.status, a.body)
		}
		a := b.post("/settings/keys", url.Values{"name": {"deploy"}, "days": {"7"}, "limits": {"catalog.entity.read component:default/*\n\ncatalog.location.*\n"}})
		secret := secretIn(t, a.body)
		if strings.Contains(b.get("/settings/keys").body, secret) {
			t.Error("the secret is shown twice")
		}
		me := s.bearer(secret).get("/api/auth/me")
		if want := `"limits":[{"permission":"catalog.entity.read","resource":"component:default/*"},{"permission":"catalog.location.*"}]`; !strings.Contains(me.body, want) || !strings.Contains(me.body, ines) {
			t.Errorf("GET /api/auth/me with the key = %s; want %s", me.body, want)
		}
		for path, form := range map[string]url.Values{"/settings/keys": {"name": {"x"}, "days": {"0"}}, "/settings/keys/revoke": {"id": {"x"}}, "/device": {"code": {"x"}}} {
			if a := s.bearer(secret).post(path, form); a.status != http.StatusForbidden {
				t.Errorf("POST %s with a key = %d", path, a.status)
			}
		}
		id := s.text(`SELECT id FROM auth_key`)
		other := s.browser()
		other.signIn("omar@acme.example")
		if a := other.post("/settings/keys/revoke", url.Values{"id": {id}}); a.status != http.StatusNotFound {
			t.Errorf("revoking the key of somebody else = %d", a.status)
		}
		if list := other.get("/api/auth/keys"); strings.Contains(list.body, id) {
			t.Errorf("the keys of somebody else are listed: %s", list.body)
		}
		s.clock.advance(7*24*time.Hour + time.Second)
		if a := s.bearer(secret).get("/api/auth/me"); a.status != http.StatusUnauthorized {
			t.Errorf("an expired key = %d", a.status)
		}
		b.signIn("ines@acme.example")
		second := secretIn(t, b.post("/settings/keys", url.Values{"name": {"other"}, "days": {"0"}}).body)
		if who := s.bearer(second).me(); who != ines {
			t.Errorf("a key without an end is %q", who)
		}
		if a := b.do(http.MethodDelete, "/api/auth/keys/"+s.text(`SELECT id FROM auth_key WHERE name = 'other'`), nil); a.status != http.StatusNoContent {
			t.Errorf("DELETE of the key = %d", a.status)
		}
		if a := s.bearer(second).get("/api/auth/me"); a.status != http.StatusUnauthorized {
			t.Errorf("a revoked key = %d", a.status)
		}
		s.audited("auth.key.create", audit.Done, ines)
		s.audited("auth.key.revoke", audit.Done, ines)
	})
}

func TestKeysOfServices(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := open(t, db, auth.Options{})
		keys, err := auth.NewKeys(t.Context(), db, s.log, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, subject := range []string{"service:admin", "service:", "service:A b", "service:" + strings.Repeat("x", 64)} {
			if _, _, err := keys.Create(t.Context(), auth.Key{Subject: subject, Name: "x"}); err == nil {
				t.Errorf("a key of %q can be made", subject)
			}
		}
		key, secret, err := keys.Create(t.Context(), auth.Key{Subject: "service:ci", Name: "CI", CreatedBy: "service:command"})
		if err != nil {
			t.Fatal(err)
		}
		if who := s.bearer(secret).me(); who != "service:ci" {
			t.Errorf("the token of a service is %q", who)
		}
		all, err := keys.Of(t.Context(), "")
		if err != nil || len(all) != 1 || all[0].ID != key.ID {
			t.Errorf("Of = %+v, %v", all, err)
		}
		if err := keys.Revoke(t.Context(), "", key.ID, "service:command"); err != nil {
			t.Fatal(err)
		}
		if a := s.bearer(secret).get("/api/auth/me"); a.status != http.StatusUnauthorized {
			t.Errorf("the revoked token = %d", a.status)
		}
	})
}

func TestBackChannelLogout(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := open(t, db, auth.Options{})
		one, two, other := s.browser(), s.browser(), s.browser()
		one.signIn("ines@acme.example")
		two.signIn("ines@acme.example")
		other.signIn("omar@acme.example")
		send := func(token string) answer {
			return s.browser().post("/signin/acme/backchannel", url.Values{"logout_token": {token}})
		}
		for _, l := range []auth.Logout{
			{Issuer: "https://acme.example", Subject: "sub-ines@acme.example"}, // no ID
			{Issuer: "https://acme.example", ID: "1"},
			{Subject: "sub-ines@acme.example", ID: "2"},
		} {
			if a := send(s.idp.LogoutToken(l)); a.status != http.StatusBadRequest || !strings.Contains(a.body, `"error":"invalid_request"`) || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("a logout of %+v = %d %s", l, a.status, a.body)
			}
		}
		if a := send("forged"); a.status != http.StatusBadRequest {
			t.Errorf("a forged logout token = %d", a.status)
		}
		if a := send(s.idp.LogoutToken(auth.Logout{Issuer: "https://evil.example", Subject: "sub-ines@acme.example", ID: "3"})); a.status != http.StatusOK || one.me() != ines {
			t.Errorf("the logout of another issuer = %d, and the browser is %q", a.status, one.me())
		}
		token := s.idp.LogoutToken(auth.Logout{Issuer: "https://acme.example", Subject: "sub-ines@acme.example", ID: "4"})
		if a := send(token); a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("the logout = %d %s", a.status, a.body)
		}
		if who := one.me() + two.me() + other.me(); who != omar {
			t.Errorf("after the logout they are %q", who)
		}
		one.signIn("ines@acme.example")
		if a := send(token); a.status != http.StatusBadRequest || one.me() != ines {
			t.Errorf("the same logout again = %d, and the browser is %q", a.status, one.me())
		}
		if a := send(s.idp.LogoutToken(auth.Logout{Issuer: "https://acme.example", Session: "sid-omar@acme.example", ID: "5"})); a.status != http.StatusOK || other.me() != "" {
			t.Errorf("the logout of a session = %d, and the browser is %q", a.status, other.me())
		}
	})
}

func TestDevice(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := open(t, db, auth.Options{})
		program, person := s.browser(), s.browser()
		begin := func() (device, user string) {
			a := program.post("/api/auth/device/code", url.Values{"client_id": {"callboard on laptop"}})
			if a.status != http.StatusOK || field(t, a.body, "verification_uri") != s.url+"/device" {
				t.Fatalf("device code = %d %s", a.status, a.body)
			}
			return field(t, a.body, "device_code"), field(t, a.body, "user_code")
		}
		poll := func(device, want string) string {
			t.Helper()
			a := program.post("/api/auth/device/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {device}, "client_id": {"x"}})
			if want != "" {
				if a.status != http.StatusBadRequest || field(t, a.body, "error") != want {
					t.Errorf("the program asks = %d %s; want %s", a.status, a.body, want)
				}
				return ""
			}
			return field(t, a.body, "access_token")
		}
		device, user := begin()
		poll(device, "authorization_pending")
		poll(device, "slow_down")
		s.clock.advance(6 * time.Second)
		poll(device, "slow_down") // it is to wait 10 s by now
		poll("made up", "expired_token")
		if a := person.get("/device?code=" + user); a.status != http.StatusSeeOther || !strings.HasPrefix(a.location(), "/signin?next=%2Fdevice%3Fcode%3D") {
			t.Errorf("a guest's device page = %d to %s", a.status, a.location())
		}
		person.signIn("ines@acme.example")
		if a := person.get("/device?code=" + user); !strings.Contains(a.body, `value="`+user+`"`) || strings.Contains(a.body, "Let it in") {
			t.Errorf("the page decides without being asked:\n%s", a.body)
		}
		if a := person.post("/device", url.Values{"code": {"BBBB-BBBB"}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong code = %d", a.status)
		}
		look := person.post("/device", url.Values{"code": {strings.ToLower(strings.ReplaceAll(user, "-", " "))}})
		if !strings.Contains(look.body, "callboard on laptop") || !strings.Contains(look.body, "127.0.0.1") || !strings.Contains(look.body, "Let it in") {
			t.Errorf("the page does not say who asks:\n%s", look.body)
		}
		if a := person.post("/device", url.Values{"code": {user}, "decision": {"approved"}}); a.status != http.StatusSeeOther {
			t.Errorf("letting it in = %d:\n%s", a.status, a.body)
		}
		if a := person.post("/device", url.Values{"code": {user}, "decision": {"approved"}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("letting it in twice = %d", a.status)
		}
		secret := poll(device, "")
		if who := s.bearer(secret).me(); who != ines {
			t.Errorf("the program's key is %q", who)
		}
		poll(device, "expired_token")
		s.audited("auth.device.approved", audit.Done, ines)

		device, user = begin()
		person.post("/device", url.Values{"code": {user}, "decision": {"denied"}})
		poll(device, "access_denied")

		device, _ = begin()
		s.clock.advance(11 * time.Minute)
		poll(device, "expired_token")
		if a := program.post("/api/auth/device/token", url.Values{"grant_type": {"password"}}); field(t, a.body, "error") != "unsupported_grant_type" {
			t.Errorf("another grant = %s", a.body)
		}
	})
}

// TestTwentyTabs: tabs that open, come back from the provider, sign in anew and
// refresh at once sign nobody out.
func TestTwentyTabs(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		const tabs = 20
		s := open(t, db, auth.Options{Settings: auth.Settings{Session: auth.SessionSettings{Idle: time.Hour}}})
		b := s.browser()
		t.Run("flows", func(t *testing.T) {
			var all sync.WaitGroup
			begun := make(chan struct{})
			var ready sync.WaitGroup
			ready.Add(tabs)
			for range tabs {
				all.Go(func() {
					callback, state := b.begin("/settings")
					ready.Done()
					<-begun
					if a := b.back(callback, state, s.idp.Code(claimsOf("ines@acme.example"))); a.status != http.StatusSeeOther {
						t.Errorf("a tab comes back = %d:\n%s", a.status, a.body)
					}
					if who := b.me(); who != ines {
						t.Errorf("a tab that has signed in is %q", who)
					}
				})
			}
			go func() { ready.Wait(); close(begun) }()
			all.Wait()
		})
		t.Run("renewals", func(t *testing.T) {
			var all sync.WaitGroup
			s.clock.advance(50 * time.Minute) // the session is due to be seen
			for n := range tabs {
				all.Go(func() {
					for range 10 {
						if who := b.me(); who != ines {
							t.Errorf("a tab is %q", who)
						}
						if n < 3 { // signs in anew beside the others
							b.signIn("ines@acme.example")
						}
					}
				})
			}
			all.Wait()
			s.awaitSeen(ines)
			s.clock.advance(50 * time.Minute)
			if who := b.me(); who != ines {
				t.Errorf("after more than the idle limit in all, the tabs are %q", who)
			}
		})
	})
}

// TestReplicas: what one replica ends has ended on the others.
func TestReplicas(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, to string) {
		one, two := open(t, sqldbtest.OpenURL(t, to), auth.Options{}), open(t, sqldbtest.OpenURL(t, to), auth.Options{})
		b := one.browser()
		b.signIn("ines@acme.example")
		there := two.browser()
		there.setToken(b.token())
		if who := there.me(); who != ines {
			t.Fatalf("the other replica says %q", who)
		}
		b.post("/signout", url.Values{})
		if who := there.me(); who != "" {
			t.Errorf("after signing out at one replica the other says %q", who)
		}
	})
}

// TestPortsOfAHost: two portals on one machine do not sign each other's people
// out, though the browser sends both its cookies.
func TestPortsOfAHost(t *testing.T) {
	t.Parallel()
	one, two := open(t, sqldbtest.Open(t), auth.Options{}), open(t, sqldbtest.Open(t), auth.Options{})
	b := one.browser()
	there := &browser{s: two, client: b.client, header: http.Header{}}
	b.signIn("ines@acme.example")
	there.signIn("omar@acme.example")
	if who := b.me() + there.me(); who != ines+omar {
		t.Errorf("the browser is %q at both portals", who)
	}
	there.post("/signout", url.Values{})
	if who := b.me() + there.me(); who != ines {
		t.Errorf("after signing out of one the browser is %q", who)
	}
}

// TestHTTPS: where the portal is reached by HTTPS its cookies are bound to it.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	s := open(t, sqldbtest.Open(t), auth.Options{Site: module.Site{BaseURL: "https://portal.acme.example"}, Settings: withLocal(true)})
	b := s.browser()
	a := b.get("/signin/acme")
	to, err := url.Parse(a.location())
	if err != nil || to.Query().Get("redirect_uri") != "https://portal.acme.example/signin/acme/callback" {
		t.Errorf("the provider sends back to %q", to.Query().Get("redirect_uri"))
	}
	flow := a.header.Get("Set-Cookie")
	session := b.post("/signin/local", url.Values{"person": {ines}}).header.Get("Set-Cookie")
	for _, cookie := range []string{flow, session} {
		if !strings.HasPrefix(cookie, "__Host-callboard_") {
			t.Errorf("the cookie is %q", cookie)
		}
		for _, want := range []string{"; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
			if !strings.Contains(cookie, want) {
				t.Errorf("the cookie %q lacks %q", cookie, want)
			}
		}
	}
}

// TestBeginIsAskedFor: a page of another site begins no sign-in.
func TestBeginIsAskedFor(t *testing.T) {
	t.Parallel()
	s := open(t, sqldbtest.Open(t), auth.Options{})
	for name, header := range map[string]http.Header{
		"a link of another site": {"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Dest": {"document"}},
		"an image":               {"Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Dest": {"image"}},
		"a prefetch":             {"Sec-Purpose": {"prefetch"}},
	} {
		b := s.browser()
		b.header = header
		if a := b.get("/signin/acme"); a.location() != "/signin" || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s leads to %q", name, a.location())
		}
	}
	b := s.browser()
	b.header.Set("Host", "evil.example")
	if a := b.get("/signin/acme"); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "baseURL") {
		t.Errorf("by a name that is not known the sign-in begins: %d %q", a.status, a.location())
	}
	if n := s.count("auth_flow"); n != 0 {
		t.Errorf("%d flows have begun", n)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := open(t, db, auth.Options{})
		b := s.browser()
		b.signIn("ines@acme.example")
		b.begin("/")
		b.post("/api/auth/device/code", url.Values{"client_id": {"cli"}})
		if err := s.auth.Sweep(t.Context()); err != nil || s.count("auth_session") != 1 || s.count("auth_flow") != 1 || s.count("auth_device") != 1 {
			t.Errorf("sweeping what has not expired: %v", err)
		}
		b.post("/settings/keys", url.Values{"name": {"old"}, "days": {"7"}})
		b.post("/settings/keys", url.Values{"name": {"for ever"}, "days": {"0"}})
		s.clock.advance(25 * time.Hour)
		if err := s.auth.Sweep(t.Context()); err != nil || s.count("auth_session")+s.count("auth_flow")+s.count("auth_device") != 0 || s.count("auth_key") != 2 {
			t.Errorf("sweeping what has expired leaves rows, or takes keys: %v", err)
		}
		s.clock.advance(38 * 24 * time.Hour)
		if err := s.auth.Sweep(t.Context()); err != nil || s.text(`SELECT name FROM auth_key`) != "for ever" || s.count("auth_key") != 1 {
			t.Errorf("sweeping a key that expired a month ago: %v", err)
		}
	})
}

// TestRates: codes cannot be guessed, nor sign-ins tried for ever.
func TestRates(t *testing.T) {
	t.Parallel()
	s := open(t, sqldbtest.Open(t), auth.Options{})
	b := s.browser()
	b.signIn("ines@acme.example")
	for name, try := range map[string]func() answer{
		"codes":    func() answer { return b.post("/device", url.Values{"code": {"BBBB-BBBB"}}) },
		"programs": func() answer { return b.post("/api/auth/device/token", url.Values{"device_code": {"x"}}) },
		"sign-ins": func() answer { return b.get("/signin/acme/callback?state=x") },
	} {
		refused := answer{}
		for range 2000 {
			if refused = try(); refused.status == http.StatusTooManyRequests {
				break
			}
		}
		if refused.status != http.StatusTooManyRequests || refused.header.Get("Retry-After") == "" {
			t.Errorf("%s: after 2000 tries = %d", name, refused.status)
		}
	}
	if who := b.me(); who != ines {
		t.Errorf("after all of that the browser is %q", who)
	}
}

// TestPlans: what runs for every request and every page uses an index.
func TestPlans(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		open(t, db, auth.Options{})
		for query, index := range map[string]string{
			`SELECT data, seen_at FROM auth_session WHERE token_hash = 'x' AND expires_at > 1 AND seen_at > 1`:  "token_hash",
			`SELECT data FROM auth_session WHERE subject = 'x' AND expires_at > 1 ORDER BY created_at DESC, id`: "auth_session_subject",
			`DELETE FROM auth_session WHERE issuer = 'x' AND provider_subject = 'y'`:                            "auth_session_", // an empty table has no better one
			`DELETE FROM auth_session WHERE issuer = 'x' AND provider_session = 'y'`:                            "auth_session_",
			`DELETE FROM auth_session WHERE expires_at <= 1`:                                                    "auth_session_expiry",
			`DELETE FROM auth_session WHERE seen_at <= 1`:                                                       "auth_session_seen",
			`SELECT id FROM auth_key WHERE hash = 'x'`:                                                          "auth_key",
			`SELECT id FROM auth_key WHERE subject = 'x' ORDER BY created_at DESC, id`:                          "auth_key_subject",
			`SELECT client FROM auth_device WHERE user_hash = 'x' AND state = 'y' AND expires_at > 1`:           "user_hash",
		} {
			plan := sqldbtest.Explain(t, db, query)
			found := strings.Contains(plan, index) || strings.Contains(plan, "sqlite_autoindex_"+strings.Fields(query)[3])
			if !found || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN") {
				t.Errorf("the plan of %s uses no index %s:\n%s", query, index, plan)
			}
		}
	})
}

func BenchmarkSession(b *testing.B) {
	sqldbtest.EachB(b, func(b *testing.B, db *sqldb.DB) {
		s := open(b, db, auth.Options{})
		who := s.browser()
		in := claimsOf("ines@acme.example")
		in.Hint = bytes.Repeat([]byte("x"), 1500) // an ID token
		callback, state := who.begin("/")
		who.back(callback, state, s.idp.Code(in))
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.url, nil)
		if err != nil {
			b.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: who.cookieName(), Value: who.token()})
		b.ReportAllocs()
		for b.Loop() {
			id, err := s.auth.Identify(r)
			if err != nil || id.Subject != ines {
				b.Fatalf("Identify = %+v, %v", id, err)
			}
		}
	})
}
