"""Two small convolutional readers of pictures to tap on: of a cell and of the strip. Called by ocr-tap.ts."""

import copy
import itertools
import sys

import numpy as np
import torch
from torch import nn

# Half of 300 x 200 CSS pixels each way.
WIDTH, HEIGHT, STRIP, CELL = 150, 100, 25, 37
# By steps and not by time: a busy machine must not make a weaker reader.
PLAIN_STEPS, LABELLED_STEPS = 500, 500

directory, levels, letters = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
torch.manual_seed(1)
torch.set_num_threads(1)
chance = np.random.default_rng(1)
ORDERS = np.array(list(itertools.permutations(range(8), 4)))


def load(name):
    """Cells and their letters, strips and theirs."""
    pictures = np.fromfile(f"{directory}/{name}.bin", dtype=np.uint8).reshape(-1, HEIGHT, WIDTH).astype(np.float32) / 240
    with open(f"{directory}/{name}.txt") as lines:
        prompts = np.array([[letters.index(letter) for letter in line.strip()] for line in lines])
    places = [(STRIP + row * 75 // 2, column * 75 // 2) for row in range(2) for column in range(4)]
    cells = np.stack([pictures[:, top : top + CELL, left : left + CELL] for top, left in places], 1)
    return cells, prompts[:, :8], pictures[:, :STRIP], prompts[:, 8:]


def shifted(picture):
    x, y = chance.integers(-4, 5), chance.integers(-3, 4)
    padded = np.pad(picture, ((4, 4), (4, 4)), mode="edge")
    return padded[4 + y : 4 + y + picture.shape[0], 4 + x : 4 + x + picture.shape[1]]


def other_style(picture):
    """Thick arcs, blots and negatives of one side of a straight line: what other captchas do."""
    out = shifted(picture).copy()
    high, wide = out.shape
    across = np.arange(wide)
    for _ in range(chance.integers(0, 4)):
        middle = chance.uniform(0, high) + chance.uniform(2, 12) * np.sin(across * chance.uniform(0.02, 0.08) + chance.uniform(0, 6))
        distance = np.abs(np.arange(high)[:, None] - middle[None, :])
        thick = chance.uniform(0.5, 2.2)
        out = np.maximum(out, np.clip(thick - distance, 0, 1)) if chance.random() < 0.5 else out * np.clip(distance - thick, 0, 1)
    for _ in range(chance.integers(0, 6)):
        x, y, size = chance.integers(0, wide - 6), chance.integers(0, high - 6), chance.integers(2, 6)
        out[y : y + size, x : x + size] = chance.integers(0, 2)
    return 1 - out if chance.random() < 0.3 else out


def block(inputs, outputs, pool):
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(pool)]


def cell_network():
    """Scores of each letter for each picture."""
    layers = nn.Sequential(nn.Conv2d(1, 24, 5, stride=2, padding=2), nn.BatchNorm2d(24), nn.ReLU(), *block(24, 48, 2), *block(48, 96, 2), *block(96, 128, 2), nn.Flatten())
    size = layers(torch.zeros(1, 1, CELL, CELL)).shape[1]
    return nn.Sequential(layers, nn.Dropout(0.3), nn.Linear(size, len(letters)))


def strip_network():
    """Scores of each letter, and of none, for each column of the strip: the letters stand where chance puts them."""
    return nn.Sequential(*block(1, 32, 2), *block(32, 64, 2), *block(64, 128, (2, 1)), nn.Conv2d(128, 160, (3, 5), padding=(0, 2)), nn.BatchNorm2d(160), nn.ReLU(), nn.Dropout(0.3), nn.Conv2d(160, 1 + len(letters), 1), nn.Flatten(2))


def letter_loss(scores, wanted):
    return nn.functional.cross_entropy(scores, wanted)


def sequence_loss(scores, wanted, reduction="mean"):
    """Connectionist temporal classification: no letter's column is known."""
    columns = scores.permute(2, 0, 1).log_softmax(2)
    lengths = torch.full((len(wanted),), columns.shape[0]), torch.full((len(wanted),), wanted.shape[1])
    return nn.functional.ctc_loss(columns, 1 + wanted, *lengths, reduction=reduction)


def train(model, pictures, answers, steps, alter, loss_of):
    rate = 1.5e-3
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    model.train()
    for step in range(steps):
        chosen = chance.integers(0, len(pictures), 64)
        batch = torch.from_numpy(np.stack([alter(pictures[i]) for i in chosen]).astype(np.float32))[:, None]
        loss = loss_of(model(batch), torch.from_numpy(answers[chosen]))
        for group in optimizer.param_groups:
            group["lr"] = rate * max(0.02, 1 - step / steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def learn(readers, name, steps, alter):
    cells, field, strips, wanted = load(name)
    train(readers[0], cells.reshape(-1, CELL, CELL), field.reshape(-1), steps, alter, letter_loss)
    # Letters whose places are not told take longer to learn.
    train(readers[1], strips, wanted, 3 * steps, alter, sequence_loss)


def score(model, pictures):
    model.eval()
    with torch.no_grad():
        parts = torch.from_numpy(np.ascontiguousarray(pictures))[:, None].split(256)
        return torch.cat([model(part) for part in parts])


def report(readers, name):
    """How many are passed, and how many letters of cells and how many whole strips are read by themselves."""
    cells, field, strips, wanted = load(name)
    letters_of_cells = score(readers[0], cells.reshape(-1, CELL, CELL)).argmax(1).view(len(cells), 8).numpy()
    columns = score(readers[1], strips)
    right = 0
    for read, known, asked, seen in zip(letters_of_cells, field, wanted, columns):
        orders = torch.from_numpy(read[ORDERS])
        likely = sequence_loss(seen[None].expand(len(orders), -1, -1), orders, "none").argmin()
        right += (known[ORDERS[likely]] == asked).all()
    read_alone = [[letter for letter, _ in itertools.groupby(line) if letter] for line in columns.argmax(1).tolist()]
    alone = np.mean([read == (1 + asked).tolist() for read, asked in zip(read_alone, wanted)])
    return f"{100 * right / len(cells):5.1f} % (letters of cells {100 * (letters_of_cells == field).mean():.0f} %, strips {100 * alone:.0f} %)"


readers = [cell_network(), strip_network()]
learn(readers, "plain", PLAIN_STEPS, other_style)
print(f"Convolutional readers, passed: trained on other styles ({PLAIN_STEPS} steps for a cell); and then on 500 labelled pictures of ours ({LABELLED_STEPS} steps)")
print(f"plain letters          {report(readers, 'plain')}", flush=True)
for level in levels:
    tuned = copy.deepcopy(readers)
    learn(tuned, f"train-{level}", LABELLED_STEPS, shifted)
    print(f"tap, level {level}   other styles {report(readers, f'test-{level}')}   500 labelled {report(tuned, f'test-{level}')}", flush=True)
