import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import Cloudflare from 'cloudflare';

import { NOBODY, SETTINGS_READ, account_id, all, cf, policies, refused } from './sdk.mjs';

const DAY = 86_400_000;
const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
const span = { account_id, since: day(-2), before: day(2) };
const { audit } = cf.accounts.logs;
let token;

before(async () => {
  for (let number = 0; number < 4; number += 1) {
    const body = { account_id, name: `log ${number}`, policies: policies(SETTINGS_READ) };
    token = await cf.accounts.tokens.create(body);
    await cf.accounts.tokens.delete(token.id, { account_id });
  }
});

test('the log is read by cursor, and rows are left out by any field', async () => {
  const entries = await all(audit.list({ ...span, limit: 3 }));
  assert.ok(entries.length > 8);
  assert.equal(new Set(entries.map((entry) => entry.id)).size, entries.length);
  const left = await all(audit.list({ ...span, action_type: { not: ['create', 'view'] } }));
  assert.ok(left.length > 0);
  assert.ok(left.every((entry) => !['create', 'view'].includes(entry.action.type)));
});

test('history and categories', async () => {
  const entries = await all(audit.list({ ...span, limit: 100 }));
  const [newest] = entries.filter((entry) => entry.resource.id === token.id);
  const asked = { ...span, action_time: newest.action.time };
  const history = await audit.history(newest.id, asked);
  assert.deepEqual(history.map((entry) => entry.action.type), ['delete', 'create']);
  const categories = await all(audit.productCategories({ account_id }));
  assert.ok(categories.some((category) => category.value === 'identity'));
  await refused(audit.history(NOBODY, asked), Cloudflare.NotFoundError, 1003);
});

test('the older log has pages', async () => {
  const rows = await all(cf.auditLogs.list({ account_id, per_page: 3 }));
  assert.ok(rows.length > 8);
  assert.equal(new Set(rows.map((row) => row.id)).size, rows.length);
});
