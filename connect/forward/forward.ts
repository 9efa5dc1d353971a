import { EDE, type ExtendedError, RCODE, TYPE } from '../../dns/code.ts'
import { cutReply } from '../../dns/message/cut-reply.ts'
import { type Message, rcodeOf } from '../../dns/message/read-message.ts'
import type { Query } from '../../dns/message/read-query.ts'
import { writeReply } from '../../dns/message/write-reply.ts'
import { askInTurn } from './ask-in-turn.ts'
import { askResolver } from './ask-resolver.ts'
import type { Resolver } from './resolver.ts'
import { createResolverOrder } from './resolver-order.ts'
import { withId } from './with-id.ts'

/** The limits of forwarding. */
export type ForwardLimits = {
  /** The time after which the next resolver is asked as well (ms). */
  readonly stepMs: number
  /** The time until a query has no answer (ms): below the 5 s after which libc gives up (resolv.conf(5), `timeout`). */
  readonly totalMs: number
  /** The time for an answer over TCP after a truncated one (ms). */
  readonly tcpMs: number
  /** How long a silent resolver is used last (ms). */
  readonly silentMs: number
  /** The most different queries that wait for resolvers at the same time; each has a socket for each resolver asked. */
  readonly maxWaiting: number
}

/** The limits where no others are given. */
export const forwardDefaults: ForwardLimits = {
  stepMs: 1_000,
  totalMs: 4_500,
  tcpMs: 1_500,
  silentMs: 30_000,
  maxWaiting: 500,
}

/** The parts of forwarding. */
export type ForwardParts = {
  readonly resolvers: readonly Resolver[]
  /** 0 to 65535, unpredictable. */
  readonly randomId: () => number
  /** A clock that does not jump (ms). */
  readonly now: () => number
  /** The limits that differ from the defaults. */
  readonly limits?: Partial<ForwardLimits>
}

/** A checked query of a client. */
export type ForwardedQuery = {
  readonly query: Query
  /** The same query in wire form, without the options that belong to the client's transport. */
  readonly message: Uint8Array
  readonly transport: 'udp' | 'tcp'
  /** The most bytes of the answer. */
  readonly maxBytes: number
}

/** Forwarding to resolvers. */
export type Forward = {
  /**
   * Answers a query with the bytes of a resolver's answer, cut at whole records where the client takes less. Without an answer
   * it is SERVFAIL with EDE 23 (RFC 8914 §4.24), and never NXDOMAIN. Never rejects.
   */
  answer(asked: ForwardedQuery): Promise<Uint8Array>
  /** The answer to a query in wire form, over UDP first; undefined if no resolver answers. Never rejects. */
  ask(message: Uint8Array): Promise<Message | undefined>
  /** Uses other resolvers for new queries. */
  useResolvers(resolvers: readonly Resolver[]): void
  /** The resolvers in use, as configured or found. */
  resolvers(): readonly Resolver[]
}

/**
 * Forwards queries to the resolvers that a machine used before the stub. Equal queries that wait share one answer, since
 * several equal ones would make a forged answer more likely (RFC 5452 §5). Nothing is kept after an answer.
 */
export function createForward(parts: ForwardParts): Forward {
  const { randomId, now } = parts
  const limits = { ...forwardDefaults, ...parts.limits }
  const { stepMs, totalMs, tcpMs } = limits
  let resolvers = parts.resolvers
  const order = createResolverOrder(resolvers, { silentMs: limits.silentMs, now })
  const waiting = new Map<string, Promise<Message | undefined>>()

  async function ask(message: Uint8Array, transport: 'udp' | 'tcp'): Promise<Message | undefined> {
    const inOrder = order.inOrder()
    if (inOrder.length === 0) return undefined
    return askInTurn<Message>({
      resolvers: inOrder,
      ask: (resolver, signal) =>
        askResolver(resolver, { message, transport, randomId, resendMs: totalMs, tcpMs, signal }),
      isFailure: (answer) => failures.has(rcodeOf(answer)),
      stepMs,
      totalMs,
      onSilent: order.silent,
      onAnswer: order.answered,
    })
  }

  function shared({ message, transport }: ForwardedQuery): Promise<Message | undefined> | undefined {
    const key = `${transport}${Buffer.from(message.buffer, message.byteOffset + 2, message.length - 2).toString('latin1')}`
    const earlier = waiting.get(key)
    if (earlier || waiting.size >= limits.maxWaiting) return earlier
    const begun = ask(message, transport).finally(() => waiting.delete(key))
    waiting.set(key, begun)
    return begun
  }

  return {
    async answer(asked) {
      const { query, maxBytes } = asked
      const { type } = query.question
      if (type === TYPE.AXFR || type === TYPE.IXFR) return refusal(asked)
      if (resolvers.length === 0) return outage(asked, 'no resolver is known for names outside the zones')
      const answer = shared(asked)
      if (!answer) return outage(asked, `${limits.maxWaiting} queries wait for other resolvers already`)
      const found = await answer
      if (!found) return outage(asked, 'the resolvers for names outside the zones do not answer')
      return cutReply(withId(found.bytes, query.id), maxBytes)
    },
    ask: (message) => ask(message, 'udp'),
    useResolvers(others) {
      resolvers = others
      order.use(others)
    },
    resolvers: () => resolvers,
  }
}

/** Answers after which another resolver is asked. */
const failures: ReadonlySet<number> = new Set([RCODE.SERVFAIL, RCODE.REFUSED])

function outage(asked: ForwardedQuery, text: string): Uint8Array {
  return withoutRecords(asked, RCODE.SERVFAIL, { code: EDE.NETWORK_ERROR, text })
}

/** Zone transfers have more than one message (RFC 5936 §2.2). */
function refusal(asked: ForwardedQuery): Uint8Array {
  return withoutRecords(asked, RCODE.REFUSED, { code: EDE.OTHER, text: 'zone transfers are not forwarded' })
}

function withoutRecords(
  { query, maxBytes }: ForwardedQuery,
  rcode: typeof RCODE.SERVFAIL | typeof RCODE.REFUSED,
  error: ExtendedError,
): Uint8Array {
  const sections = { answers: [], authority: [], additional: [] }
  return writeReply(query, { rcode, authoritative: false, ...sections, error }, maxBytes)
}
