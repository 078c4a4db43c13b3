import { attempt, sleep } from './attack.ts'

export interface HostDocument {
  readonly name: string
  readonly document: Document
}

const CANDIDATES = ['/offline.html', '/no-such-page.txt', '/icon-192.png']

/** Documents of this origin besides the page: one that is served without a policy is a way around the page's own. */
export async function sameOriginDocuments(): Promise<{
  documents: readonly HostDocument[]
  remove: () => void
}> {
  const frames = CANDIDATES.map((path) => {
    const frame = document.createElement('iframe')
    frame.hidden = true
    frame.src = path
    document.body.append(frame)
    return { path, frame }
  })
  await Promise.race([
    Promise.all(
      frames.map(
        async ({ frame }) => new Promise((resolve) => frame.addEventListener('load', resolve)),
      ),
    ),
    sleep(1500),
  ])
  const documents = frames.flatMap(({ path, frame }) => {
    const inside = attempt(() => frame.contentDocument)
    return inside?.body && inside.URL !== 'about:blank' ? [{ name: path, document: inside }] : []
  })
  return { documents, remove: () => frames.forEach(({ frame }) => frame.remove()) }
}
