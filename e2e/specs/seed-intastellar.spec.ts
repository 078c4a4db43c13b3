import type { BrowserContext, Page, Request } from '@playwright/test'

import { code, events, expect, findSecrets, signInButton, status } from '../fixtures/app.ts'
import { isReady } from '../fixtures/client-calls.ts'
import type { AuthorizationServerControl } from '../fixtures/control.ts'
import { sayWho, secretsOf, seedTest } from '../fixtures/seeds.ts'
import { intastellarMetadata, startIntastellarServer } from '../servers/seeds/intastellar-server.ts'

const test = seedTest({
  name: 'intastellar',
  start: startIntastellarServer,
  client: ({ origin }) => ({ issuer: origin, metadata: intastellarMetadata(origin) }),
  api: ({ origin }) => `${origin}/api/`,
})

/** Pages of the service that somebody put into a frame. */
function framed(context: BrowserContext, origin: string): string[] {
  const found: string[] = []
  context.on('request', (request) => {
    if (!request.isNavigationRequest() || !request.url().startsWith(`${origin}/`)) return
    if (isInFrame(request)) found.push(request.url())
  })
  return found
}

function isInFrame(request: Request): boolean {
  try {
    return request.frame().parentFrame() !== null
  } catch {
    // A window that is not there yet: it is a new one.
    return false
  }
}

async function allowCors(control: AuthorizationServerControl): Promise<void> {
  await control.run({ do: 'cors', allow: true })
}

async function signInAt(page: Page): Promise<void> {
  await signInButton(page).click()
  await sayWho(page)
}

test('sign-in, refresh and sign-out by full-page redirect, without a secret in reach and without a frame', async ({
  page,
  context,
  service: { app, control, server },
  open,
  everythingReachable,
}) => {
  await allowCors(control)
  const inFrames = framed(context, server.origin)
  await open(page, app.origin)
  await signInAt(page)
  await expect(status(page)).toHaveText('signed-in as alice')
  await page.goto(`${app.origin}/client.html`)
  await isReady(page)
  expect(await page.evaluate(() => window.client.refresh())).toMatchObject({ status: 'signed-in' })
  const secrets = await secretsOf(control)
  expect(secrets.filter(({ name }) => name.startsWith('refreshTokens'))).toHaveLength(2)
  expect(findSecrets(await everythingReachable(page), secrets)).toEqual([])

  await page.evaluate(() => void window.client.logout())
  await expect(status(page)).toHaveText('signed-out')
  expect(await control.count('GET /logout')).toBe(1)
  expect(inFrames).toEqual([])
  expect(await control.run({ do: 'destinations' })).toMatchObject({ destinations: ['document'] })
})

test('a popup shows the login in a window of its own', async ({
  page,
  context,
  service: { app, control, server },
  open,
}) => {
  await allowCors(control)
  const inFrames = framed(context, server.origin)
  await open(page, app.origin)
  const opening = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Sign in (popup)' }).click()
  await sayWho(await opening)
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(inFrames).toEqual([])
  expect(await control.run({ do: 'destinations' })).toMatchObject({ destinations: ['document'] })
})

test('a token endpoint without CORS is named as the cause, with the origin to allow', async ({
  page,
  service: { app, control, server },
  open,
}) => {
  await open(page, app.origin)
  await signInAt(page)
  await expect(code(page)).toHaveText('exchange-cors')
  await expect(status(page)).toHaveText('signed-out')
  await expect(events(page)).toContainText(
    `${server.origin}/token is there, but does not let ${app.guardianOrigin} read its answers`,
  )
  await expect(events(page)).toContainText(`Access-Control-Allow-Origin: ${app.guardianOrigin}`)
  expect(await control.count('POST /token')).toBe(1)

  await allowCors(control)
  await signInAt(page)
  await expect(status(page)).toHaveText('signed-in as alice')
})

test('a token endpoint that is down is not taken for one without CORS', async ({
  page,
  service: { app, control },
  open,
}) => {
  await open(page, app.origin)
  await control.fault('/token', 'drop')
  await signInAt(page)
  await expect(code(page)).toHaveText('exchange-unreachable')
  await expect(events(page)).toContainText('did not answer: check the network')
})

test('a client that is not public is told to be', async ({
  page,
  service: { app, control },
  open,
}) => {
  await allowCors(control)
  await control.run({ do: 'public', allow: false })
  await open(page, app.origin)
  await signInAt(page)
  await expect(code(page)).toHaveText('exchange-refused')
  await expect(events(page)).toContainText('Register it as a public client (single-page app)')
  await expect(status(page)).toHaveText('signed-out')
})

test.describe('in an app that is shown in a frame', () => {
  test.use({ appProtections: { csp: false } })

  test('a sign-in by redirect is refused before anybody is asked, and says what to do', async ({
    page,
    service: { app, control },
  }) => {
    await page.goto(`${app.origin}/client.html`)
    await isReady(page)
    const added = page.waitForEvent('frameattached')
    await page.evaluate(() => {
      const frame = document.createElement('iframe')
      frame.src = '/client.html'
      document.body.append(frame)
    })
    const frame = await added
    await frame.waitForFunction(() => window.client !== undefined)
    const error = await frame.evaluate(() =>
      window.client.loginWithRedirect().then(
        () => undefined,
        ({ code: found, message }: { code: string; message: string }) => ({ code: found, message }),
      ),
    )
    expect(error).toEqual({
      code: 'login-in-frame',
      message: expect.stringContaining('use loginWithPopup(), or open this page in a tab'),
    })
    expect(await control.count('GET /authorize')).toBe(0)
  })
})
