import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileUrl, readSetUpPath } from './set-up-path.ts'

for (const [path, page, file] of [
  ['/setup', '/setup', undefined],
  ['/setup/', '/setup/', undefined],
  ['/setup/prod-abc', '/setup/prod-abc', undefined],
  ['/setup/prod-abc,dev-abc/names', '/setup/prod-abc,dev-abc', 'names'],
  ['/setup/-/names', '/setup', 'names'],
  ['/setup/-', '/setup/-', undefined],
  ['/setup/a/b/c', '/setup/a/b/c', undefined],
  ['/setup/a/', '/setup/a/', undefined],
  ['/setup//names', '/setup/', 'names'],
] as const) {
  test(`${path} is ${file ?? 'the page'} of ${page}`, () =>
    assert.deepEqual(readSetUpPath(path), { page, file }))
}

test('the URL of a file leads from the page to the file, also behind a prefix', () => {
  for (const [page, file] of [
    ['/setup', '/setup/-/names'],
    ['/setup/', '/setup/-/names'],
    ['/setup/prod-abc', '/setup/prod-abc/names'],
  ] as const)
    for (const prefix of ['', '/dns'])
      assert.equal(new URL(fileUrl(page, 'names'), `https://x${prefix}${page}`).pathname, prefix + file)
})
