import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a portal of LemonLDAP::NG remembers: one file for each session, token and consent, named by its id. */
export class LemonldapSessions {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Forgets everything and everybody. */
  clear(): void {
    for (const name of readdirSync(this.#folder)) this.#remove(name)
  }

  /** Writes down that a user allowed a client some scopes, as if that had been long ago. */
  agree(user: string, client: string, scope: string): void {
    const epoch = Math.floor(Date.now() / 1000)
    const id = createHash('md5').update(user).digest('hex')
    writeFileSync(
      join(this.#folder, id),
      JSON.stringify({
        _session_id: id,
        _session_kind: 'Persistent',
        _session_uid: user,
        _utime: epoch,
        _oidcConsents: JSON.stringify([{ rp: client, epoch, scope }]),
      }),
    )
  }

  /** Forgets these tokens, as the package does with those that are over. */
  forgetTokens(tokens: readonly string[]): void {
    const names = new Set(readdirSync(this.#folder))
    for (const token of tokens) if (names.has(token)) this.#remove(token)
  }

  /** Signs everybody out; tokens and consents are kept. */
  endSignIns(): void {
    for (const name of readdirSync(this.#folder)) {
      if (this.#kindOf(name) === 'SSO') this.#remove(name)
    }
  }

  #kindOf(name: string): unknown {
    const stored: unknown = JSON.parse(readFileSync(join(this.#folder, name), 'utf8'))
    return (stored as Readonly<Record<string, unknown>>)['_session_kind']
  }

  #remove(name: string): void {
    rmSync(join(this.#folder, name), { force: true })
  }
}
