import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentDefaults, edgeBaseUrl, type GivenOptions, OptionError, resolveOptions } from './options.ts'

const least = { cluster: 'prod' }

test('defaults are filled in, and texts are normalized', () => {
  const options = resolveOptions({ ...least, domain: 'Cluster.Local.', ttlSeconds: undefined })
  assert.deepEqual(options, { ...agentDefaults, cluster: 'prod' })
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

test('the URL of an edge loses its final slashes', () => {
  assert.equal(edgeBaseUrl('https://edge.example/base//'), 'https://edge.example/base')
  assert.equal(edgeBaseUrl('http://127.0.0.1:8053'), 'http://127.0.0.1:8053')
})

for (const text of [
  'edge.example',
  'ftp://edge.example',
  'https://me:secret@edge.example',
  'https://edge.example/?x',
  'https://edge.example/#x',
]) {
  test(`${text} is not the URL of an edge`, () => {
    assert.throws(() => edgeBaseUrl(text), { code: 'OPTION_INVALID', option: 'edge' })
  })
}
