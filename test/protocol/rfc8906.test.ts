import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optRecord, queryBytes, u16s } from '../../dns/arbitrary.case.ts'
import { TYPE } from '../../dns/code.ts'
import { strictDecode } from '../../dns/message/strict-decode.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { post } from '../../worker/edge.case.ts'
import { dnsMessage } from '../../worker/http/media-types.ts'
import { sampleObjects } from '../../worker/sample.case.ts'
import { dig } from '../dig.ts'

/* The probes of RFC 8906 §8, at the apex of a zone, through the whole exchange. §8.1.5 is about TCP. */

const zone = nameFromText('cluster.local')
const { send } = await dig([{ objects: sampleObjects }])

type Probe = {
  readonly flags?: number
  readonly type?: number
  /** OPT: its options, and the two halves of its TTL (rcode and version, flags). */
  readonly opt?: readonly [options: string, ttl: readonly [number, number]]
}
type Outcome = {
  /** Flags and the rcode's lower bits. */
  readonly flags: number
  readonly answers: readonly number[]
  readonly authority: readonly number[]
  /** OPT: its TTL (upper bits of the rcode, version, flags) and its options. */
  readonly opt?: { readonly ttl: number; readonly options: readonly (number | string)[] }
}

const soa = { flags: 0x8480, answers: [TYPE.SOA], authority: [] }
const soaWithOpt: Outcome = { ...soa, opt: { ttl: 0, options: [] } }
/** BADVERS is 16: 1 in OPT, 0 in the header. The version is the highest supported one. */
const badVersion = (flags = 0): Outcome => ({
  flags: 0x8080,
  answers: [],
  authority: [],
  opt: { ttl: 0x0100_0000 + flags, options: [15, '\0\0EDNS version 1 is not supported'] },
})
const unknownOption = u16s(100, 0)
const definedOptions = [u16s(8, 4, 1, 0), u16s(3, 0), u16s(10, 8, 1, 2, 3, 4), u16s(9, 0)].join('')

const probes: Readonly<Record<string, readonly [Probe, Outcome]>> = {
  '8.1.1 a known type': [{}, soa],
  '8.1.2 an unknown type': [{ type: 1_000 }, { flags: 0x8480, answers: [], authority: [TYPE.SOA] }],
  '8.1.3.1 CD=1': [{ flags: 0x0010 }, { ...soa, flags: 0x8490 }],
  '8.1.3.2 AD=1': [{ flags: 0x0020 }, soa],
  '8.1.3.3 the reserved bit': [{ flags: 0x0040 }, soa],
  '8.1.3.4 RD=1': [{ flags: 0x0100 }, { ...soa, flags: 0x8580 }],
  '8.1.4 an unknown opcode': [{ flags: 0x7800 }, { flags: 0xf884, answers: [], authority: [] }],
  '8.2.1 EDNS': [{ opt: ['', [0, 0]] }, soaWithOpt],
  '8.2.2 EDNS version 1': [{ opt: ['', [1, 0]] }, badVersion()],
  '8.2.3 an unknown option': [{ opt: [unknownOption, [0, 0]] }, soaWithOpt],
  '8.2.4 an unknown EDNS flag': [{ opt: ['', [0, 0x0040]] }, soaWithOpt],
  '8.2.5 EDNS version 1, an unknown flag': [{ opt: ['', [1, 0x0040]] }, badVersion()],
  '8.2.6 EDNS version 1, an unknown option': [{ opt: [unknownOption, [1, 0]] }, badVersion()],
  '8.2.7 DNSKEY with DO=1': [
    { type: 48, opt: ['', [0, 0x8000]] },
    { flags: 0x8480, answers: [], authority: [TYPE.SOA], opt: { ttl: 0x8000, options: [] } },
  ],
  '8.2.8 DO=1': [{ opt: ['', [0, 0x8000]] }, { ...soa, opt: { ttl: 0x8000, options: [] } }],
  '8.2.9 EDNS version 1, DO=1': [{ opt: ['', [1, 0x8000]] }, badVersion(0x8000)],
  '8.2.10 several defined options': [{ opt: [definedOptions, [0, 0]] }, soaWithOpt],
}

for (const [what, [{ flags = 0, type = TYPE.SOA, opt }, expected]] of Object.entries(probes)) {
  test(`RFC 8906 §${what}`, async () => {
    const extra = opt ? ({ counts: [1, 0, 0, 1], tail: optRecord(...opt) } as const) : {}
    const query = queryBytes(zone, { flags, type, ...extra })
    const { status, body } = await send(post('/dns-query', query, { 'content-type': dnsMessage }))
    assert.equal(status, 200)
    const message = strictDecode(body as Uint8Array)
    const [answers, authority, additional] = message.sections
    const [last] = additional
    assert.deepEqual(
      {
        flags: message.flags,
        answers: answers.map((record) => record.type),
        authority: authority.map((record) => record.type),
        ...(last && { opt: { ttl: last.ttl, options: last.rdata } }),
      },
      expected,
    )
    assert.ok(additional.every((record) => record.type === TYPE.OPT && record.owner === '\0'))
    assert.equal(message.questions.length, what.includes('opcode') ? 0 : 1)
  })
}
