import { maxLabelBytes, maxNameBytes, maxZoneBytes } from '../dns/limits.ts'
import { isNameText } from '../dns/name.ts'
import { SnapshotError } from './errors.ts'
import { readPolicyHead, readTokenShard } from './policy/decode.ts'
import {
  type Blob,
  type Endpoint,
  type EndpointGroup,
  type Owner,
  type Port,
  type Service,
  schemaVersion,
} from './schema.ts'
import {
  parseJson,
  type Reader,
  readArray,
  readList,
  readObject,
  readOneOf,
  readSchema,
  readText,
} from './shape.ts'

const kinds = ['services', 'endpoints', 'reverse', 'pods', 'namespaces', 'policy', 'tokens'] as const

/**
 * A blob's text → its content. The text's hash must have been checked before, so a fault found here was signed.
 * Throws SnapshotError SCHEMA with the path of the fault when the schema is unknown or the shape is not the schema's. That
 * includes texts that are not valid in a DNS name, so that answers can be written without another check.
 */
export function decodeBlob(text: string): Blob {
  const blob = readObject(parseJson(text, 'the blob'), 'the blob')
  readSchema(schemaVersion)(blob.schema, "the blob's schema")
  const kind = readOneOf(...kinds)(blob.kind, 'kind')
  switch (kind) {
    case 'services':
      return { kind, services: readEntries(blob.entries, readService) }
    case 'endpoints':
      return { kind, services: readEntries(blob.entries, readList(readGroup)) }
    case 'reverse':
      return { kind, owners: readEntries(blob.entries, readList(readOwner)) }
    case 'pods':
      return { kind, namespaces: readEntries(blob.entries, readList(readText)) }
    case 'namespaces':
      return { kind, namespaces: new Set(readList(readText)(blob.namespaces, 'namespaces')) }
    case 'policy':
      return readPolicyHead(blob)
    case 'tokens':
      return readTokenShard(blob)
  }
}

/*
 * A blob has hundreds of items, which a fresh isolate reads for its first answer. Items are therefore read by their index: before V8
 * has compiled the code, an iterator and each of its steps are objects, which made half of the garbage of that answer.
 */

function readEntries<T>(value: unknown, readEntry: Reader<T>): ReadonlyMap<string, T> {
  const entries = new Map<string, T>()
  const readPair: Reader<void> = (pair, path) => {
    const items = readArray(pair, path)
    if (items.length !== 2) throw new SnapshotError('SCHEMA', `${path} is not a pair of key and entry`)
    const key = readText(items[0], `${path}[0]`)
    if (entries.has(key)) throw new SnapshotError('SCHEMA', `${path}[0] occurs twice`)
    entries.set(key, readEntry(items[1], `${path}[1]`))
  }
  readList(readPair)(value, 'entries')
  return entries
}

const readService: Reader<Service> = (value, path) => {
  const service = readObject(value, path)
  if ('ips' in service) {
    const ips = listReaders.ips(service.ips, `${path}.ips`)
    return { kind: 'cluster', ips, ports: listReaders.ports(service.ports, `${path}.ports`) }
  }
  if ('groups' in service) {
    return { kind: 'headless', groups: listReaders.groups(service.groups, `${path}.groups`) }
  }
  return { kind: 'external', target: readTarget(service.target, `${path}.target`) }
}

const readGroup: Reader<EndpointGroup> = (value, path) => {
  const group = readObject(value, path)
  listReaders.ports(group.ports, `${path}.ports`)
  listReaders.endpoints(group.endpoints, `${path}.endpoints`)
  return group as EndpointGroup
}

const readPort: Reader<Port> = (value, path) => {
  const port = readArray(value, path)
  const isPort = port.length === 3 && typeof port[0] === 'string' && typeof port[1] === 'string'
  if (!isPort || !isPortNumber(port[2])) {
    throw new SnapshotError('SCHEMA', `${path} is not a port: name, protocol, number`)
  }
  return value as Port
}

function isPortNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535
}

/** A target (docs/snapshot.md): absolute, relative to the zone of the question, or '@'. */
const readTarget: Reader<string> = (value, path) => {
  const target = readText(value, path)
  if (target === '@') return target
  const isWithinZone = target.endsWith('.') || target.length + 1 + maxZoneBytes <= maxNameBytes
  if (!isNameText(target) || target === '' || !isWithinZone) {
    throw new SnapshotError('SCHEMA', `${path} is not a valid target of an alias`)
  }
  return target
}

/** The characters and length of an address; the longest, an IPv6 address with an IPv4 tail, has 45 characters. */
const addressForm = /^[0-9A-Fa-f.:]{2,45}$/

const readEndpoint: Reader<Endpoint> = (value, path) => {
  const endpoint = readTexts(value, path, 1, 2)
  const label = endpoint[1]
  if (!addressForm.test(endpoint[0] ?? '')) throw new SnapshotError('SCHEMA', `${path}[0] is not an address`)
  if (label !== undefined) readLabel(label, `${path}[1]`)
  return endpoint as unknown as Endpoint
}

const readOwner: Reader<Owner> = (value, path) => {
  const owner = readTexts(value, path, 2, 3)
  for (let index = 0; index < owner.length; index++) readLabel(owner[index] ?? '', `${path}[${index}]`)
  return owner as unknown as Owner
}

function readLabel(label: string, path: string): void {
  if (label.length > maxLabelBytes || !/^[\x21-\x7e]+$/.test(label)) {
    throw new SnapshotError('SCHEMA', `${path} is not a DNS label`)
  }
}

const listReaders = {
  ips: readList(readText),
  ports: readList(readPort),
  endpoints: readList(readEndpoint),
  groups: readList(readGroup),
}

function readTexts(value: unknown, path: string, least: number, most: number): readonly string[] {
  const texts = readArray(value, path)
  let areTexts = texts.length >= least && texts.length <= most
  for (let index = 0; areTexts && index < texts.length; index++) areTexts = typeof texts[index] === 'string'
  if (!areTexts) throw new SnapshotError('SCHEMA', `${path} is not a list of ${least} to ${most} texts`)
  return texts as readonly string[]
}
