import type { Readable } from 'node:stream'
import type { Deadlines } from './deadlines.ts'

/** Why a request's body did not come: the client left, or was too slow. */
export type BodyErrorCode = 'BODY_ABORTED' | 'BODY_TIMEOUT'

/** What `DohRequest.body` rejects with. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  readonly code: BodyErrorCode

  constructor(code: BodyErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** How a body is to be read. */
export type BodyTerms = {
  /** Bytes that the client announced, NaN when it did not. */
  readonly declaredBytes: number
  readonly maxBytes: number
  readonly bodyMs: number
  readonly deadlines: Deadlines
}

/**
 * A request's body as bytes, or 'too-large' as soon as it is known to pass `maxBytes`: what was announced
 * larger is not read at all, and reading stops within the piece that passes the limit. Rejects with BodyError.
 */
export function readBody(source: Readable, terms: BodyTerms): Promise<Uint8Array | 'too-large'> {
  if (terms.declaredBytes > terms.maxBytes) return Promise.resolve('too-large')
  return new Promise((resolve, reject) => {
    if (source.destroyed) return reject(aborted())
    const pieces: Buffer[] = []
    let length = 0
    let open = true
    const settle = (): void => {
      open = false
      deadline.cancel()
    }
    const deadline = terms.deadlines.watch(terms.bodyMs, () => {
      open = false
      source.pause()
      reject(new BodyError('BODY_TIMEOUT', `the request's body took longer than ${terms.bodyMs} ms`))
    })
    const abort = (): void => {
      if (!open) return
      settle()
      reject(aborted())
    }
    source.on('data', (piece: Buffer) => {
      length += piece.length
      if (length <= terms.maxBytes) return void pieces.push(piece)
      settle()
      source.pause()
      resolve('too-large')
    })
    source.on('end', () => {
      settle()
      resolve(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, length))
    })
    // An HTTP/2 stream that the client cancels emits 'aborted' and then 'end', as if the body were complete.
    for (const event of ['aborted', 'error', 'close']) source.on(event, abort)
  })
}

function aborted(): BodyError {
  return new BodyError('BODY_ABORTED', 'the client left before its request was complete')
}

/** A Content-Length header → the bytes it announces; NaN when it is absent or no number. */
export function declaredBytes(contentLength: string | undefined): number {
  return contentLength === undefined ? Number.NaN : Number(contentLength)
}
