import { Buffer } from 'node:buffer'
import { convertIndexedToRgb, decode, encode } from 'fast-png'

const GAP_PX = 12

/** One PNG of many captchas of one size, row by row on white. */
export function arrange(files: readonly Uint8Array[], columns: number): Uint8Array {
  const pictures = files.map((file) => decode(file))
  const colors = pictures.map((picture) => convertIndexedToRgb(picture))
  const { width: cellWidth, height: cellHeight } = pictures[0]!
  const width = columns * (cellWidth + GAP_PX) + GAP_PX
  const height = Math.ceil(pictures.length / columns) * (cellHeight + GAP_PX) + GAP_PX
  const data = Buffer.alloc(width * height * 3, 255)
  pictures.forEach(({ palette }, i) => {
    const channels = palette![0]!.length
    const left = GAP_PX + (i % columns) * (cellWidth + GAP_PX)
    const top = GAP_PX + Math.floor(i / columns) * (cellHeight + GAP_PX)
    for (let y = 0; y < cellHeight; y++) {
      for (let x = 0; x < cellWidth; x++) {
        const at = (y * cellWidth + x) * channels
        data.set(onWhite(colors[i]!.subarray(at, at + channels)), ((top + y) * width + left + x) * 3)
      }
    }
  })
  return encode({ width, height, data, channels: 3, depth: 8 })
}

function onWhite([red = 0, green = 0, blue = 0, alpha = 255]: Uint8Array): number[] {
  return [red, green, blue].map((channel) => Math.round((channel * alpha + 255 * (255 - alpha)) / 255))
}
