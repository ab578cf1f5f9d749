// What the tests share: clients that have nothing set but base URL and token.

import assert from 'node:assert/strict';

import Cloudflare from 'cloudflare';

export const account_id = process.env.ACCOUNT;
export const NOBODY = 'f'.repeat(32);
export const SETTINGS_READ = 'c1fde68c7bcc44588cbb6ddbc16d6480';
export const SCIM_PROVISIONING = 'd5812c023a5048b4882175a28952362d';

// The base URL is in CLOUDFLARE_BASE_URL.
export const client = (apiToken) => new Cloudflare({ apiToken });
export const cf = client(process.env.ADMIN_TOKEN);
export const reader = client(process.env.READ_TOKEN);
export const member = client(process.env.MEMBER_TOKEN);

export const policies = (...groups) => [
  {
    effect: 'allow',
    permission_groups: groups.map((id) => ({ id })),
    resources: { [`com.cloudflare.api.account.${account_id}`]: '*' },
  },
];

/** Everything that a list gives, page after page. */
export const all = async (pages) => {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
};

/** The promise fails with that class and that code of the envelope. */
export const refused = async (promise, kind, code) => {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof kind, `${error}`);
    assert.equal(error.errors[0].code, code);
    assert.match(error.errors[0].message, /\.$/);
    return true;
  });
};
