import { KubeError } from './errors.ts'

/** No object is larger in etcd (its --max-request-bytes), and as JSON hardly one is ten times as large. */
const maxLineLength = 16 * 1024 * 1024

/**
 * Of an answer, in characters or bytes. 500 EndpointSlices with 100 endpoints each, as many as there are by default, have
 * 20 MiB as JSON; a page of more than fit is asked for again with fewer. The text of twice the limit still fits any
 * heap that Node has by default.
 */
const maxTextLength = 64 * 1024 * 1024

/**
 * Bytes → the lines in them, without their '\n' and split at nothing else. What follows the last '\n' is not
 * a line: a stream that broke off ends in half of one. Throws KUBE_TOO_LARGE for a line above 16 Mi characters.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true })
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      yield rest + text.slice(start, end)
      rest = ''
      start = end + 1
    }
    // Parts are put together when a line is whole, and never searched again.
    rest += text.slice(start)
    if (rest.length > maxLineLength) throw tooLarge('a line', maxLineLength)
  }
}

/** Bytes → the text in them. Throws KUBE_TOO_LARGE above `maxLength` characters. */
export async function textOf(
  chunks: AsyncIterable<Uint8Array>,
  maxLength: number = maxTextLength,
): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maxLength) throw tooLarge('an answer', maxLength)
  }
  return text + decoder.decode()
}

/** Bytes that come in pieces → all of them. Throws KUBE_TOO_LARGE above `maxLength`. */
export async function bytesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxLength: number = maxTextLength,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    pieces.push(chunk)
    length += chunk.length
    if (length > maxLength) throw tooLarge('an answer', maxLength, 'bytes')
  }
  return Buffer.concat(pieces, length)
}

function tooLarge(what: string, length: number, unit = 'characters'): KubeError {
  return new KubeError('KUBE_TOO_LARGE', `${what} of the API has more than ${length} ${unit}`)
}
