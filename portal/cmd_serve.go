// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
)

func (c *cli) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the portal; the same as no command at all",
		Args:  args(cobra.NoArgs),
		RunE:  c.serve,
	}
	c.serveFlags(cmd)
	return cmd
}

// serve listens before anything is built, so that a busy port is known at once.
func (c *cli) serve(cmd *cobra.Command, _ []string) error {
	if err := c.configure(cmd.Flags()); err != nil {
		c.core.scratch = true // find what else is wrong, beside an empty database
		_, err := c.assemble()
		return err
	}
	ln, err := listen(cmd.Context(), c.core.opts.Settings.Listen)
	if err != nil {
		return err
	}
	app, err := c.assemble()
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	for _, w := range app.Warnings() {
		app.opts.Logger.Warn(w)
	}
	return app.Serve(cmd.Context(), ln, func() {
		cmd.Printf("%s is ready at %s (Ctrl-C stops it)\n", app.opts.Settings.Name, addressOf(app.opts.Settings, ln.Addr()))
	})
}

// listen opens the listener, and says what to do if somebody else has the port.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	ln, err := httpx.Listen(ctx, addr)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return ln, err
	}
	_, port, splitErr := net.SplitHostPort(addr)
	if splitErr != nil {
		return nil, err
	}
	return nil, &callboard.Error{
		Code: callboard.CodeConflict,
		Message: fmt.Sprintf("port %s is in use by another program, perhaps another portal: "+
			"stop it, or choose another address with --listen, such as --listen 127.0.0.1:0 for any free port", port),
	}
}

// addressOf is where people reach the portal.
func addressOf(s Settings, addr net.Addr) string {
	if s.BaseURL != "" {
		return s.BaseURL
	}
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", tcp.Port)
	}
	return "http://" + addr.String()
}
