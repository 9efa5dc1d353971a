import { readFileSync } from 'node:fs'
import { errorText } from '../error-text.ts'
import { CredentialsError } from './errors.ts'
import { type ExecCredential, execInfo, parseExecCredential } from './exec-credential.ts'
import { runPlugin } from './run-plugin.ts'
import type { CredentialsWorld, ExecConfig, Target } from './target.ts'

/** The credential of a request, in addition to those that are fixed in the target. */
export type Credential = {
  readonly token?: string | undefined
  readonly cert?: string
  readonly key?: string
}

/** The credentials of a target's user. */
export type Credentials = {
  /**
   * The credential to use now: reads the token file, or runs the plugin where its last credential has expired; concurrent
   * calls share one run. Throws CredentialsError.
   */
  current(): Promise<Credential>
  /** Ends a plugin that runs. */
  close(): void
}

/** The credentials of a target. Over plain HTTP none are sent, as with kubectl, unless TLS verification is switched off. */
export function createCredentials(target: Target, world: CredentialsWorld): Credentials {
  const { token, tokenFile, exec } = target.user
  const ending = new AbortController()
  const plugin = exec && createPlugin(exec, target, world, ending.signal)
  return {
    async current() {
      if (!sendsCredentials(target)) return {}
      const fixed = tokenFile === undefined ? token : readToken(tokenFile, token)
      const { token: given, ...certificate } = plugin ? await plugin() : {}
      return { token: fixed ?? given, ...certificate }
    },
    close: () => ending.abort(new CredentialsError('the agent ends')),
  }
}

/** Whether requests to a target carry its user's credentials. */
export function sendsCredentials({ server, skipTlsVerify }: Target): boolean {
  return server.startsWith('https:') || skipTlsVerify
}

/** A token file as it is now; `otherwise` where it cannot be read and the user has a token, too. */
function readToken(file: string, otherwise: string | undefined): string {
  try {
    const token = readFileSync(file, 'utf8').trim()
    if (token !== '') return token
    throw new CredentialsError(`the token file ${file} is empty`)
  } catch (error) {
    if (otherwise !== undefined) return otherwise
    if (error instanceof CredentialsError) throw error
    throw new CredentialsError(`token file: ${errorText(error)}`)
  }
}

function createPlugin(
  exec: ExecConfig,
  target: Target,
  world: CredentialsWorld,
  signal: AbortSignal,
): () => Promise<ExecCredential> {
  let cached: ExecCredential | undefined
  let running: Promise<ExecCredential> | undefined
  const run = async (): Promise<ExecCredential> => {
    const parsed = parseExecCredential(
      await runPlugin(exec, execInfo(exec, target), world, signal),
      exec.apiVersion,
    )
    if ('problem' in parsed) throw new CredentialsError(`${exec.command} ${parsed.problem}`)
    cached = parsed.credential
    return cached
  }
  return () => {
    if (cached && world.nowMs() < cached.expiresMs) return Promise.resolve(cached)
    running ??= run().finally(() => (running = undefined))
    return running
  }
}
