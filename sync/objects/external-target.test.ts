import assert from 'node:assert/strict'
import { test } from 'node:test'
import { externalTarget } from './external-target.ts'

const label63 = 'a'.repeat(63)
const cases: [string, string | RegExp][] = [
  ['db.example.com', 'db.example.com.'],
  ['db.example.com.', 'db.example.com.'],
  ['DB.Example.com', 'DB.Example.com.'],
  ['single', 'single.'],
  ['web.prod.svc.cluster.local', 'web.prod.svc'],
  ['web.prod.svc.cluster.local.', 'web.prod.svc'],
  ['Web.prod.svc.CLUSTER.Local', 'Web.prod.svc'],
  ['cluster.local', '@'],
  ['Cluster.Local.', '@'],
  ['notcluster.local', 'notcluster.local.'],
  ['cluster.local.example', 'cluster.local.example.'],
  ['_x._tcp.example', '_x._tcp.example.'],
  ['192.0.2.1', /is an IP address/],
  ['2001:db8::1', /is an IP address/],
  ['', /not a DNS name/],
  ['.', /not a DNS name/],
  ['a..b', /not a DNS name/],
  [`${label63}a.example`, /not a DNS name/],
  ['bücher.example', /not a DNS name/],
  ['a b.example', /not a DNS name/],
  [`${label63}.${label63}.${label63}.cluster.local`, `${label63}.${label63}.${label63}`],
  [`${label63}.${label63}.${label63}.abcd.cluster.local`, /too long/],
]

for (const [given, expected] of cases) {
  test(`${JSON.stringify(given)} → ${String(expected)}`, () => {
    const stored = externalTarget(given, 'cluster.local')
    if (typeof expected === 'string') assert.deepEqual(stored, { target: expected })
    else assert.match('reason' in stored ? stored.reason.text : '', expected)
  })
}
