import assert from 'node:assert/strict'
import { formatAddress } from '../dns/address.ts'
import { optRecord, queryBytes } from '../dns/arbitrary.case.ts'
import { parseCidr } from '../dns/cidr.ts'
import { CLASS, RCODE, TYPE } from '../dns/code.ts'
import { type DecodedMessage, type DecodedRecord, strictDecode } from '../dns/message/strict-decode.case.ts'
import { nameFromText, nameToText } from '../dns/name.ts'
import type { SigningKey } from '../snapshot/key.ts'
import type { BlobHash, Content, Root } from '../snapshot/schema.ts'
import { type BuildOptions, build } from '../sync/build/snapshot.ts'
import { resourcesFor } from '../sync/kube/resources.ts'
import { type ReduceOptions, reduceObject } from '../sync/objects/reduce.ts'
import type { ObjectKind } from '../sync/objects/skipped.ts'
import { createStore } from '../sync/objects/store.ts'
import { agentDefaults } from '../sync/options.ts'
import { faultText } from '../sync/policy/faults.ts'
import { parsePolicy } from '../sync/policy/parse.ts'
import type { Policy } from '../sync/policy/policy.ts'
import type { EdgeConfig } from '../worker/config.ts'
import {
  clusterConfig,
  get,
  rootOf,
  startTestEdge,
  storeSnapshot,
  type TestEdge,
  testKey,
} from '../worker/edge.case.ts'
import type { DohResponse } from '../worker/http/request.ts'
import type { Fetch } from '../worker/ports.ts'

/*
 * Test cases that read like dig. A few Kubernetes objects become a snapshot, an edge in memory serves it, and
 *
 *     await ask('web.prod.svc.cluster.local A').answers`web.prod.svc.cluster.local. 5 IN A 10.96.0.7`
 *
 * sends a query through exchange() and compares the whole message. Sections compare as sets, but aliases must precede
 * their targets.
 */

/** A Kubernetes object, with the fields that DNS needs. */
export type KubeObject = { readonly kind: ObjectKind; readonly [field: string]: unknown }

/** A Namespace. */
export function namespace(name: string): KubeObject {
  return { kind: 'Namespace', metadata: { name } }
}

/** A Service named 'namespace/name'. */
export function service(key: string, spec: Readonly<Record<string, unknown>>): KubeObject {
  return { kind: 'Service', metadata: metadataOf(key), spec }
}

/** An EndpointSlice of the Service 'namespace/name'. Ports that are left out are null, as in the API. */
export function slice(
  key: string,
  endpoints: readonly unknown[],
  ports: readonly unknown[] | null = null,
): KubeObject {
  const { namespace: space, name } = metadataOf(key)
  const labels = { 'kubernetes.io/service-name': name }
  return {
    kind: 'EndpointSlice',
    metadata: { namespace: space, name: `${name}-abcde`, labels },
    endpoints,
    ports,
  }
}

/** A slice as the EndpointSlice controller writes it. */
export function managed(object: KubeObject): KubeObject {
  const { labels, ...metadata } = object.metadata as { labels: object }
  const managedBy = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' }
  return { ...object, metadata: { ...metadata, labels: { ...labels, ...managedBy } } }
}

/** An endpoint with one address, and a hostname if given. */
export function endpoint(address: string, hostname?: string): unknown {
  return { addresses: [address], conditions: { ready: true }, ...(hostname !== undefined && { hostname }) }
}

/** A Pod named 'namespace/name' with an address and additional `fields`. */
export function pod(key: string, podIP: string, fields: Readonly<Record<string, unknown>> = {}): KubeObject {
  return { kind: 'Pod', metadata: metadataOf(key), status: { podIP, phase: 'Running' }, ...fields }
}

/** 'http:80', 'dns:53/UDP' or ':80' → a port. */
export function port(text: string): unknown {
  const {
    name,
    number,
    protocol = 'TCP',
  } = /^(?<name>[^:]*):(?<number>\d+)(\/(?<protocol>\w+))?$/.exec(text)?.groups ?? {}
  return { ...(name && { name }), port: Number(number), protocol }
}

