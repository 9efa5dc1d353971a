import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A Node on this machine that cannot run the command, outside node_modules; undefined if there is none. */
export function oldNode(): string | undefined {
  return ['/usr/bin/node', '/usr/local/bin/node'].find((file) => {
    if (!existsSync(file)) return false
    const [major = 0, minor = 0] = execFileSync(file, ['--version'], { encoding: 'utf8' })
      .slice(1)
      .split('.')
      .map(Number)
    return major < 24 || (major === 24 && minor < 12)
  })
}
