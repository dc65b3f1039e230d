// SPDX-License-Identifier: Apache-2.0

package proxyauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/auth/internal/signed"
)

const (
	maxBalancerKeys = 16
	maxToken        = 64 << 10
)

var (
	arnRule = regexp.MustCompile(`^arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]+):[0-9]+:loadbalancer/.+$`)
	kidRule = regexp.MustCompile(`^[0-9a-fA-F-]{8,64}$`)
)

// regionOf returns the region of a load balancer, or nothing.
func regionOf(arn string) string {
	if m := arnRule.FindStringSubmatch(arn); m != nil {
		return m[1]
	}
	return ""
}

// balancer checks what an AWS Application Load Balancer signs. Its tokens are
// padded, which no JSON web token is, and signed as they are padded; issuer,
// client and expiry are in the header, with the load balancer that signed; and
// each key has an address of its own
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html).
type balancer struct {
	settings Signed
	now      func() time.Time
	client   *provider.Client
	keys     *lru.Cache[string, *ecdsa.PublicKey]
	reads    *rate.Limiter // of keys that forged tokens may name
}

func newBalancer(s Signed, o Options) (*balancer, error) {
	keys, err := lru.New[string, *ecdsa.PublicKey](maxBalancerKeys)
	return &balancer{settings: s, now: o.Now, client: provider.NewClient(o.Transport), keys: keys, reads: rate.NewLimiter(1, 5)}, err
}

// balancerHeader is the first part of a token.
type balancerHeader struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Signer    string `json:"signer"`
	Issuer    string `json:"iss"`
	Client    string `json:"client"`
	Expires   int64  `json:"exp"`
}

// check checks a token.
func (b *balancer) check(ctx context.Context, token string) (assertion, error) {
	refuse := func(check string) (assertion, error) {
		return assertion{}, provider.Refused("the load balancer's token: "+check, nil)
	}
	parts := strings.Split(token, ".")
	var h balancerHeader
	if len(token) > maxToken || len(parts) != 3 || decode(parts[0], &h) != nil {
		return refuse("it is none")
	}
	if check := b.wrong(h); check != "" {
		return refuse(check)
	}
	key, err := b.key(ctx, h.KeyID)
	if err != nil {
		return assertion{}, err
	}
	if !verify(key, parts[0]+"."+parts[1], parts[2]) {
		return refuse("the key that it names did not sign it")
	}
	a := assertion{issuer: h.Issuer, expires: time.Unix(h.Expires, 0)}
	if decode(parts[1], &a.all) != nil {
		return refuse("its claims are not an object")
	}
	a.subject = signed.Text(a.all, "sub")
	if iss := signed.Text(a.all, "iss"); iss != "" && iss != h.Issuer {
		return refuse("it names two issuers")
	}
	return a, nil
}

// wrong returns which check a header does not pass.
func (b *balancer) wrong(h balancerHeader) string {
	switch {
	case h.Algorithm != "ES256":
		return "its algorithm is not ES256"
	case h.Signer != b.settings.Signer:
		return "another load balancer signed it"
	case h.Issuer != b.settings.Issuer:
		return "it names another issuer"
	case h.Client != b.settings.Audience:
		return "it is for another client"
	case b.now().After(time.Unix(h.Expires, 0).Add(signed.Leeway)):
		return "it has expired"
	case !kidRule.MatchString(h.KeyID):
		return "it names no key"
	}
	return ""
}

// key returns a key of the region.
func (b *balancer) key(ctx context.Context, id string) (*ecdsa.PublicKey, error) {
	if key, ok := b.keys.Get(id); ok {
		return key, nil
	}
	if !b.reads.AllowN(b.now(), 1) {
		return nil, provider.Unavailable("the load balancer's keys", errors.New("too many unknown keys are asked for"))
	}
	raw, err := b.client.Bytes(ctx, strings.TrimSuffix(b.settings.Keys, "/")+"/"+id, nil)
	var status *provider.StatusError
	if errors.As(err, &status) && (status.Status == http.StatusForbidden || status.Status == http.StatusNotFound) {
		return nil, provider.Refused("the load balancer's token: there is no such key", err)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, provider.Broken("the load balancer's keys", errors.New("the answer is no key"))
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := parsed.(*ecdsa.PublicKey)
	if err != nil || !ok || key.Params().BitSize != 256 {
		return nil, provider.Broken("the load balancer's keys", errors.New("the key is not of P-256"))
	}
	b.keys.Add(id, key)
	return key, nil
}

// verify reports whether the key signed the text with ES256.
func verify(key *ecdsa.PublicKey, text, signature string) bool {
	raw, err := unpad(signature)
	if err != nil || len(raw) != 64 {
		return false
	}
	sum := sha256.Sum256([]byte(text))
	return ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:]))
}

// unpad decodes base64 with padding or without.
func unpad(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}

func decode(text string, out any) error {
	raw, err := unpad(text)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}
