import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalHeaderName } from './header-name.ts'

for (const [name, spelling] of [
  ['content-type', 'Content-Type'],
  ['access-control-allow-origin', 'Access-Control-Allow-Origin'],
  ['vary', 'Vary'],
  ['etag', 'ETag'],
  ['www-authenticate', 'WWW-Authenticate'],
  ['kubedoh-snapshot', 'Kubedoh-Snapshot'],
  ['x--y-', 'X--Y-'],
] as const) {
  test(`${name} is spelled ${spelling}`, () => {
    assert.equal(canonicalHeaderName(name), spelling)
    assert.equal(canonicalHeaderName(name), spelling)
  })
}
