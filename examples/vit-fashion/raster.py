"""Draw the spike trains of one image as a PNG file."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

BACKGROUND, TEXT, RULE = (255, 255, 255), (40, 40, 40), (215, 215, 215)
POSITIVE, NEGATIVE = (200, 60, 40), (40, 90, 190)
CELL_W, CELL_H, GAP, LEFT, TOP, BOTTOM = 9, 5, 14, 150, 56, 40
TOKENS, CHANNELS = 50, 96


def planes(codes, count):
    """Codes to spikes: [channels, count] of -1, 0, 1; step 0 is the most significant digit."""
    magnitude = np.abs(codes.astype(np.int64))[:, None]
    shifts = np.arange(count - 1, -1, -1)
    return ((magnitude >> shifts) & 1) * np.sign(codes.astype(np.int64))[:, None]


def code_taps(artifact):
    """Taps of the codes at linear layers, in value form: their digits are the spikes."""
    return [tap for tap in artifact.taps if tap.dtype == np.int8 and tap.name.endswith(":linear")]


def label(tap):
    """ "0 key" for "/vit/encoder/layer.0/attention/attention/key/MatMul:linear"."""
    parts = tap.split(":")[0].strip("/").split("/")
    layer = next((part[6:] for part in parts if part.startswith("layer.")), "")
    modules = [part for part in parts[:-1] if part != "dense" and not part.startswith("layer.")]
    return f"{layer} {modules[-1][:8] if modules else ''}".strip()


def read_trains(artifact, image):
    """[(tap, codes of the class token)] at every layer whose input has the model's width, in the order of execution."""
    taps = code_taps(artifact)
    with artifact.session() as session:
        for tap in taps:
            session.select_tap(tap.name)
        session.run({artifact.inputs[0].name: image})
        values = {tap.name: session.tap(tap.name) for tap in taps}
    wide = {name: value for name, value in values.items() if value.size == TOKENS * CHANNELS}
    return [(name, value.reshape(TOKENS, CHANNELS)[0]) for name, value in wide.items()]


def draw_image(artifact, image, path, pixels):
    """Run one image and draw its trains; None where nothing is tapped."""
    trains = read_trains(artifact, image)
    if not trains:
        return None
    draw(trains, int(artifact.metadata["steps"]) - 1, path, pixels)
    return path


def draw(trains, steps, path, pixels):
    """One block per site, left to right in time: a row per channel, a column per step, a mark per spike."""
    channels = len(trains[0][1])
    block = steps * CELL_W
    size = (LEFT + len(trains) * (block + GAP) + GAP, TOP + channels * CELL_H + BOTTOM)
    picture = Image.new("RGB", size, BACKGROUND)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default()
    picture.paste(Image.fromarray(255 - pixels).resize((112, 112), Image.NEAREST), (16, TOP))
    pen.text((16, 12), f"spike trains of one image: class token, {len(trains)} sites, {steps} digits each and a sign", TEXT, font)
    pen.text((16, TOP + 124), f"{channels} channels\n(rows)\n\nred: +\nblue: -\n\ntime goes right,\nlargest digit\nfirst", TEXT, font)
    for index, (name, codes) in enumerate(trains):
        left = LEFT + index * (block + GAP)
        pen.rectangle((left - 2, TOP - 2, left + block + 1, TOP + channels * CELL_H + 1), outline=RULE)
        pen.text((left, TOP - 18), label(name), TEXT, font)
        spikes = planes(codes, steps)
        pen.text((left, TOP + channels * CELL_H + 6), f"{np.abs(spikes).sum() / channels:.1f}", TEXT, font)
        for row, column in np.argwhere(spikes):
            x, y = left + column * CELL_W, TOP + row * CELL_H
            pen.rectangle((x + 1, y + 1, x + CELL_W - 2, y + CELL_H - 2), POSITIVE if spikes[row, column] > 0 else NEGATIVE)
    pen.text((16, TOP + channels * CELL_H + 6), "spikes per channel:", TEXT, font)
    picture.save(path)
