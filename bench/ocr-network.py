"""A small convolutional reader. Arguments: directory, levels, letters; called by ocr-network.ts."""

import copy
import sys

import numpy as np
import torch
from torch import nn

WIDTH, HEIGHT, LENGTH, BATCH = 150, 40, 4, 64
# By steps and not by time: a busy machine must not make a weaker reader.
PLAIN_STEPS, LABELLED_STEPS = 1000, 700

directory, levels, letters = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
torch.manual_seed(1)
torch.set_num_threads(1)
chance = np.random.default_rng(1)


def load(name):
    pictures = np.fromfile(f"{directory}/{name}.bin", dtype=np.uint8).reshape(-1, HEIGHT, WIDTH) / 240.0
    with open(f"{directory}/{name}.txt") as lines:
        answers = np.array([[letters.index(letter) for letter in line.strip()] for line in lines])
    return pictures.astype(np.float32), answers


def shifted(picture):
    """Moves a picture by a few pixels, with what was at its border continued."""
    x, y = chance.integers(-4, 5), chance.integers(-2, 3)
    padded = np.pad(picture, ((2, 2), (4, 4)), mode="edge")
    return padded[2 + y : 2 + y + HEIGHT, 4 + x : 4 + x + WIDTH]


def other_style(picture):
    """Thick arcs, blots and negatives: what other captchas do."""
    out = shifted(picture).copy()
    across = np.arange(WIDTH)
    for _ in range(chance.integers(0, 4)):
        middle = chance.uniform(5, 35) + chance.uniform(2, 12) * np.sin(across * chance.uniform(0.02, 0.08) + chance.uniform(0, 6))
        thick = chance.uniform(0.8, 2.2)
        distance = np.abs(np.arange(HEIGHT)[:, None] - middle[None, :])
        out = np.maximum(out, np.clip(thick - distance, 0, 1)) if chance.random() < 0.5 else out * np.clip(distance - thick, 0, 1)
    for _ in range(chance.integers(0, 6)):
        x, y, size = chance.integers(0, WIDTH - 6), chance.integers(0, HEIGHT - 6), chance.integers(2, 6)
        out[y : y + size, x : x + size] = chance.integers(0, 2)
    return 1 - out if chance.random() < 0.3 else out


def network():
    def block(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]

    first = [nn.Conv2d(1, 24, 5, stride=2, padding=2), nn.BatchNorm2d(24), nn.ReLU()]
    head = [nn.Flatten(), nn.Dropout(0.3), nn.Linear(128 * 2 * 9, LENGTH * len(letters))]
    return nn.Sequential(*first, *block(24, 48), *block(48, 96), *block(96, 128), *head)


def train(model, pictures, answers, steps, alter):
    rate = 1.5e-3
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    model.train()
    for step in range(steps):
        chosen = chance.integers(0, len(pictures), BATCH)
        batch = torch.from_numpy(np.stack([alter(pictures[i]) for i in chosen]).astype(np.float32))[:, None]
        wanted = torch.from_numpy(answers[chosen])
        scores = model(batch).view(-1, LENGTH, len(letters))
        loss = nn.functional.cross_entropy(scores.transpose(1, 2), wanted)
        for group in optimizer.param_groups:
            group["lr"] = rate * max(0.02, 1 - step / steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def exact(model, name):
    pictures, answers = load(name)
    model.eval()
    with torch.no_grad():
        read = model(torch.from_numpy(pictures)[:, None]).view(-1, LENGTH, len(letters)).argmax(2).numpy()
    return f"{100 * (read == answers).all(1).mean():5.1f} %"


plain, plain_answers = load("plain")
reader = network()
train(reader, plain, plain_answers, PLAIN_STEPS, other_style)
print(f"Convolutional reader, exact: trained on other styles ({PLAIN_STEPS} steps); and then on 500 labelled pictures of ours ({LABELLED_STEPS} steps)")
print(f"plain letters          {exact(reader, 'plain')}")
for level in levels:
    tuned = copy.deepcopy(reader)
    pictures, answers = load(f"train-{level}")
    train(tuned, pictures, answers, LABELLED_STEPS, shifted)
    print(f"level {level}   other styles {exact(reader, f'test-{level}')}   500 labelled {exact(tuned, f'test-{level}')}", flush=True)
