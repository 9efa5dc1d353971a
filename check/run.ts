import { TYPE } from '../dns/code.ts'
import { type Message, rcodeOf } from '../dns/message/read-message.ts'
import { messageOf } from './expect.ts'
import { byPost } from './query.ts'
import type { Ask, Facts, Got, Row } from './row.ts'

/** Sends one request of a row. Never rejects: failures are in the result. */
export type Send = (ask: Ask) => Promise<Got>

/** A Send that records the responses. */
export type Recorder = { readonly send: Send; readonly received: readonly Got[] }

/** A Send → one that keeps every response in `received`, in the order of the responses. */
export function createRecorder(send: Send): Recorder {
  const received: Got[] = []
  return {
    received,
    async send(ask) {
      const got = await send(ask)
      received.push(got)
      return got
    },
  }
}

/** The verdict on a row, with its requests and responses. */
export type Result = {
  readonly row: Row
  readonly verdict: 'pass' | 'fail' | 'skip'
  /** The fault, or the reason why the row was skipped. */
  readonly why: string | undefined
  readonly asks: readonly Ask[]
  readonly gots: readonly Got[]
}

/** Names that are likely to exist at a resolver, or at a server for clusters. */
const likely = ['example.com', 'kubernetes.default.svc.cluster.local']

/**
 * Looks for the facts that rows depend on: whether `name`, or one of the likely names, has addresses.
 */
export async function learn(
  { send, received }: Recorder,
  isTls: boolean,
  name: string | undefined,
): Promise<Facts> {
  for (const candidate of name === undefined ? likely : [name]) {
    const message = messageOf(await send(byPost({ name: candidate })))
    if (typeof message !== 'string' && hasAddress(message))
      return { isTls, name: candidate, known: message, received }
  }
  return { isTls, name: undefined, known: undefined, received }
}

function hasAddress(message: Message): boolean {
  return rcodeOf(message) === 0 && message.answers.some(({ type }) => type === TYPE.A)
}

/** Runs one row. */
export async function runRow(row: Row, facts: Facts, send: Send): Promise<Result> {
  const skip = unmet(row, facts)
  if (skip !== undefined) return { row, verdict: 'skip', why: skip, asks: [], gots: [] }
  const asks = row.ask(facts)
  const gots: Got[] = []
  for (const ask of asks) gots.push(await send(ask))
  const complaint = row.judge(gots, facts)
  if (complaint === undefined) return { row, verdict: 'pass', why: undefined, asks, gots }
  if (typeof complaint === 'string') return { row, verdict: 'fail', why: complaint, asks, gots }
  return { row, verdict: 'skip', why: complaint.skip, asks, gots }
}

function unmet({ needs }: Row, facts: Facts): string | undefined {
  if (needs === 'tls' && !facts.isTls) return 'the endpoint is not https'
  if (needs === 'name' && facts.name === undefined) return 'no name with an address is known; use --name'
  return undefined
}