function metadataOf(key: string): { namespace: string; name: string } {
  const [space = '', name = ''] = key.split('/')
  return { namespace: space, name }
}

/** A cluster for an edge to serve. */
export type Site = {
  readonly id?: string
  readonly objects: readonly KubeObject[]
  readonly zones?: readonly string[]
  readonly reverse?: readonly string[]
  readonly reversePublic?: boolean
  readonly nameservers?: readonly string[]
  readonly followers?: readonly string[]
  readonly build?: Partial<BuildOptions & ReduceOptions>
  /** The access policy, as YAML. */
  readonly policy?: string
  readonly root?: Partial<Root>
  /** The schema of the root. Default: 1. */
  readonly schema?: 1 | 2
  readonly key?: SigningKey
}

/** An edge, and functions to query it. */
export type Dig = TestEdge & {
  /** 'name TYPE' or 'name CLASS TYPE'; types without a name are written TYPE65280. */
  readonly ask: (question: string, options?: AskOptions) => Asked
  /** Writes a cluster's snapshot to the store. */
  readonly publish: (site: Site) => Promise<void>
}

export type AskOptions = {
  /** False leaves OPT out, and with it the extended errors of the answer. */
  readonly edns?: boolean
  readonly path?: string
  /** Flags of the query's header. Default: RD only. */
  readonly flags?: number
  /** The DO bit of the query's OPT. */
  readonly dnssecOk?: boolean
}

/** An answer, decoded strictly. */
export type Answer = {
  readonly response: DohResponse
  readonly message: DecodedMessage
  readonly rcode: string
  readonly authoritative: boolean
  /** Records as zone-file lines; OPT is left out. */
  readonly answers: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
  /** The extended error: code and text. */
  readonly error: { readonly code: number; readonly text: string } | undefined
}

type Lines = (text: TemplateStringsArray) => Promise<Answer>

/** A query, and the expectations for its answer. Sections that are not mentioned have to be empty. */
export type Asked = {
  /** Records in addition to the checked ones: aliases before them, or the additional section. */
  behind(text: TemplateStringsArray): Asked
  additional(text: TemplateStringsArray): Asked
  /** The code of the expected extended error. */
  error(code: number): Asked
  readonly answers: Lines
  /** Expects NOERROR without records of the type, and the SOA of `zone` in the authority section. */
  nodata(zone: string): Promise<Answer>
  nxdomain(zone: string): Promise<Answer>
  servfail(isOurs?: boolean): Promise<Answer>
  refused(): Promise<Answer>
  /** The answer, with only the checks for every answer. */
  read(): Promise<Answer>
}

type Expected = { readonly aliases: string; readonly additional: string; readonly error: number | undefined }

/** Starts an edge that serves these clusters with their snapshots. */
export async function dig(
  sites: readonly Site[],
  config: Partial<EdgeConfig> = {},
  fetch?: Fetch,
): Promise<Dig> {
  const clusters = sites.map(
    ({ id, key = testKey, zones, build: options, reverse = [], reversePublic = false, ...optional }) =>
      clusterConfig({
        domain: options?.domain ?? agentDefaults.domain,
        ...(id !== undefined && { id }),
        keys: [key.publicKey],
        ...(zones && { zones }),
        reverse: reverse.flatMap((text) => parseCidr(text) ?? []),
        reversePublic,
        nameservers: optional.nameservers ?? [],
        followers: optional.followers ?? [],
      }),
  )
  return digAt(startTestEdge(clusters, config, fetch && { fetch }), sites)
}

/** Functions to query an existing edge. */
export async function digAt(running: TestEdge, sites: readonly Site[] = []): Promise<Dig> {
  const publish = async (site: Site): Promise<void> => {
    const { content, blobs } = await snapshotOf(site)
    const root = rootOf({ ...content, ...(site.id !== undefined && { cluster: site.id }), ...site.root })
    await storeSnapshot(running.kv, root, blobs.values(), site.key, site.schema)
  }
  for (const site of sites) await publish(site)
  const ask = (question: string, options: AskOptions = {}): Asked =>
    expecting(question, () => askOnce(running, question, options), {
      aliases: '',
      additional: '',
      error: undefined,
    })
  return { ...running, ask, publish }
}

