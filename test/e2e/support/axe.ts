import axe from 'axe-core'

import type { Page } from 'playwright-core'

/** What axe-core finds wrong with the page as it is now, every rule that it has: one line for each element. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations, passes } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run(document))
  if (passes.length === 0) throw new Error('axe-core has looked at nothing')
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** Puts what every live region of the page says from now on into a list, in the order in which it is said. */
export async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const said: string[] = []
    const last = new Map<Element, string>()
    const regions = () => document.querySelectorAll('[role=status], [role=alert], [aria-live]')
    const hear = (isFirst: boolean) => {
      for (const region of Array.from(regions())) {
        const text = region.textContent?.trim() ?? ''
        if (text !== (last.get(region) ?? '') && text !== '' && !isFirst) said.push(text)
        last.set(region, text)
      }
    }
    hear(true)
    new MutationObserver(() => hear(false)).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    })
    Object.assign(window, { said })
  })
  return () => page.evaluate(() => (window as unknown as { said: string[] }).said)
}
