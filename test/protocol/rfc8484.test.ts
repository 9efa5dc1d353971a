import assert from 'node:assert/strict'
import { test } from 'node:test'
import { strictDecode } from '../../dns/message/strict-decode.case.ts'
import { nameFromText, nameToText } from '../../dns/name.ts'
import { get, post } from '../../worker/edge.case.ts'
import { dnsMessage } from '../../worker/http/media-types.ts'
import type { DohResponse } from '../../worker/http/request.ts'
import { dig, namespace, service } from '../dig.ts'

/* The requests of RFC 8484 §4.1.1, byte for byte, to an edge with the zone example.com. */

const www = 'AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB'
const longLabel =
  'AAABAAABAAAAAAAAAWE-NjJjaGFyYWN0ZXJsYWJlbC1tYWtlcy1iYXNlNjR1cmwtZGlzdGluY3QtZnJvbS1zdGFuZGFyZC1iYXNlNjQHZXhhbXBsZQNjb20AAAEAAQ'
const accept = { accept: dnsMessage }
const objects = [namespace('x'), service('x/web', { clusterIP: '10.96.0.1' })]
const { send } = await dig([{ objects, zones: ['example.com'] }])

function nxdomain({ status, headers, body }: DohResponse, name: string): void {
  assert.equal(status, 200)
  assert.equal(headers['content-type'], dnsMessage)
  const { id, flags, questions, sections } = strictDecode(body as Uint8Array)
  // Id 0, as §4.1 advises; QR, AA, RD, RA, NXDOMAIN.
  assert.deepEqual([id, flags], [0, 0x8583])
  assert.deepEqual(questions, [{ name: nameFromText(name), type: 1, class: 1 }])
  const [answers, [soa], additional] = sections
  assert.deepEqual([answers, additional], [[], []])
  assert.equal(nameToText(soa?.owner ?? ''), 'example.com.')
  // §5.1: not longer than the negative answer may be cached (RFC 2308: the smaller of TTL and MINIMUM).
  const lifetime = Math.min(soa?.ttl ?? 0, Number(soa?.rdata.at(-1)))
  assert.equal(headers['cache-control'], `max-age=${lifetime}`)
}

test('GET www.example.com', async () => {
  nxdomain(await send(get(`/dns-query?dns=${www}`, accept)), 'www.example.com')
})

test('POST www.example.com: 33 bytes, with the same answer as GET', async () => {
  const body = Buffer.from(www, 'base64url')
  assert.equal(body.toString('hex'), '00000100000100000000000003777777076578616d706c6503636f6d0000010001')
  const response = await send(post('/dns-query', body, { ...accept, 'content-type': dnsMessage }))
  nxdomain(response, 'www.example.com')
  assert.deepEqual(response, await send(get(`/dns-query?dns=${www}`, accept)))
})

test('GET with a label of 62 bytes, whose base64url has - and _', async () => {
  const name = 'a.62characterlabel-makes-base64url-distinct-from-standard-base64.example.com'
  assert.match(longLabel, /-/)
  assert.equal(Buffer.from(longLabel, 'base64url').length, 94)
  nxdomain(await send(get(`/dns-query?dns=${longLabel}`, accept)), name)
})
