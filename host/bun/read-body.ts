import { BodyError, declaredBytes } from '../http/body.ts'
import type { Running, RunningRequests } from '../http/deadlines.ts'

/** The limits and the request of a body. */
export type BodyTerms = {
  readonly maxBytes: number
  readonly bodyMs: number
  readonly running: Running
  readonly requests: RunningRequests
}

/**
 * Reads a request's body, or returns 'too-large' once it exceeds `maxBytes`: a body that is declared larger is not
 * read at all, and reading stops at the chunk that exceeds the limit. Calls `onEnd` once the whole body has been read.
 * Rejects with BodyError.
 */
export function readBody(
  request: Request,
  terms: BodyTerms,
  onEnd: () => void,
): Promise<Uint8Array | 'too-large'> {
  const { maxBytes, bodyMs, running, requests } = terms
  const declared = declaredBytes(request.headers.get('content-length') ?? undefined)
  if (declared > maxBytes) return Promise.resolve('too-large')
  return new Promise((resolve, reject) => {
    requests.await(running, bodyMs, {
      onGone: ignore,
      onLate: () => reject(new BodyError('BODY_TIMEOUT', `the request's body took longer than ${bodyMs} ms`)),
    })
    // Bun holds a body to its declared length.
    const whole = declared <= maxBytes ? request.bytes() : readPieces(request, maxBytes)
    whole.then(
      (body) => {
        running.wait = undefined
        if (body !== 'too-large') onEnd()
        resolve(body)
      },
      () => {
        running.wait = undefined
        reject(new BodyError('BODY_ABORTED', 'the client left before its request was complete'))
      },
    )
  })
}

/** The pieces of a body without a declared length, joined. */
async function readPieces(request: Request, maxBytes: number): Promise<Uint8Array | 'too-large'> {
  const pieces: Uint8Array[] = []
  let length = 0
  if (!request.body) return new Uint8Array()
  for await (const piece of request.body) {
    length += piece.length
    if (length > maxBytes) return 'too-large'
    pieces.push(piece)
  }
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, length)
}

/** `request.bytes` rejects when the client leaves. */
function ignore(): void {}
