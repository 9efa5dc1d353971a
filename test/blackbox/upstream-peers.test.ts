import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ReadRecord, rcodeOf, readMessage } from '../../dns/message/read-message.ts'
import { nameToText } from '../../dns/name.ts'
import { missing, type ServerName, startOther } from '../check/server.case.ts'
import { ask } from './ask.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'
import { startNodeEdge } from './node-edge.ts'
import { newKey, publishThrough } from './publish.ts'

/* `kubedoh serve` asks other DoH servers as upstream, over TLS, with NODE_EXTRA_CA_CERTS naming their authority. */

const objects = `
apiVersion: v1
kind: Namespace
metadata: { name: x }
---
apiVersion: v1
kind: Service
metadata: { name: out, namespace: x }
spec: { type: ExternalName, externalName: alias.check.example }
---
apiVersion: v1
kind: Service
metadata: { name: gone, namespace: x }
spec: { type: ExternalName, externalName: nope.check.example }
`
const names: readonly ServerName[] = ['coredns', 'named']
const addresses = ['www.check.example. 1 c0000201', 'www.check.example. 1 c0000202']
const chain = ['out.x.svc.k8s.example.org. 5', 'alias.check.example. 5']

for (const name of names) {
  test(`${name} as upstream: the records of its zone are answered`, async (t) => {
    const reason = await missing(name)
    if (reason) return t.skip(reason)
    const server = await startOther(name)
    let edge: EdgeUnderTest | undefined
    try {
      edge = await edgeBefore(server.url, { NODE_EXTRA_CA_CERTS: server.caFile })
      assert.deepEqual((await read(edge, 'www.check.example A')).answers.toSorted(), addresses)
      assert.deepEqual((await read(edge, 'alias.check.example A')).answers.toSorted(), [
        'alias.check.example. 5',
        ...addresses,
      ])
      assert.deepEqual((await read(edge, 'rare.check.example HTTPS')).answers, [
        'rare.check.example. 65 000100000100030268320003000220fb',
      ])
      assert.deepEqual((await read(edge, 'rare.check.example TYPE65280')).answers, [
        'rare.check.example. 65280 c00cff',
      ])
      assert.equal((await read(edge, 'many.check.example TXT')).answers.length, 90)
      assert.deepEqual(await read(edge, 'www.check.example TXT'), negative(0))
      assert.deepEqual(await read(edge, 'nope.check.example A'), negative(3))
      const alias = await read(edge, 'out.x.svc.k8s.example.org A')
      assert.deepEqual(alias.answers.slice(0, 2), chain)
      assert.deepEqual(alias.answers.slice(2).toSorted(), addresses)
      // CoreDNS sends no authority section behind an alias.
      const nodata = negative(0, chain)
      const authority = name === 'coredns' ? [] : nodata.authority
      assert.deepEqual(await read(edge, 'out.x.svc.k8s.example.org TXT'), { ...nodata, authority })
      assert.deepEqual(
        await read(edge, 'gone.x.svc.k8s.example.org A'),
        negative(3, ['gone.x.svc.k8s.example.org. 5']),
      )
      assert.equal((await read(edge, 'elsewhere.example A')).rcode, 2)
    } finally {
      await edge?.stop()
      await server.stop()
    }
  })
}

test('a certificate of an unknown authority is rejected', async (t) => {
  const reason = await missing('named')
  if (reason) return t.skip(reason)
  const server = await startOther('named')
  const edge = await edgeBefore(server.url, {})
  try {
    assert.equal((await read(edge, 'www.check.example A')).rcode, 2)
  } finally {
    await edge.stop()
    await server.stop()
  }
})

async function edgeBefore(url: string, env: Readonly<Record<string, string>>): Promise<EdgeUnderTest> {
  const key = await newKey()
  const config = {
    public: true,
    upstream: { urls: [url], forward: true },
    clusters: [{ id: 'dev', keys: [key.publicKey], zones: ['k8s.example.org'] }],
  }
  const edge = await startNodeEdge(config, [], env)
  await publishThrough(edge.fetch, edge.url, 'dev', key, objects)
  return edge
}

type Seen = { readonly rcode: number; readonly answers: string[]; readonly authority: string[] }

/** The expected negative answer of the zone. */
function negative(rcode: number, answers: string[] = []): Seen {
  return { rcode, answers, authority: ['check.example. 6'] }
}

/** An answer's records: owner, type and rdata in hex. CNAME and SOA hold names, so only owner and type. */
async function read(edge: EdgeUnderTest, question: string): Promise<Seen> {
  const { bytes } = await ask(edge, question, { edns: true })
  const message = readMessage(bytes)
  if ('broken' in message) assert.fail(message.broken)
  const line = ({ owner, type, start, end }: ReadRecord): string =>
    [
      nameToText(owner),
      type,
      ...(type === 5 || type === 6 ? [] : [Buffer.from(bytes.subarray(start, end)).toString('hex')]),
    ].join(' ')
  return {
    rcode: rcodeOf(message),
    answers: message.answers.map(line),
    authority: message.authority.filter(({ type }) => type === 6).map(line),
  }
}
