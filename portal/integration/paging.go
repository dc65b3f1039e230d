// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"net/url"
	"strconv"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/fetch"
)

// maxItems bounds the items of all pages together.
const maxItems = 10_000

// answer is what a source answered.
type answer struct {
	response any
	items    []any
	pages    int
	// cut says that there are more pages than are read.
	cut bool
}

// pager reads the pages of one source.
type pager struct {
	d    *Definition
	vars map[string]any
	send func(ctx context.Context, c call, maxBytes int64) (*fetch.Response, error)
	left int64 // bytes that may still be read
	out  answer
}

// read reads the first page and those that follow.
func (p *pager) read(ctx context.Context, c call) (answer, error) {
	p.left = int64(or(p.d.Source.MaxBytes, defaultMaxBytes))
	first := c
	for {
		tree, res, err := p.page(ctx, c)
		if err != nil {
			return p.out, err
		}
		if p.out.pages++; p.out.pages == 1 {
			p.out.response = tree
		}
		pg := p.d.Source.Paging
		if pg == nil {
			return p.out, nil
		}
		n, err := p.collect(ctx, tree)
		if err != nil {
			return p.out, err
		}
		next, more, err := p.next(ctx, first, tree, res, n)
		if err != nil || !more {
			return p.out, err
		}
		if p.out.pages >= or(pg.MaxPages, defaultPages) || len(p.out.items) >= maxItems {
			p.out.cut = true
			return p.out, nil
		}
		c = next
	}
}

func (p *pager) page(ctx context.Context, c call) (any, *fetch.Response, error) {
	if p.left <= 0 {
		return nil, nil, &callboard.Error{Code: callboard.CodeTooLarge, Message: "the pages together are larger than is read"}
	}
	res, err := p.send(ctx, c, p.left)
	if p.d.Source.Empty && callboard.CodeOf(err) == callboard.CodeNotFound {
		return nil, &fetch.Response{}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	p.left -= int64(len(res.Body))
	tree, err := decodeJSON(res.Body)
	return tree, res, err
}

// collect adds a page's items and returns how many they are.
func (p *pager) collect(ctx context.Context, tree any) (int, error) {
	v, err := p.on(ctx, p.d.program.items, tree)
	if err != nil || v == types.NullValue {
		return 0, err
	}
	list, ok := v.(traits.Lister)
	if !ok {
		x := p.d.program.items
		return 0, &valueError{x.at, x.text, "is a " + v.Type().TypeName() + " and no list"}
	}
	n := 0
	for it := list.Iterator(); it.HasNext() == types.True && len(p.out.items) < maxItems; n++ {
		p.out.items = append(p.out.items, it.Next())
	}
	return n, nil
}

// on evaluates an expression on one response.
func (p *pager) on(ctx context.Context, x *expression, tree any) (ref.Val, error) {
	vars := map[string]any{"response": tree, "items": []any{}}
	for name, v := range p.vars {
		vars[name] = v
	}
	return x.eval(ctx, vars)
}

// next returns the call for the page after one with n items.
func (p *pager) next(ctx context.Context, first call, tree any, res *fetch.Response, n int) (c call, more bool, err error) {
	pg, c := p.d.Source.Paging, first
	set := func(value string) (call, bool, error) {
		c.query = url.Values{}
		for name, values := range first.query {
			c.query[name] = values
		}
		c.query.Set(pg.Parameter, value)
		return c, true, nil
	}
	switch {
	case pg.Kind == "link":
		return p.follow(first, nextLink(res.Header))
	case pg.Kind == "cursor":
		v, err := p.on(ctx, p.d.program.next, tree)
		if err != nil {
			return c, false, err
		}
		cursor, err := piece{inside: true, text: pg.Next, expr: p.d.program.next}.textOf(v)
		if err != nil || cursor == "" {
			return c, false, err
		}
		return set(cursor)
	case n == 0 || pg.Size > 0 && n < pg.Size:
		return c, false, nil
	case pg.Kind == "offset":
		return set(strconv.Itoa(p.out.pages * pg.Size))
	default:
		page := p.out.pages // the second page of a tool that counts from 0
		if !pg.ZeroBased {
			page++
		}
		return set(strconv.Itoa(page))
	}
}

// follow goes on to an address that the tool named: on the same host only,
// since the credentials go with it.
func (p *pager) follow(first call, link string) (call, bool, error) {
	if link == "" {
		return first, false, nil
	}
	base, err := url.Parse(first.url)
	if err != nil {
		return first, false, err
	}
	u, err := base.Parse(link)
	if err != nil || u.Scheme != base.Scheme || u.Host != base.Host || u.User != nil {
		return first, false, &callboard.Error{Code: callboard.CodeForbidden, Message: "the next page is on another host, to which no credential is sent"}
	}
	c := first
	c.query = u.Query()
	u.RawQuery, u.Fragment = "", ""
	c.url = u.String()
	return c, true, nil
}
