import { byId, make, timeOfDay } from './element.ts'

const MAX_EVENTS = 100
const list = byId('events', HTMLOListElement)

export function addEvent(event: string, what: string, code?: string): void {
  const entry = make(
    'li',
    '',
    make('time', '', timeOfDay()),
    ' ',
    make('b', '', event),
    ' ',
    make('span', '', what),
  )
  if (code !== undefined) entry.append(' ', make('code', '', code))
  list.prepend(entry)
  while (list.children.length > MAX_EVENTS) list.lastElementChild?.remove()
}
