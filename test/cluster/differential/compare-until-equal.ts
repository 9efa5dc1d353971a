import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from '../../conformance/answer.ts'
import type { Question } from '../../conformance/context.ts'
import { waitFor } from '../../wait-for.ts'
import { type Api, listObjects, type Objects } from './api.ts'
import { makeChanges } from './change.ts'
import { type Compared, compareAll, type Pair } from './compare-all.ts'
import type { Change, Kind } from './object.ts'
import { serviceLabel } from './slices.ts'

/** Asks one server; the answers in the order of the questions. */
export type Ask = (questions: readonly Question[]) => Promise<Answer[]>

/** The API server, and the two that watch it. */
export type Sides = {
  readonly api: Api
  readonly coredns: Ask
  readonly kubedoh: Ask
  /** Whether both name endpoints without hostname as their pods. */
  readonly endpointPodNames: boolean
}

/** How long a difference may last after the last change: the controllers are still at work. */
const settleWithinMs = 60_000

/**
 * Makes a namespace, a Service and a slice after everything else, and waits until both sides answer with them.
 * Throws WaitError.
 */
export async function marked({ api, coredns, kubedoh }: Sides, round: number): Promise<void> {
  const namespace = `marker-${round}`
  const made = (kind: Kind, apiVersion: string, name: string, fields: object): Change => {
    const metadata = { name, ...(kind !== 'Namespace' && { namespace }) }
    return { verb: 'create', object: { apiVersion, kind, metadata, ...fields }, oddities: [] }
  }
  const slice = made('EndpointSlice', 'discovery.k8s.io/v1', 'slice', {
    metadata: { name: 'slice', namespace, labels: { [serviceLabel]: 'marker' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['203.0.113.250'], hostname: `round-${round}` }],
    ports: [],
  })
  const service = made('Service', 'v1', 'marker', { spec: { clusterIP: 'None' } })
  const refused = await makeChanges(
    api,
    [[made('Namespace', 'v1', namespace, {})], [service, slice]],
    () => {},
  )
  if (refused.length > 0) throw new Error(`the marker was refused: ${refused[0]?.message}`)
  const question = { name: `round-${round}.marker.${namespace}.svc.cluster.local.`, type: 'A' }
  for (const [name, ask] of Object.entries({ coredns, kubedoh }))
    await waitFor(`${name} has the marker of round ${round}`, async () => {
      const [said] = await ask([question])
      return said?.answer.length === 1
    })
}

/** The result of a round: all pairs; those that differ still did so at the end of the time to settle. */
export type Settled = { readonly compared: readonly Compared[]; readonly objects: Objects }

/** Asks both sides and compares; repeats the questions whose answers differ until they agree or time is up. */
export async function settled(sides: Sides, questions: readonly Question[]): Promise<Settled> {
  const until = performance.now() + settleWithinMs
  const done: Compared[] = []
  let open = questions
  for (;;) {
    const objects = await listObjects(sides.api)
    const compared = await compareAll(await pairsOf(sides, open), {
      objects,
      endpointPodNames: sides.endpointPodNames,
      ask: sides.coredns,
    })
    done.push(...compared.filter(({ verdict }) => verdict.kind !== 'mismatch'))
    const differing = compared.filter(({ verdict }) => verdict.kind === 'mismatch')
    if (differing.length === 0 || performance.now() > until)
      return { compared: [...done, ...differing], objects }
    open = differing.map(({ question }) => question)
    await pause(500)
  }
}

async function pairsOf({ coredns, kubedoh }: Sides, questions: readonly Question[]): Promise<Pair[]> {
  const [theirs, ours] = await Promise.all([coredns(questions), kubedoh(questions)])
  return questions.flatMap((question, at) => {
    const [one, other] = [theirs[at], ours[at]]
    return one && other ? [{ question, theirs: one, ours: other }] : []
  })
}
