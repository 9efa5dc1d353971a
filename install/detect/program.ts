import { realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import type { ProgramFacts } from '../facts.ts'

/** The words that start a program → whether every user of the machine may read and run its files. */
export async function programFacts(argv: readonly string[]): Promise<ProgramFacts> {
  const files = await Promise.all(argv.filter((word) => isAbsolute(word)).map((word) => realpath(word)))
  const answers = await Promise.all(files.map(isForAll))
  return { argv, isForAll: answers.every(Boolean) }
}

async function isForAll(file: string): Promise<boolean> {
  if (((await stat(file)).mode & 0o004) === 0) return false
  for (let at = dirname(file); ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false
    if (dirname(at) === at) return true
  }
}
