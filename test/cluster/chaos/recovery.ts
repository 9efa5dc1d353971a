import assert from 'node:assert/strict'
import type { Random } from '../../seeded-random.ts'
import { waitFor } from '../../wait-for.ts'
import { listObjects } from '../differential/api.ts'
import { settled } from '../differential/compare-until-equal.ts'
import { askOracle } from '../differential/coredns-client.ts'
import { drawQuestions } from '../differential/questions.ts'
import type { ChangingObjects } from './changing-objects.ts'
import type { Counts } from './counts.ts'
import type { EdgeClient } from './edge-client.ts'
import type { Inquiry } from './inquiries.ts'
import type { ObjectHistory } from './object-history.ts'
import { textOfAnswer } from './read-answer.ts'
import type { TestBed } from './test-bed.ts'

/** Input of the recovery checks. */
export type RecoveryParts = {
  readonly testBed: TestBed
  readonly objects: ChangingObjects
  readonly history: ObjectHistory
  readonly edgeClient: EdgeClient
  readonly counts: Counts
}

/** The longest time from the end of the last fault and the last change until all answers are right and fresh. */
const withinMs = 60_000

/** The number of other names of the cluster that a round compares. */
const drawn = 80

/** Waits until every answer is right and fresh. Returns the duration (ms). Throws WaitError. */
export async function recovered({ objects, history, edgeClient, counts }: RecoveryParts): Promise<number> {
  const begunMs = performance.now()
  await waitFor(
    'all answers are right and fresh',
    async () => {
      // Wrong answers are reported at the end of the round.
      if (counts.wrongs().length > 0) return true
      const open = await mismatches(openInquiries(objects, history), edgeClient, history)
      if (open.length > 0) throw new Error(open.slice(0, 5).join('; '))
      return true
    },
    { timeoutMs: withinMs, intervalMs: 100 },
  )
  return performance.now() - begunMs
}

/** Inquiries about objects without a write in progress. */
function openInquiries(objects: ChangingObjects, history: ObjectHistory): Inquiry[] {
  return objects.groups().flatMap((group) => group.filter(({ keys }) => !keys.some(history.isUnderWay)))
}

async function mismatches(
  inquiries: readonly Inquiry[],
  edgeClient: EdgeClient,
  history: ObjectHistory,
): Promise<string[]> {
  const seen = await Promise.all(inquiries.map((inquiry) => edgeClient.see(inquiry)))
  return inquiries.flatMap((inquiry, at) => {
    const expected = inquiry.expect(inquiry.keys.map(history.now))
    const { text, snapshot } = seen[at] ?? { text: 'nothing', snapshot: undefined }
    const isRight = text === expected && (inquiry.isImpossible || snapshot?.state === 'fresh')
    const { name, type } = inquiry
    return isRight || inquiry.keys.some(history.isUnderWay)
      ? []
      : [`${name} ${type}: ${JSON.stringify(text)} (${snapshot?.state}), not ${JSON.stringify(expected)}`]
  })
}

/** CoreDNS is restarted if it is not up to date after this time, since its backoff grows with failures. */
const oraclePatienceMs = 4_000

/** Compares whole answers of the edge and CoreDNS. Throws AssertionError if a difference lasts. Returns the number of pairs. */
export async function agreed(
  { testBed, objects, history, edgeClient }: RecoveryParts,
  random: Random,
): Promise<number> {
  const { plane, api } = testBed
  const dnsPort = plane.coredns?.dnsPort ?? 0
  const coredns = (questions: readonly { name: string; type: string }[]) => askOracle(dnsPort, questions)
  const inquiries = openInquiries(objects, history)
  const isInformed = async (): Promise<boolean> => {
    const answers = await coredns(inquiries)
    return inquiries.every(
      ({ keys, expect }, at) =>
        keys.some(history.isUnderWay) || textOfAnswer(answers[at]) === expect(keys.map(history.now)),
    )
  }
  await waitFor('CoreDNS is up to date', isInformed, { timeoutMs: oraclePatienceMs }).catch(async () => {
    await plane.processes.restart('coredns')
  })
  const questions = [...inquiries, ...drawQuestions(random, await listObjects(api), drawn)]
  const kubedoh = (asked: readonly { name: string; type: string }[]) => edgeClient.answers(asked)
  const { compared } = await settled({ api, coredns, kubedoh, endpointPodNames: false }, questions)
  const differing = compared.filter(({ verdict }) => verdict.kind === 'mismatch')
  assert.deepEqual(
    differing.map(({ question, verdict, theirs, ours }) => ({ question, verdict, theirs, ours })),
    [],
    'answers that differ from those of CoreDNS',
  )
  return compared.length
}
