import { execFile } from 'node:child_process'
import fs from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'

/*
 * node --import die-at.ts kubedoh.mjs connect --install …   The process kills itself by SIGKILL in front of its change number
 * KUBEDOH_DIE_AT of the machine, counted from 0; a file is then half written, and a command that was just started goes on alone.
 * The changes are those of install/apply: files written, renamed and removed, directories, and the commands among them.
 */

const dieAt = Number(process.env.KUBEDOH_DIE_AT ?? Number.NaN)
let changes = 0

/** Ends the process if its time has come, and otherwise returns. */
function change(): void {
  if (changes++ === dieAt) process.kill(process.pid, 'SIGKILL')
}

const { promises } = fs
for (const name of ['rename', 'rm', 'mkdir', 'rmdir'] as const) {
  const original = promises[name].bind(promises) as (...args: unknown[]) => Promise<unknown>
  Object.assign(promises, {
    [name]: (...args: unknown[]) => {
      change()
      return original(...args)
    },
  })
}

const open = promises.open.bind(promises)
promises.open = async (path, flags, mode) => {
  if (flags !== 'w') return open(path, flags, mode)
  change()
  const handle = await open(path, flags, mode)
  const writeFile = handle.writeFile.bind(handle)
  handle.writeFile = async (data, options) => {
    if (changes === dieAt && data instanceof Uint8Array)
      await writeFile(data.subarray(0, data.length / 2), options)
    change()
    return writeFile(data, options)
  }
  return handle
}

// Commands before the first change only look at the machine.
const childProcess = createRequire(import.meta.url)('node:child_process') as { execFile: typeof execFile }
const original = childProcess.execFile as (...args: unknown[]) => unknown
childProcess.execFile = ((...args: unknown[]) => {
  if (changes === 0) return original(...args)
  change()
  const child = original(...args)
  change()
  return child
}) as unknown as typeof execFile

syncBuiltinESMExports()
