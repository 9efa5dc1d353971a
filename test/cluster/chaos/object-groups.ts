import type { Random } from '../../seeded-random.ts'
import type { Place, Writer } from './api-writer.ts'
import {
  type Inquiry,
  inquireHeadless,
  inquireNamespace,
  inquirePointer,
  inquireSingle,
  keyOf,
} from './inquiries.ts'
import type { ObjectHistory, State } from './object-history.ts'

/** One or several related objects: their changes, and the questions about them. */
export type ObjectGroup = {
  /** Creates the objects. */
  first(): Promise<void>
  /** Makes one change; undefined if the group never changes. Resolves when the API has accepted it. */
  readonly change: ((random: Random) => Promise<void>) | undefined
  /** Whether a change is still in progress in the background. */
  readonly isBusy?: () => boolean
  inquiries(): readonly Inquiry[]
}

/** Parts that groups share. */
export type GroupParts = {
  readonly history: ObjectHistory
  readonly writer: Writer
  readonly numbers: Numbers
}

/** Unique addresses and numbers. */
export type Numbers = {
  clusterAddress(): string
  endpointAddress(): string
  port(): number
  count(): number
}

/** Counters from the start of every range. */
export function createNumbers(): Numbers {
  let clusterIps = 0
  let endpointIps = 0
  let others = 0
  return {
    // The upper part of 10.96.0.0/16, from which the API assigns addresses only on request, as all Services here do.
    clusterAddress: () => {
      const at = clusterIps++
      return `10.96.${64 + Math.floor(at / 250)}.${1 + (at % 250)}`
    },
    endpointAddress: () => {
      const at = endpointIps++
      return `172.${20 + Math.floor(at / 62_500)}.${Math.floor(at / 250) % 250}.${1 + (at % 250)}`
    },
    port: () => 1_024 + (others++ % 60_000),
    count: () => others++,
  }
}

/** The number of former addresses of a Service whose PTR is queried. */
const askedPointers = 3

/** A Service that is created, deleted, and changed from a cluster IP to an alias and back, each in one write. */
export function createSingle(
  namespace: string,
  name: string,
  { history, writer, numbers }: GroupParts,
): ObjectGroup {
  const place: Place = { kind: 'Service', namespace, name }
  const key = keyOf.service(namespace, name)
  const pointers: Inquiry[] = []
  const address = (): State => {
    const ip = numbers.clusterAddress()
    pointers.push(inquirePointer(namespace, name, ip))
    return { kind: 'address', ip, port: numbers.port() }
  }
  const alias = (): State => ({ kind: 'alias', target: `v${numbers.count()}.example.com.` })
  const next = (state: State | undefined, random: Random): State | undefined => {
    if (!state) return random.chance(0.7) ? address() : alias()
    if (random.chance(0.35)) return undefined
    if (state.kind !== 'address') return random.chance(0.5) ? address() : alias()
    return random.chance(0.5) ? { ...state, port: numbers.port() } : alias()
  }
  return {
    first: async () => void (await writer.write(place, address())),
    change: async (random) => void (await writer.write(place, next(history.now(key), random))),
    inquiries: () => [...inquireSingle(namespace, name), ...pointers.slice(-askedPointers)],
  }
}

/** A permanent headless Service, and its slice, whose endpoints and port are replaced in one write. */
export function createHeadless(namespace: string, name: string, parts: GroupParts): ObjectGroup {
  const { history, writer } = parts
  const [service, slice] = headlessPlaces(namespace, name)
  const key = keyOf.slice(namespace, name)
  const inquiries = inquireHeadless(namespace, name)
  return {
    async first() {
      await writer.write(service, { kind: 'headless' })
      await writer.write(slice, sliceState(parts.numbers))
    },
    async change(random) {
      const isThere = history.now(key) !== undefined
      const next = isThere && random.chance(0.2) ? undefined : sliceState(parts.numbers, random)
      await writer.write(slice, next)
    },
    inquiries: () => inquiries,
  }
}

/** A headless Service and its slice that are created and deleted together. */
export function createCouple(namespace: string, name: string, parts: GroupParts): ObjectGroup {
  const { history, writer, numbers } = parts
  const [service, slice] = headlessPlaces(namespace, name)
  const key = keyOf.service(namespace, name)
  const inquiries = inquireHeadless(namespace, name)
  const both = async (one: State | undefined, other: State | undefined): Promise<void> => {
    await Promise.all([writer.write(service, one), writer.write(slice, other)])
  }
  return {
    first: () => both({ kind: 'headless' }, sliceState(numbers)),
    change: (random) =>
      history.now(key) ? both(undefined, undefined) : both({ kind: 'headless' }, sliceState(numbers, random)),
    inquiries: () => inquiries,
  }
}

/** A namespace that is created and deleted with a Service in it. */
export function createGuest(name: string, { history, writer, numbers }: GroupParts): ObjectGroup {
  const place: Place = { kind: 'Service', namespace: name, name: 'in' }
  const space: Place = { kind: 'Namespace', namespace: undefined, name }
  const come = async (): Promise<void> => {
    await writer.write(space, { kind: 'namespace' })
    await writer.write(place, { kind: 'address', ip: numbers.clusterAddress(), port: numbers.port() })
  }
  let isGoing = false
  // The controller needs seconds to empty a namespace; a round does not wait for that.
  const go = (): void => {
    isGoing = true
    const gone = writer.removeNamespace(name, [keyOf.service(name, 'in')])
    gone.then(() => (isGoing = false)).catch(() => {})
  }
  return {
    first: async () => {},
    change: async () => (history.now(keyOf.namespace(name)) ? go() : come()),
    isBusy: () => isGoing,
    inquiries: () => [inquireNamespace(name), ...inquireSingle(name, 'in')],
  }
}

/** The same group without changes. */
export function kept(group: ObjectGroup): ObjectGroup {
  return { ...group, change: undefined }
}

function headlessPlaces(namespace: string, name: string): [Place, Place] {
  return [
    { kind: 'Service', namespace, name },
    { kind: 'EndpointSlice', namespace, name },
  ]
}

function sliceState(numbers: Numbers, random?: Random): State {
  const hostnames = random?.chance(0.3) ? ['a', 'b', 'c'] : ['a', 'b']
  const endpoints = hostnames.map((hostname) => ({ hostname, ip: numbers.endpointAddress() }))
  return { kind: 'slice', endpoints, port: numbers.port() }
}
