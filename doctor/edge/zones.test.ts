import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EdgeZones, edgeZonesText } from '../../setup/edge-zones.ts'
import { findingOf, type TestWorld, testCases, testFacts } from '../ports.case.ts'
import { zonesCheck } from './zones.ts'

const zones = testFacts().zones as EdgeZones
const page = (text: string, path = '/zones'): TestWorld => ({
  pages: { [path]: { status: 200, headers: {}, text } },
})
const list = (given: Partial<EdgeZones>): TestWorld => page(edgeZonesText({ ...zones, ...given }))

testCases(zonesCheck, [
  ['the list of an edge', list({}), 'ok'],
  ['a token that ends later', list({ expires: '2027-01-31T12:00:00.000Z' }), 'okUntil'],
  ['a token that ends soon', list({ expires: '2026-11-28T13:00:00.000Z' }), 'ending'],
  ['a list that may lack zones', list({ complete: false }), 'incomplete'],
  ['no zone', list({ zones: [] }), 'none'],
  [
    'the host in a zone',
    list({ zones: [{ name: 'example.com', cluster: 'prod', primary: false }] }),
    'hostInZone',
  ],
  ['no such page', {}, 'notListed'],
  ['another path than that of an edge', {}, 'notListed', { url: new URL('https://dns.example.com/query') }],
  ['something else', page('<html>'), 'unreadable'],
  ['no response', { pages: { '/zones': { failed: 'TIMEOUT', reason: 'no answer' } } }, 'unreadable'],
])

test('the list is that of the token', async () => {
  const url = new URL('https://dns.example.com/dns-query/TOKEN')
  const { finding } = await findingOf(zonesCheck, page(edgeZonesText(zones), '/zones/TOKEN'), { url })
  assert.equal(finding, 'ok')
})
