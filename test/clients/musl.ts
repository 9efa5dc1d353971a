import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Look } from './client.ts'
import { output, skipWithout } from './program.ts'
import { recipeZone } from './recipe.ts'

const source = join(import.meta.dirname, 'lookup.c')
let built: Promise<string> | undefined

/** Whether a resolver puts the records that fit into its truncated answers: dnsmasq does it for some names. */
export type Truncation = 'with records' | 'empty' | 'sometimes'

/**
 * What musl, Alpine's C library, finds behind a nameserver on port 53: it asks over UDP without EDNS, and musl 1.2.3 does
 * not ask again over TCP. So it gets the addresses that fit into 512 bytes, provided that the answer with TC has any.
 * Empty where the compiler is missing; with CI=true that is an error.
 */
export async function muslLook(address: string, truncation: Truncation): Promise<Look[]> {
  if (await skipWithout('musl-gcc')) return []
  return [3, 100, 300].map((size) => ({
    title: `musl, ${size} pods`,
    async see() {
      const name = size === 3 ? 'three' : size === 100 ? 'hundred' : 'three-hundred'
      const found = (await lookUp(address, `${name}.default.svc.${recipeZone}`)).split('\n')
      const count = found.filter((line) => line.startsWith('10.')).length
      if (size === 3) assert.equal(count, 3)
      else if (truncation !== 'sometimes')
        assert.equal(count > 0, truncation === 'with records', found.join(' '))
      return count > 0 ? `${count} of ${size}` : `none of ${size}`
    },
  }))
}

async function lookUp(address: string, name: string): Promise<string> {
  const program = await muslLookup()
  // The mount namespace is this test's own.
  const file = join(await mkdtemp(join(tmpdir(), 'kubedoh-musl-')), 'resolv.conf')
  await writeFile(file, `nameserver ${address}\n`)
  await output('mount', ['--bind', file, '/etc/resolv.conf'])
  try {
    return (await output(program, [name])).trim()
  } finally {
    await output('umount', ['/etc/resolv.conf'])
  }
}

/** The program lookup.c with musl, built once. */
export function muslLookup(): Promise<string> {
  built ??= buildLookup('musl-gcc', ['-static'])
  return built
}

/** Builds lookup.c with a compiler, and returns the program. */
export async function buildLookup(compiler: string, options: readonly string[]): Promise<string> {
  const program = join(await mkdtemp(join(tmpdir(), 'kubedoh-lookup-')), 'lookup')
  await output(compiler, [...options, '-o', program, source])
  return program
}
