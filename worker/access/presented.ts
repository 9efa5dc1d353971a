import type { Door } from '../../snapshot/policy/schema.ts'

/** A token as a request presents it. */
export type PresentedToken = { readonly text: string; readonly door: Door }

/** The most tokens of one request. */
const maxTokens = 4

/**
 * The path's segment after /dns-query/ ('' if there is none) and the Authorization header → the tokens, those of the
 * path first, separated by commas. Undefined for more than four tokens and for another scheme than Bearer (RFC 6750
 * §2.1).
 */
export function presentedTokens(
  segment: string,
  authorization: string | undefined,
): readonly PresentedToken[] | undefined {
  const inPath = segment === '' ? [] : segment.replaceAll(/%2c/gi, ',').split(',')
  const bearer = authorization === undefined ? [] : [/^bearer +(\S+)$/i.exec(authorization)?.[1] ?? '']
  const tokens: PresentedToken[] = [
    ...inPath.map((text) => ({ text, door: 'path' as const })),
    ...bearer.map((text) => ({ text, door: 'bearer' as const })),
  ]
  return tokens.length > maxTokens || tokens.some(({ text }) => text === '') ? undefined : tokens
}
