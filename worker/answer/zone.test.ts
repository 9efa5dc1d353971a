import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCidr } from '../../dns/cidr.ts'
import { fold, labelName, type Name, nameFromText, nameToText } from '../../dns/name.ts'
import { reverseNameOf } from '../../dns/reverse.ts'
import { callerDefaults } from '../caller-config.ts'
import type { EdgeConfig } from '../config.ts'
import { clusterConfig } from '../edge.case.ts'
import { createZones, locate, locateInCluster, type Place } from './zone.ts'

type Given = { readonly id: string; readonly zones: readonly string[]; readonly reverse?: readonly string[] }

function zonesOf(...clusters: readonly Given[]): ReturnType<typeof createZones> {
  const config: EdgeConfig = {
    public: true,
    deny: new Set(),
    ingest: true,
    memoryBytes: 1,
    answerBytes: 1,
    ...callerDefaults,
    clusters: clusters.map(({ reverse = [], ...rest }) =>
      clusterConfig({ ...rest, reverse: reverse.flatMap((text) => parseCidr(text) ?? []) }),
    ),
  }
  return createZones(config)
}

const zones = zonesOf(
  {
    id: 'prod',
    zones: ['cluster.local', 'prod.k8s.example.com'],
    reverse: ['10.96.0.0/12', '10.244.7.0/24', 'fd00:10:96::/112'],
  },
  { id: 'dev', zones: ['cluster.local', 'k8s.example.com'], reverse: ['10.200.0.0/16', '198.18.0.0/15'] },
)

function show(place: Place | undefined): string {
  if (!place || place.kind === 'outside') return 'outside'
  const cluster = place.kind === 'private' ? 'private' : place.cluster.id
  const zone = nameToText(place.zone)
  if (place.kind === 'forward') return `${cluster} ${zone} ${place.wanted.kind}`
  const apex = place.isApex ? ['apex'] : []
  if (place.kind === 'private')
    return [cluster, zone, ...apex, ...(place.isParent ? ['parent'] : [])].join(' ')
  return [cluster, zone, place.prefix ? `/${place.prefix.bits}` : 'no prefix', ...apex].join(' ')
}

function located(text: string): string {
  const name = nameFromText(text)
  return show(locate(fold(name), name, zones))
}

function locatedAddress(address: string): string {
  const name = reverseNameOf(address) ?? ''
  return show(locate(name, name, zones))
}

const forward: readonly (readonly [name: string, place: string])[] = [
  ['web.default.svc.cluster.local', 'prod cluster.local. service'],
  ['cluster.local', 'prod cluster.local. apex'],
  ['local', 'outside'],
  ['notcluster.local', 'outside'],
  ['x.notcluster.local', 'outside'],
  ['cluster.local.example.com', 'outside'],
  ['example.com', 'outside'],
  // The longest zone wins, regardless of the order in the configuration.
  ['web.default.svc.prod.k8s.example.com', 'prod prod.k8s.example.com. service'],
  ['web.default.svc.k8s.example.com', 'dev k8s.example.com. service'],
  ['dev.k8s.example.com', 'dev k8s.example.com. none'],
  ['notprod.k8s.example.com', 'dev k8s.example.com. none'],
  // The zone keeps the case of the question; the labels in front of it are folded.
  ['Web.DEFAULT.Svc.Cluster.LOCAL', 'prod Cluster.LOCAL. service'],
  ['cluster.local.cluster.local', 'prod cluster.local. none'],
]
for (const [name, place] of forward) test(`${name} is in ${place}`, () => assert.equal(located(name), place))

test('of two clusters with the same zone, anonymous callers see the first', () => {
  const dev = zonesOf({ id: 'dev', zones: ['cluster.local'] }, { id: 'prod', zones: ['cluster.local'] })
  const name = nameFromText('cluster.local')
  assert.equal(show(locate(name, name, dev)), 'dev cluster.local. apex')
})

test('a label with a dot in it is not two labels', () => {
  const name: Name = labelName('web') + labelName('cluster.local') + '\0'
  assert.equal(show(locate(name, name, zones)), 'outside')
  const tail: Name = labelName('x.cluster') + labelName('local') + '\0'
  assert.equal(show(locate(tail, tail, zones)), 'outside')
})

