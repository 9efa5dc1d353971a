import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Check, Finding } from './define-check.ts'
import type { Facts } from './facts.ts'
import type {
  Connection,
  DnsReply,
  EdgeResponse,
  Failed,
  Handshake,
  Lookup,
  Ports,
  Response,
  Route,
} from './ports.ts'

/** The time of the tests. */
export const testNowMs = Date.UTC(2026, 10, 28, 12)

/** The world of a test. Everything that is not given fails in the way that is usual for it. */
export type TestWorld = {
  readonly platform?: NodeJS.Platform
  /** Addresses of hosts, or the code of a failure. */
  readonly hosts?: Readonly<Record<string, readonly string[] | string>>
  /** Outcomes by 'ADDRESS:PORT'. */
  readonly connections?: Readonly<Record<string, Connection['outcome']>>
  readonly handshake?: Handshake | Failed
  /** The edge's responses by 'NAME TYPE'. */
  readonly edge?: Readonly<Record<string, EdgeResponse | Failed>>
  /** The edge's responses to GET by path. */
  readonly pages?: Readonly<Record<string, Response | Failed>>
  /** Answers of nameservers by 'ADDRESS NAME TYPE'; the name that nobody asked before is 'probe'. */
  readonly nameservers?: Readonly<Record<string, DnsReply | Failed>>
  readonly files?: Readonly<Record<string, string>>
  readonly routes?: Readonly<Record<string, Route>>
}

const late: Failed = { failed: 'TIMEOUT', reason: 'no answer within 3000 ms' }

/** The ports of a test's world. */
export function testPorts(world: TestWorld): Ports {
  const {
    hosts = {},
    connections = {},
    edge = {},
    pages = {},
    nameservers = {},
    files = {},
    routes = {},
  } = world
  return {
    platform: world.platform ?? 'linux',
    nowMs: () => testNowMs,
    randomLabel: () => 'x',
    async lookup(host): Promise<Lookup> {
      const known = hosts[host] ?? 'ENOTFOUND'
      return typeof known === 'string' ? { failed: known, reason: `${known} ${host}` } : { addresses: known }
    },
    connect: async (address, port) => ({
      outcome: connections[`${address}:${port}`] ?? 'silent',
      reason: 'a reason',
    }),
    handshake: async () => world.handshake ?? late,
    askEdge: async (name, type) => edge[`${name} ${type}`] ?? reply('NXDOMAIN'),
    getFromEdge: async (path) => pages[path] ?? { status: 404, headers: {}, text: 'not found' },
    askNameserver: async (address, name, type) =>
      nameservers[`${address} ${name.replace('kubedoh-doctor-x.example.com', 'probe')} ${type}`] ?? late,
    disk: {
      async look(path) {
        const text = files[path]
        const bytes = new TextEncoder().encode(text)
        return text === undefined ? undefined : { kind: 'file', bytes, mode: 0o644, uid: 0, gid: 0 }
      },
      list: async (directory) =>
        Object.keys(files)
          .filter((path) => path.startsWith(`${directory}/`))
          .map((path) => path.slice(directory.length + 1)),
    },
    routeTo: async (address) => routes[address],
  }
}

/** A response of an edge with a DNS answer; records are 'OWNER TYPE DATA'. */
export function reply(
  rcode: string,
  records: readonly string[] = [],
  error?: DnsReply['error'],
): EdgeResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/dns-message' },
    text: '',
    httpVersion: '2',
    reply: dnsReply(rcode, records, error),
  }
}

/** A DNS answer; records are 'OWNER TYPE DATA'. */
export function dnsReply(
  rcode: string,
  records: readonly string[] = [],
  error?: DnsReply['error'],
): DnsReply {
  return {
    rcode,
    error,
    records: records.map((line) => {
      const [owner = '', type = '', ...data] = line.split(' ')
      return { owner, type, data: data.join(' ') }
    }),
  }
}

/** The facts of a test: an edge with the zone cluster.local and a name in it, and those given. */
export function testFacts(given: Partial<Facts> = {}): Facts {
  return {
    url: new URL('https://dns.example.com/dns-query'),
    shownUrl: 'https://dns.example.com/dns-query',
    tokens: [],
    name: 'web.default.svc.cluster.local',
    port: undefined,
    edgeAddresses: ['192.0.2.1'],
    zones: {
      zones: [{ name: 'cluster.local', cluster: 'prod', primary: true }],
      reverse: ['10.96.0.0/16'],
      complete: true,
      forward: false,
      expires: null,
      dot: null,
      path: '/dns-query',
    },
    answer: {
      name: 'web.default.svc.cluster.local',
      zone: 'cluster.local',
      chain: ['web.default.svc.cluster.local'],
      addresses: ['10.96.0.10'],
    },
    resolver: { nameservers: ['127.0.0.1'], isResolved: false },
    ...given,
  }
}

/** Runs a check in a test's world → its finding. */
export async function findingOf(
  check: Check,
  world: TestWorld = {},
  given: Partial<Facts> = {},
): Promise<Finding> {
  return (await check.run(testFacts(given), testPorts(world))).finding
}

/** Adds a test for each case: the world, the facts if they differ, and the expected finding. */
export function testCases(
  check: Check,
  cases: readonly (readonly [title: string, world: TestWorld, finding: string, given?: Partial<Facts>])[],
): void {
  for (const [title, world, expected, given] of cases) {
    test(`${check.id}: ${title}: ${expected}`, async () => {
      const { finding, text } = await findingOf(check, world, given)
      assert.equal(finding, expected, text)
      assert.doesNotMatch(text, /[{}]|undefined/)
    })
  }
  test(`${check.id}: every finding has a test`, () => {
    const tested = new Set(cases.map(([, , finding]) => finding))
    assert.deepEqual(
      Object.keys(check.findings).filter((finding) => !tested.has(finding)),
      [],
    )
  })
}
