// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"encoding/csv"
	"net/http"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// exportPage is how many entities an export reads at once.
const exportPage = 500

// exportCSV serves GET /catalog/export.csv: the list as filtered, all its
// pages, the chosen columns behind the reference, or every column if none was
// chosen. Cost: one query per 500.
func (w *Web) exportCSV(rw http.ResponseWriter, r *http.Request) error {
	s := readList(r)
	cols := columns()
	if len(s.Cols) > 0 {
		cols = chosenColumns(s)
	}
	head := []string{"Reference"}
	for _, c := range cols {
		head = append(head, c.title)
	}
	out := csv.NewWriter(rw)
	first := true
	err := w.export(r, s, func(records []catalog.Record) error {
		if first {
			first = false
			download(rw, "text/csv; charset=utf-8", "catalog.csv")
			if err := out.Write(head); err != nil {
				return err
			}
		}
		entities, err := decodeAll(records)
		if err != nil {
			return err
		}
		n, err := w.columnNames(r.Context(), cols, entities)
		if err != nil {
			return err
		}
		for _, e := range entities {
			row := []string{e.Ref().String()}
			for _, c := range cols {
				row = append(row, csvText(c.cell(w, n, e)))
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	})
	return err
}

// exportJSON serves GET /catalog/export.json: an array of whole entities.
func (w *Web) exportJSON(rw http.ResponseWriter, r *http.Request) error {
	separator := "[\n"
	err := w.export(r, readList(r), func(records []catalog.Record) error {
		if separator == "[\n" {
			download(rw, "application/json; charset=utf-8", "catalog.json")
		}
		for _, rec := range records {
			if _, err := rw.Write([]byte(separator)); err != nil {
				return err
			}
			if _, err := rw.Write(rec.JSON); err != nil {
				return err
			}
			separator = ",\n"
		}
		return nil
	})
	if err != nil {
		return err
	}
	end := "\n]\n"
	if separator == "[\n" {
		end = "[]\n"
	}
	_, err = rw.Write([]byte(end))
	return err
}

// export calls each with every page of the list, once even if it is empty.
func (w *Web) export(r *http.Request, s listState, each func([]catalog.Record) error) error {
	ctx := r.Context()
	q := catalog.Query{
		Filter: s.filter("", callboard.IdentityFrom(ctx), w.starred(r)), Text: s.text(),
		Order: s.order(), Limit: exportPage, SkipTotal: true,
	}
	for {
		page, err := w.store.Query(ctx, q)
		if err != nil {
			return err
		}
		if err := each(page.Items); err != nil {
			return err
		}
		if page.Next == "" {
			return nil
		}
		q.Cursor = page.Next
	}
}

func download(rw http.ResponseWriter, contentType, name string) {
	rw.Header().Set("Content-Type", contentType)
	rw.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