test('the root is outside', () => assert.equal(show(locate('\0', '\0', zones)), 'outside'))

test('only ASCII is folded: the Kelvin sign is not k', () => {
  const kelvin: Name = labelName('prod') + labelName('\xe2\x84\xaa8s') + nameFromText('example.com')
  assert.equal(show(locate(fold(kelvin), kelvin, zones)), 'outside')
})

const reverse: readonly (readonly [address: string, place: string])[] = [
  // A range that does not end at a label boundary is expanded to the next longer zones, as in CoreDNS.
  ['10.96.0.10', 'prod 96.10.in-addr.arpa. /32'],
  ['10.111.255.255', 'prod 111.10.in-addr.arpa. /32'],
  ['10.112.0.1', 'private 10.in-addr.arpa.'],
  ['10.244.7.9', 'prod 7.244.10.in-addr.arpa. /32'],
  ['10.244.8.9', 'private 10.in-addr.arpa.'],
  ['10.200.1.1', 'dev 200.10.in-addr.arpa. /32'],
  ['198.19.1.1', 'dev 19.198.in-addr.arpa. /32'],
  ['fd00:10:96::a', 'prod 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa. /128'],
  // Private ranges, which must not be sent upstream.
  ['127.0.0.1', 'private 127.in-addr.arpa.'],
  ['0.0.0.0', 'private 0.in-addr.arpa.'],
  ['169.254.169.254', 'private 254.169.in-addr.arpa.'],
  ['172.16.0.1', 'private 16.172.in-addr.arpa.'],
  ['172.31.255.255', 'private 31.172.in-addr.arpa.'],
  ['192.168.1.1', 'private 168.192.in-addr.arpa.'],
  ['100.64.0.1', 'private 64.100.in-addr.arpa.'],
  ['100.127.0.1', 'private 127.100.in-addr.arpa.'],
  ['192.0.2.1', 'private 2.0.192.in-addr.arpa.'],
  ['198.51.100.1', 'private 100.51.198.in-addr.arpa.'],
  ['203.0.113.1', 'private 113.0.203.in-addr.arpa.'],
  ['255.255.255.255', 'private 255.255.255.255.in-addr.arpa. apex'],
  ['fc00::1', 'private c.f.ip6.arpa.'],
  ['fdff::1', 'private d.f.ip6.arpa.'],
  ['fe80::1', 'private 8.e.f.ip6.arpa.'],
  ['febf::1', 'private b.e.f.ip6.arpa.'],
  ['2001:db8::1', 'private 8.b.d.0.1.0.0.2.ip6.arpa.'],
  // Public addresses are outside the zones.
  ['172.32.0.1', 'outside'],
  ['100.128.0.1', 'outside'],
  ['8.8.8.8', 'outside'],
  ['198.20.0.1', 'outside'],
  ['2001:db9::1', 'outside'],
  ['fec0::1', 'outside'],
]
for (const [address, place] of reverse) {
  test(`the name of ${address} is in ${place}`, () => assert.equal(locatedAddress(address), place))
}

const partial: readonly (readonly [name: string, place: string])[] = [
  ['0.96.10.in-addr.arpa', 'prod 96.10.in-addr.arpa. /24'],
  ['96.10.in-addr.arpa', 'prod 96.10.in-addr.arpa. /16 apex'],
  ['10.in-addr.arpa', 'private 10.in-addr.arpa. apex parent'],
  ['244.10.in-addr.arpa', 'private 10.in-addr.arpa. parent'],
  ['245.10.in-addr.arpa', 'private 10.in-addr.arpa.'],
  ['d.f.ip6.arpa', 'private d.f.ip6.arpa. apex parent'],
  ['0.0.d.f.ip6.arpa', 'private d.f.ip6.arpa. parent'],
  ['in-addr.arpa', 'outside'],
  ['ip6.arpa', 'outside'],
  ['arpa', 'outside'],
  ['0.96.10.In-Addr.ARPA', 'prod 96.10.In-Addr.ARPA. /24'],
]
for (const [name, place] of partial) test(`${name} is in ${place}`, () => assert.equal(located(name), place))

