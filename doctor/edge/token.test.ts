import { generateKey, importPrivateKey } from '../../snapshot/key.ts'
import { mintToken } from '../../snapshot/policy/minted-token.ts'
import { reply, testCases, testNowMs } from '../ports.case.ts'
import type { EdgeResponse } from '../ports.ts'
import { tokenCheck } from './token.ts'

const asked = 'web.default.svc.cluster.local A'
const tokens = ['prod-abcdefghijklmnopqrstuvwxyz']
const minted = async (exp: number): Promise<string> =>
  mintToken(
    { aud: 'prod', iat: exp - 600, exp, namespaces: ['default'] },
    await importPrivateKey(await generateKey()),
  )
const nowSeconds = testNowMs / 1000
const valid = [await minted(nowSeconds + 60)]
const ended = [await minted(nowSeconds - 60)]

const edge = (response: Partial<EdgeResponse>): { readonly edge: Record<string, EdgeResponse> } => ({
  edge: { [asked]: { ...reply('NOERROR'), reply: undefined, ...response } },
})

testCases(tokenCheck, [
  ['a DNS answer', { edge: { [asked]: reply('NXDOMAIN') } }, 'ok', { tokens }],
  ['a DNS answer for a minted token', { edge: { [asked]: reply('NOERROR') } }, 'ok', { tokens: valid }],
  ['a minted token of the past', {}, 'ended', { tokens: ended }],
  ['a DNS answer without a token', { edge: { [asked]: reply('NOERROR') } }, 'anonymous'],
  ['404 with a token', edge({ status: 404 }), 'invalid', { tokens }],
  ['404 without a token', edge({ status: 404 }), 'noPath'],
  ['401', edge({ status: 401 }), 'missing'],
  ['503', edge({ status: 503, headers: { 'retry-after': '5' } }), 'policyUnavailable', { tokens }],
  ['503 of a proxy', edge({ status: 503 }), 'status', { tokens }],
  ['429', edge({ status: 429 }), 'overLimit', { tokens }],
  ['a redirect', edge({ status: 302, headers: { location: 'https://portal.example/' } }), 'redirected'],
  ['a page', edge({ headers: { 'content-type': 'text/html' } }), 'notDns'],
  ['no response', { edge: { [asked]: { failed: 'TIMEOUT', reason: 'no answer' } } }, 'failed'],
])
