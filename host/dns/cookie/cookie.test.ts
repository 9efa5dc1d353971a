import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress } from '../../../dns/address.ts'
import { createCookies } from './cookie.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')
const address = (text: string): Uint8Array => parseAddress(text) ?? assert.fail(text)

const secret = bytes('e5e973e5a6b2a43f48e7dc849e37bfcf')
const formerSecret = bytes('dd3bdf9344b678b185a6f5cb60fca715')
const nextSecret = bytes('445536bcd2513298075a5d379663c962')

test('RFC 9018 A.1: a client without a server cookie gets one', () => {
  const judged = createCookies([secret]).judge(
    bytes('2464c4abcf10c957'),
    address('198.51.100.100'),
    1_559_731_985_000,
  )
  assert.equal(judged.isValid, false)
  assert.equal(hex(judged.reply), '2464c4abcf10c957010000005cf79f111f8130c3eee29480')
})

test('RFC 9018 A.2: a cookie of 40 minutes is valid and is renewed', () => {
  const cookie = bytes('2464c4abcf10c957010000005cf79f111f8130c3eee29480')
  const judged = createCookies([secret]).judge(cookie, address('198.51.100.100'), 1_559_734_385_000)
  assert.equal(judged.isValid, true)
  assert.equal(hex(judged.reply), '2464c4abcf10c957010000005cf7a871d4a564a1442aca77')
})

test('RFC 9018 A.3: reserved bytes of another server are part of the hash', () => {
  const cookie = bytes('fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5')
  const cookies = createCookies([secret])
  const client = address('203.0.113.203')
  assert.equal(cookies.judge(cookie, client, 1_559_727_985_000).isValid, true)
  // The example answers after almost two hours: then the cookie is too old (§4.3).
  const judged = cookies.judge(cookie, client, 1_559_734_700_000)
  assert.equal(judged.isValid, false)
  assert.equal(hex(judged.reply), 'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e')
})

test('RFC 9018 A.4: a cookie of the second secret is valid, and the reply is of the first', () => {
  const cookie = bytes('22681ab97d52c298010000005cf7c57926556bd0934c72f8')
  const client = address('2001:db8:220:1:59de:d0f4:8769:82b8')
  const judged = createCookies([nextSecret, formerSecret]).judge(cookie, client, 1_559_741_961_000)
  assert.equal(judged.isValid, true)
  assert.equal(hex(judged.reply), '22681ab97d52c298010000005cf7c609a6bb79d16625507a')
  assert.equal(createCookies([nextSecret]).judge(cookie, client, 1_559_741_961_000).isValid, false)
})

const client = address('192.0.2.7')
const madeMs = 1_700_000_000_000
const made = createCookies([secret]).judge(bytes('0123456789abcdef'), client, madeMs).reply

test('a cookie is valid for an hour, and five minutes before its time', () => {
  const cookies = createCookies([secret])
  const isValidAfter = (seconds: number): boolean =>
    cookies.judge(made, client, madeMs + 1000 * seconds).isValid
  assert.deepEqual([-301, -300, 0, 3_600, 3_601].map(isValidAfter), [false, true, true, true, false])
})

test('a cookie of up to 30 minutes is returned as it is, an older one is renewed', () => {
  const cookies = createCookies([secret])
  const replyAfter = (seconds: number): string =>
    hex(cookies.judge(made, client, madeMs + 1000 * seconds).reply)
  assert.equal(replyAfter(1_800), hex(made))
  assert.notEqual(replyAfter(1_801), hex(made))
})

test('each changed bit makes a cookie invalid, and so do another address, secret, length and version', () => {
  const cookies = createCookies([secret])
  for (let bit = 0; bit < 8 * made.length; bit++) {
    const changed = made.slice()
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(cookies.judge(changed, client, madeMs).isValid, false, `bit ${bit}`)
  }
  assert.equal(cookies.judge(made, address('192.0.2.8'), madeMs).isValid, false)
  assert.equal(createCookies([nextSecret]).judge(made, client, madeMs).isValid, false)
  for (const length of [8, 16, 23, 25, 40]) {
    const other = new Uint8Array(length)
    other.set(made.subarray(0, length))
    const judged = cookies.judge(other, client, madeMs)
    assert.equal(judged.isValid, false)
    assert.equal(hex(judged.reply), hex(made), 'a new cookie is made from the first eight bytes')
  }
})

test('the timestamp wraps around after 2106', () => {
  const cookies = createCookies([secret])
  const beforeMs = 1000 * (2 ** 32 - 10)
  const { reply } = cookies.judge(made, client, beforeMs)
  assert.equal(cookies.judge(reply, client, beforeMs + 60_000).isValid, true)
  assert.equal(cookies.judge(reply, client, beforeMs + 3_700_000).isValid, false)
})

test('replaced secrets are used from then on', () => {
  const cookies = createCookies([secret])
  cookies.replace([nextSecret, secret])
  assert.equal(cookies.judge(made, client, madeMs).isValid, true)
  cookies.replace([nextSecret])
  assert.equal(cookies.judge(made, client, madeMs).isValid, false)
})
