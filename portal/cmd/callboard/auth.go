// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/callboard/callboard"
)

// authCommand signs this program in at portals.
func authCommand() *cobra.Command {
	var portal, file string
	cmd := &cobra.Command{Use: "auth", Short: "Sign in at a portal, for scripts and for this command"}
	cmd.PersistentFlags().StringVar(&portal, "portal", "http://127.0.0.1:7007", "the portal at `URL`")
	cmd.PersistentFlags().StringVar(&file, "credentials", "", "keep keys in `FILE` (default callboard/credentials.json in the user's configuration directory)")
	login := &cobra.Command{Use: "login", Short: "Get a key, by a code that you type in the portal", Args: cobra.NoArgs}
	login.RunE = func(cmd *cobra.Command, _ []string) error {
		l := &signIn{portal: strings.TrimRight(portal, "/"), client: &http.Client{Timeout: 30 * time.Second}, out: cmd.ErrOrStderr()}
		key, err := l.run(cmd.Context())
		if err != nil {
			return err
		}
		return keep(file, l.portal, key, cmd.ErrOrStderr())
	}
	token := &cobra.Command{Use: "token", Short: "Print the key that login got", Args: cobra.NoArgs}
	token.RunE = func(cmd *cobra.Command, _ []string) error {
		keys, _, err := credentials(file)
		if err != nil {
			return err
		}
		key := keys[strings.TrimRight(portal, "/")]
		if key == "" {
			return fmt.Errorf("there is no key for %s: run callboard auth login --portal %s", portal, portal)
		}
		fmt.Fprintln(cmd.OutOrStdout(), key)
		return nil
	}
	cmd.AddCommand(login, token)
	return cmd
}

// signIn is a sign-in by device code (RFC 8628).
type signIn struct {
	portal string
	client *http.Client
	out    io.Writer
}

// deviceCodes are what the portal begins with.
type deviceCodes struct {
	Device   string `json:"device_code"`
	User     string `json:"user_code"`
	URI      string `json:"verification_uri"`
	Expires  int    `json:"expires_in"`
	Interval int    `json:"interval"`
}

// deviceToken is what it ends with, or why not yet.
type deviceToken struct {
	Token       string `json:"access_token"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// run returns the key once the person has let this program in.
func (s *signIn) run(ctx context.Context) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "a machine"
	}
	var codes deviceCodes
	if err := s.post(ctx, "/api/auth/device/code", url.Values{"client_id": {"callboard on " + host[:min(len(host), 40)]}}, &codes); err != nil {
		return "", err
	}
	if codes.Device == "" || codes.User == "" || !printable(codes.URI+codes.User) {
		return "", errors.New(s.portal + " gave no code: is it a portal, and does its address say so?")
	}
	fmt.Fprintf(s.out, "Open %s\nand type the code %s\n", codes.URI, codes.User)
	ctx, cancel := context.WithTimeout(ctx, time.Duration(codes.Expires)*time.Second)
	defer cancel()
	wait := time.Duration(max(codes.Interval, 1)) * time.Second
	for {
		select {
		case <-ctx.Done():
			return "", errors.New("nobody let this program in; run the command again")
		case <-time.After(wait):
		}
		var t deviceToken
		form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {codes.Device}, "client_id": {"callboard"}}
		if err := s.post(ctx, "/api/auth/device/token", form, &t); err != nil && ctx.Err() == nil {
			return "", err
		}
		switch t.Error {
		case "":
			if t.Token != "" {
				return t.Token, nil
			}
		case "authorization_pending":
		case "slow_down":
			wait += 5 * time.Second
		case "access_denied":
			return "", errors.New("you refused to let this program in")
		case "expired_token":
			return "", errors.New("the code has expired; run the command again")
		default:
			return "", fmt.Errorf("%s answers %q %q", s.portal, t.Error, t.Description)
		}
	}
}

// printable reports whether a text cannot steer a terminal.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

const maxAnswer = 1 << 20

// post sends a form and reads the JSON of the answer, also of a refusal.
func (s *signIn) post(ctx context.Context, path string, form url.Values, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.portal+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusBadRequest {
		return fmt.Errorf("%s answers %s", s.portal+path, res.Status)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s answers no JSON: is it a portal?", s.portal+path)
	}
	return nil
}

// credentials returns the keys by portal, and the file that they are in.
func credentials(file string) (keys map[string]string, name string, err error) {
	if file == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil, "", err
		}
		file = filepath.Join(dir, "callboard", "credentials.json")
	}
	keys = map[string]string{}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return keys, file, nil
	}
	if err != nil {
		return nil, file, err
	}
	if err := json.Unmarshal(data, &keys); err != nil {
		return nil, file, &callboard.Error{Code: callboard.CodeInvalid, Message: file + " is no JSON of keys; move it away", Err: err}
	}
	return keys, file, nil
}

// keep writes a key beside the others, for this user alone.
func keep(file, portal, key string, out io.Writer) error {
	keys, file, err := credentials(file)
	if err != nil {
		return err
	}
	keys[portal] = key
	data, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	// A new file takes the old one's place, so that what others may read of an
	// old one they may not read of this.
	fresh, err := os.CreateTemp(filepath.Dir(file), ".credentials-*")
	if err != nil {
		return err
	}
	_, err = fresh.Write(append(data, '\n'))
	if err = errors.Join(err, fresh.Close()); err == nil {
		err = os.Rename(fresh.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(fresh.Name()))
	}
	fmt.Fprintf(out, "signed in at %s; the key is in %s, and callboard auth token prints it\n", portal, file)
	return nil
}
