import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readStatusStrings, type StubStatus, statusStrings } from './status-strings.ts'
import { createStubCounts } from './stub-counts.ts'

const status: StubStatus = {
  startedMs: 1_000,
  edge: 'dns.example.com:443',
  connection: undefined,
  awaySinceMs: 50_000,
  lastError: { text: `a=b ${'x'.repeat(500)}`, atMs: 58_000 },
  zones: Array.from({ length: 100 }, (_, at) => `z${at}.example.com`),
  reverse: [],
  expires: '2027-03-01T00:00:00.000Z',
  resolvers: ['192.0.2.1', '192.0.2.2:5353'],
  cache: { entries: 3, bytes: 900 },
  counts: { ...createStubCounts(), queries: 12 },
}

test('a status is read back, with its times as seconds and its long parts cut', () => {
  const strings = statusStrings(status, 61_000)
  assert.ok(strings.every((text) => text.length < 255))
  const read = readStatusStrings(strings)
  const values = ['uptime', 'edge', 'protocol', 'away', 'errorage', 'entries', 'queries'].map((key) =>
    read.get(key),
  )
  assert.deepEqual(values, [['60'], ['dns.example.com:443'], undefined, ['11'], ['3'], ['3'], ['12']])
  assert.match(read.get('error')?.[0] ?? '', /^a=b x+$/)
  assert.equal(read.get('zone')?.length, 50)
  assert.deepEqual(
    ['mode', 'resolver', 'expires'].map((key) => read.get(key)),
    [['forward'], ['192.0.2.1', '192.0.2.2:5353'], ['2027-03-01T00:00:00.000Z']],
  )
  const zoneOnly = readStatusStrings(
    statusStrings({ ...status, expires: null, resolvers: undefined }, 61_000),
  )
  assert.deepEqual(
    ['mode', 'resolver', 'expires'].map((key) => zoneOnly.get(key)),
    [['zones'], undefined, undefined],
  )
})
