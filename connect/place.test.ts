import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameFromText } from '../dns/name.ts'
import { createPlaces } from './place.ts'

const placeOf = createPlaces({
  zones: [{ name: 'cluster.local' }, { name: 'prod.k8s.example.com' }],
  reverse: ['10.96.0.0/12', '10.244.1.0/24', 'fd00:10::/108'],
})

test('names of the zones, apexes included, belong to the edge', () => {
  const places: Readonly<Record<string, string>> = {
    'cluster.local': 'zone',
    'web.prod.svc.cluster.local': 'zone',
    'a.prod.k8s.example.com': 'zone',
    'k8s.example.com': 'outside',
    local: 'outside',
    'notcluster.local': 'outside',
    '.': 'outside',
  }
  for (const [name, place] of Object.entries(places)) assert.equal(placeOf(nameFromText(name)), place, name)
  // A label that contains a dot and looks like the end of a zone.
  assert.equal(placeOf('\x0dcluster.local\0'), 'outside')
})

test('reverse names belong to the edge if all of their addresses are in a range', () => {
  const places: Readonly<Record<string, string>> = {
    '1.0.96.10.in-addr.arpa': 'reverse',
    '255.255.111.10.in-addr.arpa': 'reverse',
    '0.0.112.10.in-addr.arpa': 'outside',
    '96.10.in-addr.arpa': 'reverse',
    '10.in-addr.arpa': 'outside',
    '1.244.10.in-addr.arpa': 'reverse',
    '7.1.244.10.in-addr.arpa': 'reverse',
    '244.10.in-addr.arpa': 'outside',
    'x.1.244.10.in-addr.arpa': 'outside',
  }
  for (const [name, place] of Object.entries(places)) assert.equal(placeOf(nameFromText(name)), place, name)
})
