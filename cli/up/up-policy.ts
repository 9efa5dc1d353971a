import type { PolicyOrigin } from '../../sync/policy/source/open-policy.ts'
import { type OptionValues, UsageError } from '../options/option-table.ts'
import { policyOrigin } from '../options/policy-option.ts'
import { allowedNetworks } from './allow-option.ts'
import type { upOptions } from './up-options.ts'

type UpValues = Pick<
  OptionValues<typeof upOptions>,
  | 'allow'
  | 'dns-listen'
  | 'dot-listen'
  | 'drop-policy'
  | 'forward'
  | 'policy'
  | 'policy-configmap'
  | 'policy-secret'
  | 'public'
>

/** Where `up` gets its access policy: the options of a policy, or --allow; undefined without one. Throws UsageError. */
export function upPolicy(values: UpValues): PolicyOrigin | undefined {
  const origin = policyOrigin(values)
  const allowed = allowedNetworks(values.allow, values)
  if (allowed && origin)
    throw new UsageError(
      '--allow and an access policy exclude each other: write the ranges as `networks` into the policy',
    )
  if (allowed && values['drop-policy'])
    throw new UsageError('--allow and --drop-policy exclude each other: the ranges are an access policy')
  if (allowed && values.public)
    throw new UsageError('--allow and --public exclude each other: --public answers every range')
  if (allowed && values['dns-listen'].length + values['dot-listen'].length === 0)
    throw new UsageError(
      '--allow needs --dns-listen or --dot-listen: DoH callers are not known by their address',
    )
  if (origin && values.public)
    throw new UsageError(
      '--public and an access policy exclude each other: `anonymous` of the policy says what callers without a token see',
    )
  return origin ?? allowed
}
