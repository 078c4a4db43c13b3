import { eventCodes, expect, runCard, test } from '../fixtures/attack-app.ts'
import { fetchInPage } from '../fixtures/page-calls.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

const statuses = [301, 302, 303, 307, 308] as const
const methods = ['GET', 'POST'] as const

test('a redirect inside the API’s origin but outside its path: the page gets an error and redirect-blocked', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await signIn(page)
  const location = `${app.apiOrigin}/debug/headers`
  for (const status of statuses) {
    for (const method of methods) {
      await control.api.reset()
      await control.api.fault('/v1/redirect', 'status', { status, headers: { location } })
      const { text } = await fetchInPage(page, `${app.apiOrigin}/v1/redirect`, {
        method,
        ...(method === 'POST' && { body: 'x' }),
      })
      expect(text, `${method} ${status}`).toBe('TypeError')
    }
  }
  expect(await eventCodes(page)).toContain('redirect-blocked')
})

test('a redirect inside the API’s path goes on with the token', async ({ page, app, signIn }) => {
  await signIn(page)
  const { status } = await fetchInPage(page, `${app.apiOrigin}/v1/redirect?to=/v1/me`)
  expect(status).toBe(200)
})

for (const listed of [false, true]) {
  test(`a redirect to another origin that is ${listed ? 'a resource too' : 'no resource'} carries no token there`, async ({
    page,
    app,
    signIn,
    startWeak,
    control,
    attacker,
  }) => {
    const more = listed ? [{ url: `${attacker.origin}/v1/` }] : []
    const resources = [{ url: `${app.apiOrigin}/v1/` }, ...more]
    const root = await buildOwnDemo('redirects', app, { guardian: { resources } })
    const target = await startWeak({ root, connectOrigins: [attacker.origin] })
    await signIn(page, 'alice', target.origin)
    const location = `${attacker.origin}/v1/there`
    for (const status of statuses) {
      for (const method of methods) {
        await control.api.reset()
        await control.api.fault('/v1/redirect', 'status', { status, headers: { location } })
        await fetchInPage(page, `${app.apiOrigin}/v1/redirect`, {
          method,
          ...(method === 'POST' && { body: 'x' }),
        })
        expect((await control.api.log('/v1/redirect')).at(-1)).toMatchObject({
          authorization: 'bearer',
        })
      }
    }
    // The policy of a vault's frame lets it reach no server that is not configured.
    const reached = listed || app.vaultOrigin === undefined
    expect(attacker.seen.length).toBe(reached ? statuses.length * methods.length : 0)
    expect(attacker.credentials()).toEqual([])
  })
}

test('from the API to the attacker and back again, no token comes along', async ({
  page,
  app,
  signIn,
  startWeak,
  control,
  attacker,
}) => {
  const target = await startWeak({ connectOrigins: [attacker.origin] })
  await signIn(page, 'alice', target.origin)
  const back = `${attacker.origin}/hop?to=${encodeURIComponent(`${app.apiOrigin}/debug/headers`)}`
  const { text } = await fetchInPage(
    page,
    `${app.apiOrigin}/v1/redirect?to=${encodeURIComponent(back)}`,
  )
  expect(text).not.toContain('Bearer')
  expect(attacker.credentials()).toEqual([])
  expect(
    (await control.api.log('/debug/')).map(({ authorization }) => authorization),
  ).not.toContain('bearer')
})

test('the attack lab gets no token by a redirect', async ({ page, signIn }) => {
  test.slow()
  await signIn(page)
  expect(await runCard(page, 'redirect-exfiltration')).toMatchObject({ outcome: 'held' })
})

test('bites: a worker that passes on what comes after a redirect shows the token', async ({
  page,
  app,
  startNaive,
  signInNaively,
}) => {
  test.slow()
  const naive = await startNaive()
  await signInNaively(page, naive)
  const { text } = await fetchInPage(page, `${app.apiOrigin}/v1/redirect?to=/debug/headers`)
  expect(text).toContain('Bearer eyJ')
  expect(await runCard(page, 'redirect-exfiltration')).toMatchObject({ outcome: 'leak' })
})

test('a 401 of a foreign origin behind a redirect refreshes nothing', async ({
  page,
  app,
  signIn,
  startWeak,
  control,
  attacker,
}) => {
  const target = await startWeak({ connectOrigins: [attacker.origin] })
  await signIn(page, 'alice', target.origin)
  const refusal = encodeURIComponent(`${attacker.origin}/refuse`)
  await fetchInPage(page, `${app.apiOrigin}/v1/redirect?to=${refusal}`)
  expect(await control.as.count('POST /token')).toBe(1)
})
