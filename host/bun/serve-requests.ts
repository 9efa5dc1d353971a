import { faultText } from '../../worker/http/fault-text.ts'
import { internalError, plain } from '../../worker/http/plain-response.ts'
import type { DohResponse } from '../../worker/http/request.ts'
import type { Log } from '../../worker/ports.ts'
import type { Answer } from '../http/answer.ts'
import type { RunningRequests } from '../http/deadlines.ts'
import type { Limits } from '../http/limits.ts'
import type { BunServeOptions } from './bun-serve.ts'
import { type ReadRequest, readRequest } from './read-request.ts'
import { writeResponse } from './write-response.ts'

/** The response to a request that has no answer within `requestMs`. */
const overdue = plain(503, 'the request took too long')

/** The parts that all requests use. */
export type RequestParts = {
  readonly answer: Answer
  readonly requests: RunningRequests
  readonly limits: Limits
  readonly log: Log
}

/**
 * The `fetch` of Bun.serve: Request ─▶ DohRequest ─▶ answer ─▶ DohResponse ─▶ Response. Without a promise, and so without a
 * deadline, if the answer needs none. Never throws, never rejects.
 */
export function serveRequests({ answer, requests, limits, log }: RequestParts): BunServeOptions['fetch'] {
  const terms = { requests, bodyMs: limits.bodyMs }
  const write = (response: DohResponse, { isUnread }: ReadRequest): Response => {
    try {
      return writeResponse(response, isUnread)
    } catch (error) {
      log.warn('response cannot be sent', { error: faultText(error) })
      return writeResponse(internalError, true)
    }
  }
  return (request, server) => {
    const read = readRequest(request, server, terms)
    const answered = answer(read)
    if (!(answered instanceof Promise)) return write(answered, read)
    return new Promise((resolve) => {
      const running = requests.begin(limits.requestMs, () => resolve(writeResponse(overdue, true)))
      void answered.then((response) => {
        requests.end(running)
        resolve(write(response, read))
      })
    })
  }
}
