import { type AnswerCache, createAnswerCache } from '../../connect/cache/answer-cache.ts'
import { askEdge } from '../../connect/edge/ask-edge.ts'
import { dial } from '../../connect/edge/dial.ts'
import { createEdgeAddresses } from '../../connect/edge/edge-addresses.ts'
import { edgePlace } from '../../connect/edge/edge-place.ts'
import { createEdgeLink, type EdgeLink } from '../../connect/edge/link.ts'
import { watchZones, type ZonesWatch } from '../../connect/edge/zones-watch.ts'
import { createEdgeAnswers } from '../../connect/edge-answers.ts'
import { createLull } from '../../connect/lull.ts'
import { createOwnAnswers } from '../../connect/own-answers.ts'
import { createPlaces } from '../../connect/place.ts'
import { statusStrings } from '../../connect/status-strings.ts'
import { createStub, type Stub } from '../../connect/stub.ts'
import { createStubCounts, type StubCounts } from '../../connect/stub-counts.ts'
import { createTokenEndNotice, timeLeft } from '../../connect/token-end.ts'
import { createTrouble, type Trouble } from '../../connect/trouble.ts'
import type { EdgeZones } from '../../setup/edge-zones.ts'
import type { Places } from '../../setup/places.ts'
import type { Log } from '../../worker/ports.ts'
import type { Forwarding } from './open-forwarding.ts'
import { type EdgeState, writeState } from './state-file.ts'

/** What a stub needs. */
export type StubWishes = {
  readonly places: Places
  /** PEM text of the only authorities to trust. */
  readonly ca: string | undefined
  /** Addresses of the edge's host, which is then not looked up. */
  readonly addresses: readonly string[]
  /** The state file, and what it had. */
  readonly stateFile: string | undefined
  readonly state: EdgeState
  /** The other resolvers of this machine. */
  readonly forwarding: Pick<Forwarding, 'outside' | 'lookUp' | 'resolvers'>
  readonly log: Log
}

/** A stub with its connection to the edge. */
export type OpenStub = {
  readonly stub: Stub
  readonly link: EdgeLink
  readonly watch: ZonesWatch
  close(): void
}

/** Makes a stub and begins to read the zones of its edge. */
export function openStub(wishes: StubWishes): OpenStub {
  const { places, forwarding, state, stateFile, log } = wishes
  const trouble = createTrouble(log, Date.now)
  const counts = createStubCounts()
  const cache = createAnswerCache()
  const place = edgePlace(new URL(places.doh))
  const addresses = createEdgeAddresses({
    hostname: place.hostname,
    given: wishes.addresses,
    last: state.addresses,
    lookUp: forwarding.lookUp,
    onFound: () => save(),
  })
  const link = createEdgeLink({
    dial: () => dial({ place, addresses, ca: wishes.ca, now: Date.now }),
    now: Date.now,
    onConnect: ({ address, protocol }) => log.info('edge connected', { edge: place.host, address, protocol }),
    onAway: (reason) => log.warn('edge cannot be reached', { reason }),
  })
  const tokenEnd = createTokenEndNotice((expires) => warnOfEnd(expires, log), Date.now)
  let placeOf = state.zones && createPlaces(state.zones)
  const watch = watchZones({
    link,
    path: pathOf(places.zones),
    last: state.zones,
    onChange(zones) {
      placeOf = createPlaces(zones)
      log.info('zones', zonesFields(zones))
      save()
    },
    onAttempt(error) {
      if (error === undefined) trouble.succeeded('zones')
      else trouble.failed('zones', error)
      tokenEnd.look(watch.zones()?.expires ?? null)
    },
  })
  const save = (): void =>
    void writeState(
      stateFile,
      { zones: watch.zones(), addresses: addresses.known(), resolvers: forwarding.resolvers() },
      log,
    )
  const stub = createStub({
    cache,
    edgeAnswers: createEdgeAnswers({
      cache,
      askEdge: askOf(link, pathOf(places.doh), trouble),
      isAway: link.isAway,
      counts,
      lull: createLull({
        arrived: () => counts.queries,
        nextTurn: setImmediate,
        now: () => performance.now(),
      }),
      now: Date.now,
    }),
    placeOf: (name) => placeOf?.(name),
    own: createOwnAnswers({
      zones: () => zoneNames(watch),
      isInZone: (name) => placeOf?.(name) === 'zone',
      status: createStatus({ edge: place.host, link, watch, forwarding, trouble, cache, counts }),
      edgeHost: place.hostname,
      edgeAddresses: addresses.known,
    }),
    outside: forwarding.outside,
    counts,
    now: Date.now,
    random: Math.random,
  })
  return {
    stub,
    link,
    watch,
    close() {
      watch.close()
      link.close()
    },
  }
}

/** Sends queries to a path of the edge, and notes failures. */
function askOf(link: EdgeLink, path: string, trouble: Trouble): (query: Uint8Array) => Promise<Uint8Array> {
  return async (query) => {
    try {
      const answer = await askEdge(link, path, query)
      trouble.succeeded('queries')
      return answer
    } catch (error) {
      trouble.failed('queries', error)
      throw error
    }
  }
}

type StatusParts = {
  readonly edge: string
  readonly link: EdgeLink
  readonly watch: ZonesWatch
  readonly forwarding: Pick<Forwarding, 'outside' | 'resolvers'>
  readonly trouble: Trouble
  readonly cache: AnswerCache
  readonly counts: StubCounts
}

function createStatus(parts: StatusParts): () => readonly string[] {
  const { edge, link, watch, forwarding, trouble, cache, counts } = parts
  const startedMs = Date.now()
  return () =>
    statusStrings(
      {
        startedMs,
        edge,
        connection: link.connection(),
        awaySinceMs: link.outage()?.sinceMs,
        lastError: trouble.last(),
        zones: zoneNames(watch),
        reverse: watch.zones()?.reverse ?? [],
        expires: watch.zones()?.expires ?? null,
        resolvers: forwarding.outside && forwarding.resolvers(),
        cache: cache.size(),
        counts,
      },
      Date.now(),
    )
}

function warnOfEnd(expires: string, log: Log): void {
  const reason =
    'connect needs a URL with a new token before that; get one from the people who run the cluster'
  log.warn('token ends soon', { expires, left: timeLeft(expires, Date.now()), reason })
}

function zoneNames(watch: ZonesWatch): readonly string[] {
  return watch.zones()?.zones.map(({ name }) => name) ?? []
}

function pathOf(url: string): string {
  return new URL(url).pathname
}

function zonesFields({ zones, reverse }: EdgeZones): Readonly<Record<string, unknown>> {
  return { names: zones.map(({ name }) => name).join(' '), reverse: reverse.join(' ') }
}
