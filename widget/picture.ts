/**
 * Draws a data URI on a canvas, which needs no permission of the page's content security policy. Answers false for what
 * cannot be drawn like that, an SVG for example.
 */
export async function drawPicture(
  canvas: HTMLCanvasElement,
  dataUri: string,
  isCurrent: () => boolean,
): Promise<boolean> {
  const [, mime, base64] = /^data:(image\/[a-z+-]+);base64,(.+)$/.exec(dataUri) ?? []
  if (!mime || !base64) return false
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes], { type: mime }))
    if (!isCurrent()) return true
    canvas.width = bitmap.width
    canvas.height = bitmap.height
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0)
    return true
  } catch {
    return false
  }
}
