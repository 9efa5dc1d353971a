import { type Notice, type Notify, shortName } from '../events.ts'
import type { Resource } from '../kube/resources.ts'

/** One thing that must be well. */
export type Check = {
  readonly name: string
  /** Why it is not well, or undefined. */
  problem(): string | undefined
}

/** The two questions that kubelets ask, and the notices that the answers follow from. */
export type Health = {
  readonly notify: Notify
  /** Is the process itself well? The API's or the edge's absence is no reason to start it anew. */
  readonly livez: readonly Check[]
  /** Has this replica done its part: published, or standing by? */
  readonly readyz: readonly Check[]
}

export type HealthPorts = {
  readonly resources: readonly Resource[]
  readonly hasLease: boolean
  /** A clock that only goes forward, in ms. */
  readonly steadyMs: () => number
}

/**
 * The longest that a loop may be silent beside what it said it would wait: pages and requests have a minute at
 * most, a watch is given up after two without a sign of life, and a paused machine needs a moment.
 */
const maxSilenceMs = 240_000

type Loop = { deadlineMs: number }
type State = {
  readonly reflectors: Map<string, Loop & { synced: boolean }>
  readonly agent: Loop
  readonly election: Loop
  lease: { readonly known: boolean; readonly leading: boolean }
  published: boolean
}

/** The health of an agent that watches these resources. */
export function createHealth({ resources, hasLease, steadyMs }: HealthPorts): Health {
  const soon = (): number => steadyMs() + maxSilenceMs
  const state: State = {
    reflectors: new Map(resources.map((each) => [shortName(each), { deadlineMs: soon(), synced: false }])),
    // Until everything was listed there is nothing to do for it.
    agent: { deadlineMs: Number.POSITIVE_INFINITY },
    election: { deadlineMs: soon() },
    lease: { known: !hasLease, leading: !hasLease },
    published: false,
  }
  const alive = (name: string, loop: Loop): Check => ({
    name,
    problem: () => (steadyMs() > loop.deadlineMs ? 'no progress for too long' : undefined),
  })
  const reflectors = [...state.reflectors].map(([name, loop]) => ({ name: `reflector-${name}`, loop }))
  return {
    notify: (notice) => take(state, notice, soon),
    livez: [
      { name: 'ping', problem: () => undefined },
      ...reflectors.map(({ name, loop }) => alive(name, loop)),
      ...(hasLease ? [alive('election', state.election)] : []),
      alive('publisher', state.agent),
    ],
    readyz: [
      { name: 'ping', problem: () => undefined },
      ...reflectors.map(({ name, loop }) => ({
        name,
        problem: () => (loop.synced ? undefined : 'not listed completely yet'),
      })),
      ...(hasLease
        ? [{ name: 'leader', problem: () => (state.lease.known ? undefined : 'not known who leads') }]
        : []),
      { name: 'published', problem: () => publishProblem(state) },
    ],
  }
}

/**
 * `/livez` or `/readyz` as Kubernetes' own components answer it: 'ok' when all is well, and every check on a
 * line of its own when that was asked for or is not so.
 */
export function healthAnswer(
  endpoint: 'livez' | 'readyz',
  checks: readonly Check[],
  verbose: boolean,
): { readonly status: 200 | 503; readonly text: string } {
  const outcomes = checks.map((check) => ({ name: check.name, problem: check.problem() }))
  const good = outcomes.every(({ problem }) => problem === undefined)
  if (good && !verbose) return { status: 200, text: 'ok' }
  const lines = outcomes.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  )
  const verdict = `${endpoint} check ${good ? 'passed' : 'failed'}`
  return { status: good ? 200 : 503, text: [...lines, verdict, ''].join('\n') }
}

function take(state: State, notice: Notice, soon: () => number): void {
  if ('resource' in notice) {
    const loop = state.reflectors.get(shortName(notice.resource))
    if (!loop) return
    if (notice.kind === 'listed') loop.synced = true
    loop.deadlineMs = soon() + (notice.kind === 'interrupted' ? notice.retryMs : 0)
  } else if (notice.kind === 'lease') {
    state.lease = notice
    state.election.deadlineMs = soon()
  } else {
    if (notice.kind === 'round') state.published = true
    state.agent.deadlineMs = soon() + agentWaitMs(notice)
  }
}

function agentWaitMs(notice: Notice): number {
  if (notice.kind === 'standby') return Number.POSITIVE_INFINITY
  return notice.kind === 'waiting' ? notice.waitMs : 0
}

function publishProblem({ published, lease }: State): string | undefined {
  if (published || (lease.known && !lease.leading)) return undefined
  return 'nothing published yet'
}
