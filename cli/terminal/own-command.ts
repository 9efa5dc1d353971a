import { realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { quote } from './quote.ts'

/** The facts about the start of a process that determine the command to start it again. */
export type Start = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The script that Node runs. */
  readonly script: string | undefined
}

/** The launcher, which finds a Node that is new enough. A bundle contains it, so there this file does not exist. */
const launcher = fileURLToPath(new URL('../kubedoh.mjs', import.meta.url))

/**
 * The words that start this command from the user's shell: `npm run -s kubedoh --` where npm started this process in a
 * checkout, `npx kubedoh` where npx did, `kubedoh` where the PATH leads to it, and the path of a file otherwise.
 */
export function ownCommand({ env, script }: Start): string {
  if (env.npm_lifecycle_event !== undefined && env.npm_package_name === 'kubedoh')
    return 'npm run -s kubedoh --'
  if (env.npm_lifecycle_event === 'npx') return 'npx kubedoh'
  const file = realPath(launcher) ?? (script && realPath(script))
  if (file === undefined) return 'kubedoh'
  const isOnPath = (env.PATH ?? '')
    .split(delimiter)
    .some((dir) => dir !== '' && realPath(join(dir, 'kubedoh')) === file)
  if (isOnPath) return 'kubedoh'
  // A bundle is not an executable file.
  return file === realPath(launcher) ? quote(file) : `node ${quote(file)}`
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
