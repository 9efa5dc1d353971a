import type { DohRequest, DohResponse } from './request.ts'

/** A Web API request → the runtime-independent form. `peer` is the address of the client, as the runtime reports it. */
export function fromWeb(request: Request, peer: string | undefined): DohRequest {
  const { path, query } = splitUrl(request.url)
  const { headers } = request
  return {
    method: request.method,
    path,
    query,
    peer,
    header: (name) => headers.get(name) ?? undefined,
    body: (maxBytes) => readBody(request, maxBytes),
  }
}

/**
 * A request's URL, which the runtime has normalised and stripped of its fragment → path and query. Split by hand, because
 * `new URL` would be the most expensive step of a warm query on workerd.
 */
function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const pathAt = url.indexOf('/', url.indexOf('//') + 2)
  const queryAt = url.indexOf('?', pathAt)
  return queryAt < 0
    ? { path: url.slice(pathAt), query: '' }
    : { path: url.slice(pathAt, queryAt), query: url.slice(queryAt + 1) }
}

/** The body, or 'too-large' as soon as it exceeds `maxBytes`, at once if it is declared to. */
function readBody(request: Request, maxBytes: number): Promise<Uint8Array | 'too-large'> {
  const declared = request.headers.get('content-length')
  if (declared === null) return readChunks(request, maxBytes)
  if (Number(declared) > maxBytes) return Promise.resolve('too-large')
  // The runtime enforces a declared length, so the body can be read in one piece.
  return request
    .arrayBuffer()
    .then((buffer) => (buffer.byteLength > maxBytes ? 'too-large' : new Uint8Array(buffer)))
}

async function readChunks(request: Request, maxBytes: number): Promise<Uint8Array | 'too-large'> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.length
    if (length > maxBytes) return 'too-large'
    chunks.push(chunk)
  }
  const body = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

/**
 * A response with headers that answers share (answer-headers.ts), for `new Response` to copy: runtimes read it faster than an
 * object, and its headers are converted once.
 */
const templates = new WeakMap<DohResponse['headers'], Response>()

/** A response → a Web API response. */
export function toWeb({ status, headers, body }: DohResponse): Response {
  const content = body as string | Uint8Array<ArrayBuffer>
  if (status !== 200) return new Response(status === 204 ? null : content, { status, headers })
  let template = templates.get(headers)
  if (!template) {
    template = new Response(null, { headers })
    templates.set(headers, template)
  }
  return new Response(content, template)
}
