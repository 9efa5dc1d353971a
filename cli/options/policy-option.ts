import type { PolicyKind, PolicyPlace } from '../../sync/kube/resources.ts'
import { isObjectName } from '../../sync/objects/label.ts'
import type { AgentOptions } from '../../sync/options.ts'
import type { PolicyOrigin } from '../../sync/policy/source/open-policy.ts'
import { UsageError } from './option-table.ts'

/** Options of every verb that publishes: the access policy. */
export const policyOptions = {
  policy: {
    kind: 'list',
    value: 'FILE',
    help: 'access policy (YAML): who may see which namespaces; read again when it changes; may be given several times, all files together are one policy',
  },
  'policy-configmap': {
    kind: 'list',
    value: 'NAMESPACE/NAME',
    help: 'watch this ConfigMap for the access policy: each key of its data is a policy file; may be given several times',
  },
  'policy-secret': {
    kind: 'list',
    value: 'NAMESPACE/NAME',
    help: 'the same for a Secret',
  },
  'drop-policy': {
    kind: 'flag',
    help: 'publish without an access policy although the published root has one',
  },
} as const

type PolicyValues = {
  readonly policy: readonly string[]
  readonly 'policy-configmap': readonly string[]
  readonly 'policy-secret': readonly string[]
  readonly 'drop-policy': boolean
}

/** A ConfigMap's or Secret's name: a DNS subdomain (RFC 1123) of at most 253 characters. */
const maxNameLength = 253
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

/** Values of `policyOptions` → where the policy comes from; undefined without one. Throws UsageError. */
export function policyOrigin(values: PolicyValues): PolicyOrigin | undefined {
  const places = [
    ...values['policy-configmap'].map((text) => placeOf('ConfigMap', 'policy-configmap', text)),
    ...values['policy-secret'].map((text) => placeOf('Secret', 'policy-secret', text)),
  ]
  const files = [...new Set(values.policy)]
  if (files.length > 0 && places.length > 0)
    throw new UsageError('--policy and --policy-configmap or --policy-secret exclude each other')
  if (files.length === 0 && places.length === 0) return undefined
  if (values['drop-policy']) throw new UsageError('--drop-policy and an access policy exclude each other')
  return files.length > 0 ? { kind: 'files', files } : { kind: 'objects', places }
}

/** The agent's option that follows from `policyOptions`. */
export function policyMode(values: PolicyValues): AgentOptions['policy'] {
  if (values['drop-policy']) return 'dropped'
  const given = [values.policy, values['policy-configmap'], values['policy-secret']]
  return given.some((list) => list.length > 0) ? 'given' : 'none'
}

function placeOf(kind: PolicyKind, option: string, text: string): PolicyPlace {
  const [namespace = '', name = '', ...rest] = text.split('/')
  if (rest.length > 0 || !isObjectName(namespace) || !subdomain.test(name) || name.length > maxNameLength)
    throw new UsageError(`--${option} is "${text}", it must be NAMESPACE/NAME in lower case`)
  return { kind, namespace, name }
}
