import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type EdgeZones,
  EdgeZonesError,
  edgeZonesLimits,
  edgeZonesText,
  isRoutableName,
  readEdgeZones,
} from './edge-zones.ts'

const zones: EdgeZones = {
  zones: [
    { name: 'cluster.local', cluster: 'prod', primary: true },
    { name: 'prod.k8s.example.com', cluster: 'prod', primary: false },
  ],
  reverse: ['10.96.0.0/12', 'fd00:10::/108'],
  complete: true,
  forward: false,
  expires: '2027-01-31T12:00:00.000Z',
  dot: { host: 'dns.example.com', port: 853 },
  path: '/dns-query',
}

test('what is written is read', () => {
  for (const each of [
    zones,
    { ...zones, zones: [], reverse: [], dot: null, complete: false, forward: true, expires: null },
    { ...zones, path: '/k8s/dns-query' },
  ])
    assert.deepEqual(readEdgeZones(edgeZonesText(each)), each)
})

test('names and ranges are read in canonical form, and unknown fields are ignored', () => {
  const [zone] = zones.zones
  const text = JSON.stringify({
    ...zones,
    later: 1,
    zones: [{ ...zone, name: 'Cluster.LOCAL', later: 2 }],
    reverse: ['10.96.1.2/12', 'FD00:0::/8'],
  })
  const read = readEdgeZones(text)
  assert.deepEqual(read, { ...zones, zones: [zone], reverse: ['10.96.0.0/12', 'fd00::/8'] })
})

const [first] = zones.zones
const broken: Readonly<Record<string, readonly [value: unknown, message: RegExp]>> = {
  'an array': [[], /^the answer is not an object$/],
  'no zones': [{ ...zones, zones: undefined }, /^zones is not an array$/],
  'a zone that is a text': [{ ...zones, zones: ['x'] }, /^zones\[0\] is not an object$/],
  'a zone with a final dot': [
    { ...zones, zones: [{ ...first, name: 'a.' }] },
    /^zones\[0\]\.name is not a name/,
  ],
  'a zone with a quote': [
    { ...zones, zones: [{ ...first, name: 'a"b' }] },
    /^zones\[0\]\.name is not a name/,
  ],
  'a zone with a line break': [{ ...zones, zones: [{ ...first, name: 'a\nb' }] }, /^zones\[0\]\.name/],
  'the root': [{ ...zones, zones: [{ ...first, name: '' }] }, /^zones\[0\]\.name/],
  'a label of 64 bytes': [{ ...zones, zones: [{ ...first, name: 'a'.repeat(64) }] }, /^zones\[0\]\.name/],
  'a cluster that is a number': [{ ...zones, zones: [{ ...first, cluster: 1 }] }, /^zones\[0\]\.cluster/],
  'no primary': [{ ...zones, zones: [{ ...first, primary: 'yes' }] }, /^zones\[0\]\.primary is neither/],
  'a zone twice': [{ ...zones, zones: [first, first] }, /^zones: cluster\.local is listed twice$/],
  'a range that is an address': [
    { ...zones, reverse: ['10.0.0.1'] },
    /^reverse\[0\] is not an address range/,
  ],
  'a range that is a number': [{ ...zones, reverse: [1] }, /^reverse\[0\] is not/],
  'forward as text': [{ ...zones, forward: 'true' }, /^forward is neither true nor false$/],
  'no complete': [{ ...zones, complete: undefined }, /^complete is neither/],
  'a time without a zone': [{ ...zones, expires: '2027-01-31T12:00:00' }, /^expires is not a time/],
  'a time that is a number': [{ ...zones, expires: 1 }, /^expires is not a time/],
  'no dot': [{ ...zones, dot: undefined }, /^dot is not an object$/],
  'a port of 0': [{ ...zones, dot: { host: 'a', port: 0 } }, /^dot\.port is not a port$/],
  'a host with a space': [{ ...zones, dot: { host: 'a b', port: 853 } }, /^dot\.host is not a name/],
  'a path without a slash': [{ ...zones, path: 'dns-query' }, /^path is not a path/],
  'a path with a space': [{ ...zones, path: '/dns query' }, /^path is not a path/],
}

for (const [title, [value, message]] of Object.entries(broken)) {
  test(`refused: ${title}`, () => {
    assert.throws(() => readEdgeZones(JSON.stringify(value)), { name: 'EdgeZonesError', message })
  })
}

test('a text that is not JSON, and one above the limits, are refused', () => {
  const { zones: mostZones, ranges, bytes } = edgeZonesLimits
  const many = Array.from({ length: mostZones + 1 }, (_, at) => ({
    name: `z${at}`,
    cluster: 'prod',
    primary: false,
  }))
  for (const text of [
    '',
    '<html>',
    ' '.repeat(bytes + 1),
    edgeZonesText({ ...zones, zones: many }),
    edgeZonesText({ ...zones, reverse: Array(ranges + 1).fill('10.0.0.0/8') }),
  ])
    assert.throws(() => readEdgeZones(text), EdgeZonesError)
  assert.equal(readEdgeZones(edgeZonesText({ ...zones, zones: many.slice(1) })).zones.length, mostZones)
})

test('names that need no escape in any file are routable', () => {
  for (const name of ['cluster.local', 'svc', 'a-b_c.1']) assert.equal(isRoutableName(name), true, name)
  for (const name of ['', 'a..b', 'A', 'a.', '.a', 'a b', 'a$b', 'ä', `${'a.'.repeat(130)}a`])
    assert.equal(isRoutableName(name), false, name)
})
