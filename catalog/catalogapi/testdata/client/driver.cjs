// SPDX-License-Identifier: Apache-2.0

// Runs Backstage's own catalog client against a server and prints, as one JSON
// object, what each call gave: node driver.cjs http://127.0.0.1:1234/api/catalog
'use strict';

const { CatalogClient, CATALOG_FILTER_EXISTS } = require('@backstage/catalog-client');

const client = new CatalogClient({
  discoveryApi: { getBaseUrl: async () => process.argv[2] },
  fetchApi: { fetch: (...args) => fetch(...args) },
});

const results = {};

// failure is what a caller of the client can see of an error.
function failure(error) {
  return { error: `${error.name} ${error.statusCode} of ${error.cause?.name}` };
}

async function step(name, call) {
  try {
    const value = await call();
    results[name] = value === undefined ? 'undefined' : value;
  } catch (error) {
    results[name] = failure(error);
  }
  return results[name];
}

const names = list => list.map(e => (e === undefined ? 'undefined' : e.metadata.name)).join(' ');

async function gather(stream, map) {
  const pages = [];
  for await (const page of stream) {
    pages.push(map(page));
  }
  return pages;
}

// walk goes to the end and back again.
async function walk(request) {
  const seen = [];
  let page = await client.queryEntities(request);
  for (;;) {
    seen.push(`${names(page.items)} of ${page.totalItems}`);
    if (!page.pageInfo.nextCursor) break;
    page = await client.queryEntities({ cursor: page.pageInfo.nextCursor, limit: request.limit });
  }
  while (page.pageInfo.prevCursor) {
    page = await client.queryEntities({ cursor: page.pageInfo.prevCursor, limit: request.limit });
    seen.push(`back to ${names(page.items)}`);
  }
  return seen;
}

async function read() {
  const byName = { field: 'metadata.name', order: 'asc' };
  await step('getEntities', async () => names((await client.getEntities({ filter: { kind: 'component', 'spec.type': 'service' } })).items));
  await step('getEntities any', async () =>
    names((await client.getEntities({ filter: [{ kind: ['user', 'group'] }, { 'metadata.annotations.example.com/repo': CATALOG_FILTER_EXISTS }], order: [byName] })).items));
  await step('getEntities window', async () =>
    (await client.getEntities({ order: { field: 'metadata.name', order: 'desc' }, limit: 2, offset: 1, fields: ['kind', 'metadata.name'] })).items);
  await step('queryEntities pages', () => walk({ filter: { kind: 'component' }, orderFields: byName, limit: 2 }));
  await step('queryEntities pages by predicate', () =>
    walk({ query: { $not: { kind: 'component' } }, filter: { 'metadata.namespace': 'default' }, orderFields: [{ field: 'kind', order: 'desc' }, byName], limit: 2 }));
  await step('queryEntities text', async () => names((await client.queryEntities({ fullTextFilter: { term: 'refunds', fields: ['metadata.title'] } })).items));
  await step('queryEntities count', async () => (await client.queryEntities({ limit: 0 })).totalItems);
  await step('queryEntities uncounted', async () => (await client.queryEntities({ limit: 1, totalItems: 'exclude' })).totalItems);
  await step('queryEntities fields', async () =>
    (await client.queryEntities({ filter: { kind: 'user' }, fields: ['metadata.name', 'relations'] })).items);
  await step('streamEntities', () => gather(client.streamEntities({ filter: { kind: 'component' }, orderFields: byName, pageSize: 3 }), names));
  await step('getEntitiesByRefs', async () => names((await client.getEntitiesByRefs({ entityRefs: ['user:default/ines', 'user:default/none', 'group:default/stock'] })).items));
  await step('getEntitiesByRefs filter', async () =>
    names((await client.getEntitiesByRefs({ entityRefs: ['user:default/ines', 'group:default/stock'], filter: { kind: 'group' }, fields: ['kind', 'metadata.name'] })).items));
  await step('getEntitiesByRefs query', async () =>
    names((await client.getEntitiesByRefs({ entityRefs: ['user:default/ines', 'group:default/stock'], query: { kind: { $in: ['user', 'api'] } } })).items));
  await step('getEntityByRef', async () => (await client.getEntityByRef('component:finance/billing')).metadata.name);
  await step('getEntityByRef none', () => client.getEntityByRef('component:default/none'));
  await step('getEntityFacets', () => client.getEntityFacets({ facets: ['kind'], filter: { 'metadata.namespace': 'default' } }));
  await step('getEntityFacets query', () => client.getEntityFacets({ facets: ['spec.type'], query: { kind: 'component' } }));
  await step('getEntityAncestors', async () => {
    const found = await client.getEntityAncestors({ entityRef: 'component:default/orders-api' });
    return { root: found.rootEntityRef, items: found.items.map(i => `${i.entity.metadata.name} < ${i.parentEntityRefs}`) };
  });
  await step('bad filter', () => client.queryEntities({ query: { kind: { $regex: 'x' } } }));
  await step('bad cursor', () => client.queryEntities({ cursor: 'x' }));
}

