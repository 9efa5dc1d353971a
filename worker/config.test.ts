import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatCidr } from '../dns/cidr.ts'
import { maxZoneBytes } from '../dns/limits.ts'
import { nameToText } from '../dns/name.ts'
import { callerDefaults } from './caller-config.ts'
import { ConfigError, configDefaults, parseConfig } from './config.ts'
import { testKey } from './edge.case.ts'

const cluster = { id: 'prod', keys: [testKey.publicKey], zones: ['cluster.local'] }

test('optional fields have defaults', () => {
  assert.deepEqual(parseConfig(JSON.stringify({ clusters: [cluster] })), {
    ...configDefaults,
    ...callerDefaults,
    deny: new Set(),
    clusters: [
      {
        ...cluster,
        followers: [],
        domain: '\x07cluster\x05local\0',
        zones: ['\x07cluster\x05local\0'],
        reverse: [],
        reversePublic: false,
        nameservers: [],
      },
    ],
  })
  assert.equal(configDefaults.public, false)
})

test('dotHost is in lower case, and its final dot is left out', () => {
  const { dotHost } = parseConfig(JSON.stringify({ dotHost: 'DNS.Example.com.', clusters: [cluster] }))
  assert.equal(dotHost, 'dns.example.com')
})

test('zones are folded and may end in a dot, ranges lose their host bits, and addresses become canonical', () => {
  const [parsed] = parseConfig(
    JSON.stringify({
      clusters: [
        {
          ...cluster,
          zones: ['Prod.Example.COM.', 'cluster.local'],
          reverse: ['10.96.3.4/12', 'FD00:0::/8'],
          reversePublic: true,
          nameservers: ['2001:DB8:0::53', '192.0.2.53'],
        },
      ],
    }),
  ).clusters
  assert.deepEqual(parsed?.zones.map(nameToText), ['prod.example.com.', 'cluster.local.'])
  assert.deepEqual(parsed?.reverse.map(formatCidr), ['10.96.0.0/12', 'fd00::/8'])
  assert.equal(parsed?.reversePublic, true)
  assert.deepEqual(parsed?.nameservers, ['2001:db8::53', '192.0.2.53'])
})

function zoneOf(bytes: number): string {
  const rest = bytes - 2
  return rest <= 63 ? 'a'.repeat(rest) : `${'a'.repeat(63)}.${'a'.repeat(rest - 64)}`
}

test(`a zone has at most ${maxZoneBytes} bytes`, () => {
  const at = (bytes: number): unknown =>
    parseConfig(JSON.stringify({ clusters: [{ ...cluster, zones: [zoneOf(bytes)] }] }))
  at(maxZoneBytes)
  assert.throws(() => at(maxZoneBytes + 1), { path: 'clusters[0].zones[0]' })
})

