import { existsSync } from 'node:fs'
import { issueToken } from '../token/issue.ts'
import { editPolicyFile } from '../token/policy-file.ts'

/**
 * Makes an access policy with one token, which sees all namespaces of the cluster. Returns the token, or undefined if
 * the file exists already. Throws UsageError when it cannot be written.
 */
export async function firstToken(file: string, cluster: string, name: string): Promise<string | undefined> {
  if (existsSync(file)) return undefined
  const { token, sha256 } = await issueToken(cluster, false)
  const fields = { name, sha256, all: true }
  await editPolicyFile(file, () => [{ kind: 'add', list: 'tokens', fields }], 'create')
  return token
}
