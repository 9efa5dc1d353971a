import { typeCode } from '../../client/record-type.ts'
import { query } from '../blackbox/ask.ts'
import { type Answer, decodeAnswer } from './answer.ts'
import type { Question } from './context.ts'

/** A server to ask: the URL of its DoH endpoint, and a fetch that trusts its certificate. */
export type Server = { readonly url: string; readonly fetch: typeof fetch }

/** The number of concurrent questions. */
const lanes = 16

/** The bit of RA in the header's fourth byte. */
const recursionAvailable = 0x80

/**
 * Asks one question by POST, with OPT. Throws if the response is not a DNS message, or has RA clear, since kubedoh always
 * sets RA.
 */
export async function askOne({ name, type }: Question, server: Server): Promise<Answer> {
  const body = query(name.replace(/\.$/, ''), typeCode(type), { edns: true })
  const response = await server.fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/dns-message', accept: 'application/dns-message' },
    body: body as Uint8Array<ArrayBuffer>,
  })
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (response.status !== 200) throw new Error(`${name} ${type}: HTTP ${response.status}`)
  if (((bytes[3] ?? 0) & recursionAvailable) === 0) throw new Error(`${name} ${type}: an answer without RA`)
  return decodeAnswer(bytes)
}

/** Asks all questions, several at a time; `each` gets every answer or failure, in any order. */
export async function askAll<Q extends Question>(
  questions: readonly Q[],
  server: Server,
  each: (question: Q, answer: Answer | Error) => void,
): Promise<void> {
  const waiting = questions.values()
  const lane = async (): Promise<void> => {
    for (const question of waiting) {
      try {
        each(question, await askOne(question, server))
      } catch (error) {
        each(question, error instanceof Error ? error : new Error(String(error)))
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
