import { formatCidr, parseCidr } from '../../dns/cidr.ts'
import { importTrustedKeys } from '../../snapshot/key.ts'
import type { Door } from '../../snapshot/policy/schema.ts'
import { tokenHashFromHex } from '../../snapshot/policy/token.ts'
import { errorText } from '../error-text.ts'
import { parseSelector } from '../objects/label-selector.ts'
import { checkEntries } from './check-entries.ts'
import type { PolicyFault } from './faults.ts'
import type { Report } from './field-readers.ts'
import { policyForm, policyLimits, type ScopeFields } from './form.ts'
import { type FieldPath, locate, pathText } from './locate.ts'
import type { MintingEntry, NetworkEntry, Policy, ScopeSelector, TokenEntry } from './policy.ts'
import { readDocument } from './read-document.ts'
import { lineAt } from './text-lines.ts'

/** A policy, or at least one fault of the text, in the order of the lines. */
export type PolicyOutcome = { readonly policy: Policy } | { readonly faults: readonly PolicyFault[] }

/** A manifest is a likely mistake, since policies are often in ConfigMaps. */
const objectProblem =
  'the file is a Kubernetes object; write the policy into a separate file, and make the ConfigMap or Secret from it with `kubectl create`'

/** The maximum number of reported faults. */
const maxFaults = 20

const defaultDoors: readonly Door[] = ['path', 'bearer']

type Form = NonNullable<ReturnType<typeof policyForm.read>>

/** A policy file's YAML text → the policy, or its faults. Never rejects. */
export async function parsePolicy(text: string): Promise<PolicyOutcome> {
  if (text.length > policyLimits.textLength)
    return faultOfFile(`the file has more than ${policyLimits.textLength} characters`)
  const document = readDocument(text)
  if ('problem' in document) return faultOfFile(document.problem, lineAt(text, document.offset))
  const { value, root } = document
  if (value === undefined || value === null)
    return faultOfFile('the file has no content; a policy begins with "version: 1"')
  if (typeof value === 'object' && 'apiVersion' in value) return faultOfFile(objectProblem)
  const found: { readonly path: FieldPath; readonly problem: string }[] = []
  const report: Report = (path, problem) => {
    if (found.length < maxFaults) found.push({ path, problem })
    return undefined
  }
  const form = policyForm.read(value, [], report)
  const policy = form && (await convert(form, report))
  if (policy && found.length === 0) checkEntries(policy, report)
  if (policy && found.length === 0) return { policy }
  const faults = found.map(({ path, problem }) => ({
    ...{ line: lineAt(text, locate(root, path)), field: pathText(path), problem },
  }))
  return { faults: faults.toSorted((a, b) => a.line - b.line) }
}

function faultOfFile(problem: string, line = 1): PolicyOutcome {
  return { faults: [{ line, field: '', problem }] }
}

/** The form's values → the policy. Entries that cannot be converted are reported and left out. */
async function convert(form: Form, report: Report): Promise<Policy> {
  const { tokens = [], minting = [], networks = [], anonymous } = form
  const keys = minting.map(async (entry, index): Promise<MintingEntry[]> => {
    const path = ['minting', index]
    const scope = readScope(entry, path, report)
    const kid = await readKeyId(entry.key, [...path, 'key'], report)
    const { name, key, maxLifetime, forward = false } = entry
    return scope && kid ? [{ name, key, kid, scope, maxSeconds: maxLifetime, forward }] : []
  })
  return {
    tokens: tokens.flatMap((entry, index): TokenEntry[] => {
      const scope = readScope(entry, ['tokens', index], report)
      const { name, sha256, notBefore = 0, expires = null, doors = defaultDoors, forward = false } = entry
      const hash = tokenHashFromHex(sha256)
      return scope && hash !== undefined
        ? [{ name, hash, scope, notBeforeMs: notBefore, expiresMs: expires, doors, forward }]
        : []
    }),
    minting: (await Promise.all(keys)).flat(),
    networks: networks.flatMap((entry, index): NetworkEntry[] => {
      const path = ['networks', index]
      const scope = readScope(entry, path, report)
      const cidr = readCidr(entry.cidr, [...path, 'cidr'], report)
      return scope && cidr ? [{ cidr, scope, forward: entry.forward ?? false }] : []
    }),
    anonymous: anonymous ? (readScope(anonymous, ['anonymous'], report) ?? null) : null,
  }
}

function readScope(fields: ScopeFields, path: FieldPath, report: Report): ScopeSelector | undefined {
  const { namespaces, namespaceLabels } = fields
  if (namespaces) return { kind: 'namespaces', names: namespaces }
  if (namespaceLabels === undefined) return { kind: 'all' }
  try {
    const selector = parseSelector(namespaceLabels)
    if (selector.length > 0) return { kind: 'namespaceLabels', selector, text: namespaceLabels }
    report(
      [...path, 'namespaceLabels'],
      'the selector is empty; to give access to all namespaces, write all: true',
    )
  } catch (error) {
    report([...path, 'namespaceLabels'], `not a label selector: ${errorText(error)}`)
  }
  return undefined
}

async function readKeyId(key: string, path: FieldPath, report: Report): Promise<string | undefined> {
  try {
    const [kid] = (await importTrustedKeys([key])).keys()
    return kid
  } catch (error) {
    report(path, `${errorText(error)}; \`kubedoh key show\` prints one`)
    return undefined
  }
}

function readCidr(text: string, path: FieldPath, report: Report): string | undefined {
  const cidr = parseCidr(text)
  const canonical = cidr && formatCidr(cidr)
  if (canonical === text) return canonical
  report(
    path,
    canonical ? `write it as ${canonical}` : `"${text}" is not an address range such as 10.0.0.0/8`,
  )
  return undefined
}
