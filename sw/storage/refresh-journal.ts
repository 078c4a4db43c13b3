import type { EpochSeconds } from '../../src/contract/units.ts'
import type { Database } from './database.ts'

/** Which refresh was sent and has no known outcome. Holds no secret. */
export class RefreshJournal {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async open(client: string, generation: string, startedAt: EpochSeconds): Promise<void> {
    await this.#database.run((database) =>
      database.put('journal', { client, generation, startedAt }),
    )
  }

  async close(client: string): Promise<void> {
    await this.#database.run((database) => database.delete('journal', client))
  }
}
