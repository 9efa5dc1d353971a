import type { Check, Probes } from '../../observe/health-checks.ts'
import { type AgentEvent, type Notify, type PublishEvent, shortName } from '../events.ts'
import type { Resource } from '../kube/resources.ts'

/**
 * The checks of the two probes, which follow from an agent's events. `livez`: an unreachable API or edge is not a reason to
 * restart the process. `readyz` passes once this replica has published to an edge, or while another one leads; it warns
 * about edges that have no snapshot of this replica yet.
 */
export type Health = Probes & { readonly notify: Notify }

export type HealthPorts = {
  readonly resources: readonly Resource[]
  readonly hasLease: boolean
  /** The base URLs of the edges that it publishes to. */
  readonly edges: readonly string[]
  /** A monotonic clock (ms). */
  readonly steadyMs: () => number
}

/**
 * How long a loop may be silent in addition to its announced wait (ms): a page or request may take a minute, a watch
 * two minutes without a bookmark, and a paused machine some time to recover.
 */
const maxSilenceMs = 240_000

type Loop = { deadlineMs: number }
type State = {
  readonly reflectors: Map<string, Loop & { synced: boolean }>
  readonly edges: Map<string, Loop & { published: boolean }>
  readonly election: Loop
  lease: { readonly known: boolean; readonly leading: boolean }
  isPolicyBroken: boolean
}

/** The health of an agent that watches these resources. */
export function createHealth({ resources, hasLease, edges, steadyMs }: HealthPorts): Health {
  const soon = (): number => steadyMs() + maxSilenceMs
  const state: State = {
    reflectors: new Map(resources.map((each) => [shortName(each), { deadlineMs: soon(), synced: false }])),
    // A publisher has nothing to do until all kinds were listed.
    edges: new Map(edges.map((url) => [url, { deadlineMs: Number.POSITIVE_INFINITY, published: false }])),
    election: { deadlineMs: soon() },
    lease: { known: !hasLease, leading: !hasLease },
    isPolicyBroken: false,
  }
  const alive = (name: string, loop: Loop): Check => ({
    name,
    problem: () => (steadyMs() > loop.deadlineMs ? 'no progress for too long' : undefined),
  })
  const reflectors = [...state.reflectors].map(([name, loop]) => ({ name: `reflector-${name}`, loop }))
  return {
    notify: (event) => take(state, event, soon),
    livez: [
      ...reflectors.map(({ name, loop }) => alive(name, loop)),
      ...(hasLease ? [alive('election', state.election)] : []),
      // Numbered in the order of the options: their URLs are not for everybody who reaches the port.
      ...[...state.edges.values()].map((loop, index) =>
        alive(edges.length > 1 ? `publisher-${index + 1}` : 'publisher', loop),
      ),
    ],
    readyz: [
      ...reflectors.map(({ name, loop }) => ({
        name,
        problem: () => (loop.synced ? undefined : 'not listed completely yet'),
      })),
      ...(hasLease
        ? [{ name: 'leader', problem: () => (state.lease.known ? undefined : 'the leader is not known') }]
        : []),
      { name: 'published', problem: () => publishProblem(state), warning: () => publishWarning(state) },
      // An agent with a broken policy still publishes, with the last good one.
      { name: 'policy', problem: () => undefined, warning: () => policyWarning(state) },
    ],
  }
}

function take(state: State, event: AgentEvent, soon: () => number): void {
  if ('resource' in event) {
    const loop = state.reflectors.get(shortName(event.resource))
    if (!loop) return
    if (event.kind === 'listed') loop.synced = true
    loop.deadlineMs = soon() + (event.kind === 'interrupted' ? event.retryMs : 0)
  } else if (event.kind === 'policy') {
    state.isPolicyBroken = event.problems.length > 0
  } else if (event.kind === 'lease') {
    state.lease = event
    state.election.deadlineMs = soon()
  } else {
    const loop = state.edges.get(event.edge)
    if (!loop) return
    if (event.kind === 'round') loop.published = true
    loop.deadlineMs = soon() + publisherWaitMs(event)
  }
}

function publisherWaitMs(event: PublishEvent): number {
  if (event.kind === 'standby') return Number.POSITIVE_INFINITY
  return event.kind === 'waiting' ? event.waitMs : 0
}

function publishProblem({ edges, lease }: State): string | undefined {
  const isPublished = [...edges.values()].some((edge) => edge.published)
  if (isPublished || (lease.known && !lease.leading)) return undefined
  return 'nothing published yet'
}

/** Without the URLs: anybody who reaches the port can read this. */
function publishWarning({ edges }: State): string | undefined {
  const missing = [...edges.values()].filter((edge) => !edge.published).length
  if (missing === 0 || missing === edges.size) return undefined
  return `nothing published yet to ${missing} of ${edges.size} edges; see the log`
}

/** Without the faults, which may name namespaces: anybody who reaches the port can read this. */
function policyWarning({ isPolicyBroken }: State): string | undefined {
  return isPolicyBroken
    ? 'the access policy is broken and the last good one is in force; see the log'
    : undefined
}
