import { parseResolver, type Resolver, resolverText } from '../../connect/forward/resolver.ts'
import type { ListenAddress } from '../../host/http/listen.ts'
import { type OptionTable, type OptionValues, UsageError } from '../options/option-table.ts'
import { bridgeOption, bridgePorts } from './bridge-option.ts'

/** The options for names outside the zones. */
export const forwardOptions = {
  mode: {
    kind: 'text',
    value: 'MODE',
    byDefault: 'zones',
    choices: ['zones', 'forward'],
    help: 'names outside the zones: zones refuses them, for a system that sends only the zones here; forward asks the resolvers that the machine used before, for a system that sends all names here',
  },
  resolver: {
    kind: 'list',
    value: 'ADDRESS[:PORT]',
    help: "resolver for names outside the zones and for the edge's host, instead of those of the system; repeatable",
  },
  bridge: {
    kind: 'text',
    value: 'ADDRESS',
    help: 'also answer containers, on port 53 of the address that this machine has on their bridge, such as 172.17.0.1; other names are forwarded for them in both modes',
  },
} as const satisfies OptionTable

/** How names outside the zones are treated. */
export type ForwardChoice = {
  readonly mode: 'zones' | 'forward'
  /** The resolvers of --resolver; empty: those of the system. */
  readonly resolvers: readonly Resolver[]
  /** The address for containers, whose other names are forwarded in both modes. */
  readonly bridge?: string | undefined
}

/** The values of `forwardOptions`, for a stub that listens on an address. Throws UsageError. */
export function forwardChoice(
  values: OptionValues<typeof forwardOptions>,
  listen: ListenAddress,
): ForwardChoice {
  const { mode = forwardOptions.mode.byDefault } = values
  if (mode !== 'zones' && mode !== 'forward')
    throw new UsageError(`--mode is "${mode}", it must be zones or forward`)
  return {
    mode,
    resolvers: values.resolver.map((text) => resolverOf(text, listen)),
    bridge: values.bridge === undefined ? undefined : bridgeOption(values.bridge, bridgePorts),
  }
}

function resolverOf(text: string, listen: ListenAddress): Resolver {
  const resolver = parseResolver(text)
  if (!resolver)
    throw new UsageError(
      `--resolver is "${text}", it must be an address such as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53`,
    )
  if (resolver.address === listen.host && resolver.port === listen.port)
    throw new UsageError(
      `--resolver is ${resolverText(resolver)}, where the stub itself listens; name another resolver`,
    )
  return resolver
}
