import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dig, service } from '../test/dig.ts'
import { rootOf, startMs } from './edge.case.ts'
import { ageText, type Certainty, type Freshness, freshnessOf, judge } from './freshness.ts'
import { sampleObjects } from './sample.case.ts'

const staleMs = 15 * 60_000
const expiredMs = 24 * 60 * 60_000

const ages: readonly (readonly [ageMs: number, isStatic: boolean, freshness: Freshness])[] = [
  [-60_000, false, 'fresh'],
  [0, false, 'fresh'],
  [staleMs, false, 'fresh'],
  [staleMs + 1, false, 'stale'],
  [expiredMs, false, 'stale'],
  [expiredMs + 1, false, 'expired'],
  [100 * expiredMs, false, 'expired'],
  [100 * expiredMs, true, 'fresh'],
]
for (const [ageMs, isStatic, freshness] of ages) {
  test(`data of ${ageMs} ms is ${freshness}${isStatic ? ' where it is static' : ''}`, () => {
    assert.equal(freshnessOf(rootOf({ static: isStatic }), startMs + ageMs), freshness)
  })
}

test('the age of the data counts, not when its root was published', () => {
  const root = rootOf({ asOfMs: startMs - staleMs - 1, generation: startMs })
  assert.equal(freshnessOf(root, startMs), 'stale')
})

test('each root brings its own limits', () => {
  const root = rootOf({ staleAfterMs: 0, expiresAfterMs: 10 })
  assert.deepEqual(
    [0, 1, 11].map((age) => freshnessOf(root, startMs + age)),
    ['fresh', 'stale', 'expired'],
  )
})

const given = 'given'
const verdicts: readonly (readonly [freshness: Freshness, certainty: Certainty, verdict: string])[] = [
  ['fresh', 'exists', given],
  ['fresh', 'missing', given],
  ['fresh', 'certain', given],
  ['stale', 'exists', 'given with 3'],
  ['stale', 'missing', 'withheld with 22'],
  ['stale', 'certain', given],
  ['expired', 'exists', 'withheld with 14'],
  ['expired', 'missing', 'withheld with 14'],
  ['expired', 'certain', given],
]
for (const [freshness, certainty, wanted] of verdicts) {
  test(`out of ${freshness} data, what ${certainty === 'exists' ? certainty : `is ${certainty}`} is ${wanted}`, () => {
    const { withheld, error } = judge(freshness, certainty, rootOf(), startMs + 1_200_000)
    assert.equal(`${withheld ? 'withheld' : 'given'}${error ? ` with ${error.code}` : ''}`, wanted)
    if (error) assert.match(error.text, /^cluster test was last seen at 2026-11-23T12:00:00\.000Z, 1200s ago/)
  })
}

test('an age is whole seconds, never negative', () => {
  assert.deepEqual(
    [-5_000, 0, 999, 1_000, 3_600_999].map((age) => ageText(rootOf(), startMs + age)),
    ['0s', '0s', '0s', '1s', '3600s'],
  )
})

const nowhere = service('prod/nowhere', { type: 'ExternalName', externalName: 'foo.cluster.local' })
const names = {
  'a Service': 'web.prod.svc.cluster.local A',
  'NODATA of a Service': 'web.prod.svc.cluster.local AAAA',
  'an alias': 'alias.prod.svc.cluster.local A',
  'an alias out of the cluster': 'ext.prod.svc.cluster.local A',
  'the apex': 'cluster.local SOA',
  'an empty name': 'prod.svc.cluster.local A',
  'an address': '10.0.96.10.in-addr.arpa PTR',
  'an unknown Service': 'nope.prod.svc.cluster.local A',
  'an unknown namespace': 'nope.svc.cluster.local A',
  'an unknown endpoint': 'x.db.prod.svc.cluster.local A',
  'an unknown port': '_x._tcp.web.prod.svc.cluster.local SRV',
  'a headless Service with nothing ready': 'starting.prod.svc.cluster.local A',
  'an unknown address': '99.0.96.10.in-addr.arpa PTR',
  'a name that no cluster has': 'www.example.com.cluster.local A',
  'a reverse name that stands for no address': 'x.0.96.10.in-addr.arpa PTR',
  'an alias to a name that no cluster has': 'nowhere.prod.svc.cluster.local A',
  'a private address of nobody': '1.1.168.192.in-addr.arpa PTR',
}
const outcomes: Readonly<Record<keyof typeof names, readonly [stale: string, expired: string]>> = {
  'a Service': ['NOERROR 3', 'SERVFAIL 14'],
  'NODATA of a Service': ['NOERROR 3', 'SERVFAIL 14'],
  'an alias': ['NOERROR 3', 'SERVFAIL 14'],
  'an alias out of the cluster': ['NOERROR 3', 'SERVFAIL 14'],
  'the apex': ['NOERROR 3', 'SERVFAIL 14'],
  'an empty name': ['NOERROR 3', 'SERVFAIL 14'],
  'an address': ['NOERROR 3', 'SERVFAIL 14'],
  'an unknown Service': ['SERVFAIL 22', 'SERVFAIL 14'],
  'an unknown namespace': ['SERVFAIL 22', 'SERVFAIL 14'],
  'an unknown endpoint': ['SERVFAIL 22', 'SERVFAIL 14'],
  'an unknown port': ['SERVFAIL 22', 'SERVFAIL 14'],
  'a headless Service with nothing ready': ['SERVFAIL 22', 'SERVFAIL 14'],
  'an unknown address': ['SERVFAIL 22', 'SERVFAIL 14'],
  'a name that no cluster has': ['NXDOMAIN', 'NXDOMAIN'],
  'a reverse name that stands for no address': ['NXDOMAIN', 'NXDOMAIN'],
  // The alias may lead elsewhere by now.
  'an alias to a name that no cluster has': ['SERVFAIL 22', 'SERVFAIL 14'],
  'a private address of nobody': ['NXDOMAIN', 'NXDOMAIN'],
}
for (const [what, [stale, expired]] of Object.entries(outcomes)) {
  test(`${what}: ${stale} when stale, ${expired} when expired, whole without an agent for an hour if static`, async () => {
    const question = names[what as keyof typeof names]
    const told = async (ageMs: number, isStatic: boolean): Promise<string> => {
      const at = await dig([
        { objects: [...sampleObjects, nowhere], reverse: ['10.96.0.0/16'], build: { static: isStatic } },
      ])
      await at.ask('cluster.local SOA').read()
      at.clock.advance(ageMs)
      const { rcode, error, answers, authority, response } = await at.ask(question).read()
      if (rcode === 'SERVFAIL') {
        assert.deepEqual([answers, authority], [[], []])
        assert.equal(response.headers['cache-control'], 'no-store')
      }
      return [rcode, ...(error ? [error.code] : [])].join(' ')
    }
    assert.deepEqual([await told(staleMs + 1, false), await told(expiredMs + 1, false)], [stale, expired])
    assert.equal(await told(100 * expiredMs, true), await told(0, false))
  })
}

test('no snapshot is SERVFAIL, and says who is to blame', async () => {
  const at = await dig([{ objects: [] }])
  at.kv.entries.clear()
  const { error } = await at.ask('web.prod.svc.cluster.local A').error(14).servfail()
  assert.equal(error?.text, 'cluster test has no snapshot here yet; check its agent')
})
