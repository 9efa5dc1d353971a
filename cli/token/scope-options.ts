import { errorText } from '../../host/errors.ts'
import { parseSelector } from '../../sync/objects/label-selector.ts'
import type { EntryFields } from '../../sync/policy/entry-text.ts'
import { namespacePattern, namespaceRule } from '../../sync/policy/form.ts'
import type { ScopeSelector } from '../../sync/policy/policy.ts'
import { type OptionValues, UsageError } from '../options/option-table.ts'

/** Options that say which namespaces are visible. One of them is given. */
export const scopeOptions = {
  namespaces: { kind: 'text', value: 'A,B', help: 'give access to these namespaces' },
  'namespace-labels': {
    kind: 'text',
    value: 'SELECTOR',
    help: 'give access to the namespaces with these labels, such as `team=a,tier in (web, db)`, as they change',
  },
  all: { kind: 'flag', help: 'give access to all namespaces that the cluster publishes' },
} as const

/** Values of `scopeOptions` → the fields of an entry. Throws UsageError unless exactly one is given. */
export function scopeFields(action: string, values: OptionValues<typeof scopeOptions>): EntryFields {
  const { namespaces, all } = values
  const labels = values['namespace-labels']
  const given = [namespaces !== undefined, labels !== undefined, all].filter(Boolean).length
  if (given !== 1)
    throw new UsageError(
      `${action} needs ${given === 0 ? 'one' : 'only one'} of --namespaces A,B, --namespace-labels SELECTOR and --all`,
    )
  if (namespaces !== undefined) return { namespaces: namespaceNames(namespaces) }
  return labels === undefined ? { all: true } : { namespaceLabels: checkedSelector(labels) }
}

/** The value of --namespaces → names, each once. Throws UsageError. */
export function namespaceNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !namespacePattern.test(name))
  if (wrong !== undefined) throw new UsageError(`--namespaces has "${wrong}", which must be ${namespaceRule}`)
  return [...new Set(names)]
}

/** A scope → the fields of an entry. */
export function fieldsOfScope(scope: ScopeSelector): EntryFields {
  if (scope.kind === 'all') return { all: true }
  return scope.kind === 'namespaces' ? { namespaces: scope.names } : { namespaceLabels: scope.text }
}

/** A scope and whether it has names outside the cluster, for people, such as `namespaces dev, staging`. */
export function scopeText({ namespaces, namespaceLabels }: EntryFields, forward: boolean): string {
  const names = Array.isArray(namespaces) ? `namespaces ${namespaces.join(', ')}` : 'all namespaces'
  const text = namespaceLabels === undefined ? names : `namespaces with ${String(namespaceLabels)}`
  return forward ? `${text} and names outside` : text
}

function checkedSelector(text: string): string {
  try {
    if (parseSelector(text).length > 0) return text
  } catch (error) {
    throw new UsageError(`--namespace-labels: ${errorText(error)}`)
  }
  throw new UsageError('--namespace-labels is empty; --all gives access to all namespaces')
}
