import assert from 'node:assert/strict'
import { signAs } from '../../snapshot/forge.case.ts'
import { clusterOfMintedToken, mintToken, verifyMintedToken } from '../../snapshot/policy/minted-token.ts'
import { testKey as key } from '../../worker/edge.case.ts'
import { mutateBytes, mutateJson } from './mutate.ts'
import type { Target } from './target.ts'

const now = 1_800_000_000
const claims = { aud: 'prod', iat: now, exp: now + 600, namespaces: ['ci', 'dev', 'secret'] }
const ceiling = ['ci', 'dev']
const maxSeconds = 900

/** Minted tokens: altered texts, and claims and headers that the key's own holder signed. */
export const mintedTokenTarget: Target = {
  name: 'minted-tokens',
  what: 'minted tokens: altered ones, and others that the holder of the key signed',
  async open() {
    const header = { alg: 'EdDSA', typ: 'kubedoh-token', kid: key.kid }
    const genuine = await mintToken(claims, key)
    const minting = [{ name: 'ci', kid: key.kid, key: key.publicKey, scope: 0, maxSeconds, forward: false }]
    return {
      draw(random) {
        if (random.chance(0.5))
          return { 'at s': String(random.between(1, 600)), change: mutateBytes(genuine, random) }
        const payload = JSON.stringify(mutateJson(claims, random))
        const signed = random.chance(0.3)
          ? JSON.stringify(mutateJson(header, random))
          : JSON.stringify(header)
        return { payload, header: signed }
      },
      async check({ change, payload = '', header: signed = '', 'at s': second = '0' }) {
        const nowMs = (now + Number(second)) * 1000
        const token = change ?? (await signAs(payload, readHeader(signed, header), key))
        const expected = { cluster: 'prod', policy: { minting, scopes: [ceiling] }, agentKeys: [], nowMs }
        const grant = await verifyMintedToken(token, expected)
        if (change !== undefined && change !== genuine) assert.equal(grant, undefined)
        if (!grant) return
        assert.equal(clusterOfMintedToken(token), 'prod')
        assert.ok(grant.scope !== 'all' && grant.scope.every((name) => ceiling.includes(name)))
        assert.ok(grant.expiresMs > nowMs && grant.expiresMs <= nowMs + (maxSeconds + 30) * 1000)
      },
    }
  },
}

/** A header that can be signed with: jose needs the algorithm. */
function readHeader<H extends object>(text: string, genuine: H): H {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...(value as H), alg: 'EdDSA' } : genuine
  } catch {
    return genuine
  }
}
