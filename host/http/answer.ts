import { internalError, plain } from '../../worker/http/plain-response.ts'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import type { Log, Tasks } from '../../worker/ports.ts'
import { BodyError } from './body.ts'

/** The edge, as the server sees it. What `tasks` is given may go on after the response. */
export type Handler = (request: DohRequest, tasks: Tasks) => DohResponse | Promise<DohResponse>

/** A request → its response, whatever happens. Never rejects, never throws. */
export type Answer = (request: DohRequest) => Promise<DohResponse>

/**
 * Guards a handler: a body that came too slowly becomes 408, any other failure is logged and becomes 500
 * without details. When the client has left, the response goes nowhere, and nothing is logged.
 */
export function createAnswer(handler: Handler, tasks: Tasks, log: Log): Answer {
  return async (request) => {
    try {
      return await handler(request, tasks)
    } catch (error) {
      if (error instanceof BodyError) return plain(408, error.message)
      log.warn('request failed', { method: request.method, error: describe(error) })
      return internalError
    }
  }
}

/** An error with its stack, for the log. The path is never logged: it may hold a token. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error)
}

/** Does a response with this status, to this method, have a body (RFC 9110 §6.4.1)? */
export function hasBody(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304
}

/** The response's body as bytes. */
export function bodyBytes(response: DohResponse): Uint8Array {
  return typeof response.body === 'string' ? Buffer.from(response.body) : response.body
}
