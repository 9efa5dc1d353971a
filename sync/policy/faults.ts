/** One fault of a policy file. */
export type PolicyFault = {
  /** Counted from 1. */
  readonly line: number
  /** The field, such as `tokens[3].namespaces`; empty for the file as a whole. */
  readonly field: string
  /** The fault and its remedy. */
  readonly problem: string
}

/** The codes of a policy that cannot be used. */
export type PolicyErrorCode =
  /** The file has faults. */
  | 'POLICY_INVALID'
  /** It has more content than a snapshot may have. */
  | 'POLICY_TOO_LARGE'
  /** The file is valid, but is written in a way that cannot be edited in place. */
  | 'POLICY_STYLE'

/** A policy that cannot be used. The message is one line. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  readonly code: PolicyErrorCode

  constructor(code: PolicyErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The form of a token and of a minted token: a person may write one where its hash belongs. */
const tokenLike = /[a-z0-9-]{1,63}-[a-z2-7]{26}(?![a-z0-9])|eyJ[\w-]+\.[\w-]+\.[\w-]+/g

/**
 * A fault as one line: `line 12, tokens[3].namespaces: …`. Faults are logged and written into Kubernetes Events, so a
 * token in them is replaced.
 */
export function faultText({ line, field, problem }: PolicyFault): string {
  const text = `line ${line}${field === '' ? '' : `, ${field}`}: ${problem}`
  return text.replaceAll(tokenLike, '(a token)')
}

/** A file's faults → an error whose line names the first one and how many others there are. `file` names the file. */
export function faultsError(file: string, faults: readonly PolicyFault[]): PolicyError {
  const [first] = faults
  const others = faults.length - 1
  const more = others > 0 ? ` (and ${others} more ${others === 1 ? 'fault' : 'faults'})` : ''
  return new PolicyError('POLICY_INVALID', `${file}: ${first ? faultText(first) : 'not a policy'}${more}`)
}
