import type { Database } from './database.ts'
import { storedKey } from './stored-key.ts'

const NAME = 'users'
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256', length: 256 }

/**
 * Names for users, of which an app may keep things: the same for one user over sign-ins and restarts, and without a hint of who
 * it is, also to who has a list of all users. Where the database is deleted everybody gets another name.
 */
export class UserKeys {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * @param parts what tells the user from all others
   * @throws AuthError `storage-unavailable`, `storage-newer-version`
   */
  async of(parts: readonly string[]): Promise<string> {
    // Looked up each time: the user may have deleted the database, and frames of one vault must agree.
    const key = await storedKey(this.#database, NAME, ALGORITHM, ['sign'])
    const text = new TextEncoder().encode(JSON.stringify(parts))
    const digest = new Uint8Array(await crypto.subtle.sign('HMAC', key, text))
    const bytes = digest.slice(0, 16)
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
}
