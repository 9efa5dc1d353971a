import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { EDE } from '../../../dns/code.ts'
import type { Random } from '../../seeded-random.ts'
import type { EdgeClient } from './edge-client.ts'
import type { SeenAnswer } from './read-answer.ts'
import type { Lift } from './tcp-relay.ts'
import type { TestBed } from './test-bed.ts'

/** A name that always exists, and one that never does. */
const there = { name: 'kubernetes.default.svc.cluster.local.', type: 'A' }
const missing = { name: 'never.default.svc.cluster.local.', type: 'A' }

/** Time until data that was published just before the cut has reached a limit, too (ms). */
const graceMs = 1_500

/**
 * Cuts the agent off from the API, while it continues to publish, until the data is stale, or with `long` until it has
 * expired. Throws AssertionError unless the answers are marked accordingly.
 */
export async function cutOff(
  testBed: TestBed,
  edgeClient: EdgeClient,
  random: Random,
  long: boolean,
): Promise<void> {
  const { apiProxy, cut, limits } = testBed
  const lift: Lift = random.chance(0.5) ? apiProxy.relay.refuse() : apiProxy.relay.hold()
  cut.sinceMs = Date.now()
  try {
    await pause(limits.staleMs + graceMs)
    const stale = await see(edgeClient)
    assert.deepEqual(
      [stale.there.snapshot?.state, stale.there.ede, stale.missing.text, stale.missing.ede],
      ['stale', EDE.STALE_ANSWER, 'SERVFAIL', EDE.NO_REACHABLE_AUTHORITY],
      'the answers are marked stale',
    )
    assert.equal(stale.there.text, 'A 10.96.0.1')
    if (!long) return
    await pause(limits.expiredMs - limits.staleMs)
    const expired = await see(edgeClient)
    assert.deepEqual(
      [expired.there.text, expired.there.ede, expired.missing.text, expired.missing.ede],
      ['SERVFAIL', EDE.NOT_READY, 'SERVFAIL', EDE.NOT_READY],
      'the answers have expired',
    )
  } finally {
    cut.sinceMs = undefined
    apiProxy.relay.cut()
    lift()
  }
}

async function see(edgeClient: EdgeClient): Promise<{ there: SeenAnswer; missing: SeenAnswer }> {
  return { there: await edgeClient.see(there), missing: await edgeClient.see(missing) }
}

/** Duration of empty lists (ms): longer than the agent needs for a list. */
const hollowMs = [1_500, 3_000] as const

/** Makes the API return complete but empty lists of some kinds, or of all. */
export async function listNothing({ apiProxy }: TestBed, random: Random): Promise<void> {
  const kinds = ['namespaces', 'services', 'endpointslices']
  const lift = apiProxy.hollow(random.chance(0.5) ? kinds : [random.pick(kinds)])
  await pause(random.between(...hollowMs))
  lift()
}
