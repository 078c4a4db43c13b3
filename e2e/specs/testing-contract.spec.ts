import { expect, test as base } from '../fixtures/app.ts'
import { FakeSide, RealSide, type ClientSide } from '../fixtures/client-sides.ts'

/** Each promise is kept by the client in a page, with its worker, vault and server, and by the fake of the test kit. */
for (const name of ['the real client', 'the fake client']) {
  const test = base.extend<{ readonly side: ClientSide }>({
    side: async ({ page, app, control }, use) => {
      const side = name === 'the fake client' ? new FakeSide() : new RealSide(page, app, control)
      await side.open()
      await use(side)
    },
  })

  test(`${name} is unprotected until it is ready, and then tells its session once`, async ({
    side,
  }) => {
    expect(await side.sessionAtStart()).toEqual({
      status: 'unprotected',
      code: 'page-not-covered',
    })
    expect(await side.run((client) => client.session)).toEqual({ status: 'signed-out' })
    expect(await side.run((client) => client.ready())).toEqual({ status: 'signed-out' })
    expect(await side.told()).toEqual([{ name: 'session', detail: { status: 'signed-out' } }])
  })

  test(`${name} rejects ready with the reason of an aborted signal`, async ({ side }) => {
    const reason = await side.run((client) =>
      client.ready({ signal: AbortSignal.abort('left') }).catch((error: unknown) => error),
    )
    expect(reason).toBe('left')
  })

  test(`${name} has no user and nothing to refresh while nobody is signed in`, async ({ side }) => {
    expect(await side.run((client) => client.getUser())).toBeNull()
    const refused = await side.run((client) =>
      client.refresh().catch((error: unknown) => {
        const { name, code, phase, retryable } = error as Record<string, unknown>
        return { name, code, phase, retryable }
      }),
    )
    expect(refused).toEqual({
      name: 'AuthError',
      code: 'not-signed-in',
      phase: 'refresh',
      retryable: false,
    })
    expect(await side.run((client) => client.session)).toEqual({ status: 'signed-out' })
  })

  test(`${name} brings appState back with the session, as a copy`, async ({ side }) => {
    const appState = { cart: [1, { deep: 'ü' }], none: null }
    await side.signIn({ appState })
    const session = await side.run((client) => client.session)
    expect(session).toMatchObject({
      status: 'signed-in',
      user: { sub: 'alice', name: 'alice' },
      stale: false,
      appState,
    })
    expect(session).toMatchObject({ scope: expect.any(Array), expiresAt: expect.any(Number) })
    expect(await side.run((client) => client.getUser())).toMatchObject({ sub: 'alice' })
    expect(await side.told()).toEqual([{ name: 'session', detail: session }])
  })

  test(`${name} refuses options that it does not understand, and to land elsewhere`, async ({
    side,
  }) => {
    const refusals = await side.run(async (client) => {
      const attempts = [
        () => client.loginWithRedirect({ returnTo: 'https://elsewhere.example/' }),
        () => client.loginWithRedirect({ maxAge: -1 }),
        () => client.loginWithRedirect({ appState: 'x'.repeat(8192) }),
        () => client.logout({ returnTo: 'https://elsewhere.example/' }),
      ]
      const codes: unknown[] = []
      for (const attempt of attempts) {
        codes.push(
          await attempt().catch((error: unknown) => {
            const { code, phase } = error as Record<string, unknown>
            return [code, phase]
          }),
        )
      }
      return codes
    })
    expect(refusals).toEqual([
      ['invalid-return-to', 'request'],
      ['invalid-request', 'request'],
      ['invalid-request', 'request'],
      ['invalid-return-to', 'request'],
    ])
  })

  test(`${name} tells a sign-in that the user cancelled, and stays as it was`, async ({ side }) => {
    await side.cancelSignIn()
    expect(await side.run((client) => client.session)).toEqual({ status: 'signed-out' })
    expect((await side.told()).filter(({ name: event }) => event === 'error')).toEqual([
      { name: 'error', detail: { code: 'access-denied', phase: 'authorization' } },
    ])
  })

  test(`${name} has the new session when a refresh resolves`, async ({ side }) => {
    await side.signIn()
    const [before, answered, after] = await side.run(async (client) => {
      const old = client.session
      return [old, await client.refresh(), client.session]
    })
    expect(answered).toEqual(after)
    if (before?.status !== 'signed-in' || after?.status !== 'signed-in')
      throw new Error('signed out')
    expect(after.expiresAt).toBeGreaterThanOrEqual(before.expiresAt ?? Infinity)
    expect(after).toEqual({ ...before, expiresAt: after.expiresAt })
  })

  test(`${name} keeps the session when the server does not answer a refresh`, async ({ side }) => {
    await side.signIn()
    await side.refreshesFail('refresh-unavailable')
    const [before, refused, after] = await side.run(async (client) => [
      client.session,
      await client.refresh().catch((error: unknown) => {
        const { code, phase, retryable } = error as Record<string, unknown>
        return { code, phase, retryable }
      }),
      client.session,
    ])
    expect(refused).toEqual({ code: 'refresh-unavailable', phase: 'refresh', retryable: true })
    expect(after).toEqual(before)
  })

  test(`${name} knows that the session is over when a refused refresh rejects`, async ({
    side,
  }) => {
    await side.signIn()
    await side.refreshesFail('session-ended')
    const over = { status: 'interaction-required', code: 'session-ended' }
    const [refused, after] = await side.run(async (client) => [
      await client.refresh().catch((error: unknown) => (error as { readonly code: string }).code),
      client.session,
    ])
    expect([refused, after]).toEqual(['session-ended', over])
    expect((await side.told()).at(-1)).toEqual({ name: 'session', detail: over })
    expect(await side.run((client) => client.getUser())).toBeNull()
    const again = side.run((client) =>
      client.refresh().catch((error: unknown) => (error as { readonly code: string }).code),
    )
    expect(await again).toBe('not-signed-in')
  })

  test(`${name} signs out here and tells so, and a second sign-out is nothing`, async ({
    side,
  }) => {
    await side.signIn()
    await side.run((client) => client.logout({ localOnly: true }))
    await expect
      .poll(async () => (await side.told()).at(-1))
      .toEqual({ name: 'session', detail: { status: 'signed-out' } })
    await side.run((client) => client.logout({ localOnly: true }))
    expect(await side.run((client) => client.getUser())).toBeNull()
    expect(await side.run((client) => client.session)).toEqual({ status: 'signed-out' })
  })

  test(`${name} has the session when a popup resolves, and says nothing to who went`, async ({
    side,
  }) => {
    const { resolved, session, heard } = await side.run(async (client) => {
      const statuses: string[] = []
      const stop = client.on('session', () => statuses.push('never'))
      stop()
      client.on('session', ({ status }) => statuses.push(status))
      const signedIn = await client.loginWithPopup({ appState: [1] })
      return { resolved: signedIn, session: client.session, heard: statuses }
    })
    expect(resolved).toMatchObject({ status: 'signed-in', appState: [1] })
    expect(session).toEqual(resolved)
    expect(heard).toEqual(['signed-in'])
    const later = side.run((client) => client.ready({ signal: new AbortController().signal }))
    expect(await later, 'whoever waits with a signal hears of it too').toEqual(session)
  })
}
