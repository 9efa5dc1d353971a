import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import type { EntryFields } from './entry-fields.ts'
import { KubeconfigError } from './errors.ts'
import type { CredentialsWorld, ExecConfig } from './target.ts'

const group = 'client.authentication.k8s.io'
const modes = ['Never', 'IfAvailable', 'Always']

/**
 * The `exec` fields of a user → the plugin. Throws KubeconfigError where the plugin cannot run here: a field is missing,
 * the command does not exist (with its installHint), or it needs a terminal and stdin is not one.
 */
export function execConfigOf(exec: EntryFields, world: CredentialsWorld): ExecConfig {
  const apiVersion = exec.text('apiVersion') ?? ''
  if (apiVersion !== `${group}/v1` && apiVersion !== `${group}/v1beta1`) {
    throw new KubeconfigError(
      `${exec.place}: apiVersion is "${apiVersion}"; it has to be ${group}/v1 or ${group}/v1beta1`,
    )
  }
  const installHint = plain(exec.text('installHint') ?? '')
  const env = Object.fromEntries(exec.objects('env').map(variableOf))
  return {
    command: findCommand(exec, { ...world.env, ...env }, installHint),
    args: exec.texts('args'),
    env,
    apiVersion,
    installHint,
    provideClusterInfo: exec.flag('provideClusterInfo'),
    isInteractive: isInteractive(exec, apiVersion, world),
  }
}

function variableOf(variable: EntryFields): [string, string] {
  const name = variable.text('name')
  if (name === undefined) throw new KubeconfigError(`${variable.place} has no name`)
  return [name, variable.text('value') ?? '']
}

function isInteractive(exec: EntryFields, apiVersion: string, { terminal }: CredentialsWorld): boolean {
  const mode = exec.text('interactiveMode') ?? (apiVersion === `${group}/v1` ? '' : 'IfAvailable')
  if (!modes.includes(mode))
    throw new KubeconfigError(
      `${exec.place}: interactiveMode is "${mode}"; it has to be one of ${modes.join(', ')}`,
    )
  if (mode === 'Always' && !terminal.stdin) {
    throw new KubeconfigError(
      `${exec.place}: interactiveMode is Always, but standard input is not a terminal; run kubedoh in one`,
    )
  }
  return mode !== 'Never' && terminal.stdin
}

/** A command with a slash is a path relative to the kubeconfig; any other one is searched for in PATH. */
function findCommand(
  exec: EntryFields,
  env: Readonly<Record<string, string | undefined>>,
  installHint: string,
): string {
  const command = exec.text('command')
  if (command === undefined) throw new KubeconfigError(`${exec.place} has no command`)
  const isPath = /[\\/]/.test(command) || isAbsolute(command)
  const path = isPath ? (exec.path('command') ?? command) : command
  // Windows adds endings, such as .exe, which only its own search knows.
  if (process.platform === 'win32') return path
  const places = isPath ? [path] : (env.PATH ?? '').split(delimiter).map((dir) => join(dir, command))
  const found = places.find(isExecutable)
  if (found !== undefined) return found
  const where = isPath ? path : `${command} in PATH`
  throw new KubeconfigError(
    `${exec.place}: there is no executable ${where}${installHint === '' ? '' : `: ${installHint}`}`,
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** A text of the kubeconfig without control characters, which a terminal would obey. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim()
}
