import { afterEach, expect, test } from 'vitest'
import type { RunningServer } from '../../e2e/servers/running-server.ts'
import { startMagicLinkServer, type Mail } from '../../e2e/servers/seeds/magic-link-server.ts'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP } from '../../e2e/unit/parsed-config.ts'
import { answerNavigation } from '../core/navigations.ts'

let server: RunningServer

afterEach(async () => {
  await server.close()
})

async function setup(idTokenAlg: 'RS256' | 'ES256'): Promise<GuardianInTest> {
  server = await startMagicLinkServer({
    appOrigins: [APP],
    clientId: 'spa',
    redirectUris: [`${APP}/auth/callback`],
    idTokenAlg,
  })
  const issuer = server.origin
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
  }
  const responseMode = 'fragment'
  const clients = { issuer, metadata, clientId: 'spa', responseMode, loginLink: true } as const
  return guardianInTest(
    { clients },
    {
      wire: {
        fetch: (url, init) => fetch(url, init),
        now: () => Math.floor(Date.now() / 1000) as never,
        timeoutMs: 10_000,
      },
    },
  )
}

test.each(['RS256', 'ES256'] as const)(
  'the service of the seed mails a link that signs in, with an ID Token signed by %s',
  async (alg) => {
    const guardian = await setup(alg)
    await guardian.core.loginLink.send('default', {
      loginHint: 'ada@example.com',
      prompt: 'create',
    })
    const { mails } = (await server.control.run({ do: 'mails' })) as unknown as { mails: Mail[] }
    expect(mails).toMatchObject([{ to: 'ada@example.com', shows: 'create an account' }])
    const opened = await fetch(mails[0]?.link ?? '', { redirect: 'manual' })
    const url = new URL(opened.headers.get('location') ?? '')
    expect(url.search).toBe('')
    await answerNavigation(guardian.core, 'callback', url, undefined, guardian.waitUntil)
    await guardian.settled()
    expect(await guardian.core.sessions.session('default')).toMatchObject({
      status: 'signed-in',
      user: { email: 'ada@example.com', email_verified: true },
      expiresAt: null,
    })
  },
)
