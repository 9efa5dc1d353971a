import { documentHeaders } from './document-headers.ts'
import { textType } from './media-types.ts'
import type { DohResponse } from './request.ts'

/** A response without DNS: one line of text for people, which caches must not store. */
export function plain(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): DohResponse {
  return {
    status,
    headers: { ...documentHeaders, 'content-type': textType, 'cache-control': 'no-store', ...headers },
    body: `${text}\n`,
  }
}

/** The response to unknown paths and to unknown tokens, which must be indistinguishable. */
export const notFound = plain(404, 'not found')

/** The response after an internal fault. The log has the details. */
export const internalError = plain(500, 'internal error')
