// SPDX-License-Identifier: Apache-2.0

package signed

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"

	jose "github.com/go-jose/go-jose/v4"
)

const (
	maxKeys    = 100
	minRSABits = 2048
	maxRSABits = 8192
)

// ErrSignature is a token that none of the keys signed. Whoever holds the keys
// may have to read them again.
var ErrSignature = errors.New("no known key of the provider signed it")

// Keys are the public keys of a provider.
type Keys struct{ all []jose.JSONWebKey }

// KeySet is a JSON web key set whose keys have not been looked at.
type KeySet struct {
	Keys []json.RawMessage `json:"keys"`
}

// Parse returns the keys of a set. Those that cannot sign what a portal accepts
// are left out: secret, weak, huge, of unknown types, for encryption.
func (set KeySet) Parse() (Keys, error) {
	if len(set.Keys) > maxKeys {
		return Keys{}, fmt.Errorf("there are %d keys; at most %d are read", len(set.Keys), maxKeys)
	}
	var k Keys
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) == nil && key.Use != "enc" && usable(key) {
			k.all = append(k.all, key)
		}
	}
	if len(k.all) == 0 {
		return Keys{}, errors.New("there is no usable public key in the key set")
	}
	return k, nil
}

func usable(key jose.JSONWebKey) bool {
	switch k := key.Key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= minRSABits && k.N.BitLen() <= maxRSABits
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}

// payload returns what a token says if one of the keys signed it. Errors are
// ErrSignature, or say why it is no token.
func (k Keys) payload(token string, algorithms []jose.SignatureAlgorithm) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		return nil, err
	}
	header := jws.Signatures[0].Header
	for _, key := range k.all {
		if header.KeyID != "" && key.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := jws.Verify(&key); err == nil {
			return payload, nil
		}
	}
	return nil, ErrSignature
}
