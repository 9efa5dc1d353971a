import type { ListenAddress } from '../../host/http/listen.ts'
import { listenOption } from './listen-option.ts'

/** Options of every verb that runs an agent: metrics, health and Events. */
export const observeOptions = {
  'health-listen': {
    kind: 'text',
    value: 'HOST:PORT',
    help: 'serve /metrics, /livez and /readyz of the agent on this address over plain HTTP, such as :9153',
  },
  events: {
    kind: 'flag',
    help: 'write a Kubernetes Event for each skipped object; the role needs create on events.events.k8s.io',
  },
} as const

/** The observation that these options request. */
export type ObserveWishes = {
  readonly healthListen: ListenAddress | undefined
  readonly skipEvents: boolean
}

/** Values of `observeOptions` → the requested observation. Throws UsageError. */
export function observeWishes(values: {
  readonly 'health-listen': string | undefined
  readonly events: boolean
}): ObserveWishes {
  const text = values['health-listen']
  const healthListen = text === undefined ? undefined : listenOption(text, 'health-listen')
  return { healthListen, skipEvents: values.events }
}
