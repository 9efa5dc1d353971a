import { fieldOf, listOf } from '../../objects/fields.ts'
import type { KubeResponse } from './client.ts'
import { KubeError, kubeRefusal } from './errors.ts'
import { decodeList, decodeStatus, kubeProtobuf } from './protobuf-objects.ts'
import { bytesOf, textOf } from './read-body.ts'

/** A Status object is short; of a proxy's page only the part that a message shows is needed. */
const maxRefusalLength = 1024 * 1024

/**
 * A response whose status is not 200 → the error, with the message of the API's Status object. `doing` names the verb
 * and resource of the request.
 */
export async function refusalOf(response: KubeResponse, doing: string): Promise<KubeError> {
  const { status, type, body } = response
  let text = ''
  try {
    if (type !== kubeProtobuf) text = await textOf(body, maxRefusalLength)
    const said = readStatus(
      type === kubeProtobuf
        ? fromProtobuf(decodeStatus, await bytesOf(body, maxRefusalLength), doing)
        : JSON.parse(text),
    )
    const retryAfterMs = Math.max(said.retryAfterMs, response.retryAfterMs)
    return kubeRefusal(status, doing, { message: said.message, retryAfterMs })
  } catch (error) {
    // A proxy may have sent a body of another kind, and the status counts even if the body breaks off.
    if (!(error instanceof SyntaxError || error instanceof KubeError)) throw error
    const { retryAfterMs } = response
    return kubeRefusal(status, doing, { message: text.slice(0, 200) || 'no message', retryAfterMs })
  }
}

/** The message and retry time of a Status object, from a response's body or a watch's ERROR event. */
export function readStatus(status: unknown): { readonly message: string; readonly retryAfterMs: number } {
  const message = fieldOf(status, 'message')
  const seconds = Number(fieldOf(status, 'details', 'retryAfterSeconds'))
  return {
    message: typeof message === 'string' ? message : 'no message',
    retryAfterMs: seconds > 0 ? seconds * 1000 : 0,
  }
}

/** JSON of the API → its value. Throws KubeError KUBE_ANSWER when it is not JSON. */
export function parseAnswer(text: string, doing: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new KubeError('KUBE_ANSWER', `the answer to ${doing} is not JSON: ${text.slice(0, 80)}`)
  }
}

/** The media types that a list accepts: Protobuf where the API has it, as it has for every built-in kind. */
export const listTypes = `${kubeProtobuf}, application/json`

/** A page of a list, with the names of the JSON encoding. */
export type ListAnswer = {
  readonly resourceVersion: string
  /** The token for the next page; '' at the end. */
  readonly next: string
  /** May be iterated once; throws KubeError KUBE_ANSWER at a broken object. */
  readonly objects: Iterable<unknown>
}

/**
 * The response to a list of a kind → the page. From Protobuf only the fields in use are decoded, and each object only
 * when the iteration reaches it, so that few are in memory at a time. Throws KubeError KUBE_ANSWER when it is not a
 * list, and the errors of reading the body.
 */
export async function readListAnswer(
  { type, body }: KubeResponse,
  kind: string,
  doing: string,
): Promise<ListAnswer> {
  const page =
    type === kubeProtobuf
      ? fromProtobuf((bytes) => decodeList(kind, bytes), await bytesOf(body), doing)
      : parseAnswer(await textOf(body), doing)
  const resourceVersion = fieldOf(page, 'metadata', 'resourceVersion')
  const next = fieldOf(page, 'metadata', 'continue')
  const items = fieldOf(page, 'items')
  // Anything else must not pass for an empty list.
  if (typeof resourceVersion !== 'string' || items === undefined)
    throw new KubeError('KUBE_ANSWER', `the answer to ${doing} is no list`)
  const objects = type === kubeProtobuf ? guarded(items as Iterable<unknown>, doing) : listOf(items)
  return { resourceVersion, next: typeof next === 'string' ? next : '', objects }
}

function* guarded(objects: Iterable<unknown>, doing: string): Generator {
  try {
    yield* objects
  } catch (error) {
    throw notProtobuf(doing, error)
  }
}

function fromProtobuf<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array, doing: string): T {
  try {
    return decode(bytes)
  } catch (error) {
    throw notProtobuf(doing, error)
  }
}

function notProtobuf(doing: string, error: unknown): KubeError {
  return new KubeError('KUBE_ANSWER', `the answer to ${doing} is not Protobuf of the API: ${String(error)}`)
}
