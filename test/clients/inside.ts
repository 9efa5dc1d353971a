import { startNodeEdge } from '../blackbox/node-edge.ts'
import { newKey, publishThrough } from '../blackbox/publish.ts'
import { policyWithToken } from '../blackbox/token-policy.ts'
import * as behindEdge from './behind-edge.ts'
import { dnsmasq, resolved, unbound } from './behind-stub.ts'
import { chromiumBehindConnect, firefoxBehindConnect } from './browsers-behind-connect.ts'
import { chromium } from './chromium.ts'
import type { Cell, Client, Row } from './client.ts'
import { connectForward, connectZones, librariesBehindConnect } from './connect.ts'
import { curlDohUrl, curlRequests } from './curl.ts'
import type { Target } from './dig.ts'
import { directClients } from './direct.ts'
import {
  dnsdist,
  dnsproxy,
  dnsproxyByProfile,
  dnsproxyByStamp,
  routedns,
  smartdns,
} from './edge-forwarders.ts'
import { firefox } from './firefox.ts'
import { mdns } from './mdns.ts'
import { mdnsZones } from './mdns-zones.ts'
import { dnsOverTls, ownNetwork, plainDns } from './nameserver.ts'
import { prepareNetwork } from './network.ts'
import { networkManager } from './network-manager.ts'
import { servePage } from './page.ts'
import { skipWithout } from './program.ts'
import type { ClientPrograms } from './programs.ts'
import { recipeZone, usualServer } from './recipe.ts'
import { resolvedLife } from './resolved-life.ts'
import { resolvers } from './resolvers.ts'
import { cases, clusterObjects } from './services.ts'
import { connectStub, dnsproxyStub } from './stub.ts'
import { startUpstream } from './upstream.ts'
import { startUsualResolver } from './usual-resolver.ts'

/*
 * node inside.ts PROGRAMS BROWSERS ONLY   Runs in a new network and mount namespace (matrix.ts). PROGRAMS is JSON.
 * Prints each row of the matrix as a line of JSON.
 */

const [, , given = '{}', browsers = '', only = ''] = process.argv
const programs = JSON.parse(given) as ClientPrograms
const forwarders = [
  dnsdist,
  dnsproxy(programs.dnsproxy),
  dnsproxyByProfile(programs.dnsproxy),
  dnsproxyByStamp(programs.dnsproxy),
  routedns(programs.routedns),
  smartdns(programs.debian),
]
const behindStub = [dnsproxyStub(programs.dnsproxy), connectStub].flatMap((stub) => [
  unbound(stub),
  dnsmasq(programs.debian, stub),
  resolved(programs.debian, stub),
  networkManager(programs.debian, stub),
])
await prepareNetwork()
const page = await servePage()
const upstream = await startUpstream()
const usual = await startUsualResolver(usualServer)
const key = await newKey()
const scope = { namespaces: ['default'] }
const networks = [{ cidr: ownNetwork, ...scope }]
const { token, source: policy } = await policyWithToken('dev', scope, { networks })
const config = {
  public: false,
  upstream: { urls: [upstream.url] },
  clusters: [
    {
      id: 'dev',
      keys: [key.publicKey],
      zones: ['cluster.local', 'k8s.test', recipeZone],
      reverse: ['10.96.0.0/16', '10.244.0.0/16'],
    },
  ],
}
const edge = await startNodeEdge(config, [`--dns-listen=${plainDns.address}:${plainDns.port}`])
// A second edge, which knows nobody by address: over TLS the token alone counts.
const tlsPolicy = await policyWithToken('dev', { ...scope, doors: ['dot'] })
const tlsEdge = await startNodeEdge({ ...config, dotHost: dnsOverTls.host }, [
  `--dot-listen=${dnsOverTls.address}:${dnsOverTls.port}`,
])
try {
  await publishThrough(edge.fetch, edge.url, 'dev', key, clusterObjects(), Date.now, policy)
  await publishThrough(tlsEdge.fetch, tlsEdge.url, 'dev', key, clusterObjects(), Date.now, tlsPolicy.source)
  // Every DoH client has a token, in the only place where all of them can carry one: the path of the URL.
  const target = { url: `${edge.url}/dns-query/${token}`, caFile: edge.caFile }
  const nameserver = { token: tlsPolicy.token, caFile: tlsEdge.caFile }
  const clients = [
    ...[curlDohUrl, ...curlRequests, ...resolvers, ...forwarders, ...behindStub],
    ...[connectZones, connectForward, ...librariesBehindConnect, mdns(programs.debian)],
    mdnsZones(programs.debian),
    resolvedLife(programs.debian),
    ...directClients(nameserver),
    ...[behindEdge.named(nameserver), behindEdge.unbound(nameserver), behindEdge.unboundTls(nameserver)],
    ...[behindEdge.dnsmasq(nameserver, programs.debian), behindEdge.resolved(nameserver, programs.debian)],
    ...(browsers === 'browsers' ? [chromium, firefox, chromiumBehindConnect, firefoxBehindConnect] : []),
  ]
  const wanted = clients.filter(({ name }) => name.includes(only))
  for (const client of wanted) console.log(JSON.stringify(await rowOf(client, target)))
} finally {
  await edge.stop()
  await tlsEdge.stop()
  await upstream.stop()
  usual.stop()
  page.stop()
}

async function rowOf(client: Client, target: Target): Promise<Row> {
  const row = { client: client.name, zone: client.zone }
  for (const program of client.programs) {
    const skipped = await skipWithout(program)
    if (skipped) return { ...row, version: '', skipped, cells: [] }
  }
  const unavailable = await client.unavailable?.()
  if (unavailable) return { ...row, version: '', skipped: unavailable, cells: [] }
  return { ...row, version: await client.version(), cells: await cellsOf(client, target) }
}

async function cellsOf(client: Client, target: Target): Promise<Cell[]> {
  try {
    const session = await client.open(target, usual)
    try {
      const cells: Cell[] = []
      for (const one of cases) cells.push({ title: one.title, ...(await verdict(session.see(one))) })
      for (const { title, see } of session.looks ?? []) cells.push({ title, ...(await verdict(see())) })
      return cells
    } finally {
      await session.close()
    }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return cases.map(({ title }) => ({ title, passed: false, said }))
  }
}

async function verdict(seen: Promise<string>): Promise<Omit<Cell, 'title'>> {
  try {
    return { passed: true, said: await seen }
  } catch (error) {
    return { passed: false, said: error instanceof Error ? error.message : String(error) }
  }
}
