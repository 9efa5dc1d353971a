import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { addConfigKey, removeConfigKey } from '../key/config-keys.ts'
import { keyFile, readKeyFile } from '../options/key-file.ts'
import { UsageError } from '../options/option-table.ts'
import { derivedFiles, fileNames } from './files.ts'
import { edgeCommand, nextKeyCommand, restartCommand, rotateCommand, secretCommand } from './next-commands.ts'
import type { Setup } from './setup.ts'
import { textOf, writeSetupFile } from './write-files.ts'

/** What a step of a rotation did, and the commands that come before the next one. */
export type RotationStep = { readonly did: string; readonly commands: readonly string[] }

/**
 * The next step in replacing the agent's key, in the order of docs/access.md: the edge trusts both keys, the agent signs with
 * the new one, the edge trusts the new one alone. The files tell which step it is, and a step that was interrupted is done
 * again. Throws UsageError when a file is missing or was edited in a way that prevents it.
 */
export async function rotate(setup: Setup, dir: string, own: string): Promise<RotationStep> {
  const has = (name: string): boolean => existsSync(join(dir, name))
  if (has(fileNames.nextKey)) return useNextKey(setup, dir, own)
  return has(fileNames.formerKey) ? forgetFormerKey(setup, dir, own) : makeNextKey(setup, dir, own)
}

async function makeNextKey(setup: Setup, dir: string, own: string): Promise<RotationStep> {
  const edge = await edgeText(dir)
  // The configuration is written first: a key without it would look like the next step.
  const staged = join(dir, `${fileNames.nextKey}.new`)
  const { publicKey } = await keyFile(staged)
  await writeEdge(setup, dir, addConfigKey(edge, setup.cluster, publicKey))
  await rename(staged, join(dir, fileNames.nextKey))
  return {
    did: 'step 1 of 3: there is a second key, which the edge trusts after the first command; the second command exits with 0 then',
    commands: [edgeCommand(setup, dir, own), nextKeyCommand(setup, dir, own), rotateCommand(dir, own)],
  }
}

async function useNextKey(setup: Setup, dir: string, own: string): Promise<RotationStep> {
  const file = (name: string): string => join(dir, name)
  if (!existsSync(file(fileNames.formerKey))) await rename(file(fileNames.key), file(fileNames.formerKey))
  await rename(file(fileNames.nextKey), file(fileNames.key))
  await writeEdge(setup, dir, await edgeText(dir))
  return {
    did: "step 2 of 3: the new key is the agent's after these commands",
    commands: [secretCommand(dir), restartCommand, rotateCommand(dir, own)],
  }
}

async function forgetFormerKey(setup: Setup, dir: string, own: string): Promise<RotationStep> {
  const former = join(dir, fileNames.formerKey)
  const { publicKey } = await readKeyFile(former)
  const edge = await edgeText(dir)
  const isTrusted = edge.includes(publicKey)
  await writeEdge(setup, dir, isTrusted ? removeConfigKey(edge, setup.cluster, publicKey) : edge)
  await rm(former)
  return {
    did: 'step 3 of 3: the edge refuses the former key after this command',
    commands: [edgeCommand(setup, dir, own)],
  }
}

async function edgeText(dir: string): Promise<string> {
  const text = await textOf(dir, fileNames.edge)
  if (text !== undefined) return text
  throw new UsageError(`there is no ${join(dir, fileNames.edge)}; run init without --rotate first`)
}

/** Writes the edge's configuration, and the files that follow from it and from the agent's key. */
async function writeEdge(setup: Setup, dir: string, text: string): Promise<void> {
  await writeSetupFile(dir, { name: fileNames.edge, isSecret: false, text })
  const key = await textOf(dir, fileNames.key)
  if (key === undefined) throw new UsageError(`there is no ${join(dir, fileNames.key)}`)
  for (const file of derivedFiles(setup, text, key)) await writeSetupFile(dir, file)
}
