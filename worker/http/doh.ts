import { decodeBase64Url } from '../../dns/base64url.ts'
import { maxQueryBytes } from '../../dns/limits.ts'
import { allowedMethods } from './cors.ts'
import { jsonError } from './json-error.ts'
import { dnsJson, dnsMessage, jsonType } from './media-types.ts'
import { plain } from './plain-response.ts'
import type { DohRequest, DohResponse } from './request.ts'
import { readTokenPath } from './token-path.ts'

/** The path of DoH queries. A token may follow as one additional segment. */
export const dohPath = '/dns-query'

/** Whether a path is the DoH path or below it. */
export function isDohPath(path: string): boolean {
  return path === dohPath || path.startsWith(`${dohPath}/`)
}

/**
 * A DoH path → the part behind /dns-query/ ('' when there is none): tokens, or with a further slash no token. Undefined
 * for any other path.
 */
export function readDohPath(path: string): { readonly token: string } | undefined {
  return readTokenPath(dohPath, path)
}

/**
 * The media type of the response. It is DNS wire format, except that a GET or HEAD with a parameter `name` and without
 * `dns` asks for JSON (RFC 8484 §4.1 leaves other parameters to the server).
 */
export function formOf(request: DohRequest): string {
  if (request.method !== 'GET' && request.method !== 'HEAD') return dnsMessage
  if (request.query.startsWith('dns=')) return dnsMessage
  if (valuesOf('dns', request.query).length > 0 || valuesOf('name', request.query).length === 0)
    return dnsMessage
  const accepted = acceptedBy(request) ?? [dnsJson]
  return !accepted.includes(dnsJson) && accepted.includes(jsonType) ? jsonType : dnsJson
}

/** A request that was read: the bytes of the DNS message, or the response that refuses it, which for 'too-large' is `tooLarge`. */
export type Read = Uint8Array | DohResponse | 'too-large'

/**
 * The HTTP side of a query (RFC 8484 §4.1): the bytes of the DNS message, or the response that refuses the request.
 * GET and HEAD carry the message in one `dns` parameter, or as `name` and `type` if the answer is JSON (`form`, from
 * formOf). POST carries it in the body, which is read only after the headers are accepted. Compressed bodies are
 * refused.
 */
export function readDoh(request: DohRequest, form: string): Read | Promise<Read> {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      if (form !== dnsMessage) return refusedJson(request) ?? readJson(request)
      return refusedByAccept(request) ?? readGet(request)
    case 'POST':
      return refusedByAccept(request) ?? readPost(request)
    default:
      return plain(405, `${request.method} is not allowed here; use GET or POST (RFC 8484)`, {
        allow: allowedMethods,
      })
  }
}

function valuesOf(parameter: string, query: string): string[] {
  if (!query.includes('&')) return query === parameter || query.startsWith(`${parameter}=`) ? [query] : []
  return query.split('&').filter((pair) => pair === parameter || pair.startsWith(`${parameter}=`))
}

function readGet({ query }: DohRequest): Uint8Array | DohResponse {
  const values = valuesOf('dns', query)
  if (values.length === 0) {
    const needed = 'the query needs a parameter ?dns=, or ?name= for an answer as JSON'
    return plain(400, `this is a DNS-over-HTTPS endpoint (RFC 8484): ${needed}`)
  }
  if (values.length > 1) return plain(400, 'the query has more than one dns parameter')
  const text = (values[0] ?? '').slice('dns='.length)
  if (text.length > Math.ceil((maxQueryBytes * 4) / 3))
    return plain(414, `a DNS query has at most ${maxQueryBytes} bytes`)
  const bytes = decodeBase64Url(text)
  if (!bytes) return plain(400, 'the dns parameter is not base64url without padding (RFC 4648 §5)')
  return bytes
}

/** JSON is rare, so that its code is loaded with the first request for it. */
async function readJson(request: DohRequest): Promise<Uint8Array | DohResponse> {
  const { readJsonQuery } = await import('./json.ts')
  return readJsonQuery(request)
}

function readPost(request: DohRequest): DohResponse | Promise<Uint8Array | 'too-large'> {
  const type = mediaType(request.header('content-type'))
  if (type !== dnsMessage) return plain(415, `the content type is "${type}", but must be ${dnsMessage}`)
  const encoding = request.header('content-encoding')
  if (encoding !== undefined && encoding !== 'identity')
    return plain(415, `content encoding ${encoding} is not supported; send the body uncompressed`)
  return request.body(maxQueryBytes)
}

/** The response to a body that is too large. */
export const tooLarge = plain(413, `a DNS query has at most ${maxQueryBytes} bytes`)

function refusedByAccept(request: DohRequest): DohResponse | undefined {
  if (takes(request, [dnsMessage])) return undefined
  return plain(406, `the answer is ${dnsMessage}, but the request accepts only ${request.header('accept')}`)
}

function refusedJson(request: DohRequest): DohResponse | undefined {
  if (takes(request, [dnsJson, jsonType])) return undefined
  return jsonError(406, `the answer is ${dnsJson}, but the request accepts only ${request.header('accept')}`)
}

function takes(request: DohRequest, types: readonly string[]): boolean {
  const accept = request.header('accept')
  if (accept === undefined || accept === '*/*' || accept === types[0]) return true
  const accepted = acceptedBy(request)
  return !accepted || ['*/*', 'application/*', ...types].some((type) => accepted.includes(type))
}

/** The media types that the request accepts; undefined means all (RFC 9110 §12.5.1). */
function acceptedBy(request: DohRequest): string[] | undefined {
  const accept = request.header('accept')
  if (accept === undefined || accept.trim() === '') return undefined
  return accept
    .split(',')
    .filter((range) => !/;\s*q=0(\.0*)?\s*$/i.test(range))
    .map(mediaType)
}

function mediaType(header: string | undefined): string {
  if (header === dnsMessage) return header
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}
