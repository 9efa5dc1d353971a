import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCidr } from '../../dns/cidr.ts'
import { fold, nameFromText } from '../../dns/name.ts'
import { clusterConfig, startTestEdge } from '../edge.case.ts'
import { subjectOf } from './subject.ts'
import { locate } from './zone.ts'

const range = parseCidr('10.96.0.0/16') ?? assert.fail()
const clusters = [clusterConfig({ zones: ['cluster.local', 'prod.example'], reverse: [range] })]
const { zones } = startTestEdge(clusters).edge

function zoneOf(text: string): string | undefined {
  const asked = nameFromText(text)
  return subjectOf(locate(fold(asked), asked, zones), 1).zone
}

test('the zone is the configured one in lower case, however the name was asked', () => {
  assert.equal(zoneOf('Web.Default.SVC.Cluster.Local'), nameFromText('cluster.local'))
  assert.equal(zoneOf('a.b.svc.prod.example'), nameFromText('prod.example'))
})

test('reverse names of every range have one of two zones', () => {
  assert.equal(zoneOf('1.0.96.10.in-addr.arpa'), nameFromText('in-addr.arpa'))
  assert.equal(zoneOf('ns.dns.96.10.IN-ADDR.arpa'), nameFromText('in-addr.arpa'))
  assert.equal(zoneOf('1.1.168.192.in-addr.arpa'), nameFromText('in-addr.arpa'))
  assert.equal(zoneOf('d.f.ip6.arpa'), nameFromText('ip6.arpa'))
})

test('names outside the zones have no zone', () => {
  assert.equal(zoneOf('www.example.com'), undefined)
  assert.equal(zoneOf('8.8.8.8.in-addr.arpa'), undefined)
})
