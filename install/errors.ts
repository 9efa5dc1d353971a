/**
 * Why the machine was not changed, or not as planned:
 * OPTION_SYSTEM: the system has no resolver that can be set up in this way; OPTION_SERVICE: no service can be set up here;
 * INSTALL_RIGHTS: the user may not change the machine; INSTALL_CHANGED: somebody else changed a file of the installation;
 * INSTALL_FILE: a path is not the file or directory that it must be; INSTALL_COMMAND: a command failed;
 * INSTALL_JOURNAL: the record of the installation cannot be used; INSTALL_INTERRUPTED: a signal ended the installation;
 * INSTALL_BUSY: another process is installing or uninstalling.
 */
export type InstallErrorCode =
  | 'OPTION_SYSTEM'
  | 'OPTION_SERVICE'
  | 'INSTALL_RIGHTS'
  | 'INSTALL_CHANGED'
  | 'INSTALL_FILE'
  | 'INSTALL_COMMAND'
  | 'INSTALL_JOURNAL'
  | 'INSTALL_INTERRUPTED'
  | 'INSTALL_BUSY'

/** The error that install/ throws: branch on `code`, show `message`, which is one line and says how to go on. */
export class InstallError extends Error {
  override readonly name = 'InstallError'
  readonly code: InstallErrorCode

  constructor(code: InstallErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
