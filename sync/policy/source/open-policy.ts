import type { ReflectorPorts } from '../../kube/reflector.ts'
import type { PolicyPlace } from '../../kube/resources.ts'
import type { AgentOptions } from '../../options.ts'
import { PolicyError } from '../faults.ts'
import type { Policy } from '../policy.ts'
import { readPolicyFiles, watchPolicyFiles } from './policy-files.ts'
import { watchPolicyObjects } from './policy-objects.ts'
import { createPolicyIntake, type PolicySource } from './policy-source.ts'
import { readPolicy } from './read-policy.ts'

/** Where a policy comes from: at least one file or object of the cluster, or a text that does not change. */
export type PolicyOrigin =
  | { readonly kind: 'files'; readonly files: readonly string[] }
  /** A policy file's text, and the name for it in messages. */
  | { readonly kind: 'text'; readonly name: string; readonly text: string }
  | { readonly kind: 'objects'; readonly places: readonly PolicyPlace[] }

/** The objects with the policy; none if it comes from files. */
export function policyPlaces(origin: PolicyOrigin | undefined): readonly PolicyPlace[] {
  return origin?.kind === 'objects' ? origin.places : []
}

/** Reads a policy, and again whenever it changes, until the signal aborts. `kube` is needed for objects. */
export function openPolicy(
  origin: PolicyOrigin,
  options: Pick<AgentOptions, 'namespaced'>,
  ports: Omit<ReflectorPorts, 'changed' | 'kube'> & { readonly kube?: ReflectorPorts['kube'] },
): PolicySource {
  const check = (policy: Policy): readonly string[] => unknownLabels(policy, options)
  const intake = createPolicyIntake({ ...ports, check })
  if (origin.kind === 'files') return watchPolicyFiles(origin.files, intake, ports)
  if (origin.kind === 'text') return { ...intake, done: intake.take([origin]) }
  const { kube } = ports
  if (!kube) throw new TypeError('objects need a cluster')
  return watchPolicyObjects(origin.places, intake, { ...ports, kube })
}

/** Reads a policy's files once. Throws PolicyError POLICY_INVALID with the first fault. */
export async function readPolicyOnce(
  files: readonly string[],
  options: Pick<AgentOptions, 'namespaced'>,
  ports: Pick<ReflectorPorts, 'log'>,
): Promise<PolicySource> {
  const texts = await readPolicyFiles(files)
  const read = await readPolicy(texts)
  const [first, ...more] = 'problems' in read ? read.problems : unknownLabels(read.policy, options)
  if (first !== undefined)
    throw new PolicyError(
      'POLICY_INVALID',
      `${first}${more.length > 0 ? ` (and ${more.length} more faults)` : ''}`,
    )
  const intake = createPolicyIntake(ports)
  await intake.take(texts)
  return { ...intake, done: Promise.resolve() }
}

/** The reasons why the agent cannot resolve a policy's labels; none if it can. */
export function unknownLabels(policy: Policy, { namespaced }: Pick<AgentOptions, 'namespaced'>): string[] {
  if (!namespaced) return []
  const { tokens, minting, networks, anonymous } = policy
  const scopes = [...tokens, ...minting, ...networks].map(({ scope }) => scope)
  const isLabelled = [...scopes, anonymous].some((scope) => scope?.kind === 'namespaceLabels')
  const problem =
    'namespaceLabels cannot be resolved: with --namespaced the agent reads no Namespaces; use namespaces'
  return isLabelled ? [problem] : []
}
