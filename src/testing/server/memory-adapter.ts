import type { Adapter, StoredPayload } from 'oidc-provider'

interface Row {
  readonly payload: StoredPayload
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const grantModels = ['Grant', 'AccessToken', 'AuthorizationCode', 'RefreshToken']

/** What one authorization server remembers. Each server has its own, so several run side by side. */
export class MemoryStore {
  /**
   * Seconds in which a rotated refresh token is accepted once more, as many servers do so that an answer that was lost on
   * the way costs nobody the session (RFC 9700 section 4.14.2 leaves this to the server).
   */
  refreshGraceSeconds: number
  readonly #models = new Map<string, Map<string, Row>>()

  constructor(refreshGraceSeconds: number) {
    this.refreshGraceSeconds = refreshGraceSeconds
  }

  /** The adapter of one of oidc-provider's models. */
  adapterFor(model: string): Adapter {
    const rows = new Map<string, Row>()
    this.#models.set(model, this.#models.get(model) ?? rows)
    const adapter = adapterOver(this.#models.get(model) ?? rows, () => this.#rows(grantModels))
    return model === 'RefreshToken' ? this.#withGrace(adapter) : adapter
  }

  /** Ends every grant (of one user, or of all): refresh tokens and codes are gone, sessions stay. */
  destroyGrants(accountId?: string): number {
    return this.#destroy(grantModels, accountId)
  }

  /** Ends browser sessions: the next authorization request asks for the password. */
  destroySessions(accountId?: string): number {
    return this.#destroy(['Session'], accountId)
  }

  #withGrace(adapter: Adapter): Adapter {
    return {
      ...adapter,
      find: async (id) => {
        const found = await adapter.find(id)
        if (typeof found?.consumed !== 'number') return found
        const age = Date.now() / 1000 - found.consumed
        if (age > this.refreshGraceSeconds) return found
        const { consumed: _, ...unused } = found
        return unused
      },
    }
  }

  #rows(models: readonly string[]): Map<string, Row>[] {
    return models.flatMap((model) => this.#models.get(model) ?? [])
  }

  #destroy(models: readonly string[], accountId: string | undefined): number {
    let destroyed = 0
    for (const rows of this.#rows(models)) {
      for (const [id, { payload }] of rows) {
        if (accountId !== undefined && payload.accountId !== accountId) continue
        rows.delete(id)
        destroyed += 1
      }
    }
    return destroyed
  }
}

function adapterOver(rows: Map<string, Row>, grantRows: () => Map<string, Row>[]): Adapter {
  const find = async (matches: (payload: StoredPayload, id: string) => boolean) => {
    for (const [id, { payload, expiresAt }] of rows) {
      if (expiresAt > Date.now() && matches(payload, id)) return payload
    }
    return undefined
  }
  return {
    async upsert(id, payload, expiresInSeconds) {
      const expiresAt =
        expiresInSeconds === undefined ? Infinity : Date.now() + expiresInSeconds * 1000
      rows.set(id, { payload, expiresAt })
    },
    async find(id) {
      const row = rows.get(id)
      return row !== undefined && row.expiresAt > Date.now() ? row.payload : undefined
    },
    findByUid: (uid) => find((payload) => payload.uid === uid),
    findByUserCode: (userCode) => find((payload) => payload.userCode === userCode),
    async consume(id) {
      const row = rows.get(id)
      if (row !== undefined) row.payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      rows.delete(id)
    },
    async revokeByGrantId(grantId) {
      for (const table of grantRows()) {
        for (const [id, { payload }] of table) if (payload.grantId === grantId) table.delete(id)
      }
    },
  }
}
