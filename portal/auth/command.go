// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/callboard/callboard"
)

// commandActor is who the audit log says did what a command does: somebody with
// access to the portal's database.
const commandActor = "service:command"

// command returns "auth", with what an operator does about signing in.
func command(resolver func() (*Resolver, error), keys func() (*Keys, error)) *cobra.Command {
	cmd := &cobra.Command{Use: "auth", Short: "Explain sign-ins, and manage tokens of services"}
	token := &cobra.Command{Use: "token", Short: "Manage tokens of services, which no person holds"}
	token.AddCommand(createCommand(keys), listCommand(keys), revokeCommand(keys))
	cmd.AddCommand(explainCommand(resolver), token)
	return cmd
}

// claimsFile is what explain reads: the claims, by the names of OpenID Connect,
// with those of other names beside them.
type claimsFile struct {
	Issuer        string `json:"iss"`
	Subject       string `json:"sub"`
	Username      string `json:"preferred_username"`
	Name          string `json:"name"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
}

const maxClaims = 1 << 20

func readClaims(name string, stdin io.Reader) (c Claims, err error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return c, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxClaims))
	if err != nil {
		return c, err
	}
	var file claimsFile
	if err := json.Unmarshal(data, &file); err != nil {
		return c, fmt.Errorf("%s is not the JSON of claims: %w", name, err)
	}
	c = Claims{Issuer: file.Issuer, Subject: file.Subject, Username: file.Username, Name: file.Name, Email: file.Email, EmailVerified: file.EmailVerified}
	return c, json.Unmarshal(data, &c.Other)
}

func explainCommand(resolver func() (*Resolver, error)) *cobra.Command {
	var name, method string
	cmd := &cobra.Command{
		Use: "explain", Short: "Say whom a sign-in is, or why nobody", Args: cobra.NoArgs,
		Long: "Explain walks the steps of auth.resolve for claims as a provider sends them: a JSON object with sub,\npreferred_username, email, email_verified and whatever else the rules look at.",
	}
	cmd.Flags().StringVar(&name, "claims", "-", "read the claims from `FILE`; - is the standard input")
	cmd.Flags().StringVar(&method, "method", "", "the `ID` of the method that they come by, for rules that are for some methods only")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		claims, err := readClaims(name, cmd.InOrStdin())
		if err != nil {
			return err
		}
		r, err := resolver()
		if err != nil {
			return err
		}
		res, err := r.Resolve(cmd.Context(), method, claims)
		if err != nil {
			return err
		}
		explain(cmd.OutOrStdout(), res)
		if res.Refusal != "" {
			return &callboard.Error{Code: callboard.CodeForbidden, Message: "the sign-in is refused"}
		}
		return nil
	}
	return cmd
}

// explain writes the steps, and what came of them.
func explain(w io.Writer, res Resolution) {
	for n, s := range res.Steps {
		fmt.Fprintf(w, "%d. %s\n", n+1, s.Rule)
		if s.LookedUp != "" {
			fmt.Fprintf(w, "   looked for %s\n", s.LookedUp)
		}
		if len(s.Found) > 0 {
			fmt.Fprintf(w, "   found %s\n", strings.Join(s.Found, ", "))
		}
		if s.Why != "" {
			fmt.Fprintf(w, "   %s\n", s.Why)
		}
	}
	switch {
	case res.Subject != "":
		fmt.Fprintf(w, "It is %s.\n", res.Subject)
	case res.New:
		fmt.Fprintln(w, "It is somebody new, who would be made at the sign-in.")
	default:
		fmt.Fprintln(w, res.Refusal)
	}
}

func createCommand(keys func() (*Keys, error)) *cobra.Command {
	var limits []string
	var lasts time.Duration
	var purpose string
	cmd := &cobra.Command{Use: "create SERVICE", Short: "Make a token of service:SERVICE and print it, this once", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringArrayVar(&limits, "only", nil, "let it do only `PERMISSION [RESOURCE]`, such as \"catalog.* component:default/*\"; may be repeated")
	cmd.Flags().DurationVar(&lasts, "lasts", 0, "let it end after that `TIME`, such as 2160h; 0 is never")
	cmd.Flags().StringVar(&purpose, "name", "token", "say what it is for")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		k, err := keys()
		if err != nil {
			return err
		}
		key := Key{Subject: servicePrefix + args[0], Name: purpose, CreatedBy: commandActor, Limits: parseLimits(strings.Join(limits, "\n"))}
		if lasts != 0 {
			key.Expires = k.now().Add(lasts)
		}
		key, secret, err := k.Create(cmd.Context(), key)
		if err != nil {
			return err
		}
		cmd.PrintErrf("made the token %s of %s; it is not shown again:\n", key.ID, key.Subject)
		fmt.Fprintln(cmd.OutOrStdout(), secret)
		return nil
	}
	return cmd
}

func listCommand(keys func() (*Keys, error)) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the tokens of services", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		k, err := keys()
		if err != nil {
			return err
		}
		all, err := k.Of(cmd.Context(), "")
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tSERVICE\tNAME\tMADE\tUSED\tENDS")
		for _, key := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", key.ID, key.Subject, key.Name, day10(key.Created), day10(key.Used), day10(key.Expires))
		}
		return w.Flush()
	}}
}

func day10(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.DateOnly)
}

func revokeCommand(keys func() (*Keys, error)) *cobra.Command {
	return &cobra.Command{Use: "revoke ID", Short: "End a token of a service", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		k, err := keys()
		if err != nil {
			return err
		}
		return k.Revoke(cmd.Context(), "", args[0], commandActor)
	}}
}
