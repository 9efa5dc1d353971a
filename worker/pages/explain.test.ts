import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLASS, EDE, RCODE, TYPE } from '../../dns/code.ts'
import { readMessage } from '../../dns/message/read-message.ts'
import { isRefusal, readQuery } from '../../dns/message/read-query.ts'
import { writeQuery } from '../../dns/message/write-query.ts'
import { type Reply, writeReply } from '../../dns/message/write-reply.ts'
import { nameFromText } from '../../dns/name.ts'
import type { Rrset } from '../../dns/record.ts'
import { typeFromText } from '../../dns/text/mnemonic.ts'
import { explain } from './explain.ts'
import type { Answered, LookedUp } from './looked-up.ts'
import type { ClusterFacts } from './page-facts.ts'

const name = 'web.prod.svc.cluster.local'
const fresh: ClusterFacts = { id: 'prod', state: 'fresh', ageSeconds: 12 }
const stale: ClusterFacts = { id: 'prod', state: 'stale', ageSeconds: 1_200 }
const empty: Reply = {
  rcode: RCODE.NOERROR,
  authoritative: true,
  answers: [],
  authority: [],
  additional: [],
  error: undefined,
}
const address = (last: number): Rrset => ({
  type: 'A',
  owner: nameFromText(name),
  ttl: 5,
  rdata: Array.from({ length: last }, (_, at) => Uint8Array.of(10, 96, 0, at + 1)),
})
const alias = (target: string): Rrset => ({
  type: 'CNAME',
  owner: nameFromText(name),
  ttl: 5,
  rdata: [nameFromText(target)],
})
const soa: Rrset = {
  type: 'SOA',
  owner: nameFromText('cluster.local'),
  ttl: 5,
  rdata: [
    {
      mname: nameFromText('ns.dns.cluster.local'),
      rname: nameFromText('hostmaster.cluster.local'),
      serial: 1,
      refresh: 2,
      retry: 3,
      expire: 4,
      minimum: 5,
    },
  ],
}

/** An answer as the edge would write it. */
function answer(reply: Partial<Reply>, type = 'A', cluster: ClusterFacts | 'outside' = fresh): Answered {
  const query = readQuery(writeQuery(nameFromText(name), typeFromText(type) ?? TYPE.A, { edns: {} }))
  assert.ok(!isRefusal(query) && query.question.class === CLASS.IN)
  const message = readMessage(writeReply(query, { ...empty, ...reply }, 'http'))
  assert.ok(!('broken' in message))
  const place = cluster === 'outside' ? undefined : { cluster, zone: 'cluster.local' }
  return { kind: 'answered', asked: { name, type }, message, place }
}

const failure = (
  code: NonNullable<Reply['error']>['code'],
  text: string,
  authoritative = false,
): Partial<Reply> => ({
  rcode: RCODE.SERVFAIL,
  authoritative,
  error: { code, text },
})

