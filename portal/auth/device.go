// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/sqldb"
)

// A sign-in of a program by a code that its person types (RFC 8628).
const (
	deviceLifetime = 10 * time.Minute
	deviceWait     = 5 * time.Second
	// deviceKeyLife is how long the key lives that the program gets.
	deviceKeyLife = 90 * 24 * time.Hour
	// codeLetters are without vowels, so that no words come out, and without
	// what looks alike: the RFC's own proposal.
	codeLetters = "BCDFGHJKLMNPQRSTVWXZ"
	codeLength  = 8
	maxDevices  = 10_000
)

// The states of a device code.
const (
	devicePending  = "pending"
	deviceApproved = "approved"
	deviceDenied   = "denied"
)

// The errors of the token endpoint.
const (
	errPending      = "authorization_pending"
	errSlowDown     = "slow_down"
	errExpiredToken = "expired_token"
	errAccessDenied = "access_denied"
)

// device is a program that waits to be let in.
type device struct {
	Client  string
	Address string
	Expires time.Time
}

// devices keeps the programs that wait.
type devices struct {
	db   *sqldb.DB
	keys *Keys
	log  *audit.Log
	now  func() time.Time
}

// newUserCode returns a code that people can type: 34 bits, for ten minutes,
// with a limit on how often somebody may guess.
func newUserCode() string {
	code := make([]byte, 0, codeLength)
	for b := make([]byte, 1); len(code) < codeLength; {
		_, _ = rand.Read(b)
		if int(b[0]) < 256-256%len(codeLetters) { // each letter as likely as the others
			code = append(code, codeLetters[int(b[0])%len(codeLetters)])
		}
	}
	return string(code[:4]) + "-" + string(code[4:])
}

// plainCode drops what people may add to a code.
func plainCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(codeLetters, r) {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
}

// begin returns the codes for a program and for its person.
func (d *devices) begin(ctx context.Context, dev device) (deviceCode, userCode string, err error) {
	deviceCode, userCode = newSecret(), newUserCode()
	err = d.db.InTx(ctx, func(tx *sql.Tx) error {
		var waiting int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM auth_device`).Scan(&waiting); err != nil {
			return err
		}
		if waiting >= maxDevices {
			return &callboard.Error{Code: callboard.CodeRateLimited, Message: "too many programs wait to be let in; try again in ten minutes"}
		}
		_, err := tx.ExecContext(ctx, d.db.Rebind(`
			INSERT INTO auth_device (device_hash, user_hash, client, address, state, subject, wait_us, polled_at, expires_at)
			VALUES (?, ?, ?, ?, ?, '', ?, 0, ?)`),
			hashOf(deviceCode), hashOf(plainCode(userCode)), dev.Client, dev.Address, devicePending,
			deviceWait.Microseconds(), sqldb.Micros(d.now().Add(deviceLifetime)))
		return err
	})
	return deviceCode, userCode, err
}

var errNoDevice = &callboard.Error{Code: callboard.CodeNotFound, Message: "no program waits with this code: it was typed wrongly, was used already, or is older than ten minutes"}

// find returns the program that waits with the code.
func (d *devices) find(ctx context.Context, code string) (device, error) {
	var dev device
	var expires int64
	err := d.db.SQL().QueryRowContext(ctx, d.db.Rebind(`
		SELECT client, address, expires_at
		FROM auth_device
		WHERE user_hash = ? AND state = ? AND expires_at > ?`),
		hashOf(plainCode(code)), devicePending, sqldb.Micros(d.now())).Scan(&dev.Client, &dev.Address, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return dev, errNoDevice
	}
	dev.Expires = sqldb.FromMicros(expires)
	return dev, sqldb.Classify(err)
}

// decide lets the program in on behalf of the subject, or does not.
func (d *devices) decide(ctx context.Context, code, subject, state string) error {
	return d.db.InTx(ctx, func(tx *sql.Tx) error {
		var client string
		err := tx.QueryRowContext(ctx, d.db.Rebind(`
			UPDATE auth_device
			SET state = ?, subject = ?
			WHERE user_hash = ? AND state = ? AND expires_at > ?
			RETURNING client`),
			state, subject, hashOf(plainCode(code)), devicePending, sqldb.Micros(d.now())).Scan(&client)
		if errors.Is(err, sql.ErrNoRows) {
			return errNoDevice
		}
		if err != nil {
			return err
		}
		return d.log.Record(ctx, tx, audit.Entry{Actor: subject, Action: "auth.device." + state, Resource: subject, Message: client})
	})
}

// poll returns the key once the person has decided, or what the program is told
// instead.
func (d *devices) poll(ctx context.Context, deviceCode string) (key Key, secret, refusal string, err error) {
	if !isSecret(deviceCode) {
		return key, "", errExpiredToken, nil
	}
	err = d.db.InTx(ctx, func(tx *sql.Tx) error {
		key, secret, refusal = Key{}, "", ""
		var client, state, subject string
		var wait, polled int64
		err := tx.QueryRowContext(ctx, d.db.Rebind(`
			SELECT client, state, subject, wait_us, polled_at
			FROM auth_device
			WHERE device_hash = ? AND expires_at > ?`+d.db.Dialect().Pick("", ` FOR UPDATE`)),
			hashOf(deviceCode), sqldb.Micros(d.now())).Scan(&client, &state, &subject, &wait, &polled)
		if errors.Is(err, sql.ErrNoRows) {
			refusal = errExpiredToken
			return nil
		}
		if err != nil {
			return err
		}
		if state == devicePending {
			refusal, err = d.wait(ctx, tx, deviceCode, wait, polled)
			return err
		}
		if _, err := tx.ExecContext(ctx, d.db.Rebind(`DELETE FROM auth_device WHERE device_hash = ?`), hashOf(deviceCode)); err != nil {
			return err
		}
		if state == deviceDenied {
			refusal = errAccessDenied
			return nil
		}
		key, secret, err = d.keys.createTx(ctx, tx, Key{Subject: subject, Name: client, CreatedBy: subject, Expires: d.now().Add(deviceKeyLife)})
		return err
	})
	return key, secret, refusal, err
}

// wait notes that the program asked, and has it ask less often if it asked too
// soon.
func (d *devices) wait(ctx context.Context, tx *sql.Tx, deviceCode string, wait, polled int64) (refusal string, err error) {
	now := sqldb.Micros(d.now())
	refusal = errPending
	if now-polled < wait {
		refusal = errSlowDown
		wait += deviceWait.Microseconds()
	}
	_, err = tx.ExecContext(ctx, d.db.Rebind(`UPDATE auth_device SET wait_us = ?, polled_at = ? WHERE device_hash = ?`), wait, now, hashOf(deviceCode))
	return refusal, err
}
