import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemCode } from './errors.ts'

/**
 * Creates a directory and its missing parents, with mode 0700. Throws what mkdir throws. Node's recursive mkdir is not
 * used, since it never returns where mkdir fails with ENOENT although the parent exists, as in /proc.
 */
export function makeDirectory(dir: string): void {
  if (existsSync(dir)) return
  const parent = dirname(dir)
  if (parent !== dir) makeDirectory(parent)
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    // Another process was faster.
    if (systemCode(error) !== 'EEXIST') throw error
  }
}
