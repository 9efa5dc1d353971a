import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DecodedPacket, decode } from 'dns-packet'
import * as fc from 'fast-check'
import { anyName, latin1, optRecord, queryBytes, u16s } from '../arbitrary.case.ts'
import { CLASS, EDE, RCODE, TYPE } from '../code.ts'
import { labelName, type Name, nameFromText, root } from '../name.ts'
import { type Rrset, recordRow, type Soa } from '../record.ts'
import { type Head, isRefusal, readQuery } from './read-query.ts'
import { type DecodedRecord, strictDecode } from './strict-decode.case.ts'
import { type Reply, writeReply } from './write-reply.ts'

const asked = nameFromText('Web.default.svc.cluster.local')
const zone = nameFromText('cluster.local')
const soa: Soa = {
  mname: nameFromText('ns.dns.cluster.local'),
  rname: nameFromText('hostmaster.cluster.local'),
  serial: 4_294_967_295,
  refresh: 7200,
  retry: 1800,
  expire: 86_400,
  minimum: 5,
}
const soaSet: Rrset = { type: 'SOA', owner: zone, ttl: 5, rdata: [soa] }
const nothing: Reply = {
  rcode: RCODE.NOERROR,
  authoritative: true,
  answers: [],
  authority: [],
  additional: [],
}

function headOf(bytes: Uint8Array): Head {
  const read = readQuery(bytes)
  if (!isRefusal(read)) return read
  assert.ok(read.kind === 'refused')
  return read.head
}

function head(name: Name = asked, opt?: string): Head {
  return headOf(opt === undefined ? queryBytes(name) : queryBytes(name, { counts: [1, 0, 0, 1], tail: opt }))
}

const paddedOpt = optRecord(u16s(12, 0))

function addresses(count: number, owner: Name = asked): Rrset {
  const rdata = Array.from({ length: count }, (_, index) =>
    Uint8Array.of(10, index >> 16, (index >> 8) & 0xff, index & 0xff),
  )
  return { type: 'A', owner, ttl: 5, rdata }
}

function services(count: number, label = 'pod-number-'): Rrset {
  const rdata = Array.from({ length: count }, (_, index) => ({
    priority: 0,
    weight: 1,
    port: index & 0xffff,
    target: labelName(`${label}${index}`) + asked,
  }))
  return { type: 'SRV', owner: asked, ttl: 5, rdata }
}

function glue(count: number, label = 'pod-number-'): Rrset[] {
  return Array.from({ length: count }, (_, index) => addresses(1, labelName(`${label}${index}`) + asked))
}

function packet(bytes: Uint8Array): DecodedPacket {
  return decode(Buffer.from(bytes))
}

const isTruncated = (bytes: Uint8Array): boolean => (strictDecode(bytes).flags & 0x0200) !== 0

test('the head of a reply has the QR bit, and id, opcode, RD and CD of the query', () => {
  const flags = (bytes: Uint8Array, reply: Partial<Reply> = {}): number =>
    strictDecode(writeReply(headOf(bytes), { ...nothing, ...reply })).flags
  assert.equal(flags(queryBytes(asked, { flags: 0 })), 0x8480)
  assert.equal(flags(queryBytes(asked, { flags: 0x0100 })), 0x8580)
  // AD (0x20) and Z (0x40) of the query are not copied, CD (0x10) is.
  assert.equal(flags(queryBytes(asked, { flags: 0x0170 })), 0x8590)
  assert.equal(flags(queryBytes(asked), { authoritative: false, rcode: RCODE.REFUSED }), 0x8185)
  assert.equal(flags(queryBytes(asked), { rcode: RCODE.NXDOMAIN }), 0x8583)
  // NOTIFY: the question cannot be trusted, so it is not repeated.
  const notImplemented = writeReply(headOf(queryBytes(asked, { flags: 0x2100 })), {
    ...nothing,
    authoritative: false,
    rcode: RCODE.NOTIMP,
  })
  assert.deepEqual(strictDecode(notImplemented), {
    id: 0x1234,
    flags: 0xa184,
    questions: [],
    sections: [[], [], []],
  })
  assert.equal(notImplemented.length, 12)
})

