import type { Answer, Line } from './answer.ts'
import { type Context, type Place, placeOf } from './context.ts'

/** Types whose answer shows whether a name exists: not TXT and SOA, for which CoreDNS has special rules. */
const telling = ['A', 'AAAA', 'SRV', 'MX', 'CNAME', 'NS', 'HTTPS', 'SVCB', 'ANY', 'PTR']

/**
 * Does a name exist, by CoreDNS's answers for the types that show it, or else by the objects, or else by the form
 * of the name? Names that are not published according to docs/dns.md do not exist.
 */
export function exists(name: string, context: Context): boolean {
  const place = placeOf(name, context)
  if (!place) return false
  if (place.isReverse && place.labels.at(-1) !== 'dns') return existsInReverse(name, place, context)
  const form = place.labels.join('.')
  if (['', 'svc', 'pod', 'dns', 'ns.dns', 'dns-version'].includes(form)) return true
  if (isPodPrefix(place) || isForeign(place, context) || isBarePort(name, place, context)) return false
  return known(name, place, context) ?? isParent(name, place, context)
}

/** Decides by CoreDNS's answers, or by the objects; undefined when CoreDNS answers NXDOMAIN or neither decides. */
function known(name: string, place: Place, context: Context): true | undefined {
  const said = telling.map((type) => context.theirs(name.toLowerCase(), type)).filter((answer) => answer)
  if (said.length > 0) return said.some((answer) => answer?.rcode === 'NOERROR') || undefined
  return context.objects?.forward.has(place.labels.join('.')) || undefined
}

/** A name that owns nothing and has a port's name below it: '_tcp' or 'tcp' of a service, or an empty label's '_'. */
export function isParent(name: string, place: Place, context: Context): boolean {
  const [label = '', service, namespace, svc] = place.labels
  if (service === undefined || namespace === undefined || svc !== 'svc' || place.labels.length !== 4)
    return false
  const protocol = label.replace(/^_/, '')
  const below = [...(context.objects?.forward ?? [])].some((other) => {
    const parts = other.split('.')
    if (parts.length !== 5 || parts.slice(2).join('.') !== `${service}.${namespace}.svc`) return false
    return protocol === '' || parts[1] === `_${protocol}`
  })
  // '_._' matches any port of a Service, and also addresses without a port.
  if (
    protocol === '' &&
    !context.objects?.aliases.has(place.labels.slice(1).join('.')) &&
    hasAddresses(`_._.${name.slice(label.length + 1)}`, context)
  )
    return true
  // Where only CoreDNS can tell, it answers for any port of the protocol.
  return (
    below ||
    srvAt(`_._${protocol}.${name.slice(label.length + 1)}`, context)?.answer.some(
      ({ type }) => type === 'SRV',
    ) === true
  )
}

function hasAddresses(name: string, context: Context): boolean {
  return ['A', 'AAAA'].some((type) =>
    context.theirs(name.toLowerCase(), type)?.answer.some((line) => line.type === type),
  )
}

/** CoreDNS's records of type SRV at a name. */
function srvAt(name: string, context: Context): Answer | undefined {
  return context.theirs(name.toLowerCase(), 'SRV')
}

/** A port's name, such as '_http._tcp.web', that only endpoints without an IP address have. */
export function isBarePort(name: string, place: Place, context: Context): boolean {
  if (!isPartlyBare(place, context) || hasPort(context.objects?.forward, place.labels)) return false
  return srvAt(name, context)?.answer.length === 0
}

/** A port's name that CoreDNS has for some endpoints without an SRV record; an empty label matches any. */
export function isPartlyBare({ labels, isReverse }: Place, { objects }: Context): boolean {
  if (isReverse || labels.length !== 5 || labels.at(-1) !== 'svc') return false
  return hasPort(objects?.bare, labels)
}

/** Does a forward name exist by the objects; a port's in any spelling that CoreDNS takes? */
export function isInObjects({ labels }: Place, { objects }: Context): boolean {
  if (!objects) return false
  if (objects.forward.has(labels.join('.'))) return true
  return labels.length === 5 && labels.at(-1) === 'svc' && hasPort(objects.forward, labels)
}

