import type { ObjectKind } from '../../objects/skipped.ts'
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
 * The Protobuf encoding of the Kubernetes API. A list has a quarter of the bytes of its JSON, and skipped fields, such
 * as managedFields, cost nothing. The field numbers are those of generated.proto in k8s.io/api and k8s.io/apimachinery,
 * which are never reused. The decoded objects have the names and values of the JSON encoding, for the fields in use.
 */

/** Media type of an object of the API, and of a Status. */
export const kubeProtobuf = 'application/vnd.kubernetes.protobuf'

/** The first bytes of every message, before the envelope runtime.Unknown. */
const magic = [0x6b, 0x38, 0x73, 0x00]

const metadata = one(
  'metadata',
  message({
    1: text('name'),
    3: text('namespace'),
    6: text('resourceVersion'),
    // A Time. Its fields are of no use here, its presence is.
    9: one('deletionTimestamp', message({})),
    11: textMap('labels'),
  }),
)

const list = { 1: one('metadata', message({ 2: text('resourceVersion'), 3: text('continue') })) }
const itemsField = 2

/** A ServicePort and an EndpointPort: these fields have the same numbers in both. */
const port = message({ 1: text('name'), 2: text('protocol'), 3: one('port', int32) })

const serviceSpec = message({
  1: many('ports', port),
  2: textMap('selector'),
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
 * The response to a list of a kind → the list with the names of its JSON, with the fields in use only; each item is
 * decoded when the iteration reaches it. Throws Error where it is not such a list; the iteration throws at a broken item.
 */
export function decodeList(
  kind: string,
  answer: Uint8Array,
): { readonly metadata?: unknown; readonly items: Iterable<unknown> } {
  const read = isKnown(kind) ? objects[kind] : undefined
  if (!read) throw new Error(`lists of ${kind} are not read as Protobuf`)
  const raw = open(answer, `${kind}List`)
  return { ...decodeMessage(list, raw), items: messagesIn(raw, itemsField, read) }
}

function isKnown(kind: string): kind is ObjectKind {
  return Object.hasOwn(objects, kind)
}

/** A Status → its message and retry time with the names of its JSON. Throws Error where it is not a Status. */
export function decodeStatus(answer: Uint8Array): unknown {
  return decodeMessage(status, open(answer, 'Status'))
}

const envelope = { 1: one('typeMeta', message({ 2: text('kind') })), 2: one('raw', bytes) }

/** The content of the envelope of an object of a kind. */
function open(answer: Uint8Array, kind: string): Uint8Array {
  if (!magic.every((byte, at) => answer[at] === byte))
    throw new Error('it does not start with the bytes k8s\\0')
  const { typeMeta, raw } = decodeMessage(envelope, answer.subarray(magic.length)) as {
    readonly typeMeta?: { readonly kind?: string }
    readonly raw?: Uint8Array
  }
  if (typeMeta?.kind !== kind || !raw)
    throw new Error(`its kind is ${typeMeta?.kind ?? 'missing'}, not ${kind}`)
  return raw
}
