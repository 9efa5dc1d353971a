import type { ListenAddress } from '../../host/http/listen.ts'
import { listenOption } from './listen-option.ts'

/** Options of every verb that runs an agent: how it can be watched. */
export const observeOptions = {
  'health-listen': {
    kind: 'text',
    value: 'HOST:PORT',
    help: 'answer /metrics, /livez and /readyz of the agent here, over plain HTTP, such as :9153',
  },
  events: {
    kind: 'flag',
    help: 'write a Kubernetes Event on each object that is skipped; the role needs create on events.events.k8s.io',
  },
} as const

/** What these options ask for. */
export type ObserveWishes = {
  readonly healthListen: ListenAddress | undefined
  readonly skipEvents: boolean
}

/** Values of `observeOptions` → what they ask for. Throws UsageError. */
export function observeWishes(values: {
  readonly 'health-listen': string | undefined
  readonly events: boolean
}): ObserveWishes {
  const text = values['health-listen']
  const healthListen = text === undefined ? undefined : listenOption(text, 'health-listen')
  return { healthListen, skipEvents: values.events }
}