test('property: the question is copied byte for byte', () => {
  fc.assert(
    fc.property(anyName, fc.nat(65_535), fc.nat(65_535), (name, type, classCode) => {
      const query = queryBytes(name, { type, class: classCode })
      const reply = writeReply(headOf(query), {
        ...nothing,
        answers: [addresses(1, name)],
        authority: [soaSet],
      })
      assert.deepEqual(reply.subarray(12, query.length), query.subarray(12))
    }),
  )
  const odd = '\x05a.b\0c\x03\xff\xc0\x0c\x03COM\0'
  assert.deepEqual(strictDecode(writeReply(head(odd), nothing)).questions, [{ name: odd, type: 1, class: 1 }])
})

const anyText = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('', 'x'.repeat(255), 'ü'.repeat(127)))
const u16 = fc.nat(65_535)
const u32 = fc.nat(0xffff_ffff)
const anySoa: fc.Arbitrary<Soa> = fc.record({
  mname: anyName,
  rname: anyName,
  serial: u32,
  refresh: u32,
  retry: u32,
  expire: u32,
  minimum: u32,
})
const rdataOf: { readonly [T in Rrset['type']]: fc.Arbitrary<unknown> } = {
  A: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  AAAA: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  NS: anyName,
  CNAME: anyName,
  PTR: anyName,
  SOA: anySoa,
  SRV: fc.record({ priority: u16, weight: u16, port: u16, target: anyName }),
  TXT: fc.array(anyText, { minLength: 1, maxLength: 3 }),
  HINFO: fc.record({ cpu: anyText, os: anyText }),
  SVCB: fc.record({
    priority: u16,
    target: anyName,
    params: fc.array(fc.tuple(u16, fc.uint8Array({ maxLength: 20 })), { maxLength: 3 }),
  }),
  OPAQUE: fc.uint8Array({ maxLength: 300 }),
}
const anyRrset: fc.Arbitrary<Rrset> = fc
  .constantFrom(...(Object.keys(rdataOf) as Rrset['type'][]))
  .chain((type) =>
    fc.record({
      type: fc.constant(type),
      // An HTTPS record, and an unknown type.
      ...(type === 'OPAQUE' && { code: fc.constantFrom(65, 65_280) }),
      owner: fc.oneof(fc.constant(asked), fc.constant(zone), anyName),
      ttl: fc.nat(0x7fff_ffff),
      rdata: fc.array(rdataOf[type], { minLength: 1, maxLength: 4 }),
    }),
  ) as fc.Arbitrary<Rrset>
const anySection = fc.array(anyRrset, { maxLength: 4 })

/** The content of records, regardless of their encoding. */
function said(records: readonly DecodedRecord[]): Omit<DecodedRecord, 'compressed'>[] {
  return records.map(({ owner, type, class: classCode, ttl, rdata }) => ({
    owner,
    type,
    class: classCode,
    ttl,
    rdata,
  }))
}

/** The records that a strict decoder should read for some RRsets. */
function expected(rrsets: readonly Rrset[]): Omit<DecodedRecord, 'compressed'>[] {
  return rrsets.flatMap((rrset) =>
    rrset.rdata.map((rdata) => ({
      owner: rrset.owner,
      type: recordRow(rrset).code,
      class: CLASS.IN,
      ttl: rrset.ttl,
      rdata: flat(rdata),
    })),
  )
}

function flat(rdata: Rrset['rdata'][number]): (number | string)[] {
  if (typeof rdata === 'string') return [rdata]
  if (rdata instanceof Uint8Array) return [Buffer.from(rdata).toString('latin1')]
  if ('mname' in rdata) {
    return [rdata.mname, rdata.rname, rdata.serial, rdata.refresh, rdata.retry, rdata.expire, rdata.minimum]
  }
  if ('params' in rdata) {
    const params = rdata.params.map(
      ([key, value]) => u16s(key, value.length) + Buffer.from(value).toString('latin1'),
    )
    return [u16s(rdata.priority) + rdata.target + params.join('')]
  }
  if ('target' in rdata) {
    return [rdata.priority, rdata.weight, rdata.port, rdata.target]
  }
  const texts = 'cpu' in rdata ? [rdata.cpu, rdata.os] : rdata
  return texts.map((text) => Buffer.from(text, 'utf8').subarray(0, 255).toString('latin1'))
}

