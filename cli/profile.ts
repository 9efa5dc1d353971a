import { writeFile } from 'node:fs/promises'
import { errorText } from '../host/errors.ts'
import { createProfileSigner } from '../host/signing/profile-signer.ts'
import type { Profile, SetupFacts } from '../setup/profiles/profile.ts'
import { UsageError } from './options/option-table.ts'
import { signingOf, signingOptions } from './options/signing-files.ts'
import { verb, type World } from './options/verb.ts'
import { formatLines, formatOf, formats } from './profile/formats.ts'
import { factOptions, setupFacts } from './profile/setup-facts.ts'

/** kubedoh profile: write the file with which a system, a browser or a VPN asks the edge. */
export default verb({
  name: 'profile',
  summary: 'Write a file that sets up a system, a browser or a VPN to ask an edge',
  usage: 'FORMAT [URL] [options] | --list',
  words: formats.map(({ id }) => id),
  options: {
    list: { kind: 'flag', help: 'print all formats and end' },
    out: {
      kind: 'text',
      value: 'FILE',
      help: 'write the profile to this file, which only you can read, instead of stdout',
    },
    ...signingOptions,
    ...factOptions,
  },
  notes: [
    "The zones and reverse ranges in the profile are those that the edge gives to the URL's token now. Write the profile again when they change.",
    'Most profiles contain the token. How to install the profile, how to undo it and what it does not do is printed on stderr.',
  ],
  async run(values, [id, word, extra], world) {
    if (values.list) {
      for (const line of formatLines()) world.print(line)
      return 0
    }
    if (extra !== undefined) throw new UsageError(`profile takes no "${extra}"`)
    const profile = formatOf(id)
    const signing = await signingOf(values)
    const signer = signing && createProfileSigner(signing.pems, () => new Date())
    if (signer && profile.id !== 'mobileconfig')
      throw new UsageError(`--sign-key is for mobileconfig, and ${profile.id} has no signature`)
    if (signer && values.out === undefined)
      throw new UsageError('a signed profile is binary, it needs --out FILE')
    const facts = await setupFacts(word, values)
    const problem = profile.unfit(facts)
    if (problem !== undefined) throw new ProfileError(`there is no ${profile.id} for this edge: ${problem}`)
    const text = await profile.write(facts)
    const content = signer ? await signer.sign(text) : text
    await hand(content, values.out, world)
    tellAbout(profile, facts, world)
    return 0
  },
})

/** A format that this edge or this caller cannot have. */
class ProfileError extends Error {
  override readonly name = 'ProfileError'
  readonly code = 'PROFILE_UNFIT'
}

async function hand(content: string | Uint8Array, file: string | undefined, { print }: World): Promise<void> {
  if (file === undefined) return print(String(content).replace(/\r?\n$/, ''))
  try {
    await writeFile(file, content, { mode: 0o600 })
  } catch (error) {
    throw new UsageError(`cannot write the profile: ${errorText(error)}`)
  }
}

function tellAbout({ does, install, undo, limits }: Profile, facts: SetupFacts, { tell }: World): void {
  tell(does)
  tell(`Install: ${install}`)
  tell(`Undo: ${undo}`)
  for (const limit of limits(facts)) tell(`Note: ${limit}`)
  const { expires, complete } = facts.edge
  if (expires !== null)
    tell(`Warning: the token stops working at ${expires}, and the profile with it; write a new one before.`)
  if (!complete)
    tell('Warning: the edge cannot read the data of one cluster now, so its zones may be missing.')
}
