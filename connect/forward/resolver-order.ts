import { type Resolver, resolverText } from './resolver.ts'

/** The resolvers in the order in which a query should use them. */
export type ResolverOrder = {
  /** The resolvers as configured, those that were silent lately at the end. */
  inOrder(): readonly Resolver[]
  /** Records that a resolver answered. */
  answered(resolver: Resolver): void
  /** Records that a resolver did not answer in time. */
  silent(resolver: Resolver): void
  /** Uses other resolvers from now on, and forgets which were silent. */
  use(resolvers: readonly Resolver[]): void
}

/**
 * Keeps resolvers in order. One that was silent comes last for `silentMs`, so that a dead first resolver does not delay every
 * query. `now` is a clock that does not jump (ms).
 */
export function createResolverOrder(
  given: readonly Resolver[],
  { silentMs, now }: { readonly silentMs: number; readonly now: () => number },
): ResolverOrder {
  let resolvers = given
  const silentUntil = new Map<string, number>()
  const isSilent = (resolver: Resolver): boolean => (silentUntil.get(resolverText(resolver)) ?? 0) > now()
  return {
    inOrder() {
      if (silentUntil.size === 0) return resolvers
      const parts = Object.groupBy(resolvers, (resolver) => (isSilent(resolver) ? 'last' : 'first'))
      return [...(parts.first ?? []), ...(parts.last ?? [])]
    },
    answered: (resolver) => void silentUntil.delete(resolverText(resolver)),
    silent: (resolver) => void silentUntil.set(resolverText(resolver), now() + silentMs),
    use(others) {
      resolvers = others
      silentUntil.clear()
    },
  }
}
