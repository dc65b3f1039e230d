// SPDX-License-Identifier: Apache-2.0

// Uses the reference portal as Backstage's own frontend does, and prints, as
// one JSON object, what each call gave:
//
//	node client.cjs http://127.0.0.1:7007/api/catalog http://127.0.0.1:8000 TOKEN
//
// The second address serves catalog-info.yaml; POST /change renames what it
// declares.
'use strict';

const { CatalogClient, CATALOG_FILTER_EXISTS } = require('@backstage/catalog-client');

const [api, files, token] = process.argv.slice(2);
const client = new CatalogClient({
  discoveryApi: { getBaseUrl: async () => api },
  fetchApi: { fetch: (url, init) => fetch(url, { ...init, headers: { ...init?.headers, Authorization: `Bearer ${token}` } }) },
});
const results = {};
const refOf = e => `${e.kind}:${e.metadata.namespace}/${e.metadata.name}`.toLowerCase();
const names = list => list.map(e => e?.metadata.name ?? 'none').join(' ');

async function failure(call) {
  try {
    await call();
    return 'no error';
  } catch (error) {
    return `${error.statusCode} ${error.cause?.name}`;
  }
}

// pages walks to the end and back, and says how often each entity was seen.
async function pages(request) {
  const forth = [];
  const back = [];
  let page = await client.queryEntities(request);
  for (;;) {
    forth.push(...page.items.map(refOf));
    if (!page.pageInfo.nextCursor) break;
    page = await client.queryEntities({ cursor: page.pageInfo.nextCursor, limit: request.limit });
  }
  back.unshift(...page.items.map(refOf));
  while (page.pageInfo.prevCursor) {
    page = await client.queryEntities({ cursor: page.pageInfo.prevCursor, limit: request.limit });
    back.unshift(...page.items.map(refOf));
  }
  return {
    complete: new Set(forth).size === page.totalItems && forth.length === page.totalItems,
    same: JSON.stringify(forth) === JSON.stringify(back),
  };
}

async function read() {
  const everything = (await client.getEntities()).items;
  results.list = everything.length >= 40;
  results.relations = everything.some(e => (e.relations ?? []).some(r => r.type === 'ownedBy' && typeof r.targetRef === 'string'));
  results.uids = everything.every(e => e.metadata.uid && e.metadata.etag);
  results.paged = await pages({ limit: 7, orderFields: [{ field: 'kind', order: 'desc' }, { field: 'metadata.name', order: 'asc' }] });
  results.pagedByPredicate = await pages({ limit: 3, query: { $all: [{ kind: { $in: ['component', 'api'] } }, { $not: { 'spec.lifecycle': 'deprecated' } }] } });
  const some = everything.find(e => e.kind === 'Component');
  const kinds = (await client.getEntityFacets({ facets: ['kind'] })).facets.kind;
  results.facets = kinds.reduce((n, f) => n + f.count, 0) === everything.length;
  const components = (await client.getEntities({ filter: { kind: 'component', 'spec.owner': CATALOG_FILTER_EXISTS } })).items;
  results.filter = components.length === kinds.find(f => f.value === 'Component').count;
  const text = await client.queryEntities({ fullTextFilter: { term: some.metadata.name, fields: ['metadata.name'] } });
  results.text = text.items.some(e => refOf(e) === refOf(some));
  results.byRef = refOf(await client.getEntityByRef(refOf(some))) === refOf(some);
  results.byRefs = names((await client.getEntitiesByRefs({ entityRefs: ['component:default/none-such', refOf(some)] })).items) === `none ${some.metadata.name}`;
  const ancestors = await client.getEntityAncestors({ entityRef: refOf(some) });
  results.ancestry = ancestors.rootEntityRef === refOf(some) && ancestors.items.some(i => i.entity.kind === 'Location');
}

async function change() {
  const target = `${files}/catalog-info.yaml`;
  const tried = await client.addLocation({ target, dryRun: true });
  results.dryRun = names(tried.entities.filter(e => e.kind !== 'Location'));
  results.analyzed = (await client.analyzeLocation({ location: { type: 'url', target } })).existingEntityFiles.length;
  const { location, exists } = await client.addLocation({ target });
  results.added = { exists: exists ?? false, type: location.type };
  results.addedAgain = await failure(() => client.addLocation({ target }));
  const found = await client.getEntityByRef('component:default/till');
  results.registered = found.metadata.annotations['backstage.io/managed-by-location'] === `url:${target}`;
  results.locationOf = (await client.getLocationByEntity('component:default/till')).id === location.id;
  results.removeDeclared = await failure(() => client.removeEntityByUid(found.metadata.uid));

  await fetch(`${files}/change`, { method: 'POST' });
  await client.refreshEntity('component:default/till');
  results.refreshed = (await client.getEntityByRef('component:default/till')).metadata.title;

  results.valid = (await client.validateEntity({ apiVersion: 'backstage.io/v1alpha1', kind: 'Location', metadata: { name: 'x' }, spec: { type: 'url', target } }, `url:${target}`)).valid;
  results.invalid = (await client.validateEntity({ apiVersion: 'backstage.io/v1alpha1', kind: 'Nothing', metadata: { name: 'x' } }, `url:${target}`)).valid;
  results.refused = await failure(() => client.addLocation({ target: 'https://not-allowed.example.com/catalog-info.yaml', dryRun: true }));
  results.refusedType = await failure(() => client.addLocation({ type: 'file', target: '/etc/passwd' }));

  await client.removeLocationById(location.id);
  results.removed = (await client.getEntityByRef('component:default/till')) ?? 'gone';
  results.locations = (await client.getLocations()).items.length;
}

read()
  .then(change)
  .then(() => process.stdout.write(JSON.stringify(results)))
  .catch(error => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  });
