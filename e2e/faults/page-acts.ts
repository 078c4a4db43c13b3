import { LOOK_AGAIN_MS, type OpenTab } from '../engines/session.ts'

declare global {
  interface Window {
    /** How what was begun ended, by its name: `ok`, or a code. Not there yet: it goes on. */
    endings?: Record<string, string>
    /** The worker that was active before an update. */
    before?: ServiceWorker | null
  }
}

/**
 * What a cell does in a page. What is passed to `evaluate` is sent as text, so it stands for itself; and it only begins what takes
 * time, because one of the drivers does nothing else until it returns.
 */

/** Longer than every deadline of the guardian: what takes longer hangs. */
const HANGS_MS = 45_000

/** Chromium needs 46 s where a page speaks to the version before at the very end of its work, and a second otherwise. */
const TAKEOVER_MS = 60_000

/** How an act ended: well, with a code, or never. */
export type Ending = 'ok' | 'hung' | { readonly code: string }

/** Signs in by redirect and comes back; at the login page when the server asks. */
export async function signIn(tab: OpenTab): Promise<Ending> {
  await tab.evaluate(() => {
    document.title = 'left'
    window.client
      .loginWithRedirect({ returnTo: location.href })
      .catch((error: { code: string }) => (window.endings = { left: error.code }))
  })
  return arrival(tab)
}

/** Signs out here and at the server, and comes back. */
export async function signOut(tab: OpenTab): Promise<Ending> {
  await tab.evaluate(() => {
    document.title = 'left'
    window.client
      .logout({ returnTo: location.href })
      .catch((error: { code: string }) => (window.endings = { left: error.code }))
  })
  return arrival(tab)
}

/** Answers what the server asks, and waits until a page of the app says how it ended. */
async function arrival(tab: OpenTab): Promise<Ending> {
  const end = Date.now() + HANGS_MS
  while (Date.now() < end) {
    // Pages come and go. One of the drivers knows no `undefined`.
    const where = (await tab.evaluate(whereAmI).catch(() => undefined)) ?? undefined
    if (where === 'login') {
      await tab.fill('input[name=username]', 'alice')
      await tab.fill('input[name=password]', 'any password')
      await tab.click('button[value=sign-in]')
    } else if (where !== undefined) return where.code === '' ? 'ok' : where
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
  return 'hung'
}

/** Runs in the page. `undefined`: on the way. */
function whereAmI(): 'login' | { readonly code: string } | undefined {
  if (document.querySelector('input[name=username]')) return 'login'
  // Asks whether to sign out, where no hint came along; with one it goes on by its own script. Once: a second click begins anew.
  const go = document.querySelector<HTMLButtonElement>('#go:not([title])')
  if (go && document.scripts.length === 0) {
    go.title = 'clicked'
    go.click()
  }
  const refused = window.endings?.['left']
  // What is not known any more leads to the start page, which is the demo.
  const atHome = document.querySelector('#status')?.textContent
  if (atHome && atHome !== 'starting') {
    return { code: document.querySelector('#code')?.textContent || 'unknown-state' }
  }
  if (refused === undefined) {
    if (document.title === 'left' || !window.client) return undefined
    if (window.client.session.status === 'unprotected') return undefined
  }
  document.title = 'Page client'
  delete window.endings
  const error = window.clientEvents.find(({ name }) => name === 'error')
  return { code: refused ?? (error?.detail as { code: string } | undefined)?.code ?? '' }
}

/** `client.refresh()`. */
export async function refresh(tab: OpenTab): Promise<Ending> {
  const name = crypto.randomUUID()
  await tab.evaluate((key) => {
    const say = (how: string): void => void (window.endings = { ...window.endings, [key]: how })
    window.client.refresh().then(
      () => say('ok'),
      (error: { code: string }) => say(error.code),
    )
  }, name)
  return ended(tab, name)
}

/** A call of the API by page script. */
export async function call(tab: OpenTab, apiOrigin: string): Promise<Ending> {
  const name = crypto.randomUUID()
  await tab.evaluate(
    (key, url) => {
      const say = (how: string): void => void (window.endings = { ...window.endings, [key]: how })
      fetch(url).then(
        ({ status }) => say(status === 200 ? 'ok' : `status ${status}`),
        () => say('no response'),
      )
    },
    name,
    `${apiOrigin}/v1/me`,
  )
  return ended(tab, name)
}

type Scripts = Pick<OpenTab, 'evaluate' | 'waitFor'>

/** Remembers which worker {@link awaitTakeover} will wait to see replaced. */
export async function rememberWorker(page: Scripts): Promise<void> {
  await page.evaluate(async () => {
    window.before = (await navigator.serviceWorker.getRegistration())!.active
  })
}

/** Lets the browser look for a newer worker. */
export async function askForUpdate(page: Scripts): Promise<Ending> {
  const name = crypto.randomUUID()
  await page.evaluate((key) => {
    const say = (how: string): void => void (window.endings = { ...window.endings, [key]: how })
    // Browsers wait for an answer for minutes.
    setTimeout(() => say('script-not-loaded'), 12_000)
    void navigator.serviceWorker
      .getRegistration()
      .then(async (registration) => {
        await registration!.update()
        // Browsers look by themselves after a navigation, and that question joined in, which may be older than the deployment.
        // What comes of this one awaitTakeover sees.
        await registration!.update().catch(() => undefined)
      })
      .then(
        () => say('ok'),
        () => say('script-not-loaded'),
      )
  }, name)
  return ended(page, name)
}

/** Waits until there is no worker but an active one, and that another than the remembered. */
export async function awaitTakeover(page: Scripts): Promise<Ending> {
  const name = crypto.randomUUID()
  await page.evaluate(
    (key, withinMs) => {
      const say = (how: string): void => void (window.endings = { ...window.endings, [key]: how })
      const end = Date.now() + withinMs
      const look = async (): Promise<void> => {
        const registration = (await navigator.serviceWorker.getRegistration())!
        const { installing, waiting, active } = registration
        const isNew = active !== window.before && active?.state === 'activated'
        if (isNew && !installing && !waiting) say('ok')
        else if (Date.now() > end) say('not-activated')
        else setTimeout(() => void look(), 50)
      }
      void look()
    },
    name,
    TAKEOVER_MS,
  )
  return ended(page, name, TAKEOVER_MS + HANGS_MS)
}

/** Waits for what was begun and says in `window.endings` how it ended. */
export async function ended(
  tab: Pick<OpenTab, 'evaluate' | 'waitFor'>,
  name: string,
  hangsMs = HANGS_MS,
): Promise<Ending> {
  try {
    await tab.waitFor(`window.endings?.['${name}']`, hangsMs)
  } catch {
    return 'hung'
  }
  const code = await tab.evaluate((key) => window.endings?.[key] ?? '', name)
  return code === 'ok' ? 'ok' : { code }
}

/** What the page says of its session, which may change a moment after a call noticed. */
export async function sessionStatus(tab: OpenTab, expected?: string): Promise<string> {
  if (expected !== undefined) {
    await tab.waitFor(`window.client.session.status === '${expected}'`, 5000).catch(() => undefined)
  }
  return tab.evaluate(() => window.client.session.status)
}

/** Opens the page anew. */
export async function reload(tab: OpenTab, appOrigin: string): Promise<void> {
  await tab.goto(`${appOrigin}/client.html`)
  await tab.waitFor("window.client && window.client.session.status !== 'unprotected'")
}
