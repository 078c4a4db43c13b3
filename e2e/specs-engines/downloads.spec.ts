import { apiLog } from '../engines/api-log.ts'
import { signIn } from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import type { Tab } from '../engines/session.ts'
import { expect, test } from '../engines/test.ts'
import { environment } from '../fixtures/environment.ts'

/** A build in which everything that can be authenticated is. That of the vault on https is so too. */
test.use({ variant: 'beyond' })

const SIZE = 1_000_000

async function linkTo(tab: Tab, url: string): Promise<string> {
  await tab.waitFor("window.client?.session.status === 'signed-in'")
  return tab.evaluate((to) => window.client.downloadUrl(to), url)
}

/** Clicks a link, which nobody sees. */
async function click(tab: Tab, link: string, attributes: Record<string, string>): Promise<void> {
  await tab.evaluate(
    (href, more) => {
      const anchor = document.createElement('a')
      for (const [name, value] of Object.entries({ ...more, href }))
        anchor.setAttribute(name, value)
      document.body.append(anchor)
      anchor.click()
    },
    link,
    attributes,
  )
}

test('a link downloads an answer of an API once, with a token, on one origin and with a vault; by the attribute download too', async ({
  session,
  engine,
  appOrigin,
  site,
}) => {
  for (const [app, api] of [
    [appOrigin, environment().apiOrigin],
    [site.appOrigin, site.apiOrigin],
  ] as const) {
    const tab = await session.tab()
    await signIn(tab, app)
    const page = `${app}/client.html`
    await tab.goto(page)
    const before = (await apiLog(api, '/v1/bytes')).length
    const downloads = async (): Promise<readonly unknown[]> =>
      (await apiLog(api, '/v1/bytes')).slice(before).map(({ authorization }) => authorization)

    const link = await linkTo(tab, `${api}/v1/bytes?size=${SIZE}`)
    await click(tab, link, {})
    await expect.poll(downloads).toEqual(['bearer'])
    // The page is there still, and says so.
    expect(await tab.url()).toBe(page)

    const goesAround = differs(engine, 'download-attribute-past-workers')
    await click(tab, await linkTo(tab, `${api}/v1/bytes?size=${SIZE}`), { download: '' })
    if (!goesAround) await expect.poll(downloads).toEqual(['bearer', 'bearer'])
    await tab.goto(link)
    expect(await tab.text('body')).toContain('This link was used before')
    expect(await downloads()).toHaveLength(goesAround ? 1 : 2)
  }
})
