// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	yaml "go.yaml.in/yaml/v4"

	"github.com/callboard/callboard/portal/config"
)

// ErrFound is what the command check ends with when it has printed what is
// wrong.
var ErrFound = errors.New("problems were found in the definitions")

// Command returns "integration" with list and check. library is called by list
// alone: check needs no portal.
func Command(library func() (*Library, error)) *cobra.Command {
	cmd := &cobra.Command{Use: "integration", Short: "List integrations, or check a definition", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(checkCommand(), &cobra.Command{
		Use: "list", Short: "List the definitions that there are", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := library()
			if err != nil {
				return err
			}
			all, err := l.All()
			if err != nil {
				return err
			}
			return printList(cmd.OutOrStdout(), all)
		},
	})
	return cmd
}

func printList(out io.Writer, all []*Definition) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tTOOL\tLOOKS FOR\tSHOWN AS")
	for _, d := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", d.ID, d.Title, d.looksFor(), d.shownAs())
	}
	return w.Flush()
}

// check is what the command check was told.
type check struct {
	response, entity string
	settings         map[string]string
}

func checkCommand() *cobra.Command {
	var c check
	cmd := &cobra.Command{
		Use: "check FILE…", Short: "Check definitions, and show what one makes of an answer", Args: cobra.MinimumNArgs(1),
		Long: "Check reads definitions and prints everything that is wrong with them, with file, line,\n" +
			"column, rule and remedy. With an answer of the tool and an entity it also prints the request\n" +
			"that would be sent, without credentials, and the view as text. Nothing is called.",
		Example: "  integration check weather.yaml --response sample.json --entity catalog-info.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.run(cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
		},
	}
	cmd.Flags().StringVar(&c.response, "response", "", "`FILE` with an answer of the tool, as JSON")
	cmd.Flags().StringVar(&c.entity, "entity", "", "`FILE` with the entity that is asked about, as YAML")
	cmd.Flags().StringToStringVar(&c.settings, "set", nil, "`NAME=VALUE` of a setting; may be repeated")
	return cmd
}

func (c check) run(out, errs io.Writer, files []string) error {
	if c.response != "" && len(files) > 1 {
		return errors.New("one definition is shown with an answer; name one file")
	}
	wrong := false
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		d, err := Parse(file, data)
		var problems config.Problems
		switch {
		case errors.As(err, &problems):
			wrong = true
			for _, p := range problems {
				fmt.Fprintf(errs, "%s [%s]\n", p, p.Rule)
			}
			continue
		case err != nil:
			return err
		}
		fmt.Fprintf(errs, "ok: %s, %s, looks for %s\n", file, d.Title, d.looksFor())
		if c.response != "" {
			if err := c.show(out, d); err != nil {
				return err
			}
		}
	}
	if wrong {
		return ErrFound
	}
	return nil
}

// show prints the request and the view.
func (c check) show(out io.Writer, d *Definition) error {
	answer, err := os.ReadFile(c.response)
	if err != nil {
		return err
	}
	s := Subject{Ref: "component:default/example", Kind: "Component"}
	if c.entity != "" {
		if s, err = readSubject(c.entity); err != nil {
			return err
		}
	}
	sample, err := d.Try(s, c.settings, answer, time.Now())
	if sample.Request != "" {
		fmt.Fprintln(out, sample.Request)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	if err := sample.Result.View.Print(out); err != nil {
		return err
	}
	for _, f := range sample.Result.Facts {
		fmt.Fprintf(out, "fact %s.%s (%s) = %v\n", d.ID, f.Name, f.Type, f.Value)
	}
	for _, doc := range sample.Result.Documents {
		fmt.Fprintln(out, line("document", doc.Title, target(doc.URL)))
	}
	return nil
}

// readSubject reads an entity; it need not be one that a catalog would take.
func readSubject(file string) (Subject, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Subject{}, err
	}
	var tree map[string]any
	if err := yaml.Load(data, &tree); err != nil {
		return Subject{}, fmt.Errorf("%s is no YAML: %w", file, err)
	}
	return SubjectOf(tree), nil
}

// SubjectOf returns the subject that an entity as a tree of JSON values is.
func SubjectOf(tree map[string]any) Subject {
	metadata, _ := tree["metadata"].(map[string]any)
	text := func(v any, fallback string) string {
		if s, ok := v.(string); ok && s != "" {
			return s
		}
		return fallback
	}
	s := Subject{Kind: text(tree["kind"], "Component"), Annotations: map[string]string{}, Tree: func() map[string]any { return tree }}
	s.Ref = strings.ToLower(s.Kind + ":" + text(metadata["namespace"], "default") + "/" + text(metadata["name"], "example"))
	if all, ok := metadata["annotations"].(map[string]any); ok {
		for name, v := range all {
			s.Annotations[name] = fmt.Sprint(v)
		}
	}
	return s
}
