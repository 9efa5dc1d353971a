import { faultText } from '../../worker/http/fault-text.ts'
import { internalError, plain } from '../../worker/http/plain-response.ts'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import type { Log, Meter, Tasks } from '../../worker/ports.ts'
import { BodyError } from './body.ts'

/** The edge: answers a request. Promises passed to `tasks` may continue after the response. */
export type Handler = (request: DohRequest, tasks: Tasks) => DohResponse | Promise<DohResponse>

/**
 * A request → its response, also when the handler fails. Never rejects, never throws. Without a promise if the handler
 * needs none, as for a repeated GET.
 */
export type Answer = (request: DohRequest) => DohResponse | Promise<DohResponse>

/**
 * Wraps a handler so that it always answers: 408 for a body that arrives too slowly; 500 without details for any
 * other failure, which is logged. A client that has left gets no response, and nothing is logged. `meter` counts the
 * responses.
 */
export function createAnswer(
  handler: Handler,
  tasks: Tasks,
  log: Log,
  meter: Pick<Meter, 'responded'> | undefined,
): Answer {
  const counted = (response: DohResponse): DohResponse => {
    meter?.responded(response.status)
    return response
  }
  const failed = (request: DohRequest, error: unknown): DohResponse => {
    if (error instanceof BodyError) return counted(plain(408, error.message))
    log.warn('request failed', { method: request.method, error: faultText(error) })
    return counted(internalError)
  }
  return (request) => {
    try {
      const response = handler(request, tasks)
      if (!(response instanceof Promise)) return counted(response)
      return response.then(counted, (error: unknown) => failed(request, error))
    } catch (error) {
      return failed(request, error)
    }
  }
}

/** Whether a response to this method with this status has a body (RFC 9110 §6.4.1). */
export function hasBody(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304
}

/** The response's body as bytes. */
export function bodyBytes(response: DohResponse): Uint8Array {
  return typeof response.body === 'string' ? Buffer.from(response.body) : response.body
}
