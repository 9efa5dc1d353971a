import type { Answer } from './answer.ts'
import type { Endpoint } from './endpoints.ts'
import { QueryError } from './errors.ts'
import type { Asked } from './questions.ts'

/** What several servers said to one question, in the order of the servers. */
export type Outcome = { readonly answers: readonly Answer[]; readonly failures: readonly QueryError[] }

/**
 * Asks one question at all endpoints at once. A server without an answer is a failure of the outcome. Throws QueryError
 * OPTION_* for a wrong option, name or type, which no server can answer.
 */
export async function askEndpoints(endpoints: readonly Endpoint[], question: Asked): Promise<Outcome> {
  const settled = await Promise.allSettled(endpoints.map((endpoint) => endpoint.ask(question)))
  const answers: Answer[] = []
  const failures: QueryError[] = []
  for (const one of settled) {
    if (one.status === 'fulfilled') answers.push(one.value)
    else if (one.reason instanceof QueryError && !one.reason.code.startsWith('OPTION_'))
      failures.push(one.reason)
    else throw one.reason
  }
  return { answers, failures }
}
