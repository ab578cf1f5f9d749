import assert from 'node:assert/strict';
import { test } from 'node:test';

import Cloudflare from 'cloudflare';

import { NOBODY, account_id, all, cf, client, reader, refused } from './sdk.mjs';

test("the token's account is listed, read and renamed", async () => {
  const listed = await all(cf.accounts.list({ per_page: 5 }));
  assert.deepEqual(listed.map((account) => account.id), [account_id]);
  const account = await cf.accounts.get({ account_id });
  assert.deepEqual(account, listed[0]);
  const { type } = account;
  const change = { account_id, id: account_id, type };
  assert.equal((await cf.accounts.update({ ...change, name: 'Renamed' })).name, 'Renamed');
  await cf.accounts.update({ ...change, name: 'SDK' });
});

test('errors have their classes', async () => {
  const change = { account_id, id: account_id, type: 'standard' };
  await refused(cf.accounts.create({ name: 'New' }), Cloudflare.PermissionDeniedError, 9109);
  await refused(cf.accounts.get({ account_id: NOBODY }), Cloudflare.NotFoundError, 1003);
  await refused(
    reader.accounts.update({ ...change, name: 'x' }),
    Cloudflare.PermissionDeniedError,
    9109,
  );
  await refused(cf.accounts.update({ ...change, name: ' ' }), Cloudflare.BadRequestError, 1001);
  await refused(cf.accounts.update({ ...change, name: 'Other' }), Cloudflare.ConflictError, 1004);
  await refused(client('pva_none').accounts.list(), Cloudflare.AuthenticationError, 1000);
  await refused(cf.get('/nothing'), Cloudflare.NotFoundError, 7003);
});