test('property: reading a reply returns the same names and bytes', () => {
  fc.assert(
    fc.property(anyName, anySection, anySection, anySection, (name, answers, authority, additional) => {
      const query = head(name, optRecord())
      const bytes = writeReply(query, { ...nothing, answers, authority, additional })
      const read = strictDecode(bytes)
      assert.deepEqual(read.questions, [{ name, type: 1, class: 1 }])
      const compressed = read.sections.flat().filter((record) => record.compressed)
      assert.equal(
        compressed.some(({ type }) => type === TYPE.SRV),
        false,
      )
      const sections = read.sections.map(said)
      const opt = sections[2]?.pop()
      assert.equal(opt?.type, TYPE.OPT)
      assert.deepEqual(sections, [answers, authority, additional].map(expected))
      const independent = packet(bytes)
      assert.equal(independent.answers?.length, sections[0]?.length)
      assert.equal(independent.authorities?.length, sections[1]?.length)
      assert.equal(independent.additionals?.length, (sections[2]?.length ?? 0) + 1)
    }),
    { numRuns: 500 },
  )
})

test('dns-packet reads the same records', () => {
  const target = nameFromText('db-0.db.prod.svc.cluster.local')
  const answers: Rrset[] = [
    { type: 'CNAME', owner: asked, ttl: 5, rdata: [target] },
    addresses(2, target),
    {
      type: 'AAAA',
      owner: target,
      ttl: 5,
      rdata: [Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
    },
    { type: 'SRV', owner: asked, ttl: 7, rdata: [{ priority: 1, weight: 2, port: 3, target }] },
    { type: 'TXT', owner: asked, ttl: 5, rdata: [['1.1.0', 'ü']] },
    { type: 'PTR', owner: asked, ttl: 5, rdata: [target] },
    { type: 'NS', owner: zone, ttl: 5, rdata: [soa.mname] },
    { type: 'HINFO', owner: asked, ttl: 5, rdata: [{ cpu: 'RFC8482', os: '' }] },
  ]
  const read = packet(writeReply(head(), { ...nothing, answers, authority: [soaSet] }))
  assert.deepEqual(
    read.answers?.map((answer) => [
      answer.type,
      answer.name,
      'ttl' in answer ? answer.ttl : 0,
      'data' in answer ? answer.data : '',
    ]),
    [
      ['CNAME', 'Web.default.svc.cluster.local', 5, 'db-0.db.prod.svc.cluster.local'],
      ['A', 'db-0.db.prod.svc.cluster.local', 5, '10.0.0.0'],
      ['A', 'db-0.db.prod.svc.cluster.local', 5, '10.0.0.1'],
      ['AAAA', 'db-0.db.prod.svc.cluster.local', 5, '2001:db8::1'],
      [
        'SRV',
        'Web.default.svc.cluster.local',
        7,
        { priority: 1, weight: 2, port: 3, target: 'db-0.db.prod.svc.cluster.local' },
      ],
      ['TXT', 'Web.default.svc.cluster.local', 5, [Buffer.from('1.1.0'), Buffer.from('ü')]],
      ['PTR', 'Web.default.svc.cluster.local', 5, 'db-0.db.prod.svc.cluster.local'],
      ['NS', 'cluster.local', 5, 'ns.dns.cluster.local'],
      ['HINFO', 'Web.default.svc.cluster.local', 5, { cpu: 'RFC8482', os: '' }],
    ],
  )
  const [authority] = read.authorities ?? []
  assert.ok(authority?.type === 'SOA')
  assert.deepEqual(authority.data, {
    mname: 'ns.dns.cluster.local',
    rname: 'hostmaster.cluster.local',
    serial: 4_294_967_295,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: 5,
  })
})

test('names are compressed where every byte is the same, and only there', () => {
  const same = writeReply(head(), { ...nothing, answers: [addresses(100)] })
  assert.equal(same.length, 12 + asked.length + 4 + 100 * 16)
  assert.equal(Buffer.from(same).readUInt16BE(12 + asked.length + 4), 0xc00c)
  const lower = nameFromText('web.default.svc.cluster.local')
  const other = writeReply(head(), { ...nothing, answers: [addresses(1, lower)] })
  // 'web' again, then a pointer to 'default.svc.cluster.local'.
  assert.equal(other.length, 12 + asked.length + 4 + 4 + 2 + 14)
  assert.equal(strictDecode(other).sections[0][0]?.owner, lower)
})

test('SRV targets are written in full, and later names may point to them', () => {
  const bytes = writeReply(head(asked, optRecord()), {
    ...nothing,
    answers: [services(3)],
    additional: glue(3),
  })
  const read = strictDecode(bytes)
  assert.deepEqual(
    read.sections[0].map(({ compressed }) => compressed),
    [false, false, false],
  )
  const target = labelName('pod-number-0') + asked
  assert.equal(bytes.length, 12 + asked.length + 4 + 3 * (2 + 10 + 6 + target.length) + 3 * 16 + 11)
})

test('no pointer is written to an offset beyond 16,383', () => {
  const answers = [services(700)]
  const bytes = writeReply(head(asked, optRecord()), { ...nothing, answers, additional: glue(700) })
  assert.ok(bytes.length > 0x3fff * 2)
  const read = strictDecode(bytes)
  assert.deepEqual(said(read.sections[0]), expected(answers))
  assert.deepEqual(
    read.sections[2].slice(0, -1).map(({ owner }) => owner),
    glue(700).map(({ owner }) => owner),
  )
  // A new suffix that begins right at the edge, for every distance.
  for (let pad = 0; pad < 100; pad++) {
    const filler: Rrset = {
      type: 'TXT',
      owner: root,
      ttl: 0,
      rdata: [Array.from({ length: 63 }, () => 'x'.repeat(255)), ['y'.repeat(150 + pad)]],
    }
    const late = nameFromText('late.example.org')
    const sets: Rrset[] = [
      filler,
      { type: 'PTR', owner: late, ttl: 0, rdata: [late, nameFromText('x.example.org')] },
    ]
    const edge = strictDecode(writeReply(head(root, optRecord()), { ...nothing, answers: sets }))
    assert.deepEqual(said(edge.sections[0]), expected(sets))
  }
})

test('without OPT: at most 3,000 bytes, with the first addresses and without TC', () => {
  const fits = Math.floor((3_000 - 12 - asked.length - 4) / 16)
  for (const count of [fits - 1, fits, fits + 1, 500, 5_000]) {
    const bytes = writeReply(head(), { ...nothing, answers: [addresses(count)] })
    const read = strictDecode(bytes)
    assert.ok(bytes.length <= 3_000)
    assert.equal(isTruncated(bytes), false)
    assert.deepEqual(said(read.sections[0]), expected([addresses(Math.min(count, fits))]))
  }
})

test('for Firefox, which hides its subnet: 2,808 bytes of addresses at most, padding included, and no TC', () => {
  const hidden = u16s(8, 4, 1, 0)
  const fits = Math.floor((2_804 - 12 - asked.length - 4 - 11) / 16)
  for (const [options, size] of [
    [hidden, 2_804],
    [hidden + u16s(12, 0), 2_808],
  ] as const) {
    for (const count of [fits - 1, fits, fits + 1, 5_000]) {
      const bytes = writeReply(head(asked, optRecord(options)), { ...nothing, answers: [addresses(count)] })
      const read = strictDecode(bytes)
      assert.ok(bytes.length <= size)
      assert.equal(isTruncated(bytes), false)
      assert.deepEqual(said(read.sections[0]), expected([addresses(Math.min(count, fits))]))
    }
  }
})

test('without OPT: a completed alias keeps its CNAME, and its addresses are left out first', () => {
  const target = nameFromText('lb.example.com')
  const answers: Rrset[] = [{ type: 'CNAME', owner: asked, ttl: 5, rdata: [target] }, addresses(400, target)]
  const bytes = writeReply(head(), { ...nothing, answers })
  assert.ok(bytes.length <= 3_000 && bytes.length > 3_000 - 16)
  assert.deepEqual(
    strictDecode(bytes)
      .sections[0].slice(0, 2)
      .map(({ type }) => type),
    [TYPE.CNAME, TYPE.A],
  )
})

test('no pointer leads to a name of a record that was left out', () => {
  const target = nameFromText('lb.example.com')
  const filler: Rrset = {
    type: 'TXT',
    owner: asked,
    ttl: 5,
    rdata: [Array.from({ length: 12 }, () => 'x'.repeat(244))],
  }
  const authority: Rrset[] = [{ type: 'NS', owner: nameFromText('example.com'), ttl: 5, rdata: [target] }]
  const bytes = writeReply(head(), { ...nothing, answers: [filler, addresses(2, target)], authority })
  assert.deepEqual(strictDecode(bytes).sections.map(said), [expected([filler]), expected(authority), []])
})

test('without OPT: additional records are left out first, and types other than addresses are complete', () => {
  const small = writeReply(head(), { ...nothing, answers: [services(10)], additional: glue(10) })
  assert.equal(strictDecode(small).sections[2].length, 10)
  const lean = writeReply(head(), { ...nothing, answers: [services(40)], additional: glue(40) })
  assert.ok(lean.length <= 3_000)
  assert.deepEqual(
    strictDecode(lean).sections.map((records) => records.length),
    [40, 0, 0],
  )
  const large = writeReply(head(), { ...nothing, answers: [services(200)], additional: glue(200) })
  assert.deepEqual(
    strictDecode(large).sections.map((records) => records.length),
    [200, 0, 0],
  )
  assert.equal(isTruncated(large), false)
})

test('with OPT: up to 65,535 bytes, regardless of the payload size of the client', () => {
  const fits = Math.floor((65_535 - 12 - asked.length - 4 - 11) / 16)
  const tiny = root + u16s(41, 512, 0, 0, 0)
  for (const count of [100, 1_000, fits]) {
    const bytes = writeReply(head(asked, tiny), { ...nothing, answers: [addresses(count)] })
    assert.equal(strictDecode(bytes).sections[0].length, count)
    assert.equal(isTruncated(bytes), false)
  }
  const beyond = writeReply(head(asked, tiny), { ...nothing, answers: [addresses(fits + 1)] })
  assert.deepEqual(
    strictDecode(beyond).sections.map((records) => records.length),
    [fits, 0, 1],
  )
  assert.equal(isTruncated(beyond), true)
  assert.ok(beyond.length <= 65_535)
})

test('with OPT: above 65,535 bytes additional records are left out first, then answers, with TC', () => {
  const lean = writeReply(head(asked, paddedOpt), {
    ...nothing,
    answers: [services(900)],
    additional: glue(900),
  })
  assert.deepEqual(
    strictDecode(lean).sections.map((records) => records.length),
    [900, 0, 1],
  )
  assert.equal(isTruncated(lean), false)
  const error = { code: EDE.STALE_ANSWER, text: 'the snapshot is 20 minutes old' }
  for (const opt of [optRecord(), paddedOpt]) {
    const cut = writeReply(head(asked, opt), {
      ...nothing,
      answers: [services(5_000)],
      additional: glue(5_000),
      error,
    })
    const read = strictDecode(cut)
    assert.ok(cut.length <= 65_535 && cut.length > 65_000)
    assert.equal(isTruncated(cut), true)
    assert.deepEqual(
      read.sections[2].map(({ type }) => type),
      [TYPE.OPT],
    )
    assert.deepEqual(said(read.sections[0]), expected([services(5_000)]).slice(0, read.sections[0].length))
  }
})

test('property: sizes hold for any number of records', () => {
  const counts = fc.tuple(fc.nat(3_000), fc.nat(1_200), fc.nat(1_200))
  fc.assert(
    fc.property(counts, fc.constantFrom(undefined, optRecord(), paddedOpt), ([a, srv, extra], opt) => {
      const bytes = writeReply(head(asked, opt), {
        ...nothing,
        answers: [addresses(a), services(srv)],
        additional: glue(extra),
      })
      assert.ok(bytes.length <= 65_535)
      strictDecode(bytes)
      if (opt === undefined && srv === 0) {
        assert.ok(bytes.length <= 3_000)
        assert.equal(isTruncated(bytes), false)
      }
      if (opt === paddedOpt && bytes.length <= 65_000) assert.equal(bytes.length % 468, 0)
    }),
    { numRuns: 60 },
  )
})

test('property: records that do not fit are omitted in the documented order, and only as many as needed', () => {
  const counts = fc.record({ a: fc.nat(5_000), srv: fc.nat(2_000), glue: fc.nat(1_500) })
  const anyOpt = fc.constantFrom(undefined, optRecord(), optRecord(u16s(10, 8, 1, 2, 3, 4), [0, 0x8000]))
  fc.assert(
    fc.property(counts, anyOpt, ({ a, srv, glue: extra }, opt) => {
      const answers = [services(srv), addresses(a)]
      const additional = glue(extra)
      const bytes = writeReply(head(asked, opt), { ...nothing, answers, additional })
      const [written, , more] = strictDecode(bytes).sections
      const optional = opt === undefined ? more : more.slice(0, -1)
      const wanted = expected(answers)
      // The records present are the first of those wanted, in the same order.
      assert.deepEqual(said(written), wanted.slice(0, written.length))
      assert.ok(optional.length === 0 || optional.length === extra)
      const limit = opt === undefined ? 3_000 : 65_535
      if (optional.length < extra) assert.ok(extra > 0)
      else assert.ok(bytes.length <= limit || extra === 0)
      if (written.length === wanted.length) assert.equal(isTruncated(bytes), false)
      else {
        assert.equal(optional.length, 0, 'an answer is left out while an additional record stays')
        // The record that comes next would not have fitted; an SRV here has less than 80 bytes.
        const isAddress = written.length >= srv
        assert.equal(isTruncated(bytes), !(opt === undefined && isAddress))
        const room = opt === undefined && isAddress ? 3_000 : 65_535
        assert.ok(bytes.length + (isAddress ? 16 : 80) > room, `${bytes.length} bytes`)
      }
      // Without OPT, all records other than addresses stay, up to the maximum size of a message.
      if (bytes.length > limit) assert.ok(opt === undefined && bytes.length <= 65_535 && srv > 0)
    }),
    { numRuns: 60 },
  )
})

test('padding: the message is a multiple of 468 bytes, only for clients that padded', () => {
  const reply: Reply = { ...nothing, answers: [addresses(3)], error: { code: EDE.OTHER, text: 'why' } }
  const padded = writeReply(head(asked, paddedOpt), reply)
  assert.equal(padded.length, 468)
  const read = packet(padded)
  const [opt] = read.additionals ?? []
  assert.ok(opt?.type === 'OPT')
  assert.deepEqual(
    opt.options.map(({ code }) => code),
    [15, 12],
  )
  assert.equal(writeReply(head(asked, optRecord()), reply).length % 468 === 0, false)
  assert.equal(writeReply(head(asked, paddedOpt), { ...nothing, answers: [addresses(40)] }).length, 2 * 468)
})

test('an extended error needs OPT', () => {
  const reply: Reply = {
    ...nothing,
    rcode: RCODE.SERVFAIL,
    error: { code: EDE.NOT_READY, text: 'no snapshot' },
  }
  assert.deepEqual(strictDecode(writeReply(head(), reply)).sections, [[], [], []])
  const [opt] = strictDecode(writeReply(head(asked, optRecord()), reply)).sections[2]
  assert.deepEqual(opt?.rdata, [15, '\0\x0eno snapshot'])
})

test('BADVERS: the rcode is split between header and OPT, DO is copied', () => {
  const refused = headOf(queryBytes(asked, { counts: [1, 0, 0, 1], tail: optRecord('', [1, 0x8000]) }))
  const read = strictDecode(writeReply(refused, { ...nothing, authoritative: false, rcode: RCODE.BADVERS }))
  assert.equal(read.flags & 0xf, 0)
  assert.equal(read.questions.length, 1)
  const [opt] = read.sections[2]
  assert.deepEqual([opt?.type, opt?.class, opt?.ttl], [TYPE.OPT, 1232, 0x0100_8000])
})

test('character strings: at least one, in UTF-8, truncated to 255 bytes', () => {
  const txt = (...strings: string[]): readonly (number | string)[] | undefined =>
    strictDecode(
      writeReply(head(), { ...nothing, answers: [{ type: 'TXT', owner: asked, ttl: 5, rdata: [strings] }] }),
    ).sections[0][0]?.rdata
  assert.deepEqual(txt('a', ''), ['a', ''])
  assert.deepEqual(txt(), [''])
  assert.deepEqual(txt('ü'), ['\xc3\xbc'])
  assert.deepEqual(txt('x'.repeat(300)), ['x'.repeat(255)])
})

test('rdata of the greatest length is written, and left out with TC where it does not fit', () => {
  const owner = nameFromText(Array(4).fill('x'.repeat(61)).join('.'))
  const opaque = (...lengths: readonly number[]): Rrset => ({
    type: 'OPAQUE',
    code: 65_280,
    owner,
    ttl: 5,
    rdata: lengths.map((length) => new Uint8Array(length).fill(7)),
  })
  const most = 65_535 - 12 - asked.length - 4 - 11 - owner.length - 10
  const whole = writeReply(head(asked, optRecord()), { ...nothing, answers: [opaque(most)] })
  assert.equal(whole.length, 65_535)
  assert.deepEqual(said(strictDecode(whole).sections[0]), expected([opaque(most)]))
  for (const answers of [[opaque(most + 1)], [opaque(65_535)], [opaque(most, 65_535)]]) {
    const bytes = writeReply(head(asked, optRecord()), { ...nothing, answers })
    assert.equal(isTruncated(bytes), true)
    assert.equal(strictDecode(bytes).sections[0].length, (answers[0]?.rdata.length ?? 0) - 1)
  }
})

test('a name that is not absolute is rejected instead of causing an endless loop', () => {
  const relative = labelName('web') + labelName('default')
  for (const owner of [relative, '', '\x03we', '\xc0\x0c']) {
    assert.throws(() => writeReply(head(), { ...nothing, answers: [addresses(1, owner)] }), RangeError)
    const target: Rrset = {
      type: 'SRV',
      owner: asked,
      ttl: 5,
      rdata: [{ priority: 0, weight: 0, port: 0, target: owner }],
    }
    assert.throws(() => writeReply(head(), { ...nothing, answers: [target] }), RangeError)
  }
  // The next message is not affected by the one that was given up.
  assert.equal(
    strictDecode(writeReply(head(), { ...nothing, answers: [addresses(2)] })).sections[0].length,
    2,
  )
})

test('a message handed out is not changed by the next one', () => {
  const first = writeReply(head(), { ...nothing, answers: [addresses(3)] })
  const copy = Uint8Array.from(first)
  writeReply(head(root), { ...nothing, answers: [addresses(9, root)] })
  assert.deepEqual(first, copy)
  assert.deepEqual(latin1('ok'), Uint8Array.of(111, 107))
})

test('a size in bytes: additional records are left out first, then the extended error and records, with TC', () => {
  const reply = {
    ...nothing,
    answers: [services(10)],
    additional: glue(10),
    error: { code: EDE.STALE_ANSWER, text: 'the snapshot is 20 minutes old' },
  }
  const opt = head(asked, optRecord())
  const counts = (bytes: Uint8Array): number[] => strictDecode(bytes).sections.map(({ length }) => length)
  const whole = writeReply(opt, reply, 65_535)
  assert.deepEqual(counts(whole), [10, 0, 11])
  assert.deepEqual(counts(writeReply(opt, reply, whole.length)), [10, 0, 11])
  const lean = writeReply(opt, reply, whole.length - 1)
  assert.deepEqual(counts(lean), [10, 0, 1])
  assert.equal(isTruncated(lean), false)
  assert.deepEqual(counts(writeReply(opt, reply, lean.length)), [10, 0, 1])
  for (let size = lean.length - 1; size >= 12 + asked.length + 4 + 11; size--) {
    const cut = writeReply(opt, reply, size)
    assert.ok(cut.length <= size)
    assert.equal(isTruncated(cut), true)
    assert.deepEqual(strictDecode(cut).sections[2][0]?.rdata.length, 0, 'no extended error')
  }
  assert.deepEqual(counts(writeReply(head(), { ...nothing, answers: [addresses(100)] }, 512)), [
    Math.floor((512 - 12 - asked.length - 4) / 16),
    0,
    0,
  ])
})
