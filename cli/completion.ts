import { UsageError } from './options/option-table.ts'
import { verb } from './options/verb.ts'
import { bashCompletion } from './terminal/bash-completion.ts'
import { fishCompletion } from './terminal/fish-completion.ts'
import { zshCompletion } from './terminal/zsh-completion.ts'

const writers = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

/** kubedoh completion: print a script that completes verbs and options in a shell. */
export default verb({
  name: 'completion',
  summary: 'Print a script that completes verbs and options in a shell',
  usage: 'bash | zsh | fish',
  words: Object.keys(writers),
  options: {},
  notes: [
    'To load it: `source <(kubedoh completion bash)` in ~/.bashrc, `source <(kubedoh completion zsh)` in ~/.zshrc after compinit, or `kubedoh completion fish | source` in ~/.config/fish/config.fish.',
  ],
  async run(_values, [shell = '', ...rest], { print, verbs }) {
    const write = Object.entries(writers).find(([name]) => name === shell)?.[1]
    if (!write || rest.length > 0)
      throw new UsageError(`say one of ${Object.keys(writers).join(', ')}, as in \`kubedoh completion bash\``)
    print(write(await verbs()))
    return 0
  },
})
