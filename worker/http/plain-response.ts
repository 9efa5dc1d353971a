import { textType } from './media-types.ts'
import type { DohResponse } from './request.ts'

/** A response that is not DNS: one line of text for people, which no cache keeps. */
export function plain(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): DohResponse {
  return {
    status,
    headers: { 'content-type': textType, 'cache-control': 'no-store', ...headers },
    body: `${text}\n`,
  }
}

/** The response to every unknown path, and to every unknown token, so that the two look alike. */
export const notFound = plain(404, 'not found')

/** The response when something broke that no client can break. The log has the details. */
export const internalError = plain(500, 'internal error')
