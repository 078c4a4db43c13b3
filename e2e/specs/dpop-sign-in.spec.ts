import {
  callApi,
  code,
  enterPassword,
  events,
  expect,
  signInButton,
  status,
  test,
} from '../fixtures/app.ts'
import { databasesInReach, readRows } from '../fixtures/attack-storage.ts'
import { keyHandlesInReach } from '../fixtures/key-handles.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'
import { SentRequests, fetchInPage } from '../fixtures/page-calls.ts'
import { promiseCleanSignIn } from '../fixtures/sign-in-promises.ts'

// The authorization server and the API check every proof: the promises of any sign-in are kept with them.
promiseCleanSignIn('dpop')

test('the access token is bound: the API gets it with a proof, and takes it from nobody as a bearer token', async ({
  page,
  app,
  signIn,
  control,
  everythingReachable,
}) => {
  await signIn(page)
  expect(await callApi(page)).toMatchObject({ status: 200, body: { sub: 'alice' } })
  // What every proof begins with.
  const start = Buffer.from('{"alg":"ES256","typ":"dpop+jwt"').toString('base64url').slice(0, -2)
  expect(await everythingReachable(page)).not.toContain(start)
  expect((await control.api.log('/v1/me')).map((entry) => entry.authorization)).toEqual(['dpop'])
  const { accessTokens } = await control.as.issued()
  const stolen = await fetch(`${app.apiOrigin}/v1/me`, {
    headers: { authorization: `Bearer ${accessTokens[0]}` },
  })
  expect(stolen.status).toBe(401)
})

test('killed between authorization request and exchange: the code is redeemed with the key that it is bound to', async ({
  page,
  open,
  killWorker,
}) => {
  await open(page)
  await signInButton(page).click()
  await expect(page.getByLabel('Username')).toBeVisible()
  expect(new URL(page.url()).pathname).toMatch(/^\/interaction\//)
  await killWorker(page)
  await enterPassword(page)
  await expect(status(page)).toHaveText('signed-in as alice')
  expect(await callApi(page)).toMatchObject({ status: 200 })
})

test('while a sign-in waits, script of the app reaches no handle of its key, and no text of it', async ({
  page,
  context,
  app,
  open,
  everythingReachable,
}) => {
  await open(page)
  await signInButton(page).click()
  await expect(page.getByLabel('Username')).toBeVisible()
  const spy = await context.newPage()
  await open(spy, app.origin)
  if (app.topology === 'same-origin') {
    expect(await readRows(spy, 'transactions')).toHaveLength(1)
  } else expect(await databasesInReach(spy)).toEqual([])
  expect(await keyHandlesInReach(spy)).toEqual([])
  expect(await everythingReachable(spy)).not.toMatch(/"d":"|CryptoKey ECDSA/)
  // The search finds what is there.
  await spy.evaluate(async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
    await new Promise<void>((resolve) => {
      const opening = indexedDB.open('bait')
      opening.onupgradeneeded = () => opening.result.createObjectStore('keys')
      opening.onsuccess = () => {
        const writing = opening.result.transaction('keys', 'readwrite')
        writing.objectStore('keys').put(pair, 'pair')
        writing.oncomplete = () => {
          opening.result.close()
          resolve()
        }
      }
    })
  })
  expect((await keyHandlesInReach(spy)).toSorted()).toEqual(['ECDSA sign', 'ECDSA verify'])
})

test('a session leaves script of the app no handle of its key either', async ({ page, signIn }) => {
  await signIn(page)
  expect(await callApi(page)).toMatchObject({ status: 200 })
  expect(await keyHandlesInReach(page)).toEqual([])
})

test('the page’s own DPoP and Authorization headers do not reach the API', async ({
  page,
  context,
  app,
  signIn,
}) => {
  await signIn(page)
  const sent = new SentRequests(context, app, `${app.apiOrigin}/v1/me`)
  const headers = { DPoP: 'mine', Authorization: 'DPoP mine' }
  expect(await fetchInPage(page, `${app.apiOrigin}/v1/me`, { headers })).toMatchObject({
    status: 200,
  })
  const [request, ...more] = await sent.byGuardian()
  expect(more).toEqual([])
  expect(request?.['dpop']?.split('.')).toHaveLength(3)
  expect(request?.['authorization']).not.toContain('mine')
})

test('a redirect of an API carries no proof anywhere: the page gets an error and redirect-blocked', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await signIn(page)
  for (const location of [`${app.foreignOrigin}/v1/there`, `${app.apiOrigin}/v1/me`]) {
    await control.api.reset()
    await control.foreign.reset()
    await control.api.fault('/v1/redirect', 'status', { status: 307, headers: { location } })
    const { text } = await fetchInPage(page, `${app.apiOrigin}/v1/redirect`)
    expect(text).toBe('TypeError')
    expect(await control.api.count('GET /v1/redirect')).toBe(1)
    expect(await control.api.count('GET /v1/me')).toBe(0)
    expect(await control.foreign.log()).toEqual([])
  }
  await expect(events(page)).toContainText('redirect-blocked')
})

test('a server whose metadata does not offer ES256 is asked for nothing', async ({
  page,
  app,
  startApp,
  open,
  control,
}) => {
  const metadata = {
    issuer: app.asOrigin,
    authorization_endpoint: `${app.asOrigin}/auth`,
    token_endpoint: `${app.asOrigin}/token`,
    jwks_uri: `${app.asOrigin}/jwks`,
    dpop_signing_alg_values_supported: ['RS256'],
  }
  const root = await buildOwnDemo('dpop-unsupported', app, {
    client: { dpop: 'required', metadata },
  })
  const own = await startApp({ root })
  await open(page, own.origin)
  await signInButton(page).click()
  await expect(code(page)).toHaveText('dpop-unsupported')
  expect(await control.as.count('GET /auth')).toBe(0)
})
