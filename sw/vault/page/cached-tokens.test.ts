import { beforeEach, describe, expect, test } from 'vitest'
import type { StoredSession } from '../../core/token-store.ts'
import { CachedTokens } from './cached-tokens.ts'

let now = 0
let reads: string[] = []
let fails = false
let tokens: CachedTokens

beforeEach(() => {
  now = 0
  reads = []
  fails = false
  const read = async (client: string): Promise<StoredSession> => {
    reads.push(client)
    if (fails) throw new Error('storage')
    return { generation: `${client} ${reads.length}` } as StoredSession
  }
  tokens = new CachedTokens({ read }, () => now)
})

describe('CachedTokens', () => {
  test('reads the storage once for many requests at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => tokens.read('default')))
    expect(reads).toEqual(['default'])
  })

  test('keeps clients apart', async () => {
    expect((await tokens.read('one'))?.generation).toBe('one 1')
    expect((await tokens.read('two'))?.generation).toBe('two 2')
    expect((await tokens.read('one'))?.generation).toBe('one 1')
  })

  test('looks again after a second, should a change not have been heard of', async () => {
    await tokens.read('default')
    now = 999
    await tokens.read('default')
    expect(reads).toHaveLength(1)
    now = 1000
    await tokens.read('default')
    expect(reads).toHaveLength(2)
  })

  test('looks again at once when it was told of a change', async () => {
    await tokens.read('default')
    tokens.forget()
    expect((await tokens.read('default'))?.generation).toBe('default 2')
  })

  test('does not remember a failure', async () => {
    fails = true
    await expect(tokens.read('default')).rejects.toThrow('storage')
    fails = false
    expect((await tokens.read('default'))?.generation).toBe('default 2')
  })

  test('a failure of before does not make it forget what was read after it', async () => {
    fails = true
    const failed = tokens.read('default')
    tokens.forget()
    fails = false
    await tokens.read('default')
    await failed.catch(() => undefined)
    await tokens.read('default')
    expect(reads).toHaveLength(2)
  })
})
