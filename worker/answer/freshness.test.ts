import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dig, service } from '../../test/dig.ts'
import { rootOf, startMs } from '../edge.case.ts'
import { sampleObjects } from '../sample.case.ts'
import { ageText, type Certainty, type Freshness, freshnessOf, judge } from './freshness.ts'

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
  test(`data of ${ageMs} ms is ${freshness}${isStatic ? ' if it is static' : ''}`, () => {
    assert.equal(freshnessOf(rootOf({ static: isStatic }), startMs + ageMs), freshness)
  })
}

test('freshness depends on the age of the data, not on the time of publication', () => {
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
  test(`an outcome that ${certainty === 'exists' ? certainty : `is ${certainty}`} in ${freshness} data is ${wanted}`, () => {
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

const kept = 'max-age=5'
const served: Outcomes = [`NOERROR ${kept}`, `NOERROR 3 ${kept}`, 'SERVFAIL 14 no-store']
const missing: Outcomes = [`NXDOMAIN ${kept}`, 'SERVFAIL 22 no-store', 'SERVFAIL 14 no-store']
const impossible: Outcomes = [`NXDOMAIN ${kept}`, `NXDOMAIN ${kept}`, `NXDOMAIN ${kept}`]
const loop: Outcomes = ['SERVFAIL 0 no-store', 'SERVFAIL 0 no-store', 'SERVFAIL 14 no-store']
const always = (expected: string): Outcomes => [expected, expected, expected]

/** A question → rcode, extended error and cache-control when the data is fresh, stale and expired. */
type Outcomes = readonly [fresh: string, stale: string, expired: string]
const outcomes: Readonly<Record<string, readonly [question: string, expected: Outcomes]>> = {
  'a Service': ['web.prod.svc.cluster.local A', served],
  'a headless Service': ['db.prod.svc.cluster.local A', served],
  'an endpoint': ['db-0.db.prod.svc.cluster.local AAAA', served],
  'a port': ['_http._tcp.web.prod.svc.cluster.local SRV', served],
  'NODATA of a Service': ['web.prod.svc.cluster.local AAAA', served],
  'a type without records': ['web.prod.svc.cluster.local TYPE65280', served],
  'ANY of a Service': ['web.prod.svc.cluster.local ANY', served],
  'ANY of an alias': ['alias.prod.svc.cluster.local ANY', served],
  'an alias': ['alias.prod.svc.cluster.local A', served],
  'an alias and NODATA': ['alias.prod.svc.cluster.local TXT', served],
  'an alias out of the cluster': ['ext.prod.svc.cluster.local A', served],
  'the SOA of the apex': ['cluster.local SOA', served],
  'the NS of the apex': ['cluster.local NS', served],
  'NODATA of the apex': ['cluster.local A', served],
  'the version record': [
    'dns-version.cluster.local TXT',
    ['NOERROR max-age=28800', 'NOERROR 3 max-age=28800', 'SERVFAIL 14 no-store'],
  ],
  'an empty name': ['prod.svc.cluster.local A', served],
  'an address': ['10.0.96.10.in-addr.arpa PTR', served],
  'a part of an address': ['0.96.10.in-addr.arpa PTR', served],
  'NODATA of an address': ['10.0.96.10.in-addr.arpa A', served],
  'an unknown Service': ['nope.prod.svc.cluster.local A', missing],
  'ANY of an unknown Service': ['nope.prod.svc.cluster.local ANY', missing],
  'an unknown namespace': ['nope.svc.cluster.local A', missing],
  'an unknown endpoint': ['x.db.prod.svc.cluster.local A', missing],
  'an unknown port': ['_x._tcp.web.prod.svc.cluster.local SRV', missing],
  'a headless Service without ready endpoints': ['starting.prod.svc.cluster.local A', missing],
  'SRV of a headless Service without ready endpoints': ['starting.prod.svc.cluster.local SRV', missing],
  'an endpoint that is not ready': ['10-244-1-15.starting.prod.svc.cluster.local A', missing],
  'an alias to an unknown Service': ['dangling.prod.svc.cluster.local A', missing],
  'an unknown address': ['99.0.96.10.in-addr.arpa PTR', missing],
  'the address of an endpoint that is not ready': ['15.1.244.10.in-addr.arpa PTR', missing],
  // The alias may have another target by now.
  'an alias to a name that cannot exist': ['nowhere.prod.svc.cluster.local A', missing],
  'a name that cannot exist': ['www.example.com.cluster.local A', impossible],
  'a reverse name that is not an address': ['x.0.96.10.in-addr.arpa PTR', impossible],
  'a private address outside all clusters': ['1.1.168.192.in-addr.arpa PTR', always('NXDOMAIN max-age=300')],
  'the facts of the snapshot': ['_snapshot.cluster.local TXT', always('NOERROR max-age=0')],
  'a name outside the zones': ['www.example.com A', always('REFUSED 20 no-store')],
  'a transfer': ['cluster.local AXFR', always('REFUSED 18 no-store')],
  'an alias to itself': ['loop.prod.svc.cluster.local A', loop],
}

const external = (name: string, externalName: string): ReturnType<typeof service> =>
  service(`prod/${name}`, { type: 'ExternalName', externalName })
const objects = [
  ...sampleObjects,
  external('nowhere', 'foo.cluster.local'),
  external('dangling', 'nope.prod.svc.cluster.local'),
  external('loop', 'loop.prod.svc.cluster.local'),
]

for (const [what, [question, expected]] of Object.entries(outcomes)) {
  const [fresh, stale, expired] = expected
  test(`${what}: ${fresh}; stale: ${stale}; expired: ${expired}; static: as fresh`, async () => {
    const tell = async (ageMs: number, isStatic: boolean): Promise<string> => {
      const reverse = ['10.96.0.0/16', '10.244.0.0/16']
      const at = await dig([{ objects, reverse, build: { static: isStatic } }])
      await at.ask('cluster.local SOA').read()
      at.clock.advance(ageMs)
      const { rcode, error, answers, authority, additional, response } = await at.ask(question).read()
      if (rcode === 'SERVFAIL') assert.deepEqual([answers, authority, additional], [[], [], []])
      return [rcode, ...(error ? [error.code] : []), response.headers['cache-control']].join(' ')
    }
    assert.deepEqual([await tell(0, false), await tell(staleMs, false)], [fresh, fresh])
    assert.deepEqual([await tell(staleMs + 1, false), await tell(expiredMs, false)], [stale, stale])
    assert.equal(await tell(expiredMs + 1, false), expired)
    assert.equal(await tell(100 * expiredMs, true), fresh)
  })
}

test('without a snapshot the answer is SERVFAIL, and the reason names the agent', async () => {
  const at = await dig([{ objects: [] }])
  at.kv.entries.clear()
  const { error } = await at.ask('web.prod.svc.cluster.local A').error(14).servfail()
  assert.equal(error?.text, 'cluster test has no snapshot here yet; check its agent')
})
