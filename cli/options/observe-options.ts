import type { ListenAddress } from '../../host/http/listen.ts'
import { listenOption } from './listen-option.ts'

/** The option of every verb that runs an edge or an agent: metrics and health. */
export const healthOption = {
  'health-listen': {
    kind: 'text',
    value: 'HOST:PORT',
    help: 'serve /metrics, /livez and /readyz on this address over plain HTTP, such as :9153',
  },
} as const

/** Options of every verb that runs an agent: metrics, health and Events. */
export const observeOptions = {
  ...healthOption,
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
  return { healthListen: healthListenOf(values), skipEvents: values.events }
}

/** Values of `healthOption` → the address of the endpoint, if one is requested. Throws UsageError. */
export function healthListenOf(values: {
  readonly 'health-listen': string | undefined
}): ListenAddress | undefined {
  const text = values['health-listen']
  return text === undefined ? undefined : listenOption(text, 'health-listen')
}
