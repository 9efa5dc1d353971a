import { fieldOf, listOf } from '../objects/fields.ts'
import type { ObjectKind } from '../objects/skipped.ts'
import type { KubeResponse } from './client.ts'
import { KubeError, kubeRefusal } from './errors.ts'
import { decodeList, decodeStatus, kubeProtobuf } from './protobuf-objects.ts'
import { bytesOf, textOf } from './read-body.ts'

/** A Status object is short; what a proxy says is read as far as a message needs. */
const maxRefusalLength = 1024 * 1024

/**
 * An answer that is not 200 → the error that says so, with the message of the API's Status object. `doing` is
 * the verb and resource that were asked for.
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
    // A proxy between here and the API answers in its own words; and a status counts, however its body ends.
    if (!(error instanceof SyntaxError || error instanceof KubeError)) throw error
    const { retryAfterMs } = response
    return kubeRefusal(status, doing, { message: text.slice(0, 200) || 'no message', retryAfterMs })
  }
}

/** What a Status object says, as an answer's body or in a watch's ERROR event. */
export function readStatus(status: unknown): { readonly message: string; readonly retryAfterMs: number } {
  const message = fieldOf(status, 'message')
  const seconds = Number(fieldOf(status, 'details', 'retryAfterSeconds'))
  return {
    message: typeof message === 'string' ? message : 'no message',
    retryAfterMs: seconds > 0 ? seconds * 1000 : 0,
  }
}

/** JSON of the API → value. Throws KubeError KUBE_ANSWER when it is none. */
export function parseAnswer(text: string, doing: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new KubeError('KUBE_ANSWER', `the answer to ${doing} is not JSON: ${text.slice(0, 80)}`)
  }
}

/** As what a list is asked for: Protobuf where the API has it, as every kind that is built in does. */
export const listTypes = `${kubeProtobuf}, application/json`

/** A page of a list, as JSON has it. */
export type ListAnswer = {
  readonly resourceVersion: string
  /** Where the list goes on; '' at its end. */
  readonly next: string
  /** Once; its iteration throws KubeError KUBE_ANSWER at one that is broken. */
  readonly objects: Iterable<unknown>
}

/**
 * The body of an answer to a list of a kind → the page; from Protobuf with what is read of objects alone, each when it is
 * asked for: what is forgotten at once is the cheapest to forget. Throws KubeError KUBE_ANSWER when it is no list, and
 * what reading it throws.
 */
export async function readListAnswer(
  { type, body }: KubeResponse,
  kind: ObjectKind,
  doing: string,
): Promise<ListAnswer> {
  const page =
    type === kubeProtobuf
      ? fromProtobuf((bytes) => decodeList(kind, bytes), await bytesOf(body), doing)
      : parseAnswer(await textOf(body), doing)
  const resourceVersion = fieldOf(page, 'metadata', 'resourceVersion')
  const next = fieldOf(page, 'metadata', 'continue')
  const items = fieldOf(page, 'items')
  // What is no list must not pass for an empty one.
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
