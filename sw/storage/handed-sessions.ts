import type { StoredSession } from '../core/token-store.ts'
import { parseProofKey } from '../protocol/proof-key.ts'
import { readTokens, writeTokens } from './token-rows.ts'

/** Sessions in a form that a message can hold. It has the secrets in it: for a worker of the same script, and nobody else. */
export function writeSessions(sessions: ReadonlyMap<string, StoredSession>): unknown {
  return [...sessions].map(([client, { generation, tokens, appState }]) => {
    const { proofKey, ...rest } = tokens
    const text = writeTokens({ tokens: rest, ...(appState === undefined ? {} : { appState }) })
    return { client, generation, text, proofKey: proofKey?.reveal() }
  })
}

/** What cannot be read is no session. */
export function readSessions(given: unknown): Map<string, StoredSession> {
  const rows: readonly unknown[] = Array.isArray(given) ? given : []
  return new Map(
    rows.flatMap((row) => {
      const { client, generation, text, proofKey } = (row ?? {}) as Record<string, unknown>
      const content = typeof text === 'string' ? readTokens(text) : undefined
      if (typeof client !== 'string' || typeof generation !== 'string' || !content) return []
      const key = parseProofKey(proofKey)
      const tokens = { ...content.tokens, ...(key && { proofKey: key }) }
      return [[client, { ...content, generation, tokens }] as const]
    }),
  )
}
