import { appendFile, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { output } from './program.ts'

/**
 * Lays extracted packages over /usr, and makes /etc, /var/lib and /run of this mount namespace writable without an effect on
 * the machine. Daemons such as NetworkManager read fixed paths there. Returns the function that removes all of this.
 */
export async function overlayPackages(root: string): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-overlay-'))
  const mounted: string[] = []
  const mount = async (place: string, ...args: string[]): Promise<void> => {
    await output('mount', [...args, place])
    mounted.push(place)
  }
  await mount(dir, '-t', 'tmpfs', 'tmpfs')
  for (const place of ['/etc', '/var/lib']) {
    const layer = (name: string): string => join(dir, place.replaceAll('/', '-'), name)
    for (const name of ['upper', 'work']) await mkdir(layer(name), { recursive: true })
    const layers = `lowerdir=${place},upperdir=${layer('upper')},workdir=${layer('work')}`
    await mount(place, '-t', 'overlay', 'overlay', '-o', layers)
  }
  await mount('/usr', '-t', 'overlay', 'overlay', '-o', `lowerdir=${join(root, 'usr')}:/usr`)
  await mount('/run', '-t', 'tmpfs', 'tmpfs')
  return async () => {
    // Programs of this process may still use them.
    for (const place of mounted.toReversed()) await output('umount', ['--lazy', place])
  }
}

/** Adds users that daemons look up by name, each with a group of the same name. Only after overlayPackages. */
export async function addUsers(names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const id = 980 + index
    await appendFile('/etc/passwd', `${name}:x:${id}:${id}::/:/usr/sbin/nologin\n`)
    await appendFile('/etc/group', `${name}:x:${id}:\n`)
  }
}
