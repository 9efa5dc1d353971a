import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'

/* A stand-in for GitHub's runner: it runs the shell steps of a composite action, as far as those of examples/ need it. */

type Step = {
  readonly name: string
  readonly id?: string
  readonly shell: string
  readonly env: Readonly<Record<string, string>>
  readonly run: string
}

type Action = {
  readonly inputs?: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

/** The first failed step of an action, or undefined, and all that the steps printed. */
export type ActionEnd = { readonly failed: string | undefined; readonly printed: string }

/**
 * Runs the steps of an action file with `inputs`, until one fails. `temp` is the runner's directory for temporary files,
 * which the actions of a job share. Throws for an expression that it does not know, and for a required input that is missing.
 */
export async function runAction(
  file: string,
  inputs: Readonly<Record<string, string>>,
  temp: string,
): Promise<ActionEnd> {
  const action = load(await readFile(file, 'utf8')) as Action
  const facts: Record<string, string> = { 'runner.temp': temp }
  for (const [name, declared] of Object.entries(action.inputs ?? {})) {
    const value = inputs[name] ?? declared.default
    if (value === undefined) throw new Error(`the action needs the input ${name}`)
    facts[`inputs.${name}`] = value
  }
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-steps-'))
  let printed = ''
  for (const [at, step] of action.runs.steps.entries()) {
    const outputs = join(dir, `outputs-${at}`)
    await writeFile(outputs, '')
    const { code, text } = await runStep(
      step,
      { ...resolved(step.env, facts), GITHUB_OUTPUT: outputs },
      join(dir, `step-${at}`),
    )
    printed += text
    if (code !== 0) return { failed: step.name, printed }
    for (const line of (await readFile(outputs, 'utf8')).split('\n').filter((each) => each !== '')) {
      const [name = '', ...value] = line.split('=')
      facts[`steps.${step.id}.outputs.${name}`] = value.join('=')
    }
  }
  return { failed: undefined, printed }
}

/** The environment of a step, with its expressions replaced. */
function resolved(
  env: Readonly<Record<string, string>>,
  facts: Readonly<Record<string, string>>,
): Record<string, string> {
  const replace = (text: string): string =>
    text.replace(/\$\{\{ *([\w.-]+) *\}\}/g, (_, name: string) => {
      const value = facts[name]
      if (value === undefined) throw new Error(`the expression ${name} is not known`)
      return value
    })
  return Object.fromEntries(Object.entries(env).map(([name, text]) => [name, replace(text)]))
}

async function runStep(
  { shell, run }: Step,
  env: Readonly<Record<string, string>>,
  script: string,
): Promise<{ code: number | null; text: string }> {
  if (shell !== 'bash') throw new Error(`the shell ${shell} is not known`)
  // As in GitHub's runner, the script is a file.
  await writeFile(script, run)
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, text }
}
