import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseCidr } from '../../dns/cidr.ts'
import { nameToText } from '../../dns/name.ts'
import { reverseNameOf } from '../../dns/reverse.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import { decodeBlob } from '../../snapshot/decode.ts'
import { encodeEndpoints, encodeServices } from '../../snapshot/encode.case.ts'
import type { BlobHash, Content, EndpointGroup, Service, ShardFamily } from '../../snapshot/schema.ts'
import { shardOf } from '../../snapshot/shard.ts'
import { clusterConfig, rootOf, startTestEdge, storeSnapshot } from '../../worker/edge.case.ts'
import { digAt, endpoint, type KubeObject, namespace, port, service, slice, snapshotOf } from '../dig.ts'

/* The order of objects, their division into slices and the number of shards do not affect any answer. */

/** A Service and its endpoints by number, without their division into slices. */
type Plan = {
  readonly space: string
  readonly name: string
  readonly headless: boolean
  readonly net: number
  readonly pods: readonly number[]
  readonly hostnames: boolean
}

const anyPlans: fc.Arbitrary<readonly Plan[]> = fc.uniqueArray(
  fc.record({
    space: fc.constantFrom('a', 'b', 'prod'),
    name: fc.stringMatching(/^[a-z]{1,6}$/),
    headless: fc.boolean(),
    net: fc.nat(400),
    pods: fc.uniqueArray(fc.nat(600), { maxLength: 8 }),
    hostnames: fc.boolean(),
  }),
  { selector: ({ space, name }) => `${space}/${name}`, minLength: 1, maxLength: 12 },
)

/** The layout of a cluster: the order of objects, the sizes of slices, the number of shards as a power of two. */
type Layout = { readonly order: readonly number[]; readonly cuts: readonly number[]; readonly bits: number }

const anyLayout: fc.Arbitrary<Layout> = fc.record({
  order: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
  cuts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
  bits: fc.nat(6),
})

const podAddress = (pod: number): string =>
  pod % 3 === 0 ? `fd00:10::${(pod + 1).toString(16)}` : `10.244.${pod >> 8}.${pod & 0xff}`
const netAddress = (net: number): string => `10.96.${net >> 8}.${net & 0xff}`

function objectsOf(plans: readonly Plan[], { order, cuts }: Layout): KubeObject[] {
  const objects = ['a', 'b', 'prod'].map(namespace)
  for (const { space, name, headless, net, pods, hostnames } of plans) {
    const key = `${space}/${name}`
    objects.push(service(key, { clusterIP: headless ? 'None' : netAddress(net), ports: [port('http:80')] }))
    const left = [...pods].toSorted((one, other) => (order[one % 60] ?? 0) - (order[other % 60] ?? 0))
    for (let cut = 0; left.length > 0; cut++) {
      const some = left.splice(0, cuts[cut % cuts.length])
      const endpoints = some.map((pod) => endpoint(podAddress(pod), hostnames ? `pod-${pod}` : undefined))
      objects.push(slice(key, endpoints, [port('http:8080')]))
    }
  }
  const places = objects.map((object, index) => ({ object, place: order[index % 60] ?? 0 }))
  return places.toSorted((one, other) => one.place - other.place).map(({ object }) => object)
}

/** The same content with 2^bits shards per family; an agent would use as many only for far more content. */
async function reshard(content: Content, blobs: Map<BlobHash, string>, bits: number): Promise<Content> {
  const cut = async <T>(
    family: ShardFamily,
    read: (text: string) => ReadonlyMap<string, T>,
    encode: (some: ReadonlyMap<string, T>) => string,
  ): Promise<ShardFamily> => {
    const all = family.shards.flatMap((hash) => (hash === null ? [] : [...read(blobs.get(hash) ?? '')]))
    const shards = Array.from({ length: 2 ** bits }, async (_, shard) => {
      const some = new Map(all.filter(([key]) => shardOf(key, bits) === shard))
      if (some.size === 0) return null
      const hash = await hashBlob(encode(some))
      blobs.set(hash, encode(some))
      return hash
    })
    return { bits, shards: await Promise.all(shards) }
  }
  const services = await cut(content.services, servicesIn, encodeServices)
  const endpoints = content.endpoints && (await cut(content.endpoints, endpointsIn, encodeEndpoints))
  return { ...content, services, endpoints }
}

function servicesIn(text: string): ReadonlyMap<string, Service> {
  const blob = decodeBlob(text)
  return blob.kind === 'services' ? blob.services : assert.fail(blob.kind)
}

function endpointsIn(text: string): ReadonlyMap<string, readonly EndpointGroup[]> {
  const blob = decodeBlob(text)
  return blob.kind === 'endpoints' ? blob.services : assert.fail(blob.kind)
}

const reverse = ['10.96.0.0/16', '10.244.0.0/16', 'fd00:10::/32'].flatMap((text) => parseCidr(text) ?? [])

async function answersOf(plans: readonly Plan[], layout: Layout): Promise<string[]> {
  const { content, blobs } = await snapshotOf({ objects: objectsOf(plans, layout) })
  const all = new Map(blobs)
  const edge = startTestEdge([clusterConfig({ reverse })])
  await storeSnapshot(edge.kv, rootOf(await reshard(content, all, layout.bits)), all.values())
  const { ask } = await digAt(edge)
  const told: string[] = []
  for (const question of questionsOf(plans)) {
    const { rcode, answers, authority, additional } = await ask(question).read()
    const sections = [answers, authority, additional].map((lines) => lines.toSorted().join('\n'))
    told.push([question, rcode, ...sections].join('\n'))
  }
  return told
}

function questionsOf(plans: readonly Plan[]): string[] {
  const questions = ['a.svc.cluster.local A', 'none.svc.cluster.local A', 'none.a.svc.cluster.local A']
  for (const { space, name, net, pods } of plans) {
    const owner = `${name}.${space}.svc.cluster.local`
    questions.push(`${owner} A`, `${owner} AAAA`, `${owner} SRV`, `_http._tcp.${owner} SRV`)
    for (const pod of pods) {
      const dashed = podAddress(pod).replaceAll(/[.:]/g, '-')
      questions.push(`pod-${pod}.${owner} A`, `${dashed}.${owner} AAAA`)
    }
    for (const address of [netAddress(net), ...pods.map(podAddress)]) {
      questions.push(`${nameToText(reverseNameOf(address) ?? '')} PTR`)
    }
  }
  return questions
}

test('property: order, slices and shards do not affect answers', async () => {
  await fc.assert(
    fc.asyncProperty(anyPlans, anyLayout, anyLayout, async (plans, one, other) => {
      const expected = await answersOf(plans, { ...one, bits: 0 })
      assert.deepEqual(await answersOf(plans, one), expected)
      assert.deepEqual(await answersOf(plans, other), expected)
    }),
    { numRuns: 40 },
  )
})
