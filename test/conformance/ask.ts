import { typeCode } from '../../client/record-type.ts'
import { query } from '../blackbox/ask.ts'
import type { DnsPlaces } from '../blackbox/edge-under-test.ts'
import type { DnsTransport } from '../dns-client.ts'
import { type Answer, decodeAnswer } from './answer.ts'
import type { Question } from './context.ts'

/** A server to ask: a query → its answer. Rejects without one. */
export type Server = { send(query: Uint8Array): Promise<Uint8Array> }

/** A server by the URL of its DoH endpoint, and a fetch that trusts its certificate. */
export function dohServer(url: string, fetch: typeof globalThis.fetch): Server {
  const type = 'application/dns-message'
  return {
    async send(message) {
      const headers = { 'content-type': type, accept: type }
      const response = await fetch(url, { method: 'POST', headers, body: message as Uint8Array<ArrayBuffer> })
      const bytes = new Uint8Array(await response.arrayBuffer())
      if (response.status !== 200) throw new Error(`HTTP ${response.status}`)
      return bytes
    },
  }
}

/** A server over UDP, TCP or TLS. Over UDP it is asked again over TCP if the answer is truncated, as resolvers do. */
export async function dnsServer(
  { open }: DnsPlaces,
  transport: DnsTransport,
): Promise<Server & { close(): void }> {
  const first = await open(transport)
  const again = transport === 'udp' ? await open('tcp') : undefined
  return {
    async send(message) {
      const bytes = await first.ask(message)
      if (!again || ((bytes[2] ?? 0) & truncation) === 0) return bytes
      return again.ask(message)
    },
    close() {
      first.close()
      again?.close()
    },
  }
}

/** The number of concurrent questions. */
const lanes = 16

/** The bit of TC in the header's third byte. */
const truncation = 0x02

/** The bit of RA in the header's fourth byte. */
const recursionAvailable = 0x80

/** Asks one question, with OPT. Throws without an answer, and if it has RA clear, since kubedoh always sets RA. */
export async function askOne({ name, type }: Question, server: Server): Promise<Answer> {
  const body = query(name.replace(/\.$/, ''), typeCode(type), { edns: true })
  const bytes = await server.send(body).catch((error: unknown) => {
    throw new Error(`${name} ${type}: ${error instanceof Error ? error.message : String(error)}`)
  })
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
