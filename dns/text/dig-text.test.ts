import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Message, readMessage } from '../message/read-message.ts'
import { digText, shortText } from './dig-text.ts'

/** Bytes from hex digits, spaces and line ends left out. */
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'))
const read = (bytes: Uint8Array): Message => {
  const message = readMessage(bytes)
  assert.ok(!('broken' in message), JSON.stringify(message))
  return message
}
const received = { ms: 1.4, server: 'https://edge.test/dns-query (HTTP/2)' }
const format = (bytes: Uint8Array): string => digText(read(bytes), received)

// web.k, type A, and a pointer to it.
const question = '03 776562 01 6b 00 0001 0001'
const owner = 'c00c'
const optRecord = (rdata: string, extendedRcode = '00'): string =>
  `00 0029 04d0 ${extendedRcode} 00 0000 ${(rdata.replace(/\s/g, '').length / 2).toString(16).padStart(4, '0')} ${rdata}`

test('a positive answer is printed as by dig', () => {
  const message = hex(`002a 8580 0001 0002 0001 0002 ${question}
    ${owner} 0001 0001 00000005 0004 0a000001
    ${owner} 0001 0001 00000005 0004 0a000002
    c010 0006 0001 00000005 001d 02 6e73 c010 01 68 c010 00000001 00000002 00000003 00000004 00000005
    ${owner} 001c 0001 00015180 0010 fd000000000000000000000000000001
    ${optRecord('000f 000a 0003 3420 6d696e75 7465')}`)
  assert.equal(
    format(message),
    `;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 42
;; flags: qr aa rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 1, ADDITIONAL: 2

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: 1232
; EDE: 3 (Stale Answer): (4 minute)
;; QUESTION SECTION:
;web.k.				IN	A

;; ANSWER SECTION:
web.k.			5	IN	A	10.0.0.1
web.k.			5	IN	A	10.0.0.2

;; AUTHORITY SECTION:
k.			5	IN	SOA	ns.k. h.k. 1 2 3 4 5

;; ADDITIONAL SECTION:
web.k.			86400	IN	AAAA	fd00::1

;; Query time: 1 msec
;; SERVER: https://edge.test/dns-query (HTTP/2)
;; MSG SIZE  rcvd: ${message.length}`,
  )
})

/** One record of a type, its rdata in hex → the part of the line after the columns of the owner. */
function recordText(type: number, rdata: string): string {
  const length = (rdata.replace(/\s/g, '').length / 2).toString(16).padStart(4, '0')
  const typeHex = type.toString(16).padStart(4, '0')
  const text = format(
    hex(`0000 8180 0001 0001 0000 0000 ${question} ${owner} ${typeHex} 0001 0000003c ${length} ${rdata}`),
  )
  return /^web\.k\.\t\t\t60\tIN\t(.*)$/m.exec(text)?.[1] ?? text
}

for (const [type, rdata, expected] of [
  [2, '02 6e73 c010', 'NS\tns.k.'],
  [5, 'c00c', 'CNAME\tweb.k.'],
  [12, '00', 'PTR\t.'],
  [12, '03 612062 04 63286429 00', 'PTR\ta\\032b.c\\(d\\).'],
  [13, '01 61 02 6222', 'HINFO\t"a" "b\\""'],
  [15, '000a 01 6d c010', 'MX\t10 m.k.'],
  [16, '02 6869 00 05 225cc3a97f', 'TXT\t"hi" "" "\\"\\\\\\195\\169\\127"'],
  [33, '0000 0064 0050 03 776562 01 6b 00', 'SRV\t0 100 80 web.k.'],
  [52, '03 01 01 abcd', 'TLSA\t3 1 1 ABCD'],
  [64, '0001 00', 'SVCB\t1 .'],
  [65, '0001 00 0001 0003 026832', 'HTTPS\t1 . alpn="h2"'],
  [257, '00 05 6973737565 6361', 'CAA\t0 issue "ca"'],
  [65_280, '', 'TYPE65280 \\# 0'],
  [65_280, '00ff', 'TYPE65280 \\# 2 00FF'],
] as const) {
  test(`rdata: ${expected}`, () => assert.equal(recordText(type, rdata), expected))
}

