/** The first line of every file that an installation writes. */
export const ownMark = '# Written by `kubedoh connect --install`; `kubedoh connect --uninstall` removes it.'
