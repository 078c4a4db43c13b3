import { beforeEach, describe, expect, test } from 'vitest'
import { guardianInTest } from '../../../e2e/unit/guardian-in-test.ts'
import { tokenSet } from '../../../e2e/unit/token-sets.ts'
import type { StoredRow, StoredSession } from '../../core/token-store.ts'
import { failure } from '../../protocol/failure.ts'
import { answerSession, parseSessionReply } from '../session-request.ts'
import type { VaultRequest } from '../vault-messages.ts'
import { StoredTokens } from './stored-tokens.ts'

const session = (number: number): StoredSession => ({
  generation: `g${number}`,
  tokens: tokenSet(number),
})
const unavailable = failure('storage-unavailable', 'storage', { message: 'x' })

let row: (() => StoredRow | undefined) | undefined
let answer: () => unknown
let asked: VaultRequest['type'][]
let tokens: StoredTokens

beforeEach(() => {
  row = () => undefined
  answer = () => ({ inMemory: false })
  asked = []
  tokens = new StoredTokens(
    {
      look: async () => {
        if (row === undefined) throw unavailable
        return row()
      },
    },
    {
      ask: async ({ type }) => {
        asked.push(type)
        return answer()
      },
    },
  )
})

/** What the worker answers with a session. */
async function answerWith(stored: StoredSession, inMemory: boolean): Promise<void> {
  const { core, tokens: memory } = await guardianInTest()
  await memory.put('default', stored.tokens)
  const reply = await answerSession(core, { type: 'session', client: 'default' })
  answer = () => structuredClone({ ...reply, generation: stored.generation, inMemory })
}

const accessToken = async (): Promise<string | undefined> =>
  (await tokens.read('default'))?.tokens.accessToken.reveal()

describe('the session of a request', () => {
  test('comes from the storage, and the worker is not asked', async () => {
    row = () => ({ generation: 'g1', session: session(1) })
    expect(await accessToken()).toBe('at-S3CRET-1')
    expect(asked).toEqual([])
  })

  test('comes from the worker when its memory has what the storage has not', async () => {
    row = () => ({ generation: 'g1', session: session(1) })
    await answerWith(session(2), true)
    tokens.hear({ type: 'error', error: failure('storage-degraded', 'storage', { message: 'x' }) })
    expect(await accessToken()).toBe('at-S3CRET-2')
    await answerWith(session(2), false)
    await accessToken()
    expect(await accessToken()).toBe('at-S3CRET-1')
    expect(asked).toHaveLength(2)
  })

  test('comes from the worker after a refresh that it could not write', async () => {
    row = () => ({ generation: 'g1', session: session(1) })
    await answerWith(session(2), true)
    tokens.learn({ refreshed: true, inMemory: true })
    expect(await accessToken()).toBe('at-S3CRET-2')
  })

  test('has ended when the worker holds its end, whatever is in the storage', async () => {
    row = () => ({ generation: 'g1', session: session(1) })
    answer = () => ({ inMemory: true })
    await tokens.askWhere()
    expect(await tokens.read('default')).toBeUndefined()
  })

  test.each<[string, typeof row]>([
    ['cannot be read', undefined],
    ['has a damaged row', () => ({})],
    ['has no row', () => undefined],
  ])('comes from the worker when the storage %s', async (_what, there) => {
    row = there
    await answerWith(session(2), true)
    expect(await accessToken()).toBe('at-S3CRET-2')
  })

  test('is absent without asking again, until the worker tells of a change', async () => {
    expect(await tokens.read('default')).toBeUndefined()
    expect(await tokens.read('default')).toBeUndefined()
    expect(asked).toHaveLength(1)
    await answerWith(session(2), true)
    tokens.hear({ type: 'session', client: 'default', session: { status: 'signed-out' } })
    expect(await accessToken()).toBe('at-S3CRET-2')
  })

  test('is a typed error when neither can say', async () => {
    row = undefined
    answer = () => {
      throw unavailable
    }
    await expect(tokens.read('default')).rejects.toMatchObject({ code: 'storage-unavailable' })
  })
})

test('what the worker answers has neither refresh token nor ID Token, and says that there is one to refresh with', async () => {
  await answerWith(session(2), true)
  expect(JSON.stringify(answer())).not.toMatch(/rt-S3CRET|id-S3CRET/)
  const { session: found } = parseSessionReply(answer())
  expect(found?.tokens.refreshToken).toBeDefined()
  expect(found?.tokens).not.toHaveProperty('idToken')
})

test.each([undefined, null, 1, { text: 1 }, { text: '{}', generation: 'g' }, { text: 'x' }])(
  'an answer that is none has no session: %s',
  (value) => {
    expect(parseSessionReply(value)).toEqual({ inMemory: false, session: undefined })
  },
)
