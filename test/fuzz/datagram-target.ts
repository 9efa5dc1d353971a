import assert from 'node:assert/strict'
import { parseAddress } from '../../dns/address.ts'
import { optRecord, queryBytes, u16s } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { isPrivateAddress } from '../../dns/private-ranges.ts'
import { type Cookies, createCookies } from '../../host/dns/cookie/cookie.ts'
import { createDatagramAnswers } from '../../host/dns/udp/answer-datagram.ts'
import { defaultUdpLimits, maxAmplification } from '../../host/dns/udp/udp-limits.ts'
import { exchangeDns } from '../../worker/dns-exchange.ts'
import { startMs } from '../../worker/edge.case.ts'
import type { Dig } from '../dig.ts'
import type { Random } from '../seeded-random.ts'
import type { Input } from './input.ts'
import { mutateBytes, randomBytes } from './mutate.ts'
import { assertMessageTo } from './outcome.ts'
import { askedNames, drawQuery, sampleEdge } from './query-target.ts'
import type { Target } from './target.ts'

const peers = ['127.0.0.1', '10.1.2.3', '8.8.4.4', '::1', '2600:1:2:3::4', 'fe80::1%eth0', '::ffff:8.8.4.4']
const secret = new Uint8Array(16).fill(7)

/** A query with a cookie: of the client alone, valid for the peer, or with changes. */
function queryWithCookie(random: Random, peer: string, cookies: Cookies): string {
  const client = Buffer.from(randomBytes(random, 8), 'latin1')
  const valid = cookies.judge(client, addressOf(peer), startMs).reply
  const whole = Buffer.from(random.chance(0.5) ? valid : client).toString('latin1')
  const cookie = random.chance(0.2) ? mutateBytes(whole, random) : whole
  const options = u16s(10, cookie.length) + cookie + (random.chance(0.3) ? u16s(12, 2) + '\0\0' : '')
  const query = queryBytes(nameFromText(random.pick(askedNames)), {
    id: random.between(0, 65_535),
    type: random.pick([1, 6, 16, 28, 33, 255]),
    counts: [1, 0, 0, 1],
    tail: optRecord(options),
  })
  const bytes = Buffer.from(query).toString('latin1')
  return random.chance(0.2) ? mutateBytes(bytes, random) : bytes
}

function addressOf(peer: string): Uint8Array {
  return parseAddress(peer.replace(/%.*/, '')) ?? new Uint8Array(4)
}

/**
 * The required reply to any datagram: none for fewer than 12 bytes and for replies, otherwise one DNS message within the
 * size limits. A public address gets more than eight times its query only with a cookie that is valid for it.
 */
async function checkDatagram({ query = '', peer = '127.0.0.1' }: Input, at: Dig): Promise<void> {
  const datagram = Buffer.from(query, 'latin1')
  const replies: Uint8Array[] = []
  let isValid = false
  const cookies = createCookies([secret])
  const judging: Cookies = {
    ...cookies,
    judge(...given) {
      const judged = cookies.judge(...given)
      isValid = judged.isValid
      return judged
    },
  }
  const { onDatagram, drain } = createDatagramAnswers({
    handler: (request, tasks) => exchangeDns(request, at.edge, tasks),
    tasks: { waitUntil: () => undefined },
    cookies: judging,
    limits: { ...defaultUdpLimits, responsesPerSecond: 0 },
    now: () => startMs,
    log: {
      info: () => undefined,
      warn: (message, fields) => assert.fail(`${message} ${JSON.stringify(fields)}`),
    },
  })
  const socket = {
    port: 53,
    send: (bytes: Uint8Array) => void replies.push(bytes),
    close: async () => undefined,
  }
  onDatagram(datagram, { address: peer, port: 4_000 }, socket)
  await drain()
  const isSilent =
    datagram.length < 12 || (datagram[2] ?? 0) >= 0x80 || !parseAddress(peer.replace(/%.*/, ''))
  assert.equal(replies.length, isSilent ? 0 : 1)
  for (const reply of replies) {
    assert.ok(reply.length <= 1_232, `${reply.length} bytes`)
    if (!isValid && !isPrivateAddress(addressOf(peer)))
      assert.ok(
        reply.length <= maxAmplification * datagram.length,
        `${reply.length} bytes to a forged source`,
      )
    if (datagram.readUInt16BE(4) !== 0) assertMessageTo(query, reply)
  }
}

/** Datagrams from any address, through the UDP server and the whole exchange. */
export const datagramTarget: Target = {
  name: 'datagrams',
  what: 'datagrams with DNS queries and cookies, from any address',
  async open() {
    const at = await sampleEdge()
    const cookies = createCookies([secret])
    return {
      draw(random) {
        const peer = random.pick(peers)
        return {
          query: random.chance(0.5) ? drawQuery(random) : queryWithCookie(random, peer, cookies),
          peer,
        }
      },
      check: (input) => checkDatagram(input, at),
    }
  },
}