/** Is the port of a name among some; an empty label matches any, and underscores may be left out. */
function hasPort(
  names: ReadonlySet<string> | undefined,
  [port, protocol, ...service]: readonly string[],
): boolean {
  const fits = (asked: string | undefined, label: string | undefined): boolean => {
    const plain = asked?.replace(/^_/, '')
    return plain === '' || `_${plain}` === label
  }
  return [...(names ?? [])].some((name) => {
    const [first, second, ...rest] = name.split('.')
    return rest.join('.') === service.join('.') && fits(port, first) && fits(protocol, second)
  })
}

/** A PTR whose target, a Service's endpoint, does not exist according to CoreDNS. */
export function isDangling({ rdata }: Line, context: Context): boolean {
  const place = placeOf(rdata, context)
  if (!place || isUnlabelled({ rdata } as Line)) return false
  return context.theirs(rdata.toLowerCase(), 'A')?.rcode === 'NXDOMAIN'
}

/** The PTR records of a whole reverse name that are to be published: none at names that are not an address. */
export function pointersAt(name: string, context: Context): readonly Line[] {
  if (isOverlong(name) || isMapped(name)) return []
  const said = context.theirs(name.toLowerCase(), 'PTR')
  return (said?.answer ?? []).filter((line) => line.type === 'PTR' && !isUnpublished(line, context))
}

/** A PTR that is not published. */
export function isUnpublished(line: Line, context: Context): boolean {
  return (
    isUnlabelled(line) || isLeaked(line, context) || isDangling(line, context) || isClaimed(line, context)
  )
}

/** A PTR of a public address that only hand-made slices have. */
export function isClaimed({ owner, rdata }: Line, context: Context): boolean {
  const target = placeOf(rdata, context)?.labels.join('.')
  return context.objects?.claims.has(`${owner.toLowerCase()} ${target}`) ?? false
}

function existsInReverse(name: string, place: Place, context: Context): boolean {
  if (place.labels.length === 0) return true
  if (pointersAt(name, context).length > 0) return true
  if (
    context.theirs(name.toLowerCase(), 'PTR') === undefined &&
    context.objects?.reverse.has(name.toLowerCase())
  )
    return true
  return isPartialReverse(name)
}

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const partialReverse = new RegExp(`^((${octet}[.]){1,3}in-addr|([0-9a-f][.]){1,31}ip6)[.]arpa[.]$`, 'i')

/** Whether a name has some of the labels of an address: one to three octets, or 1 to 31 nibbles. */
export function isPartialReverse(name: string): boolean {
  return partialReverse.test(name)
}

/** 'x.10-1-2-3.namespace.pod', with one or two labels in front: CoreDNS leaves them unread. */
export function isPodPrefix({ labels }: Place): boolean {
  return labels.at(-1) === 'pod' && labels.length > 3
}

/** True if all addresses of this name come from EndpointSlices, and none of them is an IP address. */
export function isForeign({ labels, isReverse }: Place, { objects }: Context): boolean {
  if (isReverse || !objects) return false
  const { foreign, forward } = objects
  const service = labels.slice(-3).join('.')
  if (labels.length < 5) return foreign.has(labels.join('.'))
  return foreign.has(service) && !forward.has(service)
}

/** An ip6.arpa name with labels in front of its 32 nibbles. */
export function isOverlong(name: string): boolean {
  const labels = name.toLowerCase().split('.').slice(0, -3)
  return name.toLowerCase().endsWith('.ip6.arpa.') && labels.length > 32
}

/** The ip6.arpa name of an IPv4-mapped address (RFC 4291 §2.5.5.2). */
export function isMapped(name: string): boolean {
  return /^([0-9a-f]\.){8}(f\.){4}(0\.){20}ip6\.arpa\.$/i.test(name)
}

/** A PTR of an EndpointSlice without service label: the service's label is empty, and the message cannot be encoded. */
export function isUnlabelled({ rdata }: Line): boolean {
  return rdata.includes('..')
}

/** A PTR into a namespace that does not exist for CoreDNS otherwise. */
export function isLeaked({ rdata }: Line, context: Context): boolean {
  const place = placeOf(rdata, context)
  const [namespace, svc] = place?.labels.slice(-2) ?? []
  if (!place || svc !== 'svc' || namespace === undefined || isUnlabelled({ rdata } as Line)) return false
  const parent =
    context.theirs(`${namespace}.svc.${place.zone}`, 'A') ?? context.theirs(rdata.toLowerCase(), 'A')
  if (parent) return parent.rcode === 'NXDOMAIN'
  return context.objects !== undefined && !context.objects.forward.has(`${namespace}.svc`)
}
