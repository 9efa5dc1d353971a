import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '../../snapshot/schema.ts'
import { type MatchingName, matchingNames } from './matching-names.ts'

const cluster: Service = {
  kind: 'cluster',
  ips: ['10.96.0.1'],
  ports: [
    ['http', 'tcp', 80],
    ['', 'udp', 0],
  ],
}
const group = { ports: [['pg', 'tcp', 5432]] as const, endpoints: [['10.244.0.1']] as const }
const services = new Map<string, Service>([
  ['prod/web', cluster],
  ['prod/web-admin', cluster],
  ['prod/db', { kind: 'headless', groups: [group, group] }],
  ['prod/waiting', { kind: 'headless', groups: [{ ports: [], endpoints: [] }] }],
  ['dev/web', cluster],
  ['dev/ext', { kind: 'external', target: 'www.example.com.' }],
  ['hidden/web', cluster],
  ['prod/bad name', cluster],
])
const source = {
  shards: [{ kind: 'services' as const, services }],
  hasNamespace: (namespace: string) => namespace !== 'hidden',
  suffixes: ['svc.cluster.local', 'svc.k8s.example.com', 'svc'],
}
const names = (found: readonly MatchingName[]): string[] => found.map(({ name }) => name)

for (const [prefix, expected] of [
  [
    '',
    ['db.prod', 'ext.dev', 'web-admin.prod', 'web.dev', 'web.prod'].map(
      (name) => `${name}.svc.cluster.local`,
    ),
  ],
  ['we', ['web-admin.prod', 'web.dev', 'web.prod'].map((name) => `${name}.svc.cluster.local`)],
  ['web.', ['web.dev.svc.cluster.local', 'web.prod.svc.cluster.local']],
  ['WEB.P', ['web.prod.svc.cluster.local']],
  ['web.prod.svc.k', ['web.prod.svc.k8s.example.com']],
  ['web.prod.svc', ['web.prod.svc.cluster.local']],
  ['web.prod.svcx', []],
  ['web.hidden', []],
  ['waiting', []],
  ['bad', []],
  ['x', []],
] as const) {
  test(`"${prefix}" is completed by ${expected.length} names`, () =>
    assert.deepEqual(names(matchingNames(prefix, source, 20)), expected))
}

test('a name has its kind, and each port with a number once', () => {
  assert.deepEqual(matchingNames('web.p', source, 1), [
    { name: 'web.prod.svc.cluster.local', kind: 'cluster', ports: [['http', 'tcp', 80]] },
  ])
  assert.deepEqual(matchingNames('db', source, 1), [
    { name: 'db.prod.svc.cluster.local', kind: 'headless', ports: [['pg', 'tcp', 5432]] },
  ])
  assert.deepEqual(matchingNames('ext', source, 1)[0]?.ports, [])
})

test('of many names, the first by order are found, whatever the order of the shards is', () => {
  const many = Array.from(
    { length: 5_000 },
    (_, at) => `ns/s${String((at * 7_919) % 5_000).padStart(4, '0')}`,
  )
  const shards = [0, 1].map((half) => ({
    kind: 'services' as const,
    services: new Map(
      many.filter((_, at) => at % 2 === half).map((key): [string, Service] => [key, cluster]),
    ),
  }))
  const found = names(matchingNames('s', { ...source, shards }, 5))
  assert.deepEqual(
    found,
    ['s0000', 's0001', 's0002', 's0003', 's0004'].map((name) => `${name}.ns.svc.cluster.local`),
  )
})