const privateKey = { kty: 'OKP', crv: 'Ed25519', x: testKey.publicKey, d: testKey.publicKey }
const errors: readonly (readonly [what: string, config: unknown, path: string])[] = [
  ['a list', [], 'configuration'],
  ['text', 'public', 'configuration'],
  ['null', null, 'configuration'],
  ['an empty object', {}, 'clusters'],
  ['a misspelt field', { Public: true, clusters: [] }, 'configuration.Public'],
  ['a misspelt field of a cluster', { clusters: [{ ...cluster, zone: 'x' }] }, 'clusters[0].zone'],
  ['public as text', { public: 'false', clusters: [] }, 'public'],
  [
    'reversePublic as text',
    { clusters: [{ ...cluster, reversePublic: 'yes' }] },
    'clusters[0].reversePublic',
  ],
  ['ingest as a number', { ingest: 0, clusters: [] }, 'ingest'],
  ['no origin', { ingestOrigins: [], clusters: [] }, 'ingestOrigins'],
  [
    'an origin with a path',
    { ingestOrigins: ['https://edge.example.com/base'], clusters: [] },
    'ingestOrigins[0]',
  ],
  ['no memory', { memoryBytes: 0, clusters: [] }, 'memoryBytes'],
  ['no memory for answers', { answerBytes: 0, clusters: [] }, 'answerBytes'],
  ['memory as text', { memoryBytes: '32M', clusters: [] }, 'memoryBytes'],
  ['no upstream URL', { upstream: { urls: [] }, clusters: [] }, 'upstream.urls'],
  ['upstream over http', { upstream: { urls: ['http://192.0.2.1/'] }, clusters: [] }, 'upstream.urls[0]'],
  [
    'a password for upstream',
    { upstream: { urls: ['https://a:b@192.0.2.1/'] }, clusters: [] },
    'upstream.urls[0]',
  ],
  [
    'a fragment for upstream',
    { upstream: { urls: ['https://192.0.2.1/#a'] }, clusters: [] },
    'upstream.urls[0]',
  ],
  [
    'a third upstream',
    { upstream: { urls: Array(3).fill('https://192.0.2.1/') }, clusters: [] },
    'upstream.urls',
  ],
  ['upstream that is not an object', { upstream: null, clusters: [] }, 'upstream'],
  ['upstream as a URL', { upstream: 'https://192.0.2.1/', clusters: [] }, 'upstream'],
  ['a misspelt field of upstream', { upstream: { url: [] }, clusters: [] }, 'upstream.url'],
  ['one upstream URL as text', { upstream: { urls: 'https://192.0.2.1/' }, clusters: [] }, 'upstream.urls'],
  ['an upstream URL that is a number', { upstream: { urls: [1] }, clusters: [] }, 'upstream.urls[0]'],
  [
    'a timeout too short for upstream',
    { upstream: { urls: ['https://192.0.2.1/'], timeoutMs: 99 }, clusters: [] },
    'upstream.timeoutMs',
  ],
  [
    'no memory for upstream',
    { upstream: { urls: ['https://192.0.2.1/'], cacheBytes: 0 }, clusters: [] },
    'upstream.cacheBytes',
  ],
  ['an address as dotHost', { dotHost: '192.0.2.53', clusters: [] }, 'dotHost'],
  ['a URL as dotHost', { dotHost: 'tls://dns.example.com', clusters: [] }, 'dotHost'],
  ['a wildcard as dotHost', { dotHost: '*.dns.example.com', clusters: [] }, 'dotHost'],
  ['a dotHost that is too long', { dotHost: 'x.'.repeat(95) + 'example', clusters: [] }, 'dotHost'],
  ['a dotHost that is a number', { dotHost: 53, clusters: [] }, 'dotHost'],
  ['a URL over http', { url: 'http://doh.example.com/', clusters: [] }, 'url'],
  ['a URL with a password', { url: 'https://a:b@doh.example.com/', clusters: [] }, 'url'],
  ['text that is not a URL', { url: 'doh.example.com', clusters: [] }, 'url'],
  ['a URL that is null', { url: null, clusters: [] }, 'url'],
  ['an address for upstream', { upstream: { urls: ['192.0.2.1'] }, clusters: [] }, 'upstream.urls[0]'],
  [
    'a timeout too long for upstream',
    { upstream: { urls: ['https://192.0.2.1/'], timeoutMs: 5000 }, clusters: [] },
    'upstream.timeoutMs',
  ],
  [
    'forward as text',
    { upstream: { urls: ['https://192.0.2.1/'], forward: 'no' }, clusters: [] },
    'upstream.forward',
  ],
  ['clusters by name', { clusters: { prod: cluster } }, 'clusters'],
  ['a cluster that is not an object', { clusters: [cluster, 'dev'] }, 'clusters[1]'],
  ['no id', { clusters: [{ ...cluster, id: undefined }] }, 'clusters[0].id'],
  ['an id with a slash', { clusters: [{ ...cluster, id: 'a/b' }] }, 'clusters[0].id'],
  ['an id in capitals', { clusters: [{ ...cluster, id: 'Prod' }] }, 'clusters[0].id'],
  ['an id of 64 bytes', { clusters: [{ ...cluster, id: 'a'.repeat(64) }] }, 'clusters[0].id'],
  ['one id twice', { clusters: [cluster, cluster] }, 'clusters'],
  ['no keys', { clusters: [{ ...cluster, keys: undefined }] }, 'clusters[0].keys'],
  ['an empty list of keys', { clusters: [{ ...cluster, keys: [] }] }, 'clusters[0].keys'],
  ['a key that is not text', { clusters: [{ ...cluster, keys: [1] }] }, 'clusters[0].keys[0]'],
  [
    'a private key',
    { clusters: [{ ...cluster, keys: [testKey.publicKey, privateKey] }] },
    'clusters[0].keys[1]',
  ],
  ['a short key', { clusters: [{ ...cluster, keys: [testKey.publicKey.slice(1)] }] }, 'clusters[0].keys[0]'],
  ['a padded key', { clusters: [{ ...cluster, keys: [`${testKey.publicKey}=`] }] }, 'clusters[0].keys[0]'],
  ['a file name for a key', { clusters: [{ ...cluster, keys: ['agent.pub'] }] }, 'clusters[0].keys[0]'],
  ['no zones', { clusters: [{ ...cluster, zones: undefined }] }, 'clusters[0].zones'],
  ['an empty list of zones', { clusters: [{ ...cluster, zones: [] }] }, 'clusters[0].zones'],
  ['one zone as text', { clusters: [{ ...cluster, zones: 'cluster.local' }] }, 'clusters[0].zones'],
  ['the root as a zone', { clusters: [{ ...cluster, zones: ['.'] }] }, 'clusters[0].zones[0]'],
  ['an empty zone', { clusters: [{ ...cluster, zones: ['a.b', ''] }] }, 'clusters[0].zones[1]'],
  ['a zone with an empty label', { clusters: [{ ...cluster, zones: ['a..b'] }] }, 'clusters[0].zones[0]'],
  ['svc as the only zone', { clusters: [{ ...cluster, zones: ['svc'] }] }, 'clusters[0].zones[0]'],
  ['svc as the first zone', { clusters: [{ ...cluster, zones: ['SVC.', 'a.b'] }] }, 'clusters[0].zones[0]'],
  ['a zone below svc', { clusters: [{ ...cluster, zones: ['a.b', 'prod.svc'] }] }, 'clusters[0].zones[1]'],
  ['svc as the native domain', { clusters: [{ ...cluster, domain: 'svc' }] }, 'clusters[0].domain'],
  ['a native domain below svc', { clusters: [{ ...cluster, domain: 'k8s.svc' }] }, 'clusters[0].domain'],
  ['a zone with a space', { clusters: [{ ...cluster, zones: ['a b'] }] }, 'clusters[0].zones[0]'],
  [
    'an address for a range',
    { clusters: [{ ...cluster, reverse: ['10.96.0.1'] }] },
    'clusters[0].reverse[0]',
  ],
  ['a range too long', { clusters: [{ ...cluster, reverse: ['10.0.0.0/33'] }] }, 'clusters[0].reverse[0]'],
  [
    'a reverse zone for a range',
    { clusters: [{ ...cluster, reverse: ['10.in-addr.arpa'] }] },
    'clusters[0].reverse[0]',
  ],
  [
    'a name for a nameserver',
    { clusters: [{ ...cluster, nameservers: ['ns.example'] }] },
    'clusters[0].nameservers[0]',
  ],
]
for (const [what, config, path] of errors) {
  test(`${what} is an error at ${path}`, () => {
    assert.throws(
      () => parseConfig(JSON.stringify(config)),
      (error) =>
        error instanceof ConfigError &&
        error.code === 'CONFIG_INVALID' &&
        error.path === path &&
        error.message.startsWith(`${path}: `),
    )
  })
}

test('text that is not JSON is an error with the reason', () => {
  for (const text of ['', '{', 'public: true']) {
    assert.throws(() => parseConfig(text), { path: 'configuration', message: /^configuration: not JSON \(/ })
  }
})
