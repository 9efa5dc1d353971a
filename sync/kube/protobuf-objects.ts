import type { ObjectKind } from '../objects/skipped.ts'
import {
  bool,
  bytes,
  decodeMessage,
  int32,
  many,
  message,
  messagesIn,
  one,
  type Read,
  string,
  text,
  textMap,
} from './protobuf.ts'

/*
 * The Kubernetes API's second language. A list in it has a quarter of the bytes that it has as JSON, and what is
 * not looked at, such as managedFields, costs nothing. The numbers are those of generated.proto in k8s.io/api
 * and k8s.io/apimachinery, which are never given to another field. The objects that come of it are those
 * of the JSON, as far as they go.
 */

/** Media type of an object of the API, or of its Status where there is none. */
export const kubeProtobuf = 'application/vnd.kubernetes.protobuf'

/** What an answer begins with, before the envelope runtime.Unknown. */
const magic = [0x6b, 0x38, 0x73, 0x00]

const metadata = one(
  'metadata',
  message({
    1: text('name'),
    3: text('namespace'),
    6: text('resourceVersion'),
    11: textMap('labels'),
  }),
)

const list = { 1: one('metadata', message({ 2: text('resourceVersion'), 3: text('continue') })) }
const itemsField = 2

/** A ServicePort and an EndpointPort: these fields have the same numbers in both. */
const port = message({ 1: text('name'), 2: text('protocol'), 3: one('port', int32) })

const serviceSpec = message({
  1: many('ports', port),
  3: text('clusterIP'),
  4: text('type'),
  10: text('externalName'),
  18: many('clusterIPs', string),
})

const endpoint = message({
  1: many('addresses', string),
  2: one('conditions', message({ 1: one('ready', bool) })),
  3: text('hostname'),
  4: one('targetRef', message({ 3: text('name') })),
})

const podStatus = message({
  1: text('phase'),
  6: text('podIP'),
  12: many('podIPs', message({ 1: text('ip') })),
})

const objects: Readonly<Record<ObjectKind, Read>> = {
  Namespace: message({ 1: metadata }),
  Service: message({ 1: metadata, 2: one('spec', serviceSpec) }),
  EndpointSlice: message({ 1: metadata, 2: many('endpoints', endpoint), 3: many('ports', port) }),
  Pod: message({ 1: metadata, 3: one('status', podStatus) }),
}

const status = {
  3: text('message'),
  5: one('details', message({ 5: one('retryAfterSeconds', int32) })),
}

/**
 * An answer to a list of a kind → the list as JSON would have it, with what is read of objects alone, each when it is
 * asked for. Throws Error where it is none, whatever else it may be; its items do where one is broken.
 */
export function decodeList(
  kind: ObjectKind,
  answer: Uint8Array,
): { readonly metadata?: unknown; readonly items: Iterable<unknown> } {
  const raw = open(answer, `${kind}List`)
  return { ...decodeMessage(list, raw), items: messagesIn(raw, itemsField, objects[kind]) }
}

/** The API's Status → as JSON would have it: its message, and after how long to try again. Throws Error where it is none. */
export function decodeStatus(answer: Uint8Array): unknown {
  return decodeMessage(status, open(answer, 'Status'))
}

const envelope = { 1: one('typeMeta', message({ 2: text('kind') })), 2: one('raw', bytes) }

/** What is in the envelope of an object of a kind. */
function open(answer: Uint8Array, kind: string): Uint8Array {
  if (!magic.every((byte, at) => answer[at] === byte)) throw new Error('it does not begin as the API does')
  const { typeMeta, raw } = decodeMessage(envelope, answer.subarray(magic.length)) as {
    readonly typeMeta?: { readonly kind?: string }
    readonly raw?: Uint8Array
  }
  if (typeMeta?.kind !== kind || !raw) throw new Error(`it is ${typeMeta?.kind ?? 'nothing'}, no ${kind}`)
  return raw
}
