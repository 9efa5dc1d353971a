import type { Counts } from './counts.ts'
import type { Heard } from './doh-messages.ts'
import { type Asked, expectedAnswer } from './expected-answer.ts'
import type { History } from './history.ts'
import type { Isolate } from './isolate.ts'
import { ModelError, type Wrong } from './model-error.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The upper bound of a query's duration, for any behaviour of the store (ms). */
export const maxQueryMs = 10_000

/** A query without an answer yet, with the state at its start. */
export type PendingQuery = {
  readonly isolate: Isolate
  readonly asked: Asked
  readonly atMs: number
  /** The newest generation in an answer for this name before this query began. */
  readonly floor: number
}

/** Checks every answer against the rules. All methods throw ModelError if a rule is broken. */
export type AnswerChecker = {
  begin(isolate: Isolate, asked: Asked): PendingQuery
  hear(pending: PendingQuery, heard: Heard): void
  /** Checks that the isolate's view does not go back to an older one. */
  look(isolate: Isolate): void
  /** Checks that the register had accepted the generation of every answer. */
  close(): void
}

/** A checker; `isLasting` is true for names that exist in every state of the cluster. */
export function createAnswerChecker(
  time: VirtualTime,
  history: History,
  counts: Counts,
  isLasting: (name: string) => boolean,
): AnswerChecker {
  const byName = new Map<string, number>()
  const views = new Map<number, { generation: number; term: number }>()
  const seen = new Set<number>()

  function begin(isolate: Isolate, asked: Asked): PendingQuery {
    const floor = byName.get(`${isolate.id} ${asked.name}`) ?? 0
    return { isolate, asked, atMs: time.now(), floor }
  }

  function hear(pending: PendingQuery, heard: Heard): void {
    const { isolate, asked, atMs, floor } = pending
    const fail = (wrong: Wrong, why: string): never => {
      const when = new Date(time.now()).toISOString()
      throw new ModelError(wrong, `${when} isolate ${isolate.id}, ${asked.name} ${asked.type}: ${why}`)
    }
    const tookMs = time.now() - atMs
    if (tookMs > maxQueryMs) fail('liveness', `answered after ${tookMs} ms`)
    look(isolate)
    if (heard.rcode === 'SERVFAIL') {
      counts.count(`answer SERVFAIL, EDE ${heard.ede}`)
      return
    }
    if (heard.generation === undefined) return fail('answer', `${heard.rcode} without a generation`)
    if (heard.rcode === 'NXDOMAIN' && isLasting(asked.name))
      fail('nxdomain', 'the name exists in every state')
    if (heard.generation < floor) fail('backwards', `generation ${heard.generation} after ${floor}`)
    byName.set(
      `${isolate.id} ${asked.name}`,
      Math.max(floor, heard.generation, byName.get(`${isolate.id} ${asked.name}`) ?? 0),
    )
    const matching = history
      .numbered(heard.generation)
      .filter(({ objects }) => expectedAnswer(asked, objects) === heard.told)
    const [match] = matching
    if (!match) {
      const expected = history.numbered(heard.generation).map(({ objects }) => expectedAnswer(asked, objects))
      return fail(
        'answer',
        `generation ${heard.generation} has ${expected.join(' or ') || 'no answer'}, but the answer is ${heard.told}`,
      )
    }
    seen.add(heard.generation)
    const ageMs = atMs - match.root.asOfMs
    if (ageMs > match.root.expiresAfterMs) fail('age', `answered with data that is ${ageMs} ms old`)
    if (heard.rcode === 'NXDOMAIN' && ageMs > match.root.staleAfterMs)
      fail('age', `NXDOMAIN after ${ageMs} ms`)
    countAnswer(heard, isolate)
  }

  function countAnswer(heard: Heard, isolate: Isolate): void {
    const view = isolate.view()?.root.generation
    const isOlder = view !== undefined && heard.generation !== undefined && heard.generation < view
    const isNewest = heard.generation === history.newest()?.root.generation
    counts.count(`answer ${heard.rcode}${heard.ede === undefined ? '' : `, EDE ${heard.ede}`}`)
    counts.count(isNewest ? 'answer of the newest' : 'answer of an older')
    if (isOlder) counts.count('answer of the view before')
  }

  function look(isolate: Isolate): void {
    const root = isolate.view()?.root
    const before = views.get(isolate.id)
    if (before && !root) throw new ModelError('backwards', `isolate ${isolate.id} lost its view`)
    if (!root) return
    const { generation, term } = root
    const ahead = before ? generation - before.generation || term - before.term : 1
    if (ahead < 0)
      throw new ModelError(
        'backwards',
        `isolate ${isolate.id} holds ${generation} after ${before?.generation}`,
      )
    if (ahead > 0 && before) counts.count('views adopted')
    views.set(isolate.id, { generation, term })
  }

  function close(): void {
    for (const generation of seen) {
      if (!history.numbered(generation).some(({ accepted }) => accepted)) {
        throw new ModelError('unaccepted', `an answer has generation ${generation}`)
      }
    }
  }
  return { begin, hear, look, close }
}
