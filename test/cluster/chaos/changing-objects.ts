import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../seeded-random.ts'
import type { Place, Writer } from './api-writer.ts'
import { type Inquiry, inquireImpossible, inquireNamespace, inquireNever } from './inquiries.ts'
import {
  createCouple,
  createGuest,
  createHeadless,
  createNumbers,
  createSingle,
  type GroupParts,
  kept,
  type ObjectGroup,
} from './object-groups.ts'
import type { ObjectHistory } from './object-history.ts'

/** The objects of a run, and the questions about them. */
export type ChangingObjects = {
  /** Creates the first objects, and starts to touch an object of every kind, so that every watch gets events. */
  begin(): Promise<void>
  /** Changes a random object; resolves when the API has accepted it. */
  change(random: Random): Promise<void>
  /** All inquiries in groups; those of a group are asked at once. */
  groups(): readonly (readonly Inquiry[])[]
  /** The last changed groups, the latest first. */
  recent(): readonly (readonly Inquiry[])[]
  /** The number of changes accepted by the API. */
  readonly changeCount: () => number
}

const residence = ['chaos-a', 'chaos-b'] as const
const recentCount = 6

/** Interval between events of each kind (ms): `asOf` is not more recent than that. */
const touchEveryMs = 400

/** Objects that are not created yet. */
export function createObjects(history: ObjectHistory, writer: Writer, signal: AbortSignal): ChangingObjects {
  const parts: GroupParts = { history, writer, numbers: createNumbers() }
  const groups = createGroups(parts)
  const changeable = groups.filter(({ change }) => change !== undefined)
  const fixed = [
    residence.map(inquireNamespace),
    [inquireImpossible()],
    ...['gone.chaos-a', 'gone.gone', 'x.y.chaos-b', 's-0.chaos-b'].map((label) => [inquireNever(label)]),
  ]
  const busy = new Set<ObjectGroup>()
  let recent: ObjectGroup[] = []
  let changes = 0
  return {
    async begin() {
      for (const name of residence) await writer.write(space(name), { kind: 'namespace' })
      await Promise.all(groups.map((group) => group.first()))
      void keepTouching(writer, signal)
    },
    async change(random) {
      const idle = changeable.filter((group) => !busy.has(group) && !group.isBusy?.())
      if (idle.length === 0) return
      const group = random.pick(idle)
      busy.add(group)
      recent = [group, ...recent.filter((each) => each !== group)].slice(0, recentCount)
      try {
        await group.change?.(random)
        changes++
      } finally {
        busy.delete(group)
      }
    },
    groups: () => [...groups.map((group) => group.inquiries()), ...fixed],
    recent: () => recent.map((group) => group.inquiries()),
    changeCount: () => changes,
  }
}

function createGroups(parts: GroupParts): ObjectGroup[] {
  const many = (count: number, make: (at: number) => ObjectGroup): ObjectGroup[] =>
    Array.from({ length: count }, (_, at) => make(at))
  const [a, b] = residence
  return [
    ...many(14, (at) => createSingle(a, `s-${at}`, parts)),
    ...many(8, (at) => kept(createSingle(a, `c-${at}`, parts))),
    ...many(8, (at) => createHeadless(b, `h-${at}`, parts)),
    ...many(14, (at) => kept(createHeadless(b, `k-${at}`, parts))),
    ...many(3, (at) => createCouple(b, `d-${at}`, parts)),
    ...many(3, (at) => createGuest(`chaos-x${at}`, parts)),
  ]
}

function space(name: string): Place {
  return { kind: 'Namespace', namespace: undefined, name }
}

async function keepTouching(writer: Writer, signal: AbortSignal): Promise<void> {
  const [a] = residence
  const service: Place = { kind: 'Service', namespace: a, name: 'touched' }
  const slice: Place = { kind: 'EndpointSlice', namespace: a, name: 'touched' }
  const endpoints = [{ hostname: 'a', ip: '172.19.0.1' }]
  await writer.write(service, { kind: 'headless' })
  await writer.write(slice, { kind: 'slice', endpoints, port: 80 })
  while (!signal.aborted) {
    await Promise.all([
      writer.touch(space(a), { kind: 'namespace' }),
      writer.touch(service, { kind: 'headless' }),
      writer.touch(slice, { kind: 'slice', endpoints, port: 80 }),
    ])
    await pause(touchEveryMs, undefined, { signal }).catch(() => {})
  }
}
