import type { Readable } from 'node:stream'
import type { Running, RunningRequests } from './deadlines.ts'

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

/** A body's source: a request of node:http, or a stream of node:http2. */
export type BodySource = Readable & { readonly aborted: boolean }

/** How a body is to be read. */
export type BodyTerms = {
  /** Bytes that the client announced, NaN when it did not. */
  readonly declaredBytes: number
  /** The body is complete with its last announced byte: the source is left paused before its end. */
  readonly endsAsDeclared: boolean
  readonly maxBytes: number
  readonly bodyMs: number
  /** The request, which learns from its lane when the client leaves. */
  readonly running: Running
  readonly requests: RunningRequests
}

/**
 * A request's body as bytes, or 'too-large' as soon as it is known to pass `maxBytes`: what was announced
 * larger is not read at all, and reading stops within the piece that passes the limit. Rejects with BodyError.
 */
export function readBody(source: BodySource, terms: BodyTerms): Promise<Uint8Array | 'too-large'> {
  const { declaredBytes: declared, endsAsDeclared, maxBytes, bodyMs, running, requests } = terms
  if (declared > maxBytes) return Promise.resolve('too-large')
  return new Promise((resolve, reject) => {
    if (source.destroyed) return reject(gone())
    const pieces: Buffer[] = []
    let length = 0
    requests.await(running, bodyMs, {
      onGone: () => reject(gone()),
      onLate() {
        source.pause()
        reject(new BodyError('BODY_TIMEOUT', `the request's body took longer than ${bodyMs} ms`))
      },
    })
    const take = (piece: Buffer): void => {
      length += piece.length
      const fits = length <= maxBytes
      if (fits) pieces.push(piece)
      running.isEndUnread = fits && endsAsDeclared && length === declared
      if (fits && !running.isEndUnread) return
      running.wait = undefined
      source.off('data', take)
      source.pause()
      // A source with nothing left in it would end even while it is paused.
      if (running.isEndUnread) source.unshift(piece)
      resolve(fits ? join(pieces, length) : 'too-large')
    }
    source.on('data', take)
    // After the last announced byte the end tells nothing new.
    if (endsAsDeclared && declared > 0) return
    source.on('end', () => {
      // A stream that its client cancels ends as if it were complete, and only this tells.
      if (source.aborted) return
      running.wait = undefined
      resolve(join(pieces, length))
    })
  })
}

function join(pieces: readonly Buffer[], length: number): Uint8Array {
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, length)
}

function gone(): BodyError {
  return new BodyError('BODY_ABORTED', 'the client left before its request was complete')
}

/** A Content-Length header → the bytes it announces; NaN when it is absent or no number. */
export function declaredBytes(contentLength: string | undefined): number {
  return contentLength === undefined ? Number.NaN : Number(contentLength)
}
