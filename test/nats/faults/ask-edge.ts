import { TYPE } from '../../../dns/code.ts'
import { snapshotHeader } from '../../../worker/http/snapshot-header.ts'
import { query } from '../../blackbox/ask.ts'
import { readAnswer } from '../../cluster/chaos/read-answer.ts'
import type { AnswerFact } from './history.ts'

/** Far more than an edge needs on a busy machine; an edge that waits for its store would exceed it. */
const answerWithinMs = 10_000

/** Asks an edge for the A records of a name. Never rejects: no answer is a fact as well. */
export async function askEdge(url: string, edge: number, name: string): Promise<AnswerFact> {
  const sentMs = performance.now()
  try {
    const response = await fetch(`${url}/dns-query`, {
      method: 'POST',
      headers: { 'content-type': 'application/dns-message' },
      body: query(name, TYPE.A) as Uint8Array<ArrayBuffer>,
      signal: AbortSignal.timeout(answerWithinMs),
    })
    const body = Buffer.from(await response.arrayBuffer())
    const endedMs = performance.now()
    const header = response.headers.get(snapshotHeader) ?? undefined
    const seen = readAnswer({ status: response.status, header, body }, { sentMs, receivedMs: endedMs })
    return { edge, name, generation: seen.snapshot?.generation, text: seen.text, sentMs, endedMs }
  } catch (error) {
    const why = error instanceof Error ? `${error.message}${causeOf(error)}` : String(error)
    return { edge, name, generation: undefined, text: 'none', why, sentMs, endedMs: performance.now() }
  }
}

function causeOf({ cause }: Error): string {
  return cause instanceof Error ? ` (${cause.message})` : ''
}