for (const [flags, rcode, expected] of [
  ['8180', '00', 'status: NOERROR, id: 0\n;; flags: qr rd ra;'],
  ['8583', '00', 'status: NXDOMAIN, id: 0\n;; flags: qr aa rd ra;'],
  ['83b2', '00', 'status: SERVFAIL, id: 0\n;; flags: qr tc rd ra ad cd;'],
  ['8000', '01', 'status: BADVERS, id: 0\n;; flags: qr;'],
  ['8001', '0f', 'status: RCODE241, id: 0\n;; flags: qr;'],
] as const) {
  test(`header: ${expected.replace('\n', ' ')}`, () => {
    const text = format(hex(`0000 ${flags} 0001 0000 0000 0001 ${question} ${optRecord('', rcode)}`))
    assert.ok(text.includes(expected), text)
  })
}

for (const [rdata, expected] of [
  ['000f 0002 0016', '; EDE: 22 (No Reachable Authority)\n'],
  ['000f 0004 03e7 6869', '; EDE: 999: (hi)\n'],
  ['000c 0003 000000', '; PAD: (3 bytes)\n'],
  ['000a 0008 0102030405060708', '; COOKIE: 0102030405060708\n'],
  ['fde9 0002 ab63', '; OPT=65001: ab 63 (".c")\n'],
  ['0008 0007 0001 18 00 c00002', '; CLIENT-SUBNET: 192.0.2.0/24/0\n'],
  ['0008 0002 0009', '; CLIENT-SUBNET: 00 09 ("..")\n'],
  ['0003 0002 6e31', '; NSID: 6e 31 ("n1")\n'],
] as const) {
  test(`option: ${expected.trim()}`, () => {
    const text = format(hex(`0000 8180 0001 0000 0000 0001 ${question} ${optRecord(rdata)}`))
    assert.ok(text.includes(expected), text)
  })
}

test('an owner longer than its column moves the columns after it, as in dig', () => {
  const name = `05 5f68747470 04 5f746370 03 776562 07 64656661756c74 03 737663 07 636c7573746572 05 6c6f63616c 00`
  const text = format(
    hex(
      `0000 8180 0001 0001 0000 0000 ${name} 0021 0001 c00c 0021 0001 0000001e 0008 0000 0064 0050 01 61`.replace(
        '0008',
        '0009',
      ) + '00',
    ),
  )
  assert.ok(text.includes('\n_http._tcp.web.default.svc.cluster.local. 30 IN\tSRV 0 100 80 a.\n'), text)
  assert.ok(text.includes('\n;_http._tcp.web.default.svc.cluster.local. IN SRV\n'), text)
})

test('the semicolon of the question moves no column, as in dig', () => {
  const name = '04 6e6f6e65 07 64656661756c74 03 737663 07 636c7573746572 05 6c6f63616c 00'
  const text = format(hex(`0000 8183 0001 0000 0000 0000 ${name} 0001 0001`))
  assert.ok(text.includes('\n;none.default.svc.cluster.local.\tIN\tA\n'), text)
})

test('the short form is the data of each record of the answer, aliases included', () => {
  const message = hex(`0000 8180 0001 0002 0000 0001 ${question}
    ${owner} 0005 0001 00000005 0004 016d c010
    016d c010 0001 0001 00000005 0004 0a000001 ${optRecord('')}`)
  assert.deepEqual(shortText(read(message)), ['m.k.', '10.0.0.1'])
})

test('without the facts of its receipt, a message ends with its size alone', () => {
  const bytes = hex(`0000 8183 0001 0000 0000 0000 ${question}`)
  assert.ok(digText(read(bytes)).endsWith(`\n;web.k.\t\t\t\tIN\tA\n\n;; MSG SIZE  rcvd: ${bytes.length}`))
})
