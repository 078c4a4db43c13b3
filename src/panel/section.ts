import { make } from './make.ts'

/** A part of the panel under a heading of its own. */
export interface Section<Shown> {
  readonly element: HTMLElement
  update(shown: Shown): void
}

export function section(title: string, ...children: readonly (Node | string)[]): HTMLElement {
  const heading = make('h3', '', title)
  heading.id = title.toLowerCase().replaceAll(/\W+/g, '-')
  const element = make('section', '', heading, ...children)
  element.setAttribute('aria-labelledby', heading.id)
  return element
}
