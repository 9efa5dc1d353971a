import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Interfaces } from '../../connect/network/network-state.ts'
import { TYPE } from '../../dns/code.ts'
import { isRefusal, readQuery } from '../../dns/message/read-query.ts'
import { writeQuery } from '../../dns/message/write-query.ts'
import { nameFromText } from '../../dns/name.ts'
import { waitFor } from '../../test/wait-for.ts'
import { openForwarding } from './open-forwarding.ts'

/** A machine whose resolv.conf a test changes, and its log as lines. */
async function open(
  choice: Parameters<typeof openForwarding>[0]['choice'],
  {
    resolvConf = 'nameserver 192.0.2.1\n',
    last = [],
  }: { resolvConf?: string; last?: readonly string[] } = {},
) {
  const world: { resolvConf: string; interfaces: Interfaces; mtimeMs: number } = {
    resolvConf,
    interfaces: {},
    mtimeMs: 1,
  }
  const lines: string[] = []
  const note = (message: string, fields: object = {}): void =>
    void lines.push([message, ...Object.entries(fields).map(([key, value]) => `${key}=${value}`)].join(' '))
  const forwarding = await openForwarding({
    choice,
    last,
    system: {
      platform: 'linux',
      readFile: (path) => Promise.resolve(path === '/etc/resolv.conf' ? world.resolvConf : undefined),
      run: () => Promise.resolve(undefined),
      ownAddresses: () => ['192.0.2.10'],
    },
    network: {
      interfaces: () => world.interfaces,
      resolverFiles: () => Promise.resolve([{ dev: 1, ino: 1, size: 1, mtimeMs: world.mtimeMs }]),
    },
    readHosts: () => Promise.resolve('192.0.2.9 edge.example.com\n'),
    systemLookUp: () => Promise.resolve(['192.0.2.99']),
    log: { info: note, warn: note },
  })
  return { forwarding, world, lines }
}

const forward = { mode: 'forward', resolvers: [] } as const

/** What a client gets for a name outside the zones; undefined if it is refused. */
function askedBy(
  peer: string,
  { outside }: Pick<Awaited<ReturnType<typeof openForwarding>>, 'outside'>,
): Promise<unknown> | undefined {
  const bytes = writeQuery(nameFromText('www.example.com'), TYPE.A)
  const query = readQuery(bytes)
  assert.ok(!isRefusal(query))
  return outside?.({ query, request: { bytes, transport: 'udp', maxBytes: 1_232, peer } })
}

test('after a change of resolv.conf other resolvers are used, but the same ones while it names only this machine', async () => {
  const { forwarding, world, lines } = await open(forward)
  try {
    let changes = 0
    forwarding.watch(() => changes++)
    assert.deepEqual(forwarding.resolvers(), ['192.0.2.1'])
    for (const [text, resolvers] of [
      ['nameserver 127.0.0.1\n', ['192.0.2.1']],
      ['nameserver 192.0.2.10\nnameserver 192.0.2.2\n', ['192.0.2.2']],
    ] as const) {
      const before = changes
      world.resolvConf = text
      world.mtimeMs++
      await waitFor('the change', () => changes > before)
      assert.deepEqual(forwarding.resolvers(), resolvers)
    }
    assert.deepEqual(
      lines.filter((line) => line.startsWith('other')),
      ['other names are forwarded resolvers=192.0.2.1', 'other names are forwarded resolvers=192.0.2.2'],
    )
  } finally {
    forwarding.close()
  }
})

test('given resolvers stay, and the mode for zones forwards nothing', async () => {
  const given = await open({ mode: 'forward', resolvers: [{ address: '192.0.2.53', port: 53 }] })
  assert.deepEqual(given.forwarding.resolvers(), ['192.0.2.53'])
  const zones = await open({ mode: 'zones', resolvers: [] })
  assert.equal(zones.forwarding.outside, undefined)
  assert.deepEqual(zones.lines, [])
})

test('at a start behind the stub itself, the resolvers of the last run are used', async () => {
  const resolvConf = 'nameserver 127.0.0.1\n'
  const { forwarding } = await open(forward, { resolvConf, last: ['192.0.2.7', '192.0.2.8:5353'] })
  assert.deepEqual(forwarding.resolvers(), ['192.0.2.7', '192.0.2.8:5353'])
  const { lines } = await open(forward, { resolvConf })
  assert.match(lines.join('\n'), /^no resolver for other names .*--resolver ADDRESS/)
})

test('the host of the edge is looked up in the hosts file and at the resolvers, not at the system', async () => {
  const { forwarding } = await open(forward)
  assert.deepEqual(await forwarding.lookUp('edge.example.com'), ['192.0.2.9'])
  assert.deepEqual(await forwarding.lookUp('localhost'), ['127.0.0.1', '::1'])
})

test('a host that the resolvers do not know is looked up by the system, but not where the system asks this stub', async () => {
  const resolvConf = 'nameserver 127.0.0.1\n'
  const zones = await open({ mode: 'zones', resolvers: [] }, { resolvConf })
  assert.deepEqual(await zones.forwarding.lookUp('vpn.example.com'), ['192.0.2.99'])
  const all = await open(forward, { resolvConf })
  await assert.rejects(all.forwarding.lookUp('vpn.example.com'), { code: 'NO_RESOLVER' })
})

test('with a bridge, other names are forwarded for containers and refused for this machine', async () => {
  const { forwarding, lines } = await open({ mode: 'zones', resolvers: [], bridge: '172.17.0.1' })
  try {
    assert.match(lines[0] ?? '', /other names are forwarded resolvers=192\.0\.2\.1/)
    assert.equal(askedBy('127.0.0.1', forwarding), undefined)
    assert.ok(askedBy('172.17.0.2', forwarding) instanceof Promise)
  } finally {
    forwarding.close()
  }
})
