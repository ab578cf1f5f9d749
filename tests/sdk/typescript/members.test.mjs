import assert from 'node:assert/strict';
import { test } from 'node:test';

import Cloudflare from 'cloudflare';

import { NOBODY, account_id, all, cf, refused } from './sdk.mjs';

const { members, roles } = cf.accounts;
const { permissionGroups, resourceGroups } = cf.iam;

const role = async (name) => {
  const found = await all(roles.list({ account_id, per_page: 50 }));
  return found.find((known) => known.name === name);
};

const policy = async (...names) => {
  const [whole] = await all(
    resourceGroups.list({ account_id, name: `com.cloudflare.api.account.${account_id}` }),
  );
  const groups = names.map(async (name) => {
    const [{ id }] = await all(permissionGroups.list({ account_id, name }));
    return { id };
  });
  return {
    access: 'allow',
    permission_groups: await Promise.all(groups),
    resource_groups: [{ id: whole.id }],
  };
};

test('a member by roles', async () => {
  const [dns, billing] = [await role('DNS'), await role('Billing')];
  const email = 'roles.ts@corp.example';
  const made = await members.create({ account_id, email, roles: [dns.id, billing.id] });
  assert.deepEqual(made.roles.map(({ name }) => name), ['DNS', 'Billing']);
  const changed = await members.update(made.id, { account_id, roles: [billing] });
  assert.deepEqual(changed.roles, [billing]);
  assert.deepEqual(await members.get(made.id, { account_id }), changed);
  assert.deepEqual(await members.delete(made.id, { account_id }), { id: made.id });
  await refused(members.get(made.id, { account_id }), Cloudflare.NotFoundError, 1003);
});

test('a member by policies', async () => {
  const policies = [await policy('DNS', 'Billing'), await policy('Analytics')];
  const email = 'policies.ts@corp.example';
  const made = await members.create({ account_id, email, status: 'accepted', policies });
  assert.equal(made.status, 'accepted');
  const names = made.policies.map((one) => one.permission_groups.map(({ name }) => name));
  assert.deepEqual(names, [['DNS', 'Billing'], ['Analytics']]);
  const reversed = [...made.policies].reverse();
  const changed = await members.update(made.id, { account_id, policies: reversed });
  assert.deepEqual(changed.policies, reversed);
  const again = members.create({ account_id, email, roles: [] });
  await refused(again, Cloudflare.ConflictError, 1004);
  const wrong = { account_id, policies: [await policy('Domain DNS')] };
  await refused(members.update(made.id, wrong), Cloudflare.BadRequestError, 1006);
  await members.delete(made.id, { account_id });
});

test('paging sees each once', async () => {
  const made = [];
  const analytics = await role('Analytics');
  for (let number = 0; number < 12; number += 1) {
    const email = `page${number}.ts@corp.example`;
    made.push(await members.create({ account_id, email, roles: [analytics.id] }));
  }
  const asked = { account_id, per_page: 5, order: 'user.email' };
  const listed = (await all(members.list(asked))).map(({ id }) => id);
  assert.equal(new Set(listed).size, listed.length);
  for (const { id } of made) {
    assert.ok(listed.includes(id));
    await members.delete(id, { account_id });
  }
});

test('roles and permission groups', async () => {
  const dns = await role('DNS');
  assert.deepEqual(await roles.get(dns.id, { account_id }), dns);
  await refused(roles.get(NOBODY, { account_id }), Cloudflare.NotFoundError, 1003);
  const groups = await all(permissionGroups.list({ account_id, per_page: 50 }));
  assert.ok(groups.length > 100);
  const [found] = await all(permissionGroups.list({ account_id, label: 'all_privileges' }));
  const one = await permissionGroups.get(found.id, { account_id });
  assert.equal(one.name, 'Super Administrator - All Privileges');
});