const malformed: readonly (readonly [name: string, place: string])[] = [
  ['x.1.0.96.10.in-addr.arpa', 'prod 96.10.in-addr.arpa. no prefix'],
  ['5.1.0.96.10.in-addr.arpa', 'prod 96.10.in-addr.arpa. no prefix'],
  ['x.0.96.10.in-addr.arpa', 'prod 96.10.in-addr.arpa. no prefix'],
  ['010.0.96.10.in-addr.arpa', 'prod 96.10.in-addr.arpa. no prefix'],
  ['256.0.96.10.in-addr.arpa', 'prod 96.10.in-addr.arpa. no prefix'],
  ['web.default.svc.96.10.in-addr.arpa', 'prod 96.10.in-addr.arpa. no prefix'],
  ['dns-version.96.10.in-addr.arpa', 'prod 96.10.in-addr.arpa. no prefix'],
  ['x.96.10.ip6.arpa', 'outside'],
  ['x.d.f.ip6.arpa', 'private d.f.ip6.arpa.'],
  ['10.f.ip6.arpa', 'outside'],
  ['web.in-addr.arpa', 'outside'],
  ['1.0.96.10.xin-addr.arpa', 'outside'],
]
for (const [name, place] of malformed)
  test(`${name} is in ${place}`, () => assert.equal(located(name), place))

test('33 nibbles are not an address, even if the last 32 of them are one', () => {
  const name = `x.${nameToText(reverseNameOf('fd00:10:96::a') ?? '')}`
  assert.match(located(name), /^prod .* no prefix$/)
})

test('a reverse zone has ns.dns as well', () => {
  assert.equal(located('ns.dns.96.10.in-addr.arpa'), 'prod 96.10.in-addr.arpa. nameserver')
  assert.equal(located('dns.96.10.in-addr.arpa'), 'prod 96.10.in-addr.arpa. between')
  assert.equal(located('x.dns.96.10.in-addr.arpa'), 'prod 96.10.in-addr.arpa. none')
  assert.equal(located('ns.dns.10.in-addr.arpa'), 'private 10.in-addr.arpa.')
})

test("a cluster's range takes precedence over private ranges, even if it is wider", () => {
  const all = zonesOf({ id: 'all', zones: ['cluster.local'], reverse: ['0.0.0.0/0', '::/0'] })
  for (const [address, zone] of [
    ['10.96.0.1', 'in-addr.arpa.'],
    ['8.8.8.8', 'in-addr.arpa.'],
    ['fd00::1', 'ip6.arpa.'],
  ]) {
    const name = reverseNameOf(address ?? '') ?? ''
    assert.match(show(locate(name, name, all)), new RegExp(`^all ${zone} `))
  }
})

test('of several ranges of clusters, the narrowest wins', () => {
  const both = zonesOf(
    { id: 'wide', zones: ['a.example'], reverse: ['10.0.0.0/8'] },
    { id: 'narrow', zones: ['b.example'], reverse: ['10.96.0.0/16'] },
  )
  const at = (text: string): string => show(locate(nameFromText(text), nameFromText(text), both))
  assert.equal(at('1.0.96.10.in-addr.arpa'), 'narrow 96.10.in-addr.arpa. /32')
  assert.equal(at('1.0.97.10.in-addr.arpa'), 'wide 10.in-addr.arpa. /32')
  assert.equal(at('10.in-addr.arpa'), 'wide 10.in-addr.arpa. /8 apex')
})

test('an alias target is located in any zone of its cluster, and in no other cluster', () => {
  const prod = clusterConfig({ id: 'prod', zones: ['cluster.local', 'prod.k8s.example.com'] })
  const at = (text: string): string => show(locateInCluster(nameFromText(text), prod, { forward: new Map() }))
  assert.equal(at('Web.Default.svc.PROD.k8s.example.com'), 'prod PROD.k8s.example.com. service')
  assert.equal(at('web.default.svc.k8s.example.com'), 'outside')
  assert.equal(at('1.0.96.10.in-addr.arpa'), 'outside')
  assert.equal(at('example.com'), 'outside')
})