const asked = { name, type: 'A' }
const results: readonly (readonly [tone: string, text: RegExp, result: LookedUp])[] = [
  ['good', /^web\.prod\.svc\.cluster\.local has one IPv4 address\.$/, answer({ answers: [address(1)] })],
  ['good', / has 3 IPv4 addresses\.$/, answer({ answers: [address(3)] })],
  [
    'good',
    / is an alias of b\.prod\.svc, which has one IPv4 address\.$/,
    answer({ answers: [alias('b.prod.svc'), address(1)] }),
  ],
  ['good', / has one CNAME record\.$/, answer({ answers: [alias('b.prod.svc')] }, 'CNAME')],
  [
    'warning',
    / has one IPv4 address, but this may have changed: .*has not reported for 20 minutes\.$/,
    answer({ answers: [address(1)], error: { code: EDE.STALE_ANSWER, text: 'x' } }, 'A', stale),
  ],
  ['bad', / exists, but it has no AAAA record\.$/, answer({ authority: [soa] }, 'AAAA')],
  [
    'bad',
    / alias of b\.prod\.svc, which exists but has no AAAA record\.$/,
    answer({ answers: [alias('b.prod.svc')], authority: [soa] }, 'AAAA'),
  ],
  [
    'bad',
    / alias of www\.example\.com, which is outside of the cluster, and this edge does not look it up\.$/,
    answer({ answers: [alias('www.example.com')] }),
  ],
  ['bad', / does not exist in cluster prod\.$/, answer({ rcode: RCODE.NXDOMAIN, authority: [soa] })],
  [
    'bad',
    / alias of b\.prod\.svc, which does not exist\.$/,
    answer({ rcode: RCODE.NXDOMAIN, answers: [alias('b.prod.svc')], authority: [soa] }),
  ],
  ['bad', /^web\S+ does not exist\.$/, answer({ rcode: RCODE.NXDOMAIN, authority: [soa] }, 'A', 'outside')],
  [
    'bad',
    /no data of cluster prod yet/,
    answer(failure(EDE.NOT_READY, 'x'), 'A', { id: 'prod', state: 'none', ageSeconds: undefined }),
  ],
  [
    'bad',
    /data of cluster prod has expired/,
    answer(failure(EDE.NOT_READY, 'x'), 'A', { ...stale, state: 'expired' }),
  ],
  [
    'bad',
    /is not in the data of cluster prod, which is 20 minutes old: it may exist by now\.$/,
    answer(failure(EDE.NO_REACHABLE_AUTHORITY, 'x'), 'A', stale),
  ],
  [
    'bad',
    /part of the data of cluster prod cannot be read now/,
    answer(failure(EDE.NO_REACHABLE_AUTHORITY, 'x')),
  ],
  ['bad', /resolver behind this edge cannot answer/, answer(failure(EDE.NO_REACHABLE_AUTHORITY, 'x', true))],
  [
    'bad',
    /resolver behind this edge cannot answer/,
    answer(failure(EDE.NO_REACHABLE_AUTHORITY, 'x'), 'A', 'outside'),
  ],
  [
    'bad',
    /resolver behind this edge, .* does not answer now/,
    answer(failure(EDE.NETWORK_ERROR, 'x'), 'A', 'outside'),
  ],
  [
    'bad',
    /^The aliases lead back; mend them\.$/,
    answer(failure(EDE.OTHER, 'the aliases lead back; mend them', true)),
  ],
  ['bad', /SERVFAIL/, answer({ rcode: RCODE.SERVFAIL })],
  [
    'bad',
    /in none of the zones/,
    answer({ rcode: RCODE.REFUSED, error: { code: EDE.NOT_AUTHORITATIVE, text: 'x' } }, 'A', 'outside'),
  ],
  [
    'bad',
    /refuses this question: zone transfers/,
    answer({ rcode: RCODE.REFUSED, error: { code: EDE.PROHIBITED, text: 'zone transfers are off' } }),
  ],
  ['bad', /refused the question with NOTIMP\.$/, answer({ rcode: RCODE.NOTIMP })],
  ['bad', /answers only callers with a token/, { kind: 'token-missing', asked }],
  [
    'bad',
    /^This cannot be looked up: a label is empty\.$/,
    { kind: 'unreadable', asked, reason: 'a label is empty' },
  ],
]

for (const [tone, text, result] of results) {
  test(`${tone}: ${text.source.slice(0, 80)}`, () => {
    const verdict = explain(result, false)
    assert.match(verdict.text, text)
    assert.equal(verdict.tone, tone)
    assert.match(verdict.text, /^[^\n]+\.$/)
  })
}

test('to the holder of a token, a name may also be hidden', () => {
  const missing = answer({ rcode: RCODE.NXDOMAIN, authority: [soa] })
  assert.match(explain(missing, true).text, /or it is in a namespace that your token may not see\.$/)
})
