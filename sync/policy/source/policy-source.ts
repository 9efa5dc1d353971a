import type { Notify } from '../../events.ts'
import type { Log } from '../../log.ts'
import type { Policy } from '../policy.ts'
import type { ReadPolicy } from './merge.ts'
import { type PolicyText, readPolicy } from './read-policy.ts'

/** The source of an agent's access policy: files, or objects of the cluster. */
export type PolicySource = {
  /** Resolves when the source was read once, or cannot be read. */
  readonly ready: Promise<void>
  /** Resolves when the source has ended. Rejects with a fault of this program. */
  readonly done: Promise<void>
  /** The policy; undefined while it is broken: missing, unreadable, or with faults. The same object until it changes. */
  current(): Policy | undefined
  /** Calls `listener` after every change. */
  onChange(listener: () => void): void
  /** Takes why the policy cannot be published although it has no faults; undefined if it can. */
  report(problem: string | undefined): void
}

/** Takes what a source reads. */
export type PolicyIntake = Omit<PolicySource, 'done'> & {
  /** All texts of the source as they are now. Resolves when they are in force. */
  take(texts: readonly PolicyText[]): Promise<void>
}

/** The number of faults that a log line names. */
const shownProblems = 5

type State = {
  readonly log: Log
  readonly notify: Notify | undefined
  readonly check: (policy: Policy) => readonly string[]
  readonly listeners: (() => void)[]
  /** The texts read last, to recognise an unchanged source. */
  texts: string | undefined
  read: ReadPolicy
  reported: string | undefined
}

/** Makes an intake. `check` returns why this agent cannot publish a policy that has no faults. */
export function createPolicyIntake(ports: {
  readonly log: Log
  readonly notify?: Notify | undefined
  readonly check?: (policy: Policy) => readonly string[]
}): PolicyIntake {
  const ready = Promise.withResolvers<void>()
  const state: State = {
    log: ports.log,
    notify: ports.notify,
    check: ports.check ?? (() => []),
    listeners: [],
    texts: undefined,
    read: { problems: ['it was not read yet'] },
    reported: undefined,
  }
  return {
    ready: ready.promise,
    current: () => ('policy' in state.read ? state.read.policy : undefined),
    onChange: (listener) => void state.listeners.push(listener),
    report: (problem) => {
      if (problem === state.reported) return
      state.reported = problem
      if (problem === undefined) announce(state)
      else sayBroken(state, [problem])
    },
    take: async (texts) => {
      if (await take(state, texts)) for (const listener of state.listeners) listener()
      ready.resolve()
    },
  }
}

/** Resolves to whether the policy may have changed. */
async function take(state: State, texts: readonly PolicyText[]): Promise<boolean> {
  const id = JSON.stringify(texts)
  if (id === state.texts) return false
  state.texts = id
  const read = await readPolicy(texts)
  // Later texts may have been read meanwhile.
  if (state.texts !== id) return false
  const problems = 'policy' in read ? state.check(read.policy) : []
  state.read = problems.length > 0 ? { problems } : read
  state.reported = undefined
  announce(state)
  return true
}

function announce(state: State): void {
  const { read, log, notify } = state
  if ('problems' in read) return sayBroken(state, read.problems)
  const { tokens, minting, networks, anonymous } = read.policy
  log.info('policy read', {
    ...{ tokens: tokens.length, minting: minting.length, networks: networks.length },
    anonymous: anonymous !== null,
  })
  notify?.({ kind: 'policy', problems: [] })
}

function sayBroken({ log, notify }: State, problems: readonly string[]): void {
  log.warn('policy broken, the last good one stays in force', {
    problems: problems.slice(0, shownProblems),
    ...(problems.length > shownProblems && { more: problems.length - shownProblems }),
  })
  notify?.({ kind: 'policy', problems })
}