/** The objects of a site → the snapshot of its agent: texts of blobs by hash, and the content that lists them. */
export async function snapshotOf(site: Site): Promise<{ content: Content; blobs: Map<BlobHash, string> }> {
  const options = { ...agentDefaults, static: false, ...site.build }
  const store = createStore()
  for (const { kind } of resourcesFor(options.pods)) {
    const objects = site.objects.filter((object) => object.kind === kind)
    const reduced = objects.map((object) => reduceObject(kind, object, options))
    // Slices of one Service have the same name here, but are separate objects.
    const own = (key: string, index: number): string => (kind === 'EndpointSlice' ? `${key}/${index}` : key)
    store.replace(
      kind,
      reduced.map((object, index) => ({ ...object, key: own(object.key, index) })),
    )
  }
  const given =
    site.policy === undefined ? undefined : { policy: await policyOf(site.policy), published: null }
  const { content, blobs } = await build(store, options, { services: 0, endpoints: 0 }, given)
  return { content, blobs: new Map(Array.from(blobs, ([hash, text]) => [hash, text()])) }
}

async function policyOf(text: string): Promise<Policy> {
  const outcome = await parsePolicy(text)
  if ('policy' in outcome) return outcome.policy
  throw new TypeError(outcome.faults.map(faultText).join('\n'))
}

function expecting(question: string, answer: () => Promise<Answer>, expected: Expected): Asked {
  const more = (change: Partial<Expected>): Asked => expecting(question, answer, { ...expected, ...change })
  const check = async (
    rcode: string,
    answers: string,
    authority: string,
    isOurs: boolean,
  ): Promise<Answer> => {
    const got = await answer()
    assert.deepEqual(
      { ...sections(got), rcode: got.rcode, aa: got.authoritative, error: got.error?.code },
      {
        answers: sorted(readLines(expected.aliases), readLines(answers)),
        authority: readLines(authority).toSorted(),
        additional: readLines(expected.additional).toSorted(),
        rcode,
        aa: isOurs,
        error: expected.error,
      },
      `${question}: ${got.error?.text ?? ''}`,
    )
    return got
  }
  const negative = async (rcode: string, zone: string): Promise<Answer> => {
    const got = await answer()
    const [soa = ''] = got.authority
    const owner = zone.endsWith('.') ? zone : `${zone}.`
    assert.equal(got.authority.length, 1, `${question}: ${got.rcode}, authority ${got.authority.join('; ')}`)
    assert.match(soa, / IN SOA /)
    assert.equal(soa.split(' ', 1)[0], owner, question)
    return check(rcode, '', soa, true)
  }
  return {
    behind: (text) => more({ aliases: text.join('') }),
    additional: (text) => more({ additional: text.join('') }),
    error: (code) => more({ error: code }),
    answers: (text) => check('NOERROR', text.join(''), '', true),
    nodata: (zone) => negative('NOERROR', zone),
    nxdomain: (zone) => negative('NXDOMAIN', zone),
    servfail: (isOurs = false) => check('SERVFAIL', '', '', isOurs),
    refused: () => check('REFUSED', '', '', false),
    read: answer,
  }
}

function sections({ answers, authority, additional }: Answer): Record<string, readonly string[]> {
  const aliases = answers.filter((line) => line.includes(' IN CNAME '))
  const last = answers.findLastIndex((line) => line.includes(' IN CNAME '))
  assert.equal(last, aliases.length - 1, 'an alias follows another record')
  return {
    answers: sorted(aliases, answers.slice(aliases.length)),
    authority: authority.toSorted(),
    additional: additional.toSorted(),
  }
}

