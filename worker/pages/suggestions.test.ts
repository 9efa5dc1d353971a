import assert from 'node:assert/strict'
import { test } from 'node:test'
import { suggestedNames } from './suggestions.ts'

const zone = (name: string, cluster: string) => ({ name, cluster, primary: false })
const edge = {
  zones: [
    zone('cluster.local', 'one'),
    zone('k8s.example.com', 'one'),
    zone('two.internal', 'two'),
    zone('svc', 'two'),
  ],
  reverse: [],
  complete: true,
  expires: null,
  forward: false,
  dot: null,
  path: '/dns-query',
}

for (const [name, expected] of [
  ['web', ['web.default.svc.cluster.local', 'web.default.svc.two.internal']],
  ['Web.Prod.', ['web.prod.svc.cluster.local', 'web.prod.svc.two.internal']],
  ['web.prod.cluster.local', []],
  ['cluster.local', []],
  ['www.example.com', []],
  ['..', []],
  ['', []],
  [`${'a'.repeat(63)}.${'b'.repeat(63)}`, 2],
] as const) {
  test(`${name.slice(0, 30)} may stand for other names: ${JSON.stringify(expected)}`, () => {
    const names = suggestedNames(name, { edge })
    if (typeof expected === 'number') assert.equal(names.length, expected)
    else assert.deepEqual(names, expected)
  })
}

test('a name that ends in svc gets the zones only, unless svc is a zone', () => {
  const without = { ...edge, zones: edge.zones.slice(0, 1) }
  assert.deepEqual(suggestedNames('a.web.prod.svc', { edge: without }), ['a.web.prod.svc.cluster.local'])
  assert.deepEqual(suggestedNames('a.web.prod.svc', { edge }), [])
})
