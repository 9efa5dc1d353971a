import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryBytes } from '../dns/arbitrary.case.ts'
import { CLASS, RCODE, TYPE } from '../dns/code.ts'
import { isRefusal, readQuery } from '../dns/message/read-query.ts'
import { type DecodedMessage, strictDecode } from '../dns/message/strict-decode.case.ts'
import { nameFromText } from '../dns/name.ts'
import { createOwnAnswers } from './own-answers.ts'
import { createPlaces } from './place.ts'

const zones = ['cluster.local', 'k8s.example.com']
const placeOf = createPlaces({ zones: zones.map((name) => ({ name })), reverse: [] })

function ask(
  text: string,
  options: { type?: number; class?: number; peer?: string; host?: string; known?: readonly string[] } = {},
): DecodedMessage | undefined {
  const own = createOwnAnswers({
    zones: () => zones,
    isInZone: (name) => placeOf(name) === 'zone',
    status: () => ['queries=1', 'zone=cluster.local'],
    edgeHost: options.host ?? 'dns.example.com',
    edgeAddresses: () => options.known ?? [],
  })
  const bytes = queryBytes(nameFromText(text), options)
  const query = readQuery(bytes)
  assert.ok(!isRefusal(query))
  const peer = options.peer ?? '127.0.0.1'
  const answer = own({ request: { bytes, transport: 'udp', peer, maxBytes: 512 }, query })
  return answer && strictDecode(answer)
}

test('the status is for this machine only', () => {
  const asked = { type: TYPE.TXT, class: CLASS.CH }
  const answer = ask('status.kubedoh', asked)?.sections[0][0]
  assert.deepEqual([answer?.class, answer?.rdata], [CLASS.CH, ['queries=1', 'zone=cluster.local']])
  assert.equal(ask('status.kubedoh', { class: CLASS.CH })?.sections[0].length, 0)
  assert.deepEqual(ask('Status.Kubedoh', { ...asked, peer: '::1' })?.sections[0].length, 1)
  assert.equal(ask('status.kubedoh', { ...asked, peer: '192.0.2.1' }), undefined)
  assert.equal(ask('version.bind', asked), undefined)
  assert.equal(ask('status.kubedoh', { type: TYPE.TXT }), undefined)
})

test('the probe name of each zone has the address 127.0.0.1', () => {
  for (const zone of zones) {
    const answer = ask(`kubedoh-status.${zone}`)?.sections[0][0]
    assert.deepEqual(
      [Buffer.from(String(answer?.rdata[0]), 'latin1'), answer?.ttl],
      [Buffer.from([127, 0, 0, 1]), 0],
    )
    assert.equal(ask(`kubedoh-status.${zone}`, { type: TYPE.AAAA })?.sections[0].length, 0)
  }
  assert.equal(ask('kubedoh-status.example.com'), undefined)
  assert.equal(ask('a.kubedoh-status.cluster.local'), undefined)
})

test("the edge's own host is answered here if it is in a zone, and never asked at the edge", () => {
  const host = 'DNS.k8s.example.com'
  const answer = ask('dns.k8s.example.com', { host, known: ['192.0.2.7', '2001:db8::1'] })
  assert.equal(answer?.sections[0].length, 1)
  const unknown = ask('dns.k8s.example.com', { host })
  assert.equal((unknown?.flags ?? 0) & 0xf, RCODE.SERVFAIL)
  assert.equal(ask('dns.example.com', { host: 'dns.example.com', known: ['192.0.2.7'] }), undefined)
  assert.equal(ask('dns.k8s.example.com', { host: '192.0.2.7' }), undefined)
})
