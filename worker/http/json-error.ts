import { documentHeaders } from './document-headers.ts'
import { jsonType } from './media-types.ts'
import type { DohResponse } from './request.ts'

/** A JSON error response, which caches must not store. */
export function jsonError(status: number, error: string): DohResponse {
  return {
    status,
    headers: { ...documentHeaders, 'content-type': jsonType, 'cache-control': 'no-store' },
    body: `${JSON.stringify({ error })}\n`,
  }
}
