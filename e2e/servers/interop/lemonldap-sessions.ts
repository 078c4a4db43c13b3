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

  /** Forgets tokens, as the package does with those that are over. */
  forgetTokens(...types: readonly ('access_token' | 'refresh_token')[]): void {
    this.#removeWhere(({ _type: type }) => types.some((one) => one === type))
  }

  /** Signs everybody out; tokens and consents are kept. */
  endSignIns(): void {
    this.#removeWhere(({ _session_kind: kind }) => kind === 'SSO')
  }

  #removeWhere(isMeant: (stored: Readonly<Record<string, unknown>>) => boolean): void {
    for (const name of readdirSync(this.#folder)) {
      const text = readFileSync(join(this.#folder, name), 'utf8')
      if (isMeant(JSON.parse(text) as Record<string, unknown>)) this.#remove(name)
    }
  }

  #remove(name: string): void {
    rmSync(join(this.#folder, name), { force: true })
  }
}
