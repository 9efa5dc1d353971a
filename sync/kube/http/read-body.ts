import { KubeError } from './errors.ts'

/** etcd limits an object to 1.5 MiB (--max-request-bytes); its JSON is hardly ever ten times as large. */
const maxLineLength = 16 * 1024 * 1024

/**
 * The longest body, in characters or bytes. 500 EndpointSlices with 100 endpoints each, the default maximum, have
 * 20 MiB as JSON; a page that is too large is requested again with fewer objects. Even twice this limit fits Node's
 * default heap.
 */
const maxTextLength = 64 * 1024 * 1024

/**
 * Bytes → their lines, without '\n', which is the only separator. The text after the last '\n' is dropped: a stream
 * that breaks off may end within a line. Throws KUBE_TOO_LARGE for a line above 16 Mi characters.
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
    // Earlier parts of a line are not searched again.
    rest += text.slice(start)
    if (rest.length > maxLineLength) throw tooLarge('a line', maxLineLength)
  }
}

/** Bytes → their text. Throws KUBE_TOO_LARGE above `maxLength` characters. */
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

/** Chunks of bytes → one array. Throws KUBE_TOO_LARGE above `maxLength`. */
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
