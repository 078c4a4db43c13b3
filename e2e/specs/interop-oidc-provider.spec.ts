import type { Page } from '@playwright/test'

import { expect, signInButton, test as base } from '../fixtures/app.ts'
import { ApiControl } from '../fixtures/control.ts'
import {
  interopPromises,
  type InteropService,
  type InteropTraits,
} from '../fixtures/interop-promises.ts'
import { seedTest, type Service } from '../fixtures/seeds.ts'
import type { RunningServer } from '../servers/running-server.ts'
import { startBackend } from '../servers/start.ts'

/** The servers and the builds that all tests share. */
const test = base.extend<{ service: InteropService }>({
  service: async ({ app, control }, use) => {
    await use({ app, control: control.as })
  },
})

interface ServerWithApi extends RunningServer {
  readonly api: RunningServer
}

/** A server of its own, which takes no authorization request that was not pushed and says so in its metadata. */
const pushedTest = seedTest<ServerWithApi>({
  name: 'par-demanded',
  start: async ({ appOrigins, pageOrigins, redirectUris, postLogoutRedirectUris }) => {
    const backend = await startBackend({
      appOrigins,
      authorizationServer: {
        clientRedirectUris: redirectUris,
        postLogoutRedirectUris,
        requirePushedRequests: true,
      },
      api: { appOrigins: [...appOrigins, ...pageOrigins] },
    })
    return { ...backend.authorizationServer, api: backend.api, close: () => backend.close() }
  },
  client: ({ origin }) => ({ issuer: origin, clientId: 'demo' }),
  api: ({ api }) => `${api.origin}/v1/`,
})

async function login(page: Page): Promise<void> {
  await page.getByLabel('Username').fill('alice')
  await page.getByLabel('Password').fill('any password')
  await signInButton(page).click()
}

function traitsOf<Service extends InteropService>(
  apiOrigin: (service: Service) => string,
): InteropTraits<Service> {
  return {
    user: 'alice',
    loginField: (page) => page.getByLabel('Username'),
    login,
    deny: (page) => page.getByRole('button', { name: 'Cancel' }).click(),
    denialCode: 'access-denied',
    api: (service) => `${apiOrigin(service)}/v1/me`,
    scheme: 'bearer',
    tokenPath: '/token',
    accessTokenSeconds: 60,
    rotates: true,
    revocationPath: '/revoke',
    endSessionPath: '/logout',
    refuseTokens: (service) => new ApiControl(apiOrigin(service)).refuseIssuedTokens(),
    deadRefreshToken: 'invalid_grant',
    forgetRedirectUri: ({ control }) =>
      control.run({ do: 'register', redirectUris: ['https://elsewhere.example/auth/callback'] }),
    unknownRedirectUri: (page) => expect(page.getByText('redirect_uri').first()).toBeVisible(),
  }
}

const traits = traitsOf(({ app }) => app.apiOrigin)

test.describe('bearer tokens', () => {
  interopPromises(test, traits)
})

test.describe('bearer tokens, refresh tokens that do not rotate', () => {
  test.beforeEach(({ control }) => control.as.run({ do: 'refresh-rotation', on: false }))
  interopPromises(test, { ...traits, rotates: false })
})

test.describe('DPoP', () => {
  test.use({ variant: 'dpop' })
  interopPromises(test, { ...traits, scheme: 'dpop' })
})

test.describe('DPoP with the nonces that both servers demand', () => {
  test.use({ variant: 'dpop' })
  test.beforeEach(async ({ control }) => {
    await control.as.dpop({ nonce: true })
    await control.api.dpop({ nonce: true })
  })
  interopPromises(test, { ...traits, scheme: 'dpop', demandsNonces: true })
})

pushedTest.describe('pushed requests', () => {
  interopPromises(pushedTest, {
    ...traitsOf<Service<ServerWithApi>>(({ server }) => server.api.origin),
    unknownRedirectUri: { code: 'par-refused' },
  })

  pushedTest(
    'requests are pushed because the server demands it',
    async ({ page, service: { app, control }, open }) => {
      await open(page, app.origin)
      await signInButton(page).click()
      await login(page)
      await expect(page.getByText('signed-in as alice', { exact: true }).first()).toBeVisible()
      expect(await control.count('POST /par')).toBe(1)
    },
  )
})
