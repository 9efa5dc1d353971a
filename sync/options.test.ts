import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentDefaults, type GivenOptions, OptionError, resolveOptions } from './options.ts'

const least = { cluster: 'prod', edgeUrl: 'https://edge.example/base/' }

test('defaults are filled in, and texts are normalized', () => {
  const options = resolveOptions({ ...least, domain: 'Cluster.Local.', ttlSeconds: undefined })
  assert.deepEqual(options, { ...agentDefaults, cluster: 'prod', edgeUrl: 'https://edge.example/base' })
  assert.ok(Object.isFrozen(options))
})

test('a selector is parsed, and an empty one may be combined with namespaces', () => {
  assert.deepEqual(resolveOptions({ ...least, namespaceLabels: 'team' }).namespaceLabels, [
    { kind: 'exists', key: 'team' },
  ])
  const { namespaceLabels, namespaces } = resolveOptions({
    ...least,
    namespaceLabels: '',
    namespaces: ['prod'],
  })
  assert.deepEqual([namespaceLabels, namespaces], [[], ['prod']])
})

const wrong: [Partial<GivenOptions>, string][] = [
  [{ cluster: 'Prod' }, 'cluster'],
  [{ edgeUrl: 'edge.example' }, 'edgeUrl'],
  [{ edgeUrl: 'ftp://edge.example' }, 'edgeUrl'],
  [{ edgeUrl: 'https://me:secret@edge.example' }, 'edgeUrl'],
  [{ edgeUrl: 'https://edge.example/?x' }, 'edgeUrl'],
  [{ domain: '' }, 'domain'],
  [{ domain: 'a..b' }, 'domain'],
  [{ ttlSeconds: -1 }, 'ttlSeconds'],
  [{ ttlSeconds: 3601 }, 'ttlSeconds'],
  [{ heartbeatMs: 0 }, 'heartbeatMs'],
  [{ heartbeatMs: 900_000 }, 'heartbeatMs'],
  [{ staleAfterMs: 86_400_000 }, 'staleAfterMs'],
  [{ requestTimeoutMs: Number.NaN }, 'requestTimeoutMs'],
  [{ pods: 'some' }, 'pods'],
  [{ namespaceLabels: 'team in' }, 'namespaceLabels'],
  [{ namespaceLabels: 'team=a', namespaces: ['prod'] }, 'namespaceLabels'],
  [{ namespaces: ['prod', 'Dev'] }, 'namespaces'],
]

for (const [given, option] of wrong) {
  test(`${JSON.stringify(given)} is refused, naming the option`, () => {
    assert.throws(
      () => resolveOptions({ ...least, ...given }),
      (error) =>
        error instanceof OptionError && error.option === option && error.message.startsWith(`${option}: `),
    )
  })
}
