import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { typeCode } from '../../../client/record-type.ts'
import { query } from '../../blackbox/ask.ts'
import { type Answer, decodeAnswer } from '../../conformance/answer.ts'
import type { Question } from '../../conformance/context.ts'

/** One HTTP/2 connection to an edge. */
export type EdgeClient = {
  /** The answers in the order of the questions. Rejects on anything but a DNS message. */
  ask(questions: readonly Question[]): Promise<Answer[]>
  close(): void
}

/** Questions under way at once, each a stream. */
const streams = 64

/** Connects to the edge behind a DoH URL. `caFile` is the PEM file of its authority. */
export function connectEdge(url: string, caFile: string): EdgeClient {
  const { origin, pathname } = new URL(url)
  const session = connect(origin, { ca: readFileSync(caFile), servername: 'localhost' })
  session.on('error', () => {}) // Each request gets the error as well.
  return {
    async ask(questions) {
      const answers: Answer[] = []
      const waiting = questions.entries()
      const lane = async (): Promise<void> => {
        for (const [at, question] of waiting) answers[at] = await askOne(session, pathname, question)
      }
      await Promise.all(Array.from({ length: streams }, lane))
      return answers
    },
    close: () => session.close(),
  }
}

function askOne(session: ClientHttp2Session, path: string, { name, type }: Question): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const media = 'application/dns-message'
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': media, accept: media })
  const parts: Buffer[] = []
  let status: number | undefined
  stream.setTimeout(20_000, () => stream.destroy(new Error(`${name} ${type}: kubedoh does not answer`)))
  stream.on('response', (headers) => (status = headers[':status']))
  stream.on('data', (chunk: Buffer) => parts.push(chunk))
  stream.on('error', reject)
  stream.on('end', () => {
    try {
      if (status !== 200) throw new Error(`HTTP ${status}`)
      resolve(decodeAnswer(Buffer.concat(parts)))
    } catch (error) {
      reject(new Error(`${name} ${type}: ${String(error)}`, { cause: error }))
    }
  })
  stream.end(query(name.replace(/\.$/, ''), typeCode(type), { edns: true }))
  return promise
}
