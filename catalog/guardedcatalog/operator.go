// SPDX-License-Identifier: Apache-2.0

package guardedcatalog

import (
	"context"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// Operator is a catalog's service within the caller's permissions.
type Operator struct {
	store   *Store
	service catalog.Operator
}

var _ catalog.Operator = (*Operator)(nil)

// NewOperator returns an operator of what callers may do with a service, which
// keeps what is behind the store.
func NewOperator(store *Store, service catalog.Operator) *Operator {
	return &Operator{store: store, service: service}
}

// AddLocation needs [catalog.MayCreateLocation].
func (o *Operator) AddLocation(ctx context.Context, l catalog.Location) (catalog.Registration, error) {
	if err := o.store.may.Require(ctx, catalog.MayCreateLocation); err != nil {
		return catalog.Registration{}, err
	}
	return o.service.AddLocation(ctx, l)
}

// TryLocation needs [catalog.MayCreateLocation].
func (o *Operator) TryLocation(ctx context.Context, l catalog.Location) (catalog.Registration, error) {
	if err := o.store.may.Require(ctx, catalog.MayCreateLocation); err != nil {
		return catalog.Registration{}, err
	}
	return o.service.TryLocation(ctx, l)
}

// RemoveLocation needs [catalog.MayDeleteLocation].
func (o *Operator) RemoveLocation(ctx context.Context, id string) error {
	if err := o.store.may.Require(ctx, catalog.MayDeleteLocation); err != nil {
		return err
	}
	return o.service.RemoveLocation(ctx, id)
}

// Refresh needs [catalog.MayRefreshEntity] on the entity.
func (o *Operator) Refresh(ctx context.Context, ref catalog.Ref) error {
	if err := o.store.require(ctx, catalog.MayRefreshEntity, ref); err != nil {
		return err
	}
	return o.service.Refresh(ctx, ref)
}

// RefreshLocation needs [catalog.MayRefreshLocation].
func (o *Operator) RefreshLocation(ctx context.Context, location string) error {
	if err := o.store.may.Require(ctx, catalog.MayRefreshLocation); err != nil {
		return err
	}
	return o.service.RefreshLocation(ctx, location)
}

// Validate needs [catalog.MayValidateEntity].
func (o *Operator) Validate(ctx context.Context, item catalog.Item) (catalog.Validation, error) {
	if err := o.store.may.Require(ctx, catalog.MayValidateEntity); err != nil {
		return catalog.Validation{}, err
	}
	return o.service.Validate(ctx, item)
}

// Analyze needs [catalog.MayCreateLocation].
func (o *Operator) Analyze(ctx context.Context, l catalog.Location) (catalog.Analysis, error) {
	if err := o.store.may.Require(ctx, catalog.MayCreateLocation); err != nil {
		return catalog.Analysis{}, err
	}
	return o.service.Analyze(ctx, l)
}

// Explain explains from what the caller may see.
func (o *Operator) Explain(ctx context.Context, ref catalog.Ref) (catalog.Explanation, error) {
	return catalog.Explain(ctx, lenient{o.store}, ref)
}

// Status is empty without [catalog.MayReadProvider].
func (o *Operator) Status(ctx context.Context) []catalog.ProviderStatus {
	if o.store.may.Require(ctx, catalog.MayReadProvider) != nil {
		return nil
	}
	return o.service.Status(ctx)
}

// Held needs [catalog.MayReleaseProvider].
func (o *Operator) Held(ctx context.Context, provider string) ([]string, error) {
	if err := o.store.may.Require(ctx, catalog.MayReleaseProvider); err != nil {
		return nil, err
	}
	return o.service.Held(ctx, provider)
}

// Release needs [catalog.MayReleaseProvider].
func (o *Operator) Release(ctx context.Context, provider string) error {
	if err := o.store.may.Require(ctx, catalog.MayReleaseProvider); err != nil {
		return err
	}
	return o.service.Release(ctx, provider)
}

// lenient is a store whose optional parts are empty for callers without the
// permission for them.
type lenient struct{ *Store }

func (l lenient) Sources(ctx context.Context, q catalog.SourceQuery) ([]catalog.Source, error) {
	found, err := l.Store.Sources(ctx, q)
	return found, unlessRefused(err)
}

func (l lenient) Problems(ctx context.Context, q catalog.ProblemQuery) ([]catalog.Problem, int, error) {
	found, n, err := l.Store.Problems(ctx, q)
	return found, n, unlessRefused(err)
}

func (l lenient) Deleted(ctx context.Context, after catalog.Ref, limit int) ([]catalog.DeletedEntity, error) {
	found, err := l.Store.Deleted(ctx, after, limit)
	return found, unlessRefused(err)
}

func unlessRefused(err error) error {
	if callboard.Refused(err) {
		return nil
	}
	return err
}
