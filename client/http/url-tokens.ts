import { clusterOfMintedToken } from '../../snapshot/policy/minted-token.ts'
import { clusterOfToken } from '../../snapshot/policy/token.ts'

/** A DoH URL's secrets, and the URL as it may be printed. */
export type UrlTokens = { readonly tokens: readonly string[]; readonly shown: string }

/** Longer segments of a path are taken for secrets: a mistyped token has no token's form, and is still close to one. */
const longestPlain = 24

/**
 * A DoH URL → its tokens, and its text without them. Tokens are the segment after /dns-query, and segments elsewhere
 * that have a token's form or more than 24 characters. User, password and query are left out of the text.
 */
export function urlTokens(url: URL): UrlTokens {
  const segments = url.pathname.split('/')
  const tokens: string[] = []
  const shown = segments.map((segment, index) => {
    const parts = segment.split(',')
    const isToken = segments[index - 1] === 'dns-query' || parts.some(looksSecret)
    if (segment === '' || !isToken) return segment
    tokens.push(...parts.filter((part) => part !== ''))
    return parts.map(() => 'TOKEN').join(',')
  })
  return { tokens, shown: `${url.origin}${shown.join('/')}` }
}

function looksSecret(text: string): boolean {
  return (
    text.length > longestPlain ||
    clusterOfToken(text) !== undefined ||
    clusterOfMintedToken(text) !== undefined
  )
}
