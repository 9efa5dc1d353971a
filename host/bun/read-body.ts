import { BodyError, declaredBytes } from '../http/body.ts'
import type { RunningRequests } from '../http/deadlines.ts'

/** The time for a body, and where it is watched. */
export type BodyTerms = { readonly bodyMs: number; readonly requests: RunningRequests }

/**
 * Reads a request's body, or returns 'too-large' once it exceeds `maxBytes`: a body that is declared larger is not
 * read at all, and reading stops at the chunk that exceeds the limit. Calls `onEnd` once the whole body has been read.
 * Rejects with BodyError.
 */
export function readBody(
  request: Request,
  maxBytes: number,
  { bodyMs, requests }: BodyTerms,
  onEnd: () => void,
): Promise<Uint8Array | 'too-large'> {
  const declared = declaredBytes(request.headers.get('content-length') ?? undefined)
  if (declared > maxBytes) return Promise.resolve('too-large')
  return new Promise((resolve, reject) => {
    const running = requests.begin(bodyMs, () => {
      requests.end(running)
      reject(new BodyError('BODY_TIMEOUT', `the request's body took longer than ${bodyMs} ms`))
    })
    // Bun holds a body to its declared length.
    const whole = declared <= maxBytes ? request.bytes() : readPieces(request, maxBytes)
    whole.then(
      (body) => {
        requests.end(running)
        if (body !== 'too-large') onEnd()
        resolve(body)
      },
      () => {
        requests.end(running)
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
