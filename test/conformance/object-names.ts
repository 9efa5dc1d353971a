import { BlockList } from 'node:net'
import { formatAddress, parseAddress } from '../../dns/address.ts'
import { nameFromText, nameToText } from '../../dns/name.ts'
import { parseReverseName, reverseName } from '../../dns/reverse.ts'

/** The names that follow from the objects of a cluster; in lower case, forward ones relative to the zone without final dot. */
export type ObjectNames = {
  /** Namespaces, Services, their ports as '_name._protocol' (a port without name is '_._protocol'), and endpoints. */
  readonly forward: ReadonlySet<string>
  /** Absolute reverse names of the addresses that have a PTR. */
  readonly reverse: ReadonlySet<string>
  /** PTRs that are not published, as 'reverse-name name': those of public addresses that only hand-made slices have. */
  readonly claims: ReadonlySet<string>
  /** ExternalName Services and their targets, with a final dot. */
  readonly aliases: ReadonlyMap<string, string>
  /** Names all of whose endpoint addresses are no IP addresses. */
  readonly foreign: ReadonlySet<string>
  /** Names by address of endpoints whose pod's name has a dot, where pods name endpoints → the addresses. */
  readonly dotted: ReadonlyMap<string, readonly string[]>
  /** Ports of headless Services that some ready endpoint has whose address is no IP address, as in `forward`. */
  readonly bare: ReadonlySet<string>
}

/** The fields of objects that determine names. */
type Metadata = {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly deletionTimestamp?: string
}
type Port = { readonly name?: string; readonly protocol?: string; readonly port?: number | null }
type Service = {
  readonly metadata: Metadata
  readonly spec?: {
    readonly type?: string
    readonly clusterIP?: string
    readonly clusterIPs?: readonly string[]
    readonly externalName?: string
    readonly selector?: Readonly<Record<string, string>> | null
    readonly ports?: readonly Port[] | null
  }
}
type Slice = {
  readonly metadata: Metadata
  readonly endpoints?:
    | readonly {
        readonly addresses?: readonly string[]
        readonly conditions?: { readonly ready?: boolean | null } | null
        readonly hostname?: string
        readonly targetRef?: { readonly name?: string } | null
      }[]
    | null
  readonly ports?: readonly Port[] | null
}

/** The objects of a cluster, by kind, as in the API. */
export type ClusterObjects = {
  readonly Namespace: readonly unknown[]
  readonly Service: readonly unknown[]
  readonly EndpointSlice: readonly unknown[]
}

/** Options that affect names. An empty list of namespaces means all of them. */
export type NamingOptions = {
  readonly namespaces: readonly string[]
  readonly endpointPodNames: boolean
  /** The cluster's native domain, and the zone that its names are asked in; in lower case, with final dot. */
  readonly domain: string
  readonly zone: string
}

/** Objects → their names, by the Kubernetes DNS specification, independent of the product's code. */
export function objectNames(objects: ClusterObjects, options: NamingOptions): ObjectNames {
  const names = { forward: new Set<string>(), reverse: new Set<string>(), aliases: new Map<string, string>() }
  const spaces = (objects.Namespace as readonly { metadata: Metadata }[])
    .map(({ metadata }) => metadata.name)
    .filter((name) => options.namespaces.length === 0 || options.namespaces.includes(name))
  for (const space of spaces) names.forward.add(`${space}.svc`)
  const inSpace = ({ metadata }: { metadata: Metadata }): boolean => spaces.includes(metadata.namespace ?? '')
  const services = (objects.Service as readonly Service[]).filter(inSpace)
  for (const service of services) addService(service, options, names)
  const foreign = new Set<string>()
  const dotted = new Map<string, string[]>()
  const bare = new Set<string>()
  const claims = new Set<string>()
  const granted = new Set<string>()
  const selecting = new Set(services.filter(({ spec }) => spec?.selector).map(keyOf))
  const headless = new Set(services.filter(({ spec }) => spec?.clusterIP === 'None').map(keyOf))
  const clustered = new Set(services.filter(({ spec }) => spec?.type !== 'ExternalName').map(keyOf))
  for (const slice of (objects.EndpointSlice as readonly Slice[]).filter(inSpace)) {
    const service = slice.metadata.labels?.['kubernetes.io/service-name']
    if (!service) continue
    const name = `${service}.${slice.metadata.namespace}.svc`.toLowerCase()
    if (!clustered.has(name)) continue
    const pointers = isByHand(slice, selecting.has(name)) ? claims : granted
    addSlice(slice, name, headless.has(name), options, { ...names, foreign, dotted, bare, pointers })
  }
  addPointers(names.reverse, claims, granted)
  for (const name of foreign) if (names.forward.has(name)) foreign.delete(name)
  return { ...names, foreign, dotted, bare, claims }
}

