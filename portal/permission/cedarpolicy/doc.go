// SPDX-License-Identifier: Apache-2.0

// Package cedarpolicy decides by policies in the Cedar language
// (https://www.cedarpolicy.com):
//
//	permit(principal, action in Action::"catalog.entity", resource)
//	when { principal in resource.owners || resource.kind == "api" };
//
//	@id("no secrets")
//	forbid(principal, action, resource is CatalogEntity)
//	when { resource.labels has visibility && resource.labels["visibility"] == "secret" }
//	unless { principal in Group::"default/security" };
//
// [New] makes a permission.Policy of such text, and [Package] contributes the
// one of the configuration's key "cedar". As every contributed policy it must
// allow besides the roles: to leave everything to it, bind the role
// administrator to everyone.
//
// # What policies speak of
//
// The principal is User::"default/ines", Service::"ci", or Guest::"guest", who
// has not signed in; it is in each Group::"default/shop" of which somebody is a
// member, directly or not. principal.claims is a set of texts such as
// "groups=platform"; context.local says that the request comes from the machine
// itself.
//
// The action is the permission, such as Action::"catalog.entity.read"; it is in
// Action::"catalog.entity" and Action::"catalog".
//
// The resource's type is the permission's resource in one word, CatalogEntity
// for catalog-entity. It has
//
//   - kind, type and namespace, texts, to compare with == and != and by
//     ["api", "component"].contains(resource.kind);
//   - owners, a set of users and groups, for principal in resource.owners and
//     contains, containsAny and containsAll;
//   - tags, a set of texts, for contains, containsAny and containsAll;
//   - labels and annotations, for has, and for == and != and contains of one.
//
// What a resource does not have is, as in Cedar, an error, and the policy does
// not apply. Texts of resources are compared without regard to case, as in the
// rest of the catalog; that is not as in Cedar.
//
// # Conditions
//
// Questions are often about a whole list, so a policy becomes a condition that
// the resource's owner translates to its query. What cannot become one is
// refused at load, with the place of its policy: like and < on what a resource
// has, resource in, attributes that are not listed above, actions that nothing
// declares, and more than 16 && and || in one when or unless if something in it
// can be an error, because each of them may double the condition.
package cedarpolicy
