import assert from 'node:assert/strict';
import { test } from 'node:test';

import Cloudflare from 'cloudflare';

import { SETTINGS_READ, account_id, all, cf, client, member, policies, refused } from './sdk.mjs';

test('a member reads and renames themself', async () => {
  const user = await member.user.get();
  assert.equal(user.email, 'ann@corp.example');
  const changed = await member.user.edit({ last_name: 'Archer' });
  assert.equal(changed.last_name, 'Archer');
});

test('a member sees the membership', async () => {
  const memberships = await all(member.memberships.list());
  assert.equal(memberships.length, 1);
  assert.equal(memberships[0].account.id, account_id);
  const one = await member.memberships.get(memberships[0].id);
  assert.equal(one.status, 'accepted');
});

test('a member has tokens of their own', async () => {
  const { tokens } = member.user;
  const made = await tokens.create({ name: 'laptop', policies: policies(SETTINGS_READ) });
  assert.equal((await client(made.value).user.tokens.verify()).id, made.id);
  assert.ok((await all(tokens.list())).some((token) => token.id === made.id));
  const change = { name: 'phone', policies: policies(SETTINGS_READ) };
  assert.equal((await tokens.update(made.id, change)).name, 'phone');
  const secret = await tokens.value.update(made.id, { body: {} });
  assert.equal((await client(secret).user.tokens.verify()).status, 'active');
  assert.deepEqual(await tokens.delete(made.id), { id: made.id });
});

test("an account's token has no user", async () => {
  await refused(cf.user.tokens.verify(), Cloudflare.AuthenticationError, 1000);
  await refused(cf.user.get(), Cloudflare.PermissionDeniedError, 9109);
});
