import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { typeCode } from '../../../client/record-type.ts'
import { query } from '../../blackbox/ask.ts'
import type { Answer } from '../../conformance/answer.ts'
import { decodeAnswer } from '../../conformance/answer.ts'
import type { Question } from '../../conformance/context.ts'
import { readAnswer, type SeenAnswer, snapshotHeader } from './read-answer.ts'

/** A client of the edge, without proxies, over one persistent connection that is reopened if it breaks. */
export type EdgeClient = {
  /** Rejects if there is no answer within `answerWithinMs`. */
  see(question: Question): Promise<SeenAnswer>
  /** The answers in the order of the questions. */
  answers(questions: readonly Question[]): Promise<Answer[]>
  close(): void
}

/** Far more than an edge needs that shares two busy cores with a control plane. */
export const answerWithinMs = 15_000

type Raw = { readonly status: number; readonly header: string | undefined; readonly body: Buffer }

/** A client of the edge at a DoH URL; `caFile` is the PEM file of its authority. */
export function createEdgeClient(url: string, caFile: string): EdgeClient {
  const { origin, pathname } = new URL(url)
  const ca = readFileSync(caFile)
  let session: ClientHttp2Session | undefined
  const sessionNow = (): ClientHttp2Session => {
    if (session && !session.destroyed && !session.closed) return session
    session = connect(origin, { ca, servername: 'localhost' })
    session.on('error', () => {})
    return session
  }
  const ask = (question: Question): Promise<Raw> => send(sessionNow(), pathname, question)
  return {
    async see(question) {
      const sentMs = Date.now()
      const raw = await ask(question)
      return readAnswer(raw, { sentMs, receivedMs: Date.now() })
    },
    async answers(questions) {
      const raws = await Promise.all(questions.map(ask))
      return raws.map(({ status, body }) => {
        if (status !== 200) throw new Error(`HTTP ${status}`)
        return decodeAnswer(body)
      })
    },
    close: () => session?.destroy(),
  }
}

function send(session: ClientHttp2Session, path: string, { name, type }: Question): Promise<Raw> {
  const { promise, resolve, reject } = Promise.withResolvers<Raw>()
  const media = 'application/dns-message'
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': media, accept: media })
  const parts: Buffer[] = []
  let head: { status: number; header: string | undefined } | undefined
  stream.setTimeout(answerWithinMs, () => stream.destroy(new Error('no answer')))
  stream.on('response', (headers) => {
    const header = headers[snapshotHeader]
    head = { status: headers[':status'] ?? 0, header: header === undefined ? undefined : String(header) }
  })
  stream.on('data', (chunk: Buffer) => parts.push(chunk))
  stream.on('error', reject)
  stream.on('close', () =>
    head && stream.readableEnded
      ? resolve({ ...head, body: Buffer.concat(parts) })
      : reject(new Error('the stream was closed')),
  )
  stream.end(query(name.replace(/\.$/, ''), typeCode(type), { edns: true }))
  return promise
}