async function change() {
  const target = 'https://git.example.com/orders/catalog-info.yaml';
  await step('refreshEntity', () => client.refreshEntity('component:default/stock'));
  await step('refreshEntity none', () => client.refreshEntity('component:default/none'));
  await step('validateEntity', () =>
    client.validateEntity({ apiVersion: 'backstage.io/v1alpha1', kind: 'Component', metadata: { name: 'x' } }, `url:${target}`));
  await step('validateEntity invalid', async () => {
    const { valid, errors } = await client.validateEntity({ apiVersion: 'backstage.io/v1alpha1', kind: 'Component', metadata: { name: '' } }, `url:${target}`);
    return { valid, errors: errors.map(e => `${e.name}: ${e.message}`) };
  });
  await step('analyzeLocation', async () => {
    const found = await client.analyzeLocation({ location: { type: 'url', target } });
    return { existing: found.existingEntityFiles.length, generated: found.generateEntities.length };
  });
  await step('addLocation dryRun', async () => {
    const tried = await client.addLocation({ target, dryRun: true });
    return { exists: tried.exists, entities: names(tried.entities), type: tried.location.type };
  });
  await step('getLocations none', () => client.getLocations());
  const { location } = await client.addLocation({ target });
  await step('addLocation', async () => ({ target: location.target, id: location.id !== '' }));
  await step('addLocation again', () => client.addLocation({ target }));
  await step('addLocation refresh', async () => (await client.addLocation({ target, onConflict: 'refresh' })).location.id === location.id);
  for (let i = 0; i < 4; i++) {
    await client.addLocation({ target: `https://git.example.com/${i}.yaml` });
  }
  await step('getLocations', async () => (await client.getLocations()).items.length);
  await step('queryLocations', async () => {
    const found = await client.queryLocations({ query: { target: { $hasPrefix: 'https://git.example.com/orders' } } });
    return { items: found.items.length, totalItems: found.totalItems };
  });
  await step('streamLocations', () => gather(client.streamLocations({ limit: 2 }), page => page.length));
  await step('getLocationById', async () => (await client.getLocationById(location.id)).target);
  await step('getLocationById none', () => client.getLocationById('none'));
  await step('getLocationByRef', async () => (await client.getLocationByRef(`url:${target}`)).id === location.id);
  await step('getLocationByEntity', async () => (await client.getLocationByEntity('component:default/orders-api')).id === location.id);
  await step('getLocationByEntity none', () => client.getLocationByEntity('component:default/orders-web'));
  const moved = await step('updateLocation', () => client.updateLocation(location.id, { type: 'url', target: 'https://git.example.com/moved.yaml' }));
  results.updateLocation = moved.target;
  await step('removeLocationById', () => client.removeLocationById(moved.id));
  await step('removeLocationById again', () => client.removeLocationById(moved.id));
  const declared = await client.getEntityByRef('component:default/orders-web');
  await step('removeEntityByUid declared', () => client.removeEntityByUid(declared.metadata.uid));
  await step('removeEntityByUid', () => client.removeEntityByUid('gone'));
}

read()
  .then(change)
  .then(() => process.stdout.write(JSON.stringify(results)))
  .catch(error => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  });
