import type { Resolver } from './resolver.ts'

/** One query for several resolvers. `T` is an answer. */
export type InTurn<T> = {
  /** In the order to use; not empty. */
  readonly resolvers: readonly Resolver[]
  /** Asks one resolver. It ends at the signal, and rejects when the resolver cannot be reached. */
  ask(resolver: Resolver, signal: AbortSignal): Promise<T>
  /** True for an answer that another resolver may know better, such as SERVFAIL. */
  isFailure(answer: T): boolean
  /** The time after which the next resolver is asked as well (ms). */
  readonly stepMs: number
  /** The time after which the query has no answer (ms). */
  readonly totalMs: number
  /** Called for a resolver that did not answer within `stepMs`. */
  onSilent(resolver: Resolver): void
  /** Called for a resolver that answered. */
  onAnswer(resolver: Resolver): void
}

/**
 * Asks resolvers one after another until one answers: the next one after a failure at once, and after silence in addition to
 * those asked before, whose late answers still count. After the last resolver the first one follows again, since datagrams get
 * lost; one that failed is not asked again. Resolves to the first answer, else to the last failure, else to undefined.
 * Never rejects.
 */
export function askInTurn<T>(turn: InTurn<T>): Promise<T | undefined> {
  const { resolvers, ask, isFailure, stepMs, totalMs, onSilent, onAnswer } = turn
  return new Promise((resolve) => {
    const ended = new AbortController()
    const failed = new Set<Resolver>()
    const waiting: Resolver[] = []
    let asked = 0
    let failure: T | undefined
    let step: NodeJS.Timeout | undefined

    const finish = (answer: T | undefined): void => {
      if (ended.signal.aborted) return
      clearTimeout(total)
      clearTimeout(step)
      ended.abort()
      resolve(answer)
    }
    const fail = (resolver: Resolver, answer?: T): void => {
      if (ended.signal.aborted) return
      failed.add(resolver)
      failure = answer ?? failure
      if (asked < resolvers.length) askNext()
      else if (waiting.every((one) => failed.has(one))) finish(failure)
    }
    const attempt = async (resolver: Resolver): Promise<void> => {
      waiting.push(resolver)
      try {
        const answer = await ask(resolver, ended.signal)
        if (ended.signal.aborted) return
        onAnswer(resolver)
        if (isFailure(answer)) fail(resolver, answer)
        else finish(answer)
      } catch {
        fail(resolver)
      }
    }
    const askNext = (): void => {
      clearTimeout(step)
      step = setTimeout(() => {
        for (const resolver of waiting) if (!failed.has(resolver)) onSilent(resolver)
        askNext()
      }, stepMs)
      for (let tried = 0; tried < resolvers.length; tried++) {
        const resolver = resolvers[asked++ % resolvers.length]
        if (resolver && !failed.has(resolver)) return void attempt(resolver)
      }
    }
    const total = setTimeout(() => finish(failure), totalMs)
    askNext()
  })
}
