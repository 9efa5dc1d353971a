import assert from 'node:assert/strict'
import { test } from 'node:test'
import { urlTokens } from './url-tokens.ts'

const secret = 'prod-abcdefghijklmnopqrstuvwxyz'

for (const [url, shown, tokens] of [
  ['https://dns.example.com/dns-query', 'https://dns.example.com/dns-query', []],
  [`https://dns.example.com/dns-query/${secret}`, 'https://dns.example.com/dns-query/TOKEN', [secret]],
  [`https://h:8443/x/dns-query/${secret},b`, 'https://h:8443/x/dns-query/TOKEN,TOKEN', [secret, 'b']],
  ['https://h/dns-query/typo', 'https://h/dns-query/TOKEN', ['typo']],
  [`https://h/other/${secret}`, 'https://h/other/TOKEN', [secret]],
  ['https://user:word@h/dns-query?key=1', 'https://h/dns-query', []],
] as const) {
  test(`${shown} is what is shown of a URL`, () => {
    assert.deepEqual(urlTokens(new URL(url)), { tokens, shown })
  })
}
