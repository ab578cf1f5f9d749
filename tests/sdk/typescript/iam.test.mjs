import assert from 'node:assert/strict';
import { test } from 'node:test';

import Cloudflare from 'cloudflare';

import { NOBODY, account_id, all, cf, refused } from './sdk.mjs';

const KEY = `com.cloudflare.api.account.${account_id}`;
const { permissionGroups, resourceGroups, sso, userGroups } = cf.iam;

/** Domains are ours: the SDK has no method for them. */
const domain = async (name) => {
  const made = await cf.post(`/accounts/${account_id}/domains`, { body: { name } });
  return `com.cloudflare.api.account.zone.${made.result.id}`;
};

const member = async (email) => {
  const body = { account_id, email, status: 'accepted' };
  const roles = ['9dfa4d1b73034f70ad896bf1c26d78f3'];
  return (await cf.accounts.members.create({ ...body, roles })).id;
};

test('resource groups', async () => {
  const [one, two] = [await domain('one.ts.example'), await domain('two.ts.example')];
  const scope = { key: KEY, objects: [{ key: two }, { key: one }] };
  const made = await resourceGroups.create({ account_id, name: 'TypeScript', scope });
  const read = await resourceGroups.get(made.id, { account_id });
  assert.deepEqual(read.scope.objects.map(({ key }) => key), [two, one]);
  const listed = await all(resourceGroups.list({ account_id, name: 'TypeScript' }));
  assert.deepEqual(listed.map(({ id }) => id), [made.id]);
  const changed = await resourceGroups.update(made.id, { account_id, name: 'TypeScript 2' });
  assert.equal(changed.name, 'TypeScript 2');
  const again = resourceGroups.create({ account_id, name: 'typescript 2', scope });
  await refused(again, Cloudflare.ConflictError, 1004);
  assert.deepEqual(await resourceGroups.delete(made.id, { account_id }), { id: made.id });
  await refused(resourceGroups.get(made.id, { account_id }), Cloudflare.NotFoundError, 1003);
});

test('user groups and their members', async () => {
  const [dns] = await all(permissionGroups.list({ account_id, name: 'DNS' }));
  const [whole] = await all(resourceGroups.list({ account_id, name: KEY }));
  const policy = {
    access: 'allow',
    permission_groups: [{ id: dns.id }],
    resource_groups: [{ id: whole.id }],
  };
  const made = await userGroups.create({ account_id, name: 'TypeScript', policies: [policy] });
  assert.equal(made.policies[0].permission_groups[0].name, 'DNS');
  const found = await all(userGroups.list({ account_id, fuzzyName: 'ypesc', per_page: 1 }));
  assert.deepEqual(found.map(({ id }) => id), [made.id]);
  const change = { account_id, name: 'TypeScript 2', policies: made.policies };
  const changed = await userGroups.update(made.id, change);
  assert.deepEqual(changed.policies, made.policies);

  const [ann, bob] = [await member('ann.ts@corp.example'), await member('bob.ts@corp.example')];
  const both = [{ id: bob }, { id: ann }];
  const ids = (found) => found.map(({ id }) => id);
  const added = await all(userGroups.members.create(made.id, { account_id, members: both }));
  assert.deepEqual(new Set(ids(added)), new Set([ann, bob]));
  const asked = { account_id, per_page: 1, direction: 'asc', fuzzyEmail: 'ts@corp' };
  assert.deepEqual(ids(await all(userGroups.members.list(made.id, asked))), [ann, bob]);
  const at = { account_id, user_group_id: made.id };
  assert.equal((await userGroups.members.get(ann, at)).user.email, 'ann.ts@corp.example');
  const set = await all(userGroups.members.update(made.id, { account_id, members: both }));
  assert.deepEqual(ids(set), [bob, ann]);
  assert.equal((await userGroups.members.delete(ann, at)).id, ann);
  const emptied = await all(userGroups.members.update(made.id, { account_id, members: [] }));
  assert.deepEqual(emptied, []);

  const unknown = userGroups.members.create(made.id, { account_id, members: [{ id: NOBODY }] });
  await refused(unknown, Cloudflare.BadRequestError, 1001);
  assert.deepEqual(await userGroups.delete(made.id, { account_id }), { id: made.id });
  await refused(userGroups.get(made.id, { account_id }), Cloudflare.NotFoundError, 1003);
  for (const id of [ann, bob]) await cf.accounts.members.delete(id, { account_id });
});

test('SSO connectors', async () => {
  const made = await sso.create({
    account_id,
    email_domain: 'ts.example',
    begin_verification: false,
  });
  assert.equal(made.verification.status, 'awaiting');
  assert.ok((await all(sso.list({ account_id }))).some(({ id }) => id === made.id));
  await sso.beginVerification(made.id, { account_id });
  assert.equal((await sso.get(made.id, { account_id })).verification.status, 'pending');
  const changed = await sso.update(made.id, { account_id, use_fedramp_language: true });
  assert.equal(changed.use_fedramp_language, true);
  const enabling = sso.update(made.id, { account_id, enabled: true });
  await refused(enabling, Cloudflare.BadRequestError, 1001);
  assert.deepEqual(await sso.delete(made.id, { account_id }), { id: made.id });
  await refused(sso.get(made.id, { account_id }), Cloudflare.NotFoundError, 1003);
});
