import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import * as fc from 'fast-check'
import { reduceObject } from '../../objects/reduce.ts'
import type { ObjectKind } from '../../objects/skipped.ts'
import { agentDefaults } from '../../options.ts'
import type { KubeResponse } from './client.ts'
import { decodeList, decodeStatus, kubeProtobuf } from './protobuf-objects.ts'
import { readListAnswer, refusalOf } from './responses.ts'

/** Responses of a real API server to the same request, in JSON and in Protobuf. */
const recorded = JSON.parse(
  readFileSync(new URL('../../../test/vectors/kube-lists.json', import.meta.url), 'utf8'),
) as {
  readonly lists: Readonly<Record<ObjectKind, { readonly json: List; readonly protobuf: string }>>
  readonly page: string
  readonly refusals: readonly string[]
}
type List = { readonly metadata: { readonly resourceVersion: string }; readonly items: readonly object[] }

const bytesFrom = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'))

function answer(body: Uint8Array, status = 200): KubeResponse {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < body.length; at += 100) yield body.subarray(at, at + 100)
  }
  return { status, type: kubeProtobuf, retryAfterMs: 0, body: chunks() }
}

const kinds = Object.keys(recorded.lists) as ObjectKind[]

for (const kind of kinds) {
  const { json, protobuf } = recorded.lists[kind]
  for (const endpointPodNames of [false, true]) {
    test(`${kind}: a recorded list is reduced to the same objects from JSON and Protobuf${endpointPodNames ? ', pods named' : ''}`, async () => {
      const options = { ...agentDefaults, domain: 'cluster.local', endpointPodNames }
      const reduce = (object: unknown) => reduceObject(kind, object, options)
      const page = await readListAnswer(answer(bytesFrom(protobuf)), kind, 'list')
      const kept = Array.from(page.objects, reduce)
      assert.deepEqual(kept, json.items.map(reduce))
      assert.ok(kept.some(({ entry }) => entry))
      assert.deepEqual([page.resourceVersion, page.next], [json.metadata.resourceVersion, ''])
    })
  }

  test(`${kind}: a list truncated at any position is an error`, () => {
    const whole = bytesFrom(protobuf)
    // Two empty fields of the envelope follow the list.
    for (let length = 0; length < whole.length - 4; length++)
      assert.throws(() => [...decodeList(kind, whole.subarray(0, length)).items], `${length} bytes`)
  })

  test(`${kind}: a corrupted list is either read or an error`, async () => {
    const whole = bytesFrom(protobuf)
    const place = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) })
    await fc.assert(
      fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 4 }), async (places) => {
        const broken = whole.slice()
        for (const { at, byte } of places) broken[at] = byte
        try {
          const page = await readListAnswer(answer(broken), kind, 'list')
          for (const object of page.objects) reduceObject(kind, object, agentDefaults)
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, 'KUBE_ANSWER', String(error))
        }
      }),
      { numRuns: 500 },
    )
  })
}

test('a page that is not the last has the token for the next one', async () => {
  const page = await readListAnswer(answer(bytesFrom(recorded.page)), 'Service', 'list services')
  assert.equal([...page.objects].length, 1)
  assert.match(page.next, /^[\w-]{20,}$/)
})

test('anything but a list of the kind is an error, not an empty list', async () => {
  const { protobuf } = recorded.lists.Namespace
  const others = [
    bytesFrom(recorded.refusals[0] ?? ''),
    bytesFrom(protobuf),
    new Uint8Array(),
    envelope('ServiceList'),
  ]
  for (const other of others)
    await assert.rejects(readListAnswer(answer(other), 'Service', 'list services'), {
      code: 'KUBE_ANSWER',
      message: /list services/,
    })
})

test('an empty list is a list', async () => {
  const metadata = message((writer) => writer.tag(2, WireType.LengthDelimited).string('7'))
  const raw = message((writer) => writer.tag(1, WireType.LengthDelimited).bytes(metadata))
  const page = await readListAnswer(answer(envelope('ServiceList', raw)), 'Service', 'list services')
  assert.deepEqual([page.resourceVersion, page.next, [...page.objects]], ['7', '', []])
})

test('a refusal has the message of the API', async () => {
  const [invalid = '', tooNew = ''] = recorded.refusals
  const refused = await refusalOf(answer(bytesFrom(invalid), 400), 'list services')
  assert.match(refused.message, /^cannot list services: HTTP 400: invalid continue token/)
  const later = await refusalOf(answer(bytesFrom(tooNew), 504), 'list services')
  assert.match(later.message, /Too large resource version/)
  assert.equal(later.retryAfterMs, 1_000)
  assert.match(
    (await refusalOf(answer(bytesFrom('AAAA'), 503), 'list services')).message,
    /HTTP 503: no message/,
  )
})

test('unused fields are ignored, and every key of a map is an ordinary key', () => {
  const entry = message((writer) =>
    writer.tag(1, WireType.LengthDelimited).string('__proto__').tag(2, WireType.LengthDelimited).string('x'),
  )
  const metadata = message((writer) =>
    writer
      .tag(200, WireType.Varint)
      .uint32(5)
      .tag(1, WireType.LengthDelimited)
      .string('prod')
      .tag(17, WireType.LengthDelimited)
      .bytes(new Uint8Array(300))
      .tag(11, WireType.LengthDelimited)
      .bytes(entry)
      .tag(201, WireType.Bit64)
      .fixed64(1),
  )
  const item = message((writer) => writer.tag(1, WireType.LengthDelimited).bytes(metadata))
  const raw = message((writer) => writer.tag(2, WireType.LengthDelimited).bytes(item))
  const [object] = decodeList('Namespace', envelope('NamespaceList', raw)).items
  const { labels, ...rest } = (object as { metadata: { labels: Record<string, string> } }).metadata
  assert.deepEqual(rest, { name: 'prod' })
  assert.deepEqual(Object.entries(labels), [['__proto__', 'x']])
})

test('a Status without details has no retry time', () => {
  assert.deepEqual(
    decodeStatus(
      envelope(
        'Status',
        message((writer) => writer),
      ),
    ),
    {},
  )
})

function message(write: (writer: BinaryWriter) => BinaryWriter): Uint8Array {
  return write(new BinaryWriter()).finish()
}

function envelope(kind: string, raw?: Uint8Array): Uint8Array {
  const typeMeta = message((writer) => writer.tag(2, WireType.LengthDelimited).string(kind))
  const unknown = message((writer) => {
    writer.tag(1, WireType.LengthDelimited).bytes(typeMeta)
    return raw ? writer.tag(2, WireType.LengthDelimited).bytes(raw) : writer
  })
  return Uint8Array.from([...Buffer.from('k8s\0'), ...unknown])
}
