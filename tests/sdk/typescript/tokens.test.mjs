import assert from 'node:assert/strict';
import { test } from 'node:test';

import Cloudflare from 'cloudflare';

import {
  NOBODY, SCIM_PROVISIONING, SETTINGS_READ, account_id, all, cf, client, policies, reader, refused,
} from './sdk.mjs';

const { tokens } = cf.accounts;

test('a token is made, listed, read, changed, rolled and ended', async () => {
  const made = await tokens.create({
    account_id,
    name: 'typescript',
    policies: policies(SETTINGS_READ, SCIM_PROVISIONING),
    condition: { request_ip: { in: ['127.0.0.0/8'] } },
    expires_on: new Date(Date.now() + 86_400_000).toISOString(),
  });
  assert.equal(made.status, 'active');
  const groups = made.policies[0].permission_groups.map((group) => group.id);
  assert.deepEqual(groups, [SETTINGS_READ, SCIM_PROVISIONING]);
  const verified = await client(made.value).accounts.tokens.verify({ account_id });
  assert.equal(verified.id, made.id);

  const read = await tokens.get(made.id, { account_id });
  const changed = await tokens.update(made.id, {
    account_id,
    name: 'typescript 2',
    policies: read.policies,
    status: 'disabled',
  });
  assert.equal(changed.name, 'typescript 2');
  assert.equal(changed.status, 'disabled');
  assert.deepEqual(changed.policies, read.policies);

  const secret = await tokens.value.update(made.id, { account_id, body: {} });
  assert.match(secret, /^pva_/);
  assert.deepEqual(await tokens.delete(made.id, { account_id }), { id: made.id });
  await refused(tokens.get(made.id, { account_id }), Cloudflare.NotFoundError, 1003);
});

test('paging by itself sees each once and ends', async () => {
  const made = [];
  for (let number = 0; number < 12; number += 1) {
    const name = `page ${number}`;
    made.push(await tokens.create({ account_id, name, policies: policies(SETTINGS_READ) }));
  }
  const listed = (await all(tokens.list({ account_id, per_page: 5 }))).map((token) => token.id);
  assert.equal(new Set(listed).size, listed.length);
  for (const { id } of made) {
    assert.ok(listed.includes(id));
    await tokens.delete(id, { account_id });
  }
});

test('permission groups are found', async () => {
  const groups = tokens.permissionGroups;
  assert.ok((await all(groups.list({ account_id }))).length > 300);
  const found = await all(groups.list({ account_id, name: 'SCIM Provisioning' }));
  assert.deepEqual(found.map((group) => group.id), [SCIM_PROVISIONING]);
});

test('errors have their classes', async () => {
  const body = { account_id, name: 'x', policies: policies(NOBODY) };
  await refused(tokens.create(body), Cloudflare.BadRequestError, 1001);
  await refused(tokens.delete(NOBODY, { account_id }), Cloudflare.NotFoundError, 1003);
  const listing = all(reader.accounts.tokens.list({ account_id }));
  await refused(listing, Cloudflare.PermissionDeniedError, 9109);
});
