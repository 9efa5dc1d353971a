import assert from 'node:assert/strict'
import { test } from 'node:test'
import packet from 'dns-packet'
import { type Message, readMessage } from '../../dns/message/read-message.ts'
import { LookUpError, lookUpHost } from './look-up-host.ts'

const resolver = { address: '192.0.2.53', port: 53 }

/** Looks up a host with one resolver, which answers by type; undefined is silence. */
async function lookUp(
  host: string,
  {
    answers = {},
    hosts = '',
    resolvers = [resolver],
  }: {
    answers?: Readonly<Record<string, { rcode?: number; records?: packet.Answer[] } | undefined>>
    hosts?: string
    resolvers?: readonly { address: string; port: number }[]
  } = {},
) {
  const asked: string[] = []
  const ask = (message: Uint8Array): Promise<Message | undefined> => {
    const { questions = [] } = packet.decode(Buffer.from(message))
    const [question] = questions
    asked.push(`${question?.name} ${question?.type}`)
    const said = answers[question?.type ?? '']
    if (!said) return Promise.resolve(undefined)
    const bytes = packet.encode({
      type: 'response',
      flags: said.rcode ?? 0,
      questions,
      answers: said.records ?? [],
    })
    const read = readMessage(bytes)
    assert.ok(!('broken' in read))
    return Promise.resolve(read)
  }
  const forward = { ask, resolvers: () => resolvers }
  const found = await lookUpHost(host, { forward, readHosts: () => Promise.resolve(hosts) }).catch(
    (error: unknown) => {
      if (error instanceof LookUpError) return error.code
      throw error
    },
  )
  return { found, asked }
}

const a = (data: string, ttl = 60): packet.Answer => ({ type: 'A', name: 'edge.example.com', ttl, data })
const aaaa = (data: string, ttl = 60): packet.Answer => ({
  type: 'AAAA',
  name: 'edge.example.com',
  ttl,
  data,
})

test('A and AAAA at the resolvers, behind aliases, with the smallest TTL', async () => {
  const alias: packet.Answer = { type: 'CNAME', name: 'edge.example.com', ttl: 20, data: 'lb.example.net' }
  const answers = {
    A: { records: [alias, a('192.0.2.1'), a('192.0.2.2', 30)] },
    AAAA: { records: [aaaa('2001:db8::1')] },
  }
  const { found, asked } = await lookUp('edge.example.com', { answers })
  assert.deepEqual(found, { addresses: ['192.0.2.1', '192.0.2.2', '2001:db8::1'], ttlSeconds: 30 })
  assert.deepEqual(asked, ['edge.example.com A', 'edge.example.com AAAA'])
})

test('one family is enough if the other has no answer', async () => {
  const { found } = await lookUp('edge.example.com', { answers: { A: { records: [a('192.0.2.1')] } } })
  assert.deepEqual(found, { addresses: ['192.0.2.1'], ttlSeconds: 60 })
})

test('addresses, localhost and the hosts file need no resolver', async () => {
  const hosts =
    '127.0.0.1 localhost\n192.0.2.9  Edge.example.com edge # the edge\nfd00::9 edge.example.com\nx edge.example.com\n'
  for (const [host, addresses] of [
    ['192.0.2.7', ['192.0.2.7']],
    ['[2001:db8::7]', ['2001:db8::7']],
    ['localhost', ['127.0.0.1', '::1']],
    ['edge.localhost.', ['127.0.0.1', '::1']],
    ['EDGE.example.com', ['192.0.2.9', 'fd00::9']],
  ] as const) {
    const { found, asked } = await lookUp(host, { hosts, resolvers: [] })
    assert.deepEqual([found, asked], [{ addresses: [...addresses], ttlSeconds: 60 }, []])
  }
})

test('a failure says why', async () => {
  const none = { records: [] }
  assert.equal((await lookUp('edge.example.com', { resolvers: [] })).found, 'NO_RESOLVER')
  assert.equal((await lookUp('edge.example.com')).found, 'RESOLVERS_SILENT')
  assert.equal(
    (await lookUp('edge.example.com', { answers: { A: { rcode: 2 }, AAAA: { rcode: 2 } } })).found,
    'RESOLVERS_SILENT',
  )
  assert.equal(
    (await lookUp('edge.example.com', { answers: { A: { rcode: 3 }, AAAA: { rcode: 3 } } })).found,
    'HOST_UNKNOWN',
  )
  assert.equal((await lookUp('edge.example.com', { answers: { A: none, AAAA: none } })).found, 'HOST_UNKNOWN')
  assert.equal((await lookUp('edge..example.com')).found, 'HOST_UNKNOWN')
})