function sorted(aliases: readonly string[], others: readonly string[]): string[] {
  const isAlias = (line: string): boolean => line.includes(' IN CNAME ')
  return [...aliases, ...others.filter(isAlias), ...others.filter((line) => !isAlias(line)).toSorted()]
}

function readLines(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '))
  return lines.filter((line) => line !== '')
}

const typeNames = new Map<number, string>(Object.entries(TYPE).map(([name, code]) => [code, name]))
const classNames = new Map<number, string>(Object.entries(CLASS).map(([name, code]) => [code, name]))
const rcodeNames = new Map<number, string>(Object.entries(RCODE).map(([name, code]) => [code, name]))

/** A type's code, by its name or as TYPE<code>. */
export function typeCode(text: string): number {
  const code =
    new Map<string, number>(Object.entries(TYPE)).get(text) ?? Number(/^TYPE(\d+)$/.exec(text)?.[1])
  assert.ok(code >= 0, `no type ${text}`)
  return code
}

async function askOnce(running: TestEdge, question: string, options: AskOptions): Promise<Answer> {
  const words = question.split(' ')
  const name = nameFromText(words[0] ?? '')
  const type = typeCode(words.at(-1) ?? '')
  const inClass = words.length > 2 ? ({ IN: 1, CH: 3, ANY: 255 }[words[1] ?? ''] ?? 0) : 1
  const { edns = true, flags = 0x0100, dnssecOk = false, path = '/dns-query' } = options
  const extra = edns
    ? ({ counts: [1, 0, 0, 1], tail: optRecord('', [0, dnssecOk ? 0x8000 : 0]) } as const)
    : {}
  const query = queryBytes(name, { id: 0x4b44, flags, type, class: inClass, ...extra })
  const response = await running.send(get(`${path}?dns=${Buffer.from(query).toString('base64url')}`))
  assert.equal(response.status, 200, String(response.body))
  const message = strictDecode(response.body as Uint8Array)
  assert.equal(message.id, 0x4b44)
  assert.deepEqual(message.questions, [{ name, type, class: inClass }])
  return readAnswer(response, message, edns, flags)
}

function readAnswer(response: DohResponse, message: DecodedMessage, edns: boolean, flags: number): Answer {
  const [answers, authority, everyAdditional] = message.sections
  const opts = everyAdditional.filter(({ type }) => type === TYPE.OPT)
  assert.equal(opts.length, edns ? 1 : 0, 'OPT comes back where it was sent, once')
  // QR, RD copied, RA; no TC, no AD, no Z, CD copied.
  assert.equal(message.flags & 0x8bf0, 0x8080 | (flags & 0x0110), `flags are ${message.flags.toString(16)}`)
  const additional = everyAdditional.filter(({ type }) => type !== TYPE.OPT)
  const [code, text] = opts[0]?.rdata ?? []
  const bytes = Buffer.from(String(text ?? ''), 'latin1')
  return {
    response,
    message,
    rcode: rcodeNames.get(message.flags & 0xf) ?? String(message.flags & 0xf),
    authoritative: (message.flags & 0x0400) !== 0,
    answers: answers.map(lineOf),
    authority: authority.map(lineOf),
    additional: additional.map(lineOf),
    error: code === 15 ? { code: bytes.readUInt16BE(), text: bytes.subarray(2).toString() } : undefined,
  }
}

function lineOf(record: DecodedRecord): string {
  const { owner, type, ttl } = record
  const words = [nameToText(owner), ttl, classNames.get(record.class) ?? record.class]
  return [...words, typeNames.get(type) ?? `TYPE${type}`, ...rdataWords(record)].join(' ')
}

function rdataWords({ type, rdata }: DecodedRecord): (string | number)[] {
  const text = (item: string | number | undefined): string => String(item ?? '')
  if (type === TYPE.A || type === TYPE.AAAA) return [formatAddress(Buffer.from(text(rdata[0]), 'latin1'))]
  if (type === TYPE.TXT || type === TYPE.HINFO) return rdata.map((item) => `"${item}"`)
  return rdata.map((item) => (typeof item === 'string' ? nameToText(item) : item))
}
