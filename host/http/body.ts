import type { Readable } from 'node:stream'
import type { Running, RunningRequests } from './deadlines.ts'

/** Why a request's body is missing: the client left, or was too slow. */
export type BodyErrorCode = 'BODY_ABORTED' | 'BODY_TIMEOUT'

/** The error with which `DohRequest.body` rejects. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  readonly code: BodyErrorCode

  constructor(code: BodyErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The stream of a body: a request of node:http, or a stream of node:http2. */
export type BodySource = Readable & { readonly aborted: boolean }

/** The limits and the request of a body. */
export type BodyTerms = {
  /** The value of Content-Length; NaN without one. */
  readonly declaredBytes: number
  /** Whether the body is complete after `declaredBytes`: the stream is then left paused before its end. */
  readonly endsAsDeclared: boolean
  readonly maxBytes: number
  readonly bodyMs: number
  /** The request; the protocol reports to it when the client leaves. */
  readonly running: Running
  readonly requests: RunningRequests
}

/**
 * Reads a request's body, or returns 'too-large' once it exceeds `maxBytes`: a body that is declared larger is not
 * read at all, and reading stops at the chunk that exceeds the limit. Rejects with BodyError.
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
      // An empty stream would end even while it is paused.
      if (running.isEndUnread) source.unshift(piece)
      resolve(fits ? join(pieces, length) : 'too-large')
    }
    source.on('data', take)
    // After the last declared byte, the end of the stream adds nothing.
    if (endsAsDeclared && declared > 0) return
    source.on('end', () => {
      // A stream that the client cancels also emits 'end'; only `aborted` tells them apart.
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

/** A Content-Length header → its value in bytes; NaN when it is absent or not a number. */
export function declaredBytes(contentLength: string | undefined): number {
  return contentLength === undefined ? Number.NaN : Number(contentLength)
}
