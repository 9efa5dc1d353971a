import { mkdir, mkdtemp } from 'node:fs/promises'
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
    const [upper, work] = ['upper', 'work'].map((name) => join(dir, place.replaceAll('/', '-'), name)) as [
      string,
      string,
    ]
    for (const made of [upper, work]) await mkdir(made, { recursive: true })
    await mount(
      place,
      '-t',
      'overlay',
      'overlay',
      '-o',
      `lowerdir=${place},upperdir=${upper},workdir=${work}`,
    )
  }
  await mount('/usr', '-t', 'overlay', 'overlay', '-o', `lowerdir=${join(root, 'usr')}:/usr`)
  await mount('/run', '-t', 'tmpfs', 'tmpfs')
  return async () => {
    // Programs of this process may still use them.
    for (const place of mounted.toReversed()) await output('umount', ['--lazy', place])
  }
}