/** Whether neither the EndpointSlice controller nor the API server is sure to keep the addresses of a slice. */
function isByHand({ metadata }: Slice, isSelecting: boolean): boolean {
  if (metadata.namespace === 'default' && metadata.name === 'kubernetes') return false
  const writer = metadata.labels?.['endpointslice.kubernetes.io/managed-by']
  return (
    writer !== 'endpointslice-controller.k8s.io' || !isSelecting || metadata.deletionTimestamp !== undefined
  )
}

/** Ranges without names in the public DNS (RFC 6303 §4, RFC 6598, RFC 4193). */
const privateRanges = new BlockList()
for (const range of [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16',
  '192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 255.255.255.255/32',
  '::/128 ::1/128 fc00::/7 fe80::/10 2001:db8::/32',
].flatMap((line) => line.split(' '))) {
  const [address = '', bits] = range.split('/')
  privateRanges.addSubnet(address, Number(bits), familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}

/** Moves the granted PTRs, and those claims that are of private addresses, to the names that have a PTR. */
function addPointers(reverse: Set<string>, claims: Set<string>, granted: ReadonlySet<string>): void {
  for (const pointer of granted) {
    claims.delete(pointer)
    reverse.add(pointer.split(' ')[0] ?? '')
  }
  for (const claim of claims) {
    const [name = ''] = claim.split(' ')
    const { bytes } = parseReverseName(nameFromText(name)) ?? {}
    const address = formatAddress(bytes ?? new Uint8Array(4))
    if (!privateRanges.check(address, familyOf(address))) continue
    claims.delete(claim)
    reverse.add(name)
  }
}

function keyOf({ metadata }: { readonly metadata: Metadata }): string {
  return `${metadata.name}.${metadata.namespace}.svc`.toLowerCase()
}

type Sets = { forward: Set<string>; reverse: Set<string>; aliases: Map<string, string> }

function addService(service: Service, { domain, zone }: NamingOptions, names: Sets): void {
  const name = keyOf(service)
  const { type, externalName = '', clusterIP, clusterIPs, ports } = service.spec ?? {}
  if (type === 'ExternalName') {
    if (externalName === '' || parseAddress(externalName)) return
    names.forward.add(name)
    const target = externalName.endsWith('.') ? externalName : `${externalName}.`
    const isInside = target.toLowerCase().endsWith(`.${domain}`) || target.toLowerCase() === domain
    names.aliases.set(name, isInside ? target.slice(0, -domain.length) + zone : target)
    return
  }
  if (clusterIP === 'None') return
  const addresses = (clusterIPs ?? [clusterIP]).flatMap((text) => parseAddress(text ?? '') ?? [])
  if (addresses.length === 0) return
  names.forward.add(name)
  addPorts(ports, name, names.forward)
  for (const bytes of addresses) names.reverse.add(nameToText(reverseName(bytes)))
}

function addPorts(ports: readonly Port[] | null | undefined, name: string, to: Set<string>): void {
  for (const { name: port = '', protocol = 'TCP' } of ports ?? [])
    to.add(`_${port}._${protocol}.${name}`.toLowerCase())
}

function addSlice(
  slice: Slice,
  name: string,
  isHeadless: boolean,
  options: NamingOptions,
  names: Omit<Sets, 'reverse'> & {
    foreign: Set<string>
    dotted: Map<string, string[]>
    bare: Set<string>
    pointers: Set<string>
  },
): void {
  for (const { address, label } of readyAddresses(slice, options)) {
    const bytes = parseAddress(address)
    const own = `${label}.${name}`.toLowerCase()
    if (!bytes) {
      names.foreign.add(own)
      if (isHeadless) {
        names.foreign.add(name)
        addPorts(slice.ports, name, names.bare)
      }
      continue
    }
    names.forward.add(own)
    const byAddress = `${dashed(address)}.${name}`
    if (label.includes('.')) names.dotted.set(byAddress, [...(names.dotted.get(byAddress) ?? []), address])
    if (isHeadless) {
      names.forward.add(name)
      addPorts(slice.ports, name, names.forward)
    }
    if (formatAddress(bytes) === address) names.pointers.add(`${nameToText(reverseName(bytes))} ${own}`)
  }
}

function readyAddresses(
  { endpoints }: Slice,
  options: NamingOptions,
): { readonly address: string; readonly label: string }[] {
  const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false)
  return ready.flatMap(({ addresses = [], hostname, targetRef }) => {
    const pod = options.endpointPodNames ? targetRef?.name : undefined
    const given = hostname || (pod !== undefined && pod.length < 64 ? pod : undefined)
    return addresses.map((address) => ({ address, label: given ?? dashed(address) }))
  })
}

/** A label must not end with a dash (RFC 1123 §2.1), so '2001:db8::' gets a zero. */
function dashed(address: string): string {
  return address.replaceAll(/[.:]/g, '-').replace(/-$/, '-0')
}
