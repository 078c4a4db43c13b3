import { beforeEach, describe, expect, test } from 'vitest'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { ISSUER } from '../../e2e/unit/parsed-config.ts'
import { failure } from '../protocol/failure.ts'
import { PresentUsers } from './present-users.ts'

let guardian: GuardianInTest
let isSignedOut: boolean

beforeEach(async () => {
  guardian = await guardianInTest()
  isSignedOut = true
})

function users(nameOf = async (parts: readonly string[]) => parts.join(' ')): PresentUsers {
  const { config, tokens } = guardian.surroundings
  return new PresentUsers({ config, tokens, nameOf, isSignedOut: async () => isSignedOut })
}

const signedIn = `default ${ISSUER} user-1`

describe('who is present', () => {
  test('is the user of the ID Token, told apart by client and issuer', async () => {
    await guardian.signIn()
    expect(await users().of('default')).toEqual({ key: signedIn })
  })

  test('stays the same over a refresh and a sign-in of the same user, and is another for another user', async () => {
    await guardian.signIn()
    await guardian.core.refresher.refresh('default', await guardian.stored())
    expect(await users().of('default')).toEqual({ key: signedIn })
    await guardian.signIn()
    expect(await users().of('default')).toEqual({ key: signedIn })
    guardian.server.claims = { sub: 'user-2' }
    await guardian.signIn()
    expect(await users().of('default')).toEqual({ key: `default ${ISSUER} user-2` })
  })

  test('is nobody after a sign-out, and unknown after a session that ended otherwise', async () => {
    await guardian.signIn()
    await guardian.core.sessions.signOut('default')
    expect(await users().of('default')).toBe('nobody')
    isSignedOut = false
    expect(await users().of('default')).toBe('unknown')
  })

  test('is unknown where the server does not say who signed in', async () => {
    await guardian.signIn()
    const { tokens } = await guardian.stored()
    const { identity: _, ...rest } = tokens
    await guardian.tokens.put('default', { ...rest, user: { sub: '' } })
    expect(await users().of('default')).toBe('unknown')
  })

  test('is unknown for a client that is not configured, for which nothing is looked up', async () => {
    const lookedUp: string[] = []
    const tokens = { read: async (client: string) => void lookedUp.push(client) }
    const others = new PresentUsers({
      config: guardian.surroundings.config,
      tokens,
      nameOf: async () => 'name',
      isSignedOut: async () => true,
    })
    expect(await others.of('somebody’s')).toBe('unknown')
    expect(lookedUp).toEqual([])
    expect(await others.of('default')).toBe('nobody')
  })

  test('is unknown where the storage fails', async () => {
    await guardian.signIn()
    const broken = users(() =>
      Promise.reject(failure('storage-unavailable', 'storage', { message: 'broken' })),
    )
    expect(await broken.of('default')).toBe('unknown')
  })
})

describe('a request for one user', () => {
  test('is meant for a session of this user only', async () => {
    await guardian.signIn()
    const session = await guardian.stored()
    expect(await users().isMeant(signedIn, 'default', session)).toBe(true)
    expect(await users().isMeant('somebody else', 'default', session)).toBe(false)
    expect(await users().isMeant(signedIn, 'default', undefined)).toBe(false)
  })

  test('for nobody is meant for no session', async () => {
    await guardian.signIn()
    expect(await users().isMeant(null, 'default', undefined)).toBe(true)
    expect(await users().isMeant(null, 'default', await guardian.stored())).toBe(false)
  })
})
