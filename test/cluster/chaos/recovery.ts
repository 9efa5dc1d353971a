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

/** What recovery is looked at with. */
export type RecoveryParts = {
  readonly testBed: TestBed
  readonly objects: ChangingObjects
  readonly history: ObjectHistory
  readonly edgeClient: EdgeClient
  readonly counts: Counts
}

/** How long the edge may take to be right and fresh, from when the last fault was lifted and the last change acknowledged. */
const withinMs = 30_000

/** Names of the cluster's that a round compares beside the story's own. */
const drawn = 80

/** Waits until every answer is what the history says, and fresh. Gives the time that took, ms. Throws ClusterError TIMEOUT. */
export async function recovered({ objects, history, edgeClient, counts }: RecoveryParts): Promise<number> {
  const begunMs = performance.now()
  await waitFor(
    'the edge answers what the API was told, and freshly',
    async () => {
      // What is wrong already does not get better.
      if (counts.wrongs().length > 0) return true
      const open = await mismatches(openInquiries(objects, history), edgeClient, history)
      if (open.length > 0) throw new Error(open.slice(0, 5).join('; '))
      return true
    },
    { timeoutMs: withinMs, intervalMs: 100 },
  )
  return performance.now() - begunMs
}

/** Inquiries about objects that no write is under way for. */
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

/** How long CoreDNS may take to hear of everything before it is started anew: after failures it waits ever longer. */
const oraclePatienceMs = 4_000

/** Compares the edge's answers with CoreDNS's, whole messages. Throws AssertionError where they differ for good. Gives how many. */
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
  await waitFor('CoreDNS has heard', isInformed, { timeoutMs: oraclePatienceMs }).catch(async () => {
    await plane.processes.restart('coredns')
  })
  const questions = [...inquiries, ...drawQuestions(random, await listObjects(api), drawn)]
  const kubedoh = (asked: readonly { name: string; type: string }[]) => edgeClient.answers(asked)
  const { compared } = await settled({ api, coredns, kubedoh, endpointPodNames: false }, questions)
  const differing = compared.filter(({ verdict }) => verdict.kind === 'mismatch')
  assert.deepEqual(
    differing.map(({ question, verdict, theirs, ours }) => ({ question, verdict, theirs, ours })),
    [],
    'answers other than those of CoreDNS',
  )
  return compared.length
}
