import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runnableVerbs } from '../../cli/options/verb.ts'
import { loadVerbs } from '../../cli/verbs.ts'
import { run } from '../blackbox/command.ts'

let dir: string
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubedoh-completion-'))
  mkdirSync(join(dir, 'sub'))
  writeFileSync(join(dir, 'my config.yaml'), '')
})
after(() => rmSync(dir, { recursive: true }))

const missing = (shell: string): false | string =>
  spawnSync(shell, ['-c', 'exit 0']).status !== 0 && `${shell} is not installed`

async function scriptFor(shell: string): Promise<string> {
  const { stdout, stderr, code } = await run(['completion', shell])
  assert.equal(code, 0, stderr)
  return stdout
}

test('bash completes verbs, options, choices and files', { skip: missing('bash') }, async () => {
  const script = await scriptFor('bash')
  /** The words that bash offers for the last of these. */
  const offered = (...words: string[]): string[] =>
    execFileSync(
      'bash',
      [
        '-c',
        `${script}
         COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kubedoh; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ],
      { cwd: dir, encoding: 'utf8' },
    )
      .split('\n')
      .filter((word) => word !== '')
  assert.deepEqual(offered('kubedoh', 'qu'), ['query'])
  assert.deepEqual(offered('kubedoh', '--v'), ['--version'])
  assert.deepEqual(offered('kubedoh', '-'), ['-h', '--help', '-V', '--version'])
  assert.deepEqual(offered('kubedoh', 'query', '-x'), ['-x'])
  assert.deepEqual(offered('kubedoh', 'query', '-x', ''), [])
  assert.deepEqual(offered('kubedoh', 'up', '--kube'), ['--kubeconfig'])
  assert.deepEqual(offered('kubedoh', 'up', '--kubeconfig', 'my'), ['my config.yaml'])
  assert.deepEqual(offered('kubedoh', 'up', '--kubeconfig', '=', 'my'), ['my config.yaml'])
  assert.deepEqual(offered('kubedoh', 'up', '--data', ''), ['sub'])
  assert.deepEqual(offered('kubedoh', 'up', '--pods', ''), ['disabled', 'insecure', 'verified'])
  assert.deepEqual(offered('kubedoh', 'up', '--zone', ''), [])
  assert.deepEqual(offered('kubedoh', 'key', 'n'), ['new'])
  assert.deepEqual(offered('kubedoh', 'token', 'mi'), ['mint'])
  assert.deepEqual(offered('kubedoh', 'token', 'create', '--policy', 'my'), ['my config.yaml'])
  for (const { name, options } of runnableVerbs(await loadVerbs())) {
    const letters = Object.values(options).flatMap(({ short }) => (short === undefined ? [] : [`-${short}`]))
    const flags = [...Object.keys(options), 'help'].map((option) => `--${option}`)
    assert.deepEqual(offered('kubedoh', ...name.split(' '), '--').toSorted(), flags.toSorted(), name)
    assert.deepEqual(
      offered('kubedoh', ...name.split(' '), '-').toSorted(),
      [...flags, ...letters, '-h'].toSorted(),
      name,
    )
  }
})

test('zsh reads its script', { skip: missing('zsh') }, async () => {
  const file = join(dir, '_kubedoh')
  writeFileSync(file, await scriptFor('zsh'))
  const program = `autoload -Uz compinit; compinit -D; source ${file}; print -r -- $_comps[kubedoh]`
  assert.equal(execFileSync('zsh', ['-f', '-c', program], { encoding: 'utf8' }).trim(), '_kubedoh')
})

test('fish completes verbs and options', { skip: missing('fish') }, async () => {
  const script = await scriptFor('fish')
  const offered = (line: string): string[] =>
    execFileSync('fish', ['--no-config', '-c', `${script}\ncomplete -C '${line}'`], {
      encoding: 'utf8',
      cwd: dir,
    })
      .split('\n')
      .map((row) => row.split('\t')[0] ?? '')
      .filter((word) => word !== '')
  assert.deepEqual(offered('kubedoh qu'), ['query'])
  assert.deepEqual(offered('kubedoh up --kube'), ['--kubeconfig'])
  assert.deepEqual(offered('kubedoh up --pods '), ['disabled', 'insecure', 'verified'])
  assert.deepEqual(offered('kubedoh token rev'), ['revoke'])
  assert.deepEqual(offered('kubedoh token create --namespace-l'), ['--namespace-labels'])
  assert.ok(offered('kubedoh query -').includes('-x'))
  assert.ok(offered('kubedoh query -').includes('-h'))
  assert.ok(offered('kubedoh -').includes('-V'))
})

test('every script names every verb and option; an unknown shell exits 2', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = await scriptFor(shell)
    for (const { name, options } of runnableVerbs(await loadVerbs())) {
      for (const word of name.split(' ')) assert.match(script, new RegExp(`\\b${word}\\b`))
      for (const option of Object.keys(options)) assert.ok(script.includes(option), `${shell}: ${option}`)
    }
  }
  const wrong = await run(['completion', 'tcsh'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /^kubedoh completion: say one of bash, zsh, fish[^\n]*\n$/)
})

test('--version and -V print the version of package.json', async () => {
  for (const option of ['--version', '-V']) {
    const { stdout, code } = await run([option])
    assert.match(stdout, /^kubedoh [0-9]+\.[0-9]+\.[0-9]+\n$/)
    assert.equal(code, 0)
  }
})
