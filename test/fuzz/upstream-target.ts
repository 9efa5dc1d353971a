import assert from 'node:assert/strict'
import { optRecord, queryBytes, u16s } from '../../dns/arbitrary.case.ts'
import { maxMessageBytes } from '../../dns/limits.ts'
import { readMessage } from '../../dns/message/read-message.ts'
import { writeQuery } from '../../dns/message/write-query.ts'
import { fold, type Name, nameFromText } from '../../dns/name.ts'
import { post } from '../../worker/edge.case.ts'
import type { DohResponse } from '../../worker/http/request.ts'
import { answerTo, type Line, soa, wire } from '../../worker/upstream/upstream.case.ts'
import { dig, namespace, service } from '../dig.ts'
import type { Random } from '../seeded-random.ts'
import { mutateBytes, randomBytes } from './mutate.ts'
import type { Target } from './target.ts'

const zone = 'k8s.example.org'
const alias = `out.x.svc.${zone}`
const abroad = 'www.example.com'
const types = [1, 2, 5, 6, 12, 15, 16, 28, 33, 35, 46, 64, 65, 255, 65_280]

/** The response of a resolver, or a malicious one. */
function drawAnswer(random: Random, type: number): string {
  const query = writeQuery(nameFromText(abroad), type, { edns: { padded: true } })
  const names = [abroad, 'cdn.example.net', 'Cdn.Example.Net', `web.x.svc.${zone}`, 'x.native.example']
  const rdata = (): number[] =>
    random.chance(0.3)
      ? wire(random.pick(names))
      : Array.from(randomBytes(random, random.between(0, 40)), (byte) => byte.charCodeAt(0))
  const line = (): Line => {
    const code = random.pick([type, 5, random.pick(types)])
    const fitting =
      code === 1 ? [192, 0, 2, random.between(0, 255)] : code === 5 ? wire(random.pick(names)) : rdata()
    return [random.pick([undefined, ...names]), code, random.pick([0, 5, 60, 2 ** 31]), fitting]
  }
  const lines = Array.from({ length: random.pick([0, 1, 2, 5, 12]) }, line)
  const authority = random.chance(0.4) ? [soa('example.com', 900, random.between(0, 255))] : []
  const bytes = answerTo(query, lines, { authority, rcode: random.pick([0, 0, 0, 2, 3, 5]) })
  return Buffer.from(bytes).toString('latin1')
}

/** A response that is costly to read: thousands of owners, each a pointer to a chain of labels. */
function costlyAnswer(random: Random, type: number): string {
  const chain = '\x01a'.repeat(random.between(1, 120))
  const head = queryBytes(nameFromText(abroad), { id: 0, flags: 0x8180, type })
  const at = head.length + 2 + 10 + 1
  const first = `\xc0\x0c${u16s(16, 1, 0, 5, chain.length + 2)}\0${chain}\0`
  const record = (): string => {
    const label = random.chance(0.5) ? '' : `\x02${randomBytes(random, 2)}`
    const rdata = random.chance(0.5) ? '' : u16s(0xc000 + at)
    return `${label}${u16s(0xc000 + at)}${u16s(rdata === '' ? 65_280 : 5, 1, 0, 5, rdata.length)}${rdata}`
  }
  const records = Array.from({ length: random.pick([100, 600, 4_000]) }, record)
  const text = Buffer.from(head).toString('latin1') + first + records.join('')
  const count = u16s(1 + records.length)
  return text.slice(0, 6) + count + text.slice(8)
}

function drawBytes(random: Random, type: number): string {
  const kind = random.next()
  if (kind < 0.05) return randomBytes(random, random.between(0, 300))
  if (kind < 0.06) return costlyAnswer(random, type)
  if (kind < 0.2) return drawAnswer(random, type)
  return mutateBytes(drawAnswer(random, type), random, [drawAnswer(random, type)])
}

/** Checks the response: it answers the question, and has no record of our zones from upstream. */
function checkAnswer(query: Uint8Array, name: Name, { status, headers, body }: DohResponse): void {
  assert.equal(status, 200)
  assert.match(headers['cache-control'] ?? '', /^(no-store|max-age=\d+)$/)
  assert.ok(body instanceof Uint8Array && body.length <= maxMessageBytes)
  const message = readMessage(body)
  assert.ok(!('broken' in message), 'broken' in message ? message.broken : '')
  assert.equal(message.id, 0x4b44)
  assert.ok((message.flags & 0x8000) !== 0 && [0, 2, 3].includes(message.flags & 0xf))
  assert.deepEqual(body.subarray(12, 12 + name.length + 4), query.subarray(12, 12 + name.length + 4))
  const ours = nameFromText(zone)
  const records = [...message.answers, ...message.authority].filter(({ owner }) => fold(owner).endsWith(ours))
  const foreign = records.filter(({ owner }) => owner !== nameFromText(alias))
  if (name === nameFromText(alias)) assert.deepEqual(foreign, [])
  else
    assert.deepEqual(
      message.answers.filter(({ owner }) => fold(owner).endsWith(ours)),
      [],
    )
}

/** Higher, since upstream is configured and not arbitrary, and its 64 KiB may have names of a megabyte in all, which the check reads too. */
const cpuMs = 200

/** Responses of upstream, through the whole exchange: for a forwarded name, and for the target of an alias. */
export const upstreamTarget: Target = {
  name: 'upstream',
  what: `upstream's answers, to forwarded names and behind aliases; up to ${cpuMs} ms of CPU`,
  cpuMs,
  async open() {
    let said: Buffer<ArrayBuffer> = Buffer.alloc(0)
    const objects = [namespace('x'), service('x/out', { type: 'ExternalName', externalName: abroad })]
    const at = await dig(
      [{ objects, build: { domain: 'native.example', static: true }, zones: [zone] }],
      { upstream: { urls: ['https://192.0.2.1/'], timeoutMs: 2_000, forward: true, cacheBytes: 200_000 } },
      async () => new Response(said, { headers: { 'content-type': 'application/dns-message' } }),
    )
    return {
      draw(random) {
        const type = random.pick(types)
        return { type: String(type), answer: drawBytes(random, type), forwarded: random.pick(['', 'x']) }
      },
      async check({ type = '1', answer = '', forwarded = '' }) {
        said = Buffer.from(answer, 'latin1')
        // Longer than any entry is cached.
        at.clock.advance(100_000_000)
        const name = nameFromText(forwarded === '' ? alias : abroad)
        const options = { id: 0x4b44, type: Number(type), counts: [1, 0, 0, 1], tail: optRecord() } as const
        const query = queryBytes(name, options)
        const headers = { 'content-type': 'application/dns-message' }
        checkAnswer(query, name, await at.send(post('/dns-query', query, headers)))
      },
    }
  },
}
