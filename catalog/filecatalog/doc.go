// SPDX-License-Identifier: Apache-2.0

// Package filecatalog brings entities from files into the catalog: from single
// files, directories and globs. It watches them, so that a saved file is served
// a moment later, and it reads the file locations that Location entities name.
//
//	files, err := filecatalog.New([]string{"./catalog", "./services/**/catalog-info.yaml"}, nil)
//	service, err := catalog.NewService(store, &catalog.ServiceOptions{
//		Providers: []catalog.Provider{files},
//		Readers:   []catalog.LocationReader{files},
//	})
//
// Nothing outside the roots is ever read: neither by a relative path nor by a
// symbolic link. The root of a path is the git repository that holds it or,
// without one, its directory.
package filecatalog
